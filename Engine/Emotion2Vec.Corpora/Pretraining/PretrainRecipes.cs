using System.Globalization;

namespace Emotion2Vec.Corpora.Pretraining;

/// <summary>The published recipes by architecture and size, and what a recipe must fulfil.</summary>
public static class PretrainRecipes
{
    /// <summary>Names of sizes.</summary>
    public static IReadOnlyList<string> Sizes { get; } = ["base", "large"];

    /// <summary>
    /// The published recipe. emotion2vec: its own run (audio of at least 1 s: its limit is not public). data2vec 2.0 and 1.0:
    /// their runs on 960 h of LibriSpeech.
    /// </summary>
    /// <exception cref="InputException">No such size of this architecture.</exception>
    public static PretrainRecipe Find(PretrainArchitecture architecture, string size = "base")
    {
        if (!Sizes.Contains(size)) throw new InputException($"unknown size '{size}'{Nearest.Hint(size, Sizes)}; there are {string.Join(", ", Sizes)}");
        var recipe = architecture switch
        {
            PretrainArchitecture.Emotion2vec => new PretrainRecipe(),
            PretrainArchitecture.Data2vec2 => new PretrainRecipe
            {
                Architecture = architecture,
                Sizes = new PretrainSizes { UtteranceTokens = 0 },
                Objective = new PretrainObjective { UtteranceLoss = UtteranceLoss.None, UtteranceWeight = 0 },
                Adam = new PretrainAdam { LearningRate = 7.5e-4 },
                Schedule = new PretrainSchedule { WarmUp = 0.02 },
                Teacher = new PretrainTeacher { Anneal = 75_000 },
                Batches = new PretrainBatches { ShortestClip = 32_000 },
                Updates = 400_000,
            },
            _ => new PretrainRecipe
            {
                Architecture = architecture,
                Sizes = new PretrainSizes { Prenet = 0, Depth = 12, UtteranceTokens = 0, DecoderDepth = 0, DecoderChannels = 0, DecoderKernel = 0, DecoderGroups = 0 },
                Objective = new PretrainObjective { Clones = 1, UtteranceLoss = UtteranceLoss.None, UtteranceWeight = 0, DecoderNoise = 0 },
                Masks = new PretrainMasks(0.65, 10, Adjust: 0),
                Dropout = PretrainDropout.None with { Encoder = 0.1, LayerDrop = 0.05 },
                Adam = new PretrainAdam { LearningRate = 5e-4 },
                Schedule = new PretrainSchedule(RateSchedule.TriStage, 0.03, 0.9, 0.07),
                Teacher = new PretrainTeacher(0.999, 0.9999, 30_000),
                Batches = new PretrainBatches { Samples = 3_800_000, ShortestClip = 32_000 },
                Updates = 400_000,
            },
        };
        if (size == "base") return recipe;
        return architecture == PretrainArchitecture.Data2vec
            ? throw new InputException("data2vec has the size base only")
            : recipe with { Sizes = recipe.Sizes with { Width = 1024, Heads = 16, Prenet = 8, Depth = 16, DecoderChannels = 768 }, Objective = recipe.Objective with { TopLayers = 16 } };
    }

    /// <summary>Checks that the parts of a recipe fit together.</summary>
    /// <exception cref="InputException">One line that names the field by its name in a grid file.</exception>
    public static void Check(PretrainRecipe recipe)
    {
        var (s, o, m, d) = (recipe.Sizes, recipe.Objective, recipe.Masks, recipe.Dropout);
        var first = recipe.Architecture == PretrainArchitecture.Data2vec;
        Least("sizes", 1, (nameof(s.ExtractorChannels), s.ExtractorChannels), (nameof(s.Width), s.Width), (nameof(s.Heads), s.Heads), (nameof(s.Depth), s.Depth),
            (nameof(s.FeedForwardRatio), s.FeedForwardRatio), (nameof(s.PositionalDepth), s.PositionalDepth), (nameof(s.PositionalKernel), s.PositionalKernel), (nameof(s.PositionalGroups), s.PositionalGroups));
        Multiple("sizes: width", s.Width, "heads", s.Heads);
        Multiple("sizes: width", s.Width, "positional_groups", s.PositionalGroups);
        if (first)
        {
            Refuse(s.Prenet != 0, "sizes: prenet: data2vec has no context encoder");
            Refuse(s.DecoderDepth != 0, "sizes: decoder_depth: data2vec has no decoder");
            Refuse(o.Clones != 1, "objective: clones: data2vec has one masked version of an utterance");
            Refuse(m.AsPrinted || m.Dropout != 0 || m.Adjust != 0, "masks: data2vec knows probability and length only");
            Refuse(d with { Encoder = 0, LayerDrop = 0 } != PretrainDropout.None, "dropout: data2vec knows encoder and layer_drop only");
        }
        else
        {
            Least("sizes", 1, (nameof(s.DecoderDepth), s.DecoderDepth), (nameof(s.DecoderChannels), s.DecoderChannels), (nameof(s.DecoderKernel), s.DecoderKernel), (nameof(s.DecoderGroups), s.DecoderGroups));
            Multiple("sizes: width", s.Width, "decoder_groups", s.DecoderGroups);
            Multiple("sizes: decoder_channels", s.DecoderChannels, "decoder_groups", s.DecoderGroups);
            Least("objective", 1, (nameof(o.Clones), o.Clones));
        }
        Refuse(o.TopLayers < 1 || o.TopLayers > s.Depth, $"objective: top_layers must be from 1 to depth ({s.Depth}), not {o.TopLayers}");
        Refuse(o.UtteranceLoss is not (UtteranceLoss.None or UtteranceLoss.Global) && s.UtteranceTokens == 0,
            $"objective: utterance_loss '{RecipeFields.Snake($"{o.UtteranceLoss}")}' needs sizes: utterance_tokens above 0");
        Refuse(o.FrameWeight == 0 && (o.UtteranceLoss == UtteranceLoss.None || o.UtteranceWeight == 0), "objective: without frame and utterance loss there is nothing to learn");
        Refuse(m.Probability is <= 0 or >= 1, Invariant($"masks: probability must be above 0 and below 1, not {m.Probability}"));
        Least("masks", 1, (nameof(m.Length), m.Length));
        foreach (var (name, value) in new[] { ("encoder", d.Encoder), ("attention", d.Attention), ("post_feed_forward", d.PostFeedForward), ("activation", d.Activation), ("prenet", d.Prenet), ("decoder_input", d.DecoderInput), ("layer_drop", d.LayerDrop), ("prenet_layer_drop", d.PrenetLayerDrop) })
            Refuse(value >= 1, Invariant($"dropout: {name} must be below 1, not {value}"));

        var (a, r, t, b) = (recipe.Adam, recipe.Schedule, recipe.Teacher, recipe.Batches);
        Refuse(a.LearningRate <= 0, "adam: learning_rate must be above 0");
        Refuse(a.Beta1 >= 1 || a.Beta2 >= 1, "adam: beta1 and beta2 must be below 1");
        Refuse(a.Epsilon <= 0, "adam: epsilon must be above 0");
        Refuse(r.WarmUp >= 1, "schedule: warm_up is a share of the updates, below 1");
        Refuse(r.Kind == RateSchedule.Cosine && (r.Hold != 0 || r.Fall != 0), "schedule: hold and fall belong to tri_stage");
        Refuse(r.WarmUp + r.Hold + r.Fall > 1 + 1e-9, "schedule: warm_up, hold and fall are shares of the updates, 1 together");
        Refuse(t.Start > 1 || t.End > 1, "teacher: start and end must be at most 1");
        Least("batches", 400, (nameof(b.ShortestClip), b.ShortestClip));
        Least("batches", 1, (nameof(b.Accumulate), b.Accumulate));
        Refuse(b.LongestClip < b.ShortestClip, $"batches: longest_clip ({b.LongestClip}) is below shortest_clip ({b.ShortestClip})");
        Refuse(b.Samples < b.LongestClip, $"batches: samples ({b.Samples}) is below longest_clip ({b.LongestClip})");

        static void Least(string group, int least, params ReadOnlySpan<(string Name, int Value)> values)
        {
            foreach (var (name, value) in values) Refuse(value < least, $"{group}: {RecipeFields.Snake(name)} must be at least {least}, not {value}");
        }

        static void Multiple(string name, int value, string of, int unit) => Refuse(value % unit != 0, $"{name} ({value}) is no multiple of {of} ({unit})");

        static void Refuse(bool wrong, string reason)
        {
            if (wrong) throw new InputException(reason);
        }

        static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }
}
