using System.Diagnostics;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Engine.Jobs;

/// <summary>Lets progress through at most five times per second; the last step always passes.</summary>
internal sealed class ProgressGate(Action<JobProgress> report)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.2);
    private long last = long.MinValue;

    public void Report(int done, int total, Func<string>? message = null)
    {
        if (done < total && last != long.MinValue && Stopwatch.GetElapsedTime(last) < Interval) return;
        last = Stopwatch.GetTimestamp();
        report(new JobProgress(done, total, message?.Invoke()));
    }
}
