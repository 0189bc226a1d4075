namespace Emotion2Vec.Silo.Workers;

/// <summary>Longer and longer pauses between tries, from a tenth of a second up to five seconds.</summary>
internal sealed class Pauses
{
    private TimeSpan next = TimeSpan.FromMilliseconds(100);

    public async Task Next(CancellationToken cancel)
    {
        await Task.Delay(next, cancel);
        next = TimeSpan.FromTicks(Math.Min(2 * next.Ticks, 5 * TimeSpan.TicksPerSecond));
    }
}
