using System.Security.Cryptography;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Features;

namespace Emotion2Vec.Tests;

public sealed class JobRunnerTests
{
    [Fact]
    public void Extraction_writes_every_utterance_and_says_what_it_wrote()
    {
        using var corpus = new TinyCorpus();
        var steps = new List<JobProgress>();
        var result = corpus.RunExtract(steps.Add);
        Assert.Equal(new JobProgress(30, 30), steps[^1]);
        using var file = new FeatureFile(corpus.Features);
        Assert.Equal(result, new ExtractResult(file.Verify(), file.Bytes, file.Utterances, file.Frames, file.Dimension, file.AudioSeconds));
        Assert.Equal((30, 80), (result.Utterances, result.Dimension));
        Assert.Equal(corpus.Manifest.Utterances.Select((_, i) => 1 + ((i == 1 ? 4000 : 4000 + 320 * (i % 7)) - 400) / 160), Enumerable.Range(0, 30).Select(file.FrameCount));
    }

    [Fact]
    public void A_complete_file_is_reused_and_a_damaged_one_made_anew()
    {
        using var corpus = new TinyCorpus();
        var first = corpus.RunExtract();
        var written = File.GetLastWriteTimeUtc(corpus.Features);
        foreach (var utterance in corpus.Manifest.Utterances) File.Move(utterance.Path, utterance.Path + ".away"); // nothing is decoded
        Assert.Equal(first, corpus.RunExtract());
        Assert.Equal(written, File.GetLastWriteTimeUtc(corpus.Features));
        foreach (var utterance in corpus.Manifest.Utterances) File.Move(utterance.Path + ".away", utterance.Path);
        Damage(corpus.Features);
        Assert.Equal(first, corpus.RunExtract());
        Assert.Equal(first.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(corpus.Features))));
    }

    [Fact]
    public void A_fold_makes_missing_or_damaged_features_anew_with_the_same_result()
    {
        using var corpus = new TinyCorpus();
        corpus.RunExtract();
        var expected = corpus.Run(corpus.Fold);
        Damage(corpus.Features);
        Assert.Equal(expected, corpus.Run(corpus.Fold));
        File.Delete(corpus.Features);
        Assert.Equal(expected, corpus.Run(corpus.Fold));
        Assert.Contains("run the extract job", Assert.Throws<InputException>(() => corpus.Run(corpus.Fold with { Features = new string('0', 64) })).Message);
    }

    [Fact]
    public void A_fold_is_bit_for_bit_the_same_again_on_another_thread_and_beside_others()
    {
        using var corpus = new TinyCorpus();
        corpus.RunExtract();
        var expected = corpus.Run(corpus.Fold);
        Assert.Equal(expected, corpus.Run(corpus.Fold));
        var results = new string[4];
        var threads = Enumerable.Range(0, results.Length).Select(i => new Thread(() => results[i] = corpus.Run(i == 3 ? corpus.Fold with { Seed = 7 } : corpus.Fold))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        Assert.All(results[..3], result => Assert.Equal(expected, result));
        Assert.NotEqual(expected, results[3]);
    }

    [Fact]
    public void A_fold_result_is_consistent_and_carries_the_folds_warnings()
    {
        using var corpus = new TinyCorpus();
        var result = corpus.RunFold();
        Assert.Equal(corpus.Manifest.Classes.AsEnumerable(), result.Classes);
        Assert.Equal([0, 1, 2, 15, 16, 17], result.Test.AsEnumerable());
        Assert.Equal([0, 1, 2, 0, 1, 2], result.Truth.AsEnumerable());
        Assert.Equal(result.Test.Length * 3 * 4, result.Logits.Length);
        for (var i = 0; i < result.Test.Length; i++)
        {
            var scores = Enumerable.Range(0, 3).Select(c => BitConverter.ToSingle(result.Logits, (3 * i + c) * 4)).ToArray();
            Assert.Equal(Array.IndexOf(scores, scores.Max()), result.Predicted[i]);
        }
        Assert.Equal(result.Truth.Zip(result.Predicted).Count(p => p.First == p.Second) / 6.0, result.Wa);
        Assert.Equal((6, 6, 6), (result.TrainLoss.Length, result.ValidationLoss.Length, result.ValidationWa.Length));
        Assert.Equal(result.ValidationWa.Max(), result.ValidationWa[result.BestEpoch]);
        Assert.True(result.TrainLoss[^1] < result.TrainLoss[0] / 2);
        Assert.Equal(["a warning of the fold"], result.Warnings.AsEnumerable());
    }

    [Fact]
    public void Superb_on_normalised_features_says_that_it_sees_nothing()
    {
        using var corpus = new TinyCorpus();
        Assert.Contains("mfcc has mean 0 in every utterance, and the superb head sees only that mean: the features tell it nothing", Superb("mfcc").Warnings);
        Assert.DoesNotContain(Superb("mfcc39").Warnings, w => w.Contains("mean", StringComparison.Ordinal)); // these are not normalised

        FoldResult Superb(string upstream)
        {
            var extract = corpus.Extract with { Upstream = upstream };
            corpus.Run(extract);
            return corpus.RunFold(corpus.Fold with { Upstream = upstream, Features = extract.Key(), Head = corpus.Fold.Head with { Name = "superb" } });
        }
    }

    [Fact]
    public void Empty_validation_tests_the_last_epoch_and_warns()
    {
        using var corpus = new TinyCorpus(validation: false);
        var result = corpus.RunFold();
        Assert.Equal(5, result.BestEpoch);
        Assert.Empty(result.ValidationWa);
        Assert.Contains("no validation part: the last epoch was tested", result.Warnings);
    }

    [Fact]
    public void A_class_absent_from_training_is_a_warning_and_never_predicted_right()
    {
        using var corpus = new TinyCorpus(absentFromTraining: "low");
        var result = corpus.RunFold();
        Assert.Contains("class 'low' is absent from training", result.Warnings);
        Assert.Equal(0, result.Confusion[1 * 3 + 1]);
    }

    [Fact]
    public void Cancellation_stops_both_kinds_and_leaves_no_file()
    {
        using var corpus = new TinyCorpus();
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => corpus.RunExtract(_ => cancel.Cancel(), cancel.Token));
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(corpus.Features)!));
        corpus.RunExtract();
        using var later = new CancellationTokenSource();
        var epochs = 0;
        Assert.Throws<OperationCanceledException>(() => corpus.Run(corpus.Fold with { Head = new HeadSpec(Epochs: 100000) }, step => { epochs = step.Done; later.Cancel(); }, later.Token));
        Assert.Equal(1, epochs);
        Assert.Throws<OperationCanceledException>(() => corpus.Run(new NoOpSpec("g", 1, 60_000), null, later.Token));
        Assert.Equal(new NoOpSpec("g", 1).ToJson(), corpus.Run(new NoOpSpec("g", 1)));
    }

    [Fact]
    public void Audio_that_is_too_short_or_has_changed_is_named()
    {
        using (var corpus = new TinyCorpus(shortest: 500))
        {
            var message = Assert.Throws<InputException>(() => corpus.RunExtract()).Message;
            Assert.Contains("u01.wav: 'u01' is 31.3 ms long, but mfcc needs at least 35 ms", message);
        }
        using (var corpus = new TinyCorpus())
        {
            TinyCorpus.Tone(corpus.Manifest.Utterances[2].Path, 500, 4000, 9);
            Assert.Contains("the audio of 'u02' is not what the manifest describes", Assert.Throws<InputException>(() => corpus.RunExtract()).Message);
            Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(corpus.Features)!));
        }
    }

    [Fact]
    public void Wrong_specs_are_refused_in_one_line()
    {
        using var corpus = new TinyCorpus();
        corpus.RunExtract();
        Assert.Contains("there is no fold 1", Assert.Throws<InputException>(() => corpus.Run(corpus.Fold with { Fold = 1 })).Message);
        Assert.Contains("did you mean 'linear'", Assert.Throws<InputException>(() => corpus.Run(corpus.Fold with { Head = new HeadSpec("lineer") })).Message);
        Assert.Contains("did you mean 'fbank'", Assert.Throws<InputException>(() => corpus.Run(corpus.Extract with { Upstream = "fbnk" })).Message);
    }

    [Fact]
    public void Run_information_names_the_libraries()
    {
        var info = RunInfos.Current(1.5, 1.25, "cpu");
        Assert.Equal((1.5, 1.25, "cpu", Environment.MachineName), (info.WallSeconds, info.CpuSeconds, info.Device, info.Host));
        Assert.Equal(["architecture", "blas", "commit", "dotnet", "libtorch", "os", "pooling", "torch"], info.Versions.Keys);
        Assert.All(info.Versions.Values, value => Assert.False(string.IsNullOrWhiteSpace(value)));
        Assert.Equal(TorchSharp.torch.__version__, info.Versions["libtorch"]);
    }

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[1000] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
