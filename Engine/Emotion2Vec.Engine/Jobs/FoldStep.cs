using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;
using TorchSharp;

namespace Emotion2Vec.Engine.Jobs;

/// <summary>One head trained on a fold's training part, chosen on its validation part, tested once on its test part.</summary>
internal static class FoldStep
{
    /// <param name="key">Of the job: names the file in which the hidden layer of the test part is kept, for figures.</param>
    /// <param name="hidden">Gets the hidden layer of the test part, row-major utterances × H; null where nobody wants it.</param>
    public static FoldResult Run(HomeFolder home, string key, FoldSpec spec, torch.Device device, Action<JobProgress> report, CancellationToken cancel, Action<float[]>? hidden = null)
    {
        HeadFactory.Check(spec.Head);
        var manifest = ManifestFile.Load(home.Manifest(spec.Manifest));
        var folds = FoldSet.Load(home, spec.Folds);
        if (spec.Fold < 0 || spec.Fold >= folds.Folds.Length)
            throw new InputException($"{spec.Corpus}, {spec.Protocol}: there is no fold {spec.Fold}; folds are 0 to {folds.Folds.Length - 1}");
        if (folds.Manifest != manifest.Hash)
            throw new InputException($"{home.Folds(spec.Folds)}: the folds belong to another manifest, {folds.Manifest}");
        using var features = new FeatureFile(home.Features(spec.Features));
        if (features.Utterances != manifest.Utterances.Length)
            throw new DamagedFeaturesException(features.Path, $"it holds {features.Utterances} utterances, the manifest {manifest.Utterances.Length}");
        float[] rows = [];
        var result = Run(spec, manifest, folds.Folds[spec.Fold], features, device, report, values => rows = values, cancel);
        FeatureExport.WriteRows(home.Hidden(key), rows, [.. result.Test.Select(u => u.ToString(CultureInfo.InvariantCulture))]);
        hidden?.Invoke(rows);
        return result;
    }

    private static FoldResult Run(
        FoldSpec spec, Manifest manifest, Fold fold, FeatureFile features, torch.Device device, Action<JobProgress> report, Action<float[]> hidden, CancellationToken cancel)
    {
        if (fold.Train.IsEmpty) throw new InputException($"{spec.Corpus}, {spec.Protocol}, {fold.Name}: the training part is empty");
        if (fold.Test.IsEmpty) throw new InputException($"{spec.Corpus}, {spec.Protocol}, {fold.Name}: the test part is empty");
        var progress = new ProgressGate(report);
        var shuffle = RandomStreams.Of("order", spec.Seed, spec.Fold);
        using var frames = new FrameSource(features, device);
        using var head = HeadFactory.Create(spec.Head, frames, manifest.Classes.Length, RandomStreams.Of("weights", spec.Seed, spec.Fold), manifest);
        fold = Judged(spec, fold, head);
        var training = new HeadTraining(head, spec.Head, manifest.LabelIndices);
        var (best, epochs) = training.Run(fold.Train, fold.Validation, _ => Shuffled(fold.Train, shuffle),
            epoch => progress.Report(epoch.Epoch + 1, spec.Head.Epochs, () => Text(epoch)), cancel);

        var logits = training.Logits(fold.Test, cancel);
        hidden(training.Hidden(fold.Test, cancel));
        int[] predicted = [.. Enumerable.Range(0, fold.Test.Length).Select(i => HeadTraining.Top(logits.AsSpan(i * manifest.Classes.Length, manifest.Classes.Length)))];
        int[] truth = [.. fold.Test.Select(u => manifest.LabelIndices[u])];
        var metrics = ClassificationMetrics.From(truth, predicted, manifest.Classes.Length);
        return new FoldResult(
            metrics.Wa, metrics.Ua, metrics.Wf1, metrics.MacroF1, manifest.Classes, metrics.Confusion,
            fold.Test, [.. truth], [.. predicted], MemoryMarshal.AsBytes<float>(logits).ToArray(),
            best ?? spec.Head.Epochs - 1,
            [.. epochs.Select(e => e.TrainLoss)],
            fold.Validation.IsEmpty ? [] : [.. epochs.Select(e => e.ValidationLoss)],
            fold.Validation.IsEmpty ? [] : [.. epochs.Select(e => e.ValidationWa)],
            Warnings(spec, manifest, fold, best, head.SeesOnlyMeans && MeansAreZero(frames, fold.Train)));
    }

    /// <summary>The fold without the utterances that its head can say nothing of.</summary>
    private static Fold Judged(FoldSpec spec, Fold fold, Head head)
    {
        ImmutableArray<int> Of(ImmutableArray<int> part) => [.. part.Where(head.Judges)];
        var judged = fold with { Train = Of(fold.Train), Validation = Of(fold.Validation), Test = Of(fold.Test) };
        if (judged.Train.Length + judged.Validation.Length + judged.Test.Length == fold.Train.Length + fold.Validation.Length + fold.Test.Length) return fold;
        if (judged.Train.IsEmpty || judged.Test.IsEmpty)
            throw new InputException($"{spec.Corpus}, {spec.Protocol}, {fold.Name}: nothing was said before any utterance of the {(judged.Train.IsEmpty ? "training" : "test")} part: head {spec.Head.Name} has nothing to go by");
        return judged with { Warnings = [.. fold.Warnings, "utterances that open a dialogue have nothing before them and are left out"] };
    }

    /// <summary>An epoch's order: the training part in manifest order, shuffled by the fold's generator where it stands.</summary>
    private static int[] Shuffled(ImmutableArray<int> train, SplitMix64 random)
    {
        int[] order = [.. train];
        random.Shuffle<int>(order);
        return order;
    }

    private static ImmutableArray<string> Warnings(FoldSpec spec, Manifest manifest, Fold fold, int? best, bool blind)
    {
        var warnings = new List<string>(fold.Warnings);
        var trained = fold.Train.Select(u => manifest.LabelIndices[u]).ToHashSet();
        for (var label = 0; label < manifest.Classes.Length; label++)
        {
            var absent = $"class '{manifest.Classes[label]}' is absent from training";
            if (!trained.Contains(label) && !warnings.Any(w => w.StartsWith(absent, StringComparison.Ordinal))) warnings.Add(absent);
        }
        if (blind)
            warnings.Add($"{spec.Upstream} has mean 0 in every utterance, and the {spec.Head.Name} head sees only that mean: the features tell it nothing");
        if (fold.Validation.IsEmpty) warnings.Add("no validation part: the last epoch was tested");
        else if (best is null) warnings.Add("no epoch classified any validation utterance correctly: the last epoch was tested");
        return [.. warnings];
    }

    /// <summary>Whether features are normalised over each utterance, by the first of them: means of float32 values that sum to 0.</summary>
    private static bool MeansAreZero(FrameSource frames, ImmutableArray<int> utterances) =>
        utterances.Take(10).All(u => FrameMean.Of(frames.Span(u), frames.Row).All(mean => Math.Abs(mean) < 1e-4));

    private static string Text(EpochResult epoch) => string.Create(CultureInfo.InvariantCulture,
        $"loss {epoch.TrainLoss:0.000}{(float.IsNaN(epoch.ValidationWa) ? "" : $", validation WA {100 * epoch.ValidationWa:0.0} %")}");
}
