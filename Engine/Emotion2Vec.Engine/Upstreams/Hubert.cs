using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>
/// HuBERT (Hsu et al., 2021): the network of wav2vec 2.0, trained otherwise. Its padding: the row is cut into as many equal parts as it has
/// frames, the rest of the division left out, and a frame is padding where all samples of its part are.
/// </summary>
public sealed class Hubert(SpeechTransformerSizes sizes) : SpeechTransformer(sizes, _ => new SelfAttention(sizes.Width, sizes.Heads))
{
    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = SpeechTransformerSizes.Of(shapes, width => shapes.Heads("hubert", width));
        return sizes.Plan(shapes, () => new Hubert(sizes));
    }

    private protected override long ValidFrames(long valid, long samples, long frames) => FramesOfParts(valid, samples, frames);

    /// <summary>Of WavLM too.</summary>
    internal static long FramesOfParts(long valid, long samples, long frames)
    {
        var part = samples / frames;
        return Math.Min(frames, (valid + part - 1) / part);
    }
}

/// <summary>Its head compares frames with embeddings of 504 units.</summary>
internal sealed class HubertFamily() : SpeechTransformerFamily("hubert", "HuBERT")
{
    public override ImmutableArray<ImmutableArray<string>> Marks => [[.. Network, "label_embs_concat"], [.. Network, "final_proj."]];
    public override ImmutableArray<string> OnlyForPretraining => [.. base.OnlyForPretraining, "label_embs_concat", "final_proj."];
    public override ImmutableArray<string> Distinctive => ["label_embs_concat"];
    public override string? LooksLike => "wav2vec2";
    public override ImmutableArray<string> Wrappers => ["hubert."];

    public override EncoderPlan Plan(ModelShapes shapes) => Hubert.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network) =>
        [.. Transformer(model, network.LayerNorms), Spec("label_embs_concat", 504, network.Targets), .. Linear("final_proj", network.Targets, model.Dimension)];
}
