namespace Emotion2Vec.Grains.Tests;

/// <summary>A monotonic clock that moves only when told to, and a wall clock that may be wrong; timers still run in real time.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private long now = 1, wrongBy;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref wrongBy));

    /// <summary>Puts the wall clock ahead of (or behind) the true time.</summary>
    public void SetWallClock(TimeSpan ahead) => Interlocked.Exchange(ref wrongBy, ahead.Ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref now, time.Ticks);
}
