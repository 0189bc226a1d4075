using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>wav2vec 2.0 (Baevski et al., 2020). Its padding: the frames that the convolutions make of an utterance's own samples are valid.</summary>
public sealed class Wav2Vec2(SpeechTransformerSizes sizes) : SpeechTransformer(sizes, _ => new SelfAttention(sizes.Width, sizes.Heads))
{
    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = SpeechTransformerSizes.Of(shapes, width => shapes.Heads("wav2vec2", width));
        return sizes.Plan(shapes, () => new Wav2Vec2(sizes));
    }

    private protected override long ValidFrames(long valid, long samples, long frames) => ConvolutionalExtractor.Frames(Sizes.Extractor, valid);
}

/// <summary>Its heads quantise the targets and project both sides; without them a checkpoint may be a HuBERT as well.</summary>
internal sealed class Wav2Vec2Family() : SpeechTransformerFamily("wav2vec2", "wav2vec 2.0")
{
    public override ImmutableArray<ImmutableArray<string>> Marks => [Network, [.. Network, "quantizer."], [.. Network, "quantizer.", "final_proj."]];
    public override ImmutableArray<string> OnlyForPretraining => [.. base.OnlyForPretraining, "quantizer.", "project_q.", "final_proj."];
    public override ImmutableArray<string> Distinctive => ["quantizer.", "project_q."];
    public override ImmutableArray<string> Wrappers => ["wav2vec2."];
    private protected override ImmutableArray<NameRow> OwnNames { get; } = NameRow.Table("""
        quantizer.codevectors = quantizer.vars
        project_hid = final_proj
        """);

    public override EncoderPlan Plan(ModelShapes shapes) => Wav2Vec2.Plan(shapes);

    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network) =>
    [
        .. Transformer(model, network.LayerNorms, extractorBias: network.LayerNorms),
        Spec("quantizer.vars", 1, 640, network.Targets / 2), .. Linear("quantizer.weight_proj", 640, 512),
        .. Linear("project_q", network.Targets, network.Targets), .. Linear("final_proj", network.Targets, model.Dimension),
    ];
}
