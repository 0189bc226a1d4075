using System.Collections.Immutable;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static Emotion2Vec.Engine.Checkpoints.TensorPatterns;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Sizes of vq-wav2vec's quantiser.</summary>
/// <param name="Groups">Groups of values, each with an entry of its own.</param>
/// <param name="Entries">Codewords of a group.</param>
/// <param name="Depth">Linear layers that choose a codeword; 0 for the nearest one (k-means).</param>
/// <param name="Hidden">Values between them.</param>
/// <param name="Shared">Whether all groups have the same codewords.</param>
public sealed record QuantiserSizes(int Groups = 2, int Entries = 320, int Depth = 2, int Hidden = 1024, bool Shared = false);

/// <summary>
/// vq-wav2vec (Baevski et al., 2019): wav2vec whose aggregator reads codewords. Which codeword a frame gets, linear layers say ("gumbel": the largest
/// output, without the noise of training) or the distance ("k-means").
/// </summary>
public sealed class VqWav2Vec : Layer, IEncoder
{
    private readonly Wav2VecExtractor extractor;
    private readonly Wav2VecAggregator aggregator;
    private readonly GumbelQuantiser? gumbel;
    private readonly NearestQuantiser? nearest;

    public VqWav2Vec(Wav2VecSizes sizes, QuantiserSizes quantiser)
    {
        extractor = Add("feature_extractor", new Wav2VecExtractor(sizes));
        var channels = sizes.Extractor[^1].Channels;
        if (quantiser.Depth > 0) gumbel = Add("vector_quantizer", new GumbelQuantiser(channels, sizes, quantiser));
        else nearest = Add("vector_quantizer", new NearestQuantiser(channels, sizes.Width, quantiser));
        aggregator = Add("feature_aggregator", new Wav2VecAggregator(sizes));
    }

    internal static EncoderPlan Plan(ModelShapes shapes)
    {
        var sizes = Wav2VecSizes.Of(shapes, Wav2VecSizes.Quantised);
        var quantiser = Quantiser(shapes, sizes.Width);
        if (quantiser.Groups < 1 || sizes.Width % quantiser.Groups != 0 || quantiser.Entries < 1) throw shapes.Unlike("the codewords do not fill a frame");
        return sizes.Plan(() => new VqWav2Vec(sizes, quantiser));
    }

    internal static QuantiserSizes Quantiser(ModelShapes shapes, int width)
    {
        const string at = "vector_quantizer.";
        if (shapes.Has(at + "embedding"))
        {
            var embedding = shapes.Shape(at + "embedding", 3); // entries, 1 or groups, values
            return new(width / embedding[2], embedding[0], Depth: 0, Hidden: 0, Shared: embedding[1] < width / embedding[2]);
        }
        var codewords = shapes.Shape(at + "vars", 3); // 1, entries or groups × entries, values
        var (depth, groups) = (shapes.Run(at + "weight_proj.", ".0.weight") + 1, width / codewords[2]);
        var outputs = shapes.Shape(at + (depth == 1 ? "weight_proj.weight" : $"weight_proj.{depth - 1}.weight"), 2)[0];
        return new(groups, groups < 1 ? 0 : outputs / groups, depth, depth == 1 ? 0 : shapes.Shape(at + "weight_proj.0.0.weight", 2)[0], Shared: codewords[1] < outputs);
    }

    /// <summary>Layer 0, what the aggregator reads, then its layers: (B, T, D) each; the last is the feature.</summary>
    /// <param name="waveforms">(B, samples), 16 kHz.</param>
    public IReadOnlyList<Tensor> Layers(Tensor waveforms) => Layers(waveforms, null);

    /// <param name="watch">Sees z, what the quantiser reads, and the codes (B, T, groups).</param>
    internal IReadOnlyList<Tensor> Layers(Tensor waveforms, StageWatcher? watch)
    {
        var z = extractor.Forward(waveforms);
        watch?.Invoke("z", z);
        var codes = gumbel is not null ? gumbel.Codes(z) : nearest!.Codes(z);
        watch?.Invoke("codes", codes);
        var x = gumbel is not null ? gumbel.Codewords(codes) : nearest!.Codewords(codes);
        return [x, .. aggregator.Forward(x)];
    }

    /// <summary>The codewords of all groups side by side.</summary>
    /// <param name="codes">(B, T, groups)</param>
    /// <param name="table">(rows, values): entries of group after group, or those of all groups.</param>
    private static Tensor LookUp(Tensor codes, Tensor table, QuantiserSizes sizes)
    {
        using var scope = NewDisposeScope();
        var (batch, frames) = (codes.shape[0], codes.shape[1]);
        var rows = sizes.Shared ? codes : codes + arange(sizes.Groups, dtype: ScalarType.Int64, device: codes.device) * sizes.Entries;
        return table.index_select(0, rows.reshape(-1)).view(batch, frames, -1).MoveToOuterDisposeScope();
    }

    private sealed class GumbelQuantiser : Layer
    {
        private readonly Wav2VecSizes model;
        private readonly QuantiserSizes sizes;
        private readonly Dense[] layers;
        private readonly Parameter vars; // (1, rows, values)

        internal GumbelQuantiser(int inputs, Wav2VecSizes model, QuantiserSizes sizes)
        {
            (this.model, this.sizes) = (model, sizes);
            vars = Add(nameof(vars), zeros(1, (sizes.Shared ? 1 : sizes.Groups) * sizes.Entries, model.Width / sizes.Groups));
            layers = [.. Enumerable.Range(0, sizes.Depth).Select(i => new Dense(i == 0 ? inputs : sizes.Hidden, i == sizes.Depth - 1 ? sizes.Groups * sizes.Entries : sizes.Hidden))];
            Add<nn.Module>("weight_proj", sizes.Depth == 1 ? layers[0] : Named.List(layers.Select((layer, i) => i == sizes.Depth - 1 ? (nn.Module)layer : new Named(("0", layer)))));
        }

        internal Tensor Codes(Tensor z)
        {
            using var scope = NewDisposeScope();
            var x = z;
            for (var i = 0; i < layers.Length; i++) x = i == layers.Length - 1 ? layers[i].Forward(x) : Wav2VecExtractor.Activate(layers[i].Forward(x), model);
            return x.view(z.shape[0], z.shape[1], sizes.Groups, sizes.Entries).argmax(-1).MoveToOuterDisposeScope();
        }

        internal Tensor Codewords(Tensor codes) => LookUp(codes, vars.squeeze(0), sizes);
    }

    private sealed class NearestQuantiser : Layer
    {
        private readonly QuantiserSizes sizes;
        private readonly FrameConvolution projection;
        private readonly ChannelScale norm;
        private readonly Parameter embedding; // (entries, 1 or groups, values)

        internal NearestQuantiser(int inputs, int outputs, QuantiserSizes sizes)
        {
            this.sizes = sizes;
            embedding = Add(nameof(embedding), zeros(sizes.Entries, sizes.Shared ? 1 : sizes.Groups, outputs / sizes.Groups));
            projection = new FrameConvolution(inputs, outputs, 1, groups: sizes.Groups, hasBias: false);
            norm = new ChannelScale(outputs);
            Add("projection", new Named(("0", projection), ("1", norm)));
        }

        /// <summary>Each group is normalised over the utterance and its values, then compared with every codeword.</summary>
        internal Tensor Codes(Tensor z)
        {
            using var scope = NewDisposeScope();
            var (batch, frames) = (z.shape[0], z.shape[1]);
            var groups = projection.Forward(z).reshape(batch, frames, sizes.Groups, -1).transpose(1, 2); // (B, groups, T, values)
            groups = nn.functional.layer_norm(groups, [frames, groups.shape[3]]);
            groups = groups * norm.Weight.view(1, sizes.Groups, 1, -1) + norm.Bias.view(1, sizes.Groups, 1, -1);
            var codewords = embedding.permute(1, 0, 2).expand(sizes.Groups, -1, -1).unsqueeze(0).expand(batch, -1, -1, -1); // (B, groups, entries, values)
            return cdist(groups, codewords, compute_mode: compute_mode.donot_use_mm_for_euclid_dist).argmin(-1).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
        }

        internal Tensor Codewords(Tensor codes) => LookUp(codes, embedding.transpose(0, 1).reshape(-1, embedding.shape[2]), sizes);
    }
}

/// <summary>What its checkpoints hold: those of wav2vec and a quantiser, of either kind.</summary>
internal sealed class VqWav2VecFamily() : EncoderFamily("vq_wav2vec", "vq-wav2vec")
{
    public override ImmutableArray<ImmutableArray<string>> Marks => [["feature_aggregator.", "vector_quantizer."]];
    public override ImmutableArray<string> OnlyForPretraining => ["wav2vec_predictions."];

    public override EncoderPlan Plan(ModelShapes shapes) => VqWav2Vec.Plan(shapes);

    /// <summary>Of k-means there is one table of codewords for both groups, each projected by itself.</summary>
    public override IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network)
    {
        const string at = "vector_quantizer.";
        var (sizes, width) = (new QuantiserSizes(), Wav2VecSizes.Quantised.Width);
        var (rows, values) = (sizes.Groups * sizes.Entries, width / sizes.Groups);
        return
        [
            .. Wav2VecFamily.Convolutions(Wav2VecSizes.Quantised),
            .. network.Nearest
                ? (TensorSpec[])[Spec(at + "embedding", sizes.Entries, 1, values), Spec(at + "projection.0.weight", width, values, 1), .. Norm(at + "projection.1", width)]
                : [Spec(at + "vars", 1, rows, values), .. Linear(at + "weight_proj.0.0", sizes.Hidden, width), .. Linear(at + "weight_proj.1", rows, sizes.Hidden)],
            .. Wav2VecFamily.Steps(),
        ];
    }
}
