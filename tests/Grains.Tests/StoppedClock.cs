namespace Emotion2Vec.Grains.Tests;

/// <summary>A monotonic clock that moves only when told to; timers still run in real time.</summary>
internal sealed class StoppedClock : TimeProvider
{
    private long now = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref now);

    public void Advance(TimeSpan time) => Interlocked.Add(ref now, time.Ticks);
}
