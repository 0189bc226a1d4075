using System.Diagnostics;
using System.Diagnostics.Metrics;
using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains;

/// <summary>What a silo counts and measures, through System.Diagnostics: any collector can listen to the meter and the activity source.</summary>
public sealed class Telemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "Emotion2Vec";

    private readonly Counter<long> attempts, expiries;
    private readonly Counter<double> audio, slotSeconds;
    private readonly Histogram<double> commits, dispatch;
    private readonly Histogram<long> units;
    private long lastProgress = Stopwatch.GetTimestamp();

    /// <param name="meters">The host's; its meters belong to this silo alone.</param>
    public Telemetry(IMeterFactory? meters = null)
    {
        Meter = meters?.Create(Name) ?? new Meter(Name);
        attempts = Meter.CreateCounter<long>("e2v.attempts", null, "Attempts that ended, by how they ended");
        expiries = Meter.CreateCounter<long>("e2v.lease.expiries", null, "Leases that ran out because their worker was silent");
        audio = Meter.CreateCounter<double>("e2v.audio", "s", "Seconds of speech that extractions and pre-trainings have read; hours per second = rate / 3600");
        slotSeconds = Meter.CreateCounter<double>("e2v.slot.busy", "s", "Seconds that slots spent on attempts, counted when an attempt ends");
        commits = Meter.CreateHistogram("e2v.store.commit", "s", "Time of one transaction of the store, from its begin until it is durable", advice: Seconds(0.001));
        units = Meter.CreateHistogram<long>("e2v.store.commit.units", null, "Changes that shared a transaction", advice: new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] });
        dispatch = Meter.CreateHistogram("e2v.dispatch.lag", "s", "From the moment that a slot asks and a job is queued until its lease is durable", advice: Seconds(0.001));
    }

    /// <summary>Where a silo adds what it can only observe: jobs by state, slots.</summary>
    public Meter Meter { get; }

    /// <summary>Spans of jobs, from lease to end, and of the store's transactions.</summary>
    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>Since an attempt began or ended, or since the start.</summary>
    public TimeSpan SinceProgress => Stopwatch.GetElapsedTime(Volatile.Read(ref lastProgress));

    /// <summary>An attempt has its lease.</summary>
    public void Dispatched(TimeSpan lag)
    {
        dispatch.Record(lag.TotalSeconds);
        Progress();
    }

    /// <summary>An attempt ended.</summary>
    public void Ended(AttemptState how)
    {
        attempts.Add(1, new KeyValuePair<string, object?>("state", char.ToLowerInvariant(how.ToString()[0]) + how.ToString()[1..]));
        Progress();
    }

    /// <summary>A slot is free again.</summary>
    public void Freed(TimeSpan busy) => slotSeconds.Add(busy.TotalSeconds);

    /// <summary>A lease ran out.</summary>
    public void Expired() => expiries.Add(1);

    /// <summary>Speech was read.</summary>
    public void Heard(double seconds, string kind) => audio.Add(seconds, new KeyValuePair<string, object?>("kind", kind));

    /// <summary>A transaction is durable.</summary>
    public void Committed(TimeSpan took, int changes)
    {
        commits.Record(took.TotalSeconds);
        units.Record(changes);
    }

    private void Progress() => Volatile.Write(ref lastProgress, Stopwatch.GetTimestamp());

    // 1, 2, 5, 10, … times the smallest, up to 50,000 times.
    private static InstrumentAdvice<double> Seconds(double smallest) =>
        new() { HistogramBucketBoundaries = [.. Enumerable.Range(0, 14).Select(i => Math.Round(smallest * Math.Pow(10, i / 3) * (i % 3) switch { 0 => 1, 1 => 2, _ => 5 }, 6))] };
}
