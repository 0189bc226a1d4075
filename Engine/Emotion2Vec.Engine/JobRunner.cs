using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Jobs;
using TorchSharp;

namespace Emotion2Vec.Engine;

/// <summary>
/// Runs one job at a time on the calling thread. What it gives depends on the spec alone: torch works with one thread,
/// nothing is taken from global generators but by a pretrain job, which seeds torch's before every micro-batch.
/// </summary>
/// <param name="home">Where manifests, folds and features lie; a fold's hidden layer is kept there for figures.</param>
/// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
/// <param name="memory">Bytes of main memory for this process; null = all that the machine has.</param>
public sealed class JobRunner(HomeFolder home, string device, long? memory = null)
{
    /// <summary>Computes a job.</summary>
    /// <param name="key">Its key; names the features file of an extract job, the checkpoint and the state of a pretrain job.</param>
    /// <param name="spec">What to compute.</param>
    /// <param name="report">Called on this thread with progress, at most about five times per second.</param>
    /// <param name="cancel">Checked before every utterance or batch.</param>
    /// <param name="hidden">Gets what the first linear layer of a fold's head makes of the test part, row-major utterances × H.</param>
    /// <returns>Canonical JSON of a <see cref="PretrainResult"/>, <see cref="ExtractResult"/> or <see cref="FoldResult"/>; <c>{}</c> of a no-op.</returns>
    /// <exception cref="InputException">The spec or a file it names is wrong.</exception>
    /// <exception cref="Pretraining.Runs.PretrainStoppedException">A pre-training collapsed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was left behind but the state of a pre-training, which goes on from there.</exception>
    public string Run(string key, JobSpec spec, Action<JobProgress> report, CancellationToken cancel, Action<float[]>? hidden = null)
    {
        torch.set_num_threads(1);
        return spec switch
        {
            PretrainSpec pretrain => CanonicalJson.Write(PretrainStep.Run(home, key, pretrain, device, memory, report, cancel)),
            ExtractSpec extract => CanonicalJson.Write(ExtractStep.Run(home, key, extract, device, report, cancel)),
            FoldSpec fold => CanonicalJson.Write(RunFold(key, fold, report, hidden, cancel)),
            NoOpSpec noop => Sleep(noop, report, cancel),
            _ => throw new InputException($"job kind '{spec.Kind}' cannot be run here"),
        };
    }

    /// <summary>Features that are missing or damaged are made anew, once: the spec says how.</summary>
    private FoldResult RunFold(string key, FoldSpec spec, Action<JobProgress> report, Action<float[]>? hidden, CancellationToken cancel)
    {
        var where = torch.device(device);
        try
        {
            return FoldStep.Run(home, key, spec, where, report, cancel, hidden);
        }
        catch (Exception e) when (e is DamagedFeaturesException or FileNotFoundException or DirectoryNotFoundException)
        {
            var extract = ExtractStep.Of(home, spec)
                ?? throw new InputException($"{home.Features(spec.Features)}: missing or damaged; run the extract job {spec.Features} again", e);
            ExtractStep.Run(home, spec.Features, extract, device, report, cancel);
            return FoldStep.Run(home, key, spec, where, report, cancel, hidden);
        }
    }

    private static string Sleep(NoOpSpec spec, Action<JobProgress> report, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        if (spec.Milliseconds > 0 && cancel.WaitHandle.WaitOne(spec.Milliseconds)) cancel.ThrowIfCancellationRequested();
        report(new JobProgress(1, 1));
        // Its own spec, by which a result that landed on another job would be seen.
        return spec.ToJson();
    }
}
