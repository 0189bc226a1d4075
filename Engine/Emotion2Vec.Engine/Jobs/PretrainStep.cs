using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Engine.Pretraining.Runs;

namespace Emotion2Vec.Engine.Jobs;

/// <summary>One model pre-trained from where its run stands to its end.</summary>
internal static class PretrainStep
{
    /// <summary>Makes the checkpoint of a job, or finds it complete.</summary>
    public static PretrainResult Run(HomeFolder home, string key, PretrainSpec spec, string device, long? memory, Action<JobProgress> report, CancellationToken cancel)
    {
        var path = home.Checkpoint(key);
        if (PretrainedFile.Existing(path) is { } existing) return existing;
        using var run = new PretrainRun(home, spec, device, cancel, memory);
        run.Train(spec.Training.Updates, report, cancel);
        var result = run.Write(path);
        run.Finish();
        return result;
    }
}
