using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Pretraining.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

/// <summary>Dropout and noise come from torch's default generator, which all threads share: nothing else may draw meanwhile.</summary>
[CollectionDefinition("default generator", DisableParallelization = true)]
public sealed class DefaultGeneratorCollection;

[Collection("default generator")]
public sealed class PretrainRunTests : IDisposable
{
    private readonly TinyCorpus corpus = new();

    public void Dispose() => corpus.Dispose();

    internal static PretrainRecipe Tiny(PretrainArchitecture architecture, int updates = 12)
    {
        var usual = PretrainRecipes.Find(architecture);
        var first = architecture == PretrainArchitecture.Data2vec;
        return usual with
        {
            Sizes = usual.Sizes with
            {
                ExtractorChannels = 16, Width = 32, Heads = 4, Prenet = first ? 0 : 1, Depth = 2, FeedForwardRatio = 2, PositionalDepth = 2, PositionalKernel = 5, PositionalGroups = 4,
                UtteranceTokens = architecture == PretrainArchitecture.Data2vec2 ? 0 : 2,
                DecoderDepth = first ? 0 : 2, DecoderChannels = first ? 0 : 16, DecoderKernel = first ? 0 : 3, DecoderGroups = first ? 0 : 4,
            },
            Objective = usual.Objective with
            {
                Clones = first ? 1 : 3, TopLayers = 2, UtteranceLoss = architecture == PretrainArchitecture.Data2vec2 ? UtteranceLoss.None : UtteranceLoss.Chunk,
                UtteranceWeight = 1, UttTarget = UtteranceTarget.RawFfn,
            },
            Masks = usual.Masks with { Length = 3 },
            Adam = usual.Adam with { LearningRate = 1e-3, ClipNorm = 1 },
            Schedule = first ? new PretrainSchedule(RateSchedule.TriStage, 0.2, 0.4, 0.4) : new PretrainSchedule(WarmUp: 0.2),
            Teacher = new PretrainTeacher(0.9, 0.99, 8),
            Batches = new PretrainBatches(20_000, 2000, 4500, Accumulate: 2),
            Stops = new PretrainStops(0, 0, 0, 0),
            Updates = updates,
        };
    }

    private PretrainSpec Spec(PretrainRecipe recipe, string? checkpoint = null, string? parent = null) =>
        new([new PretrainCorpus("tiny", corpus.Manifest.Hash)], recipe, checkpoint, parent);

    private PretrainRun Open(PretrainSpec spec) => new(corpus.Home, spec, "cpu");

    private PretrainResult Run(PretrainSpec spec, Action<JobProgress>? report = null) => CanonicalJson.Read<PretrainResult>(corpus.Run(spec, report));

    [Theory]
    [InlineData(PretrainArchitecture.Emotion2vec)]
    [InlineData(PretrainArchitecture.Data2vec2)]
    [InlineData(PretrainArchitecture.Data2vec)]
    public void A_run_in_pieces_gives_the_bytes_of_a_run_in_one(PretrainArchitecture architecture)
    {
        var spec = Spec(Tiny(architecture));
        var whole = Run(spec);
        var path = corpus.Home.Checkpoint(spec.Key());
        Assert.Equal(12, whole.Updates);
        Assert.Equal(12, whole.Curve.Length);
        File.Delete(path);
        File.Delete(Path.Combine(corpus.Home.Pretraining(spec.Key()), "curves.csv"));

        using (var half = Open(spec)) half.Train(5, _ => { }, default);
        _ = randn(7); // what others drew meanwhile does not matter
        using (var more = Open(spec))
        {
            Assert.Equal(5, more.Updates);
            more.Train(6, _ => { }, default);
        }
        Assert.Equal(CanonicalJson.Write(whole), CanonicalJson.Write(Run(spec)));
        Assert.Equal(whole.Sha256, CheckpointLinks.Hash(path));
        Assert.Empty(Directory.GetFiles(corpus.Home.Pretraining(spec.Key()), "state*"));
        var csv = File.ReadAllLines(Path.Combine(corpus.Home.Pretraining(spec.Key()), "curves.csv"));
        Assert.Equal(Enumerable.Range(1, 12).Select(i => $"{i}"), csv.Skip(1).Select(line => line.Split(',')[0]));

        // A finished job is found, not trained again.
        var steps = 0;
        Assert.Equal(CanonicalJson.Write(whole), CanonicalJson.Write(Run(spec, _ => steps++)));
        Assert.Equal(0, steps);
    }

    [Fact]
    public void A_damaged_state_gives_way_to_the_one_before()
    {
        var spec = Spec(Tiny(PretrainArchitecture.Emotion2vec));
        var expected = Run(spec).Sha256;
        File.Delete(corpus.Home.Checkpoint(spec.Key()));
        using (var run = Open(spec)) run.Train(4, _ => { }, default, everyUpdate: true);
        var folder = corpus.Home.Pretraining(spec.Key());
        Assert.Equal(["state-3.pt", "state-4.pt"], Directory.GetFiles(folder, "state-*").Select(Path.GetFileName).Order());
        var last = Path.Combine(folder, "state-4.pt");
        var bytes = File.ReadAllBytes(last);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(last, bytes);
        using (var run = Open(spec)) Assert.Equal(3, run.Updates);
        Assert.Equal(expected, Run(spec).Sha256);
        // A torn state.json is as good as none.
        File.Delete(corpus.Home.Checkpoint(spec.Key()));
        using (var run = Open(spec)) run.Train(4, _ => { }, default);
        File.WriteAllText(Path.Combine(folder, "state.json"), "{\"last\":");
        using (var run = Open(spec)) Assert.Equal(0, run.Updates);
        Assert.Equal(expected, Run(spec).Sha256);
    }

    [Fact]
    public void Cancelling_keeps_the_last_whole_update()
    {
        var spec = Spec(Tiny(PretrainArchitecture.Emotion2vec));
        using var cancel = new CancellationTokenSource();
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() => corpus.Run(spec, p => { seen = p.Done; if (p.Done >= 1) cancel.Cancel(); }, cancel.Token));
        using (var run = Open(spec)) Assert.Equal(seen, run.Updates);
        Assert.False(File.Exists(corpus.Home.Checkpoint(spec.Key())));
        Assert.Equal(12, Run(spec).Updates);
    }

    /// <summary>The student learns, the teacher follows, and everything reported is what the schedules say.</summary>
    [Fact]
    public void Training_lowers_the_loss()
    {
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 120) with { Dropout = PretrainDropout.None, Adam = new PretrainAdam(3e-3) };
        var result = Run(Spec(recipe));
        var (early, late) = (result.Curve.Take(10).Average(p => p.RelativeError), result.Curve.TakeLast(10).Average(p => p.RelativeError));
        Assert.True(late < early - 0.1, $"{early} {late}");
        Assert.Equal(0.99, result.Curve[^1].Decay);
        Assert.Equal(0, result.Curve[0].LearningRate);
        Assert.Equal(3e-3, result.Curve[24].LearningRate, 1e-9);
        Assert.All(result.Curve, p => Assert.True(p.TargetSpread > 0 && p.PredictionSpread > 0 && p.GradientNorm > 0 && p.Utterance > 0));
        Assert.Equal((30, 0), (result.Utterances, result.LeftOut));
        using var file = CheckpointFile.Open(corpus.Home.Checkpoint(Spec(recipe).Key()));
        Assert.NotEqual(file.Find("blocks.0.mlp.fc1.weight")!.ToFloats(), file.Ema.Single(t => t.Name == "blocks.0.mlp.fc1.weight").ToFloats());
    }

    public static TheoryData<string> Options => [.. Variations.Keys];

    private static Dictionary<string, Func<PretrainRecipe, PretrainRecipe>> Variations { get; } = new()
    {
        ["none"] = r => r with { Objective = r.Objective with { UtteranceLoss = UtteranceLoss.None } },
        ["token"] = r => r with { Objective = r.Objective with { UtteranceLoss = UtteranceLoss.Token } },
        ["single"] = r => r with { Objective = r.Objective with { UtteranceLoss = UtteranceLoss.Single } },
        ["global"] = r => r with { Objective = r.Objective with { UtteranceLoss = UtteranceLoss.Global }, Sizes = r.Sizes with { UtteranceTokens = 0 } },
        ["normalized"] = r => r with { Objective = r.Objective with { UttTarget = UtteranceTarget.Normalized } },
        ["raw block"] = r => r with { Objective = r.Objective with { UttTarget = UtteranceTarget.RawBlock } },
        ["layer norm"] = r => r with { Objective = r.Objective with { UttTarget = UtteranceTarget.LayerNorm } },
        ["utterance loss alone"] = r => r with { Objective = r.Objective with { FrameWeight = 0 } },
        ["target norms"] = r => r with { Objective = r.Objective with { InstanceNormLayers = false, BatchNormLayers = true, LayerNormLayers = true, InstanceNormTargets = true } },
        ["one layer"] = r => r with { Objective = r.Objective with { TopLayers = 1 } },
        ["one utterance"] = r => r with { Batches = r.Batches with { Utterances = 1, Accumulate = 1 } },
        ["as printed"] = r => r with { Masks = r.Masks with { AsPrinted = true } },
    };

    /// <summary>Whatever is chosen trains, and gives other weights than the usual choice.</summary>
    [Theory]
    [MemberData(nameof(Options))]
    public void Every_option_trains(string option)
    {
        foreach (var architecture in (PretrainArchitecture[])[PretrainArchitecture.Emotion2vec, PretrainArchitecture.Data2vec])
        {
            if (option == "as printed" && architecture == PretrainArchitecture.Data2vec) continue;
            var usual = Tiny(architecture, updates: 8);
            var recipe = Variations[option](usual);
            Assert.NotEqual(usual, recipe);
            var result = Run(Spec(recipe));
            Assert.Equal(8, result.Updates);
            Assert.NotEqual(Run(Spec(usual)).Sha256, result.Sha256);
            Assert.All(result.Curve, p => Assert.Equal(option is "utterance loss alone", p.Frame == 0));
            Assert.All(result.Curve, p => Assert.Equal(option is "none", p.Utterance == 0));
        }
    }

    [Fact]
    public void Zero_updates_give_the_cold_start()
    {
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 0);
        var result = Run(Spec(recipe));
        Assert.Equal((0, 0, 0), (result.Updates, result.AudioSeconds, result.Curve.Length));
        using var file = CheckpointFile.Open(corpus.Home.Checkpoint(Spec(recipe).Key()));
        Assert.Equal(result.Parameters, file.Parameters);
        Assert.Equal(file.Find("blocks.0.mlp.fc1.weight")!.ToFloats(), file.Ema.Single(t => t.Name == "blocks.0.mlp.fc1.weight").ToFloats());
        Assert.NotEqual(result.Sha256, Run(Spec(recipe with { Seed = 2 })).Sha256);
    }

    [Fact]
    public void A_model_starts_from_another_ones_student()
    {
        var first = Spec(Tiny(PretrainArchitecture.Data2vec2, updates: 3));
        var source = Run(first);
        var path = corpus.Home.Checkpoint(first.Key());
        CheckpointLinks.Save(corpus.Home, source.Sha256, path);
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 0);
        foreach (var spec in (PretrainSpec[])[Spec(recipe, parent: first.Key()), Spec(recipe, checkpoint: source.Sha256)])
        {
            var result = Run(spec);
            Assert.Equal(["modality_encoders.AUDIO.extra_tokens: not in the checkpoint it starts from, so at its initial value"], result.Warnings.AsEnumerable());
            using var before = CheckpointFile.Open(path);
            using var after = CheckpointFile.Open(corpus.Home.Checkpoint(spec.Key()));
            foreach (var tensor in before.Tensors) Assert.Equal(tensor.ToFloats(), after.Find(tensor.Name)!.ToFloats());
            foreach (var tensor in after.Ema) Assert.Equal(after.Find(tensor.Name)!.ToFloats(), tensor.ToFloats());
        }
        File.WriteAllText(path, "changed");
        Assert.Contains("has changed since", Assert.Throws<InputException>(() => Run(Spec(recipe with { Seed = 9 }, checkpoint: source.Sha256))).Message);
        var other = Assert.Throws<InputException>(() => Run(Spec(Tiny(PretrainArchitecture.Data2vec), parent: Made(recipe))));
        Assert.Contains("does not fit the model", other.Message);

        string Made(PretrainRecipe made)
        {
            Run(Spec(made));
            return Spec(made).Key();
        }
    }

    [Theory]
    [InlineData("easy", "pre-training stopped after 50 of 60 updates: the predictions became too easy: their squared error, over the targets' variance, is")]
    [InlineData("targets", "pre-training stopped after 3 of 60 updates: the targets collapsed: their spread is")]
    [InlineData("predictions", "pre-training stopped after 3 of 60 updates: the predictions collapsed: their spread is")]
    [InlineData("infinite", "is not finite; the last good checkpoint is ")]
    public void A_collapse_stops_the_run(string kind, string message)
    {
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 60);
        recipe = kind switch
        {
            "easy" => recipe with { Stops = recipe.Stops with { RelativeError = 1000 } },
            "targets" => recipe with { Stops = new PretrainStops(3, 100, 0, 0) },
            "predictions" => recipe with { Stops = new PretrainStops(3, 0, 100, 0) },
            _ => recipe with { Adam = new PretrainAdam(1e30), Schedule = new PretrainSchedule(WarmUp: 0.1) },
        };
        var spec = Spec(recipe);
        using var run = Open(spec);
        var stopped = Assert.Throws<PretrainStoppedException>(() => run.Train(60, _ => { }, default, everyUpdate: kind == "infinite"));
        Assert.Contains(message, kind == "infinite" ? stopped.Message.Replace("a finite number", "finite") : stopped.Message);
        if (kind != "infinite") return;
        var path = stopped.Message[(stopped.Message.LastIndexOf(" is ", StringComparison.Ordinal) + 4)..];
        using var file = CheckpointFile.Open(path);
        Assert.All(file.Tensors, t => Assert.All(t.ToFloats(), x => Assert.True(float.IsFinite(x))));
    }

    [Fact]
    public void Short_utterances_are_left_out_and_said()
    {
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 1);
        var result = Run(Spec(recipe with { Batches = recipe.Batches with { ShortestClip = 4400 } }));
        Assert.True(result.LeftOut > 0 && result.Utterances + result.LeftOut == 30);
        Assert.Contains($"{result.LeftOut} of 30 utterances are shorter than 0.28 s and were left out", result.Warnings);
        var none = Assert.Throws<InputException>(() => Run(Spec(recipe with { Batches = new PretrainBatches(ShortestClip: 20_000) })));
        Assert.Equal("no utterance of tiny has the 1.25 s of batches: shortest_clip", none.Message);
    }

    /// <summary>The published sizes, as their checkpoints count them.</summary>
    [Theory]
    [InlineData(PretrainArchitecture.Emotion2vec, 93_790_988)]
    [InlineData(PretrainArchitecture.Data2vec2, 93_783_308)]
    [InlineData(PretrainArchitecture.Data2vec, 93_754_880)]
    public void Base_sizes_have_the_published_number_of_parameters(PretrainArchitecture architecture, long parameters)
    {
        using var model = PretrainModel.Create(PretrainRecipes.Find(architecture), CPU);
        Assert.Equal(parameters, model.Student.parameters().Sum(p => p.numel()));
        var published = architecture switch { PretrainArchitecture.Emotion2vec => "emotion2vec_base", PretrainArchitecture.Data2vec2 => "data2vec2_base", _ => "data2vec_base" };
        Assert.Equal(Architectures.Find(published).Tensors.Select(t => $"{t.Name} {t.Count}").Order(), TorchTensors.Specs(model.Student).Select(t => $"{t.Name} {t.Count}").Order());
    }

    /// <summary>As <see cref="RecipeTests"/>: numbers that change need a higher recipe version.</summary>
    [Theory]
    [InlineData(1, PretrainArchitecture.Emotion2vec, 4.1721, 4.2399, 4.2062, 4.1797, 30.4647, 35.2045, 13.8553, 9.2242, 0.5816)]
    [InlineData(1, PretrainArchitecture.Data2vec, 4.2733, 4.1550, 3.9900, 3.8025, 10.9667, 3.2944, 1.7024, 1.5696, 0.5148)]
    public void Pretrain_recipe_has_its_numbers(int recipe, PretrainArchitecture architecture, params double[] pinned)
    {
        var spec = Spec(Tiny(architecture, updates: 4));
        Assert.Equal(recipe, spec.Recipe);
        var curve = Run(spec).Curve;
        RecipeTests.Compare(pinned, [.. curve.Select(p => p.Frame), .. curve.Select(p => p.Utterance), curve[^1].TargetSpread]);
    }

    [Fact]
    public void A_second_process_waits_for_the_first()
    {
        var spec = Spec(Tiny(PretrainArchitecture.Data2vec2));
        using var run = Open(spec);
        using var cancel = new CancellationTokenSource(300);
        Assert.Throws<OperationCanceledException>(() => new PretrainRun(corpus.Home, spec, "cpu", cancel.Token));
    }

    [Fact]
    public void Memory_stays_flat_over_three_hundred_updates()
    {
        var recipe = Tiny(PretrainArchitecture.Emotion2vec, updates: 400);
        using var run = Open(Spec(recipe));
        run.Train(100, _ => { }, default);
        var before = Resident();
        run.Train(400, _ => { }, default);
        var grown = Resident() - before;
        Assert.True(grown < 24 << 20, $"{grown >> 20} MiB more after 300 updates");

        static long Resident()
        {
            GC.Collect();
            var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;
        }
    }
}
