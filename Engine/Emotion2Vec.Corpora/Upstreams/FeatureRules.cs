using System.Collections.Immutable;
using System.Globalization;

namespace Emotion2Vec.Corpora.Upstreams;

/// <summary>
/// What of a pre-trained encoder becomes features. Layer 0 is what enters the first block, layer n the output of the n-th
/// block, counted from 1 through the whole encoder (emotion2vec base: 1–4 the context encoder, 5–12 the main blocks).
/// </summary>
/// <param name="Layers">
/// <c>last</c>: the last layer; <c>mean4</c>: the mean of the last four; <c>all</c>: layer 0 and all others side by side, for
/// heads that weigh them (SUPERB); or the number of one layer.
/// </param>
/// <param name="Tokens">
/// <c>frames</c>: the frames without the utterance tokens; <c>utt</c>: the outputs of the tokens, taken as frames;
/// <c>utt+frm</c>: the mean output of the tokens appended to every frame, twice the values. The paper's Table 9 does not say how
/// it joins them; the last is our reading.
/// </param>
public sealed record FeatureRules(string Layers = FeatureRules.Last, string Tokens = FeatureRules.Frames)
{
    public const string Last = "last", MeanOfFour = "mean4", All = "all";
    public const string Frames = "frames", Utterance = "utt", UtteranceAndFrames = "utt+frm";

    private static readonly ImmutableArray<string> LayerNames = [All, Last, MeanOfFour], TokenNames = [Frames, Utterance, UtteranceAndFrames];

    /// <summary>The number of the layer, where the rule is one.</summary>
    public int? Layer => int.TryParse(Layers, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == Layers ? number : null;

    /// <exception cref="InputException">There is no such layer rule.</exception>
    public FeatureRules CheckLayers() => LayerNames.Contains(Layers) || Layer is not null ? this
        : throw new InputException($"unknown layer rule '{Layers}'{Nearest.Hint(Layers, LayerNames)}; there are {string.Join(", ", LayerNames)} and the number of a layer");

    /// <exception cref="InputException">There is no such token rule.</exception>
    public FeatureRules CheckTokens() => TokenNames.Contains(Tokens) ? this
        : throw new InputException($"unknown token rule '{Tokens}'{Nearest.Hint(Tokens, TokenNames)}; there are {string.Join(", ", TokenNames)}");

    /// <summary>Whether a model has what the rules ask for.</summary>
    /// <param name="model">Its name, for messages.</param>
    /// <param name="blocks">Its blocks: the number of its last layer.</param>
    /// <param name="utteranceTokens">Its utterance tokens.</param>
    /// <exception cref="InputException">No such rule, or the model lacks the layer or the tokens.</exception>
    public FeatureRules Check(string model, int blocks, int utteranceTokens)
    {
        CheckLayers().CheckTokens();
        if (Layer > blocks) throw new InputException($"{model}: there is no layer {Layers}; layers are 0 to {blocks}");
        if (Layers == MeanOfFour && blocks < 4) throw new InputException($"{model}: {MeanOfFour} needs four layers, and there are {blocks}");
        if (Tokens != Frames && utteranceTokens == 0) throw new InputException($"{model}: token rule '{Tokens}', but the model has no utterance tokens; '{Frames}' is what it has");
        return this;
    }

    /// <summary>Features in a table: <c>mini</c> for the last layer's frames, else what differs: <c>mini · layer 3 · utt</c>.</summary>
    public string Describe(string upstream)
    {
        var layers = Layers switch { Last => "", MeanOfFour => " · mean of last 4", All => " · all layers", _ => $" · layer {Layers}" };
        return upstream + layers + (Tokens == Frames ? "" : $" · {Tokens}");
    }
}
