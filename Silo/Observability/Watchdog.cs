using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Slots;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Observability;

/// <summary>
/// Notices what no single part can: jobs are queued, slots are free, and yet for a while no attempt begins or ends.
/// It only reports.
/// </summary>
internal sealed partial class Watchdog(JobStore store, SlotPictures slots, Telemetry telemetry, SiloOptions options, ILogger<Watchdog> logger) : BackgroundService
{
    /// <summary>What is wrong, in a sentence; null where nothing is.</summary>
    public string? Stall { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromTicks(Math.Clamp(options.StallAfter.Ticks / 5, TimeSpan.TicksPerSecond / 10, TimeSpan.TicksPerMinute)));
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Look();
            }
            catch (Exception error)
            {
                LogBlind(logger, error);
            }
        }
    }

    private async Task Look()
    {
        var before = Stall;
        Stall = telemetry.SinceProgress >= options.StallAfter ? await Reason() : null;
        if (Stall is not null && before is null) LogStall(logger, Stall);
        else if (Stall is null && before is not null) LogMoves(logger);
    }

    private async Task<string?> Reason()
    {
        if ((await store.Counts()).GetValueOrDefault(JobState.Queued) is not (> 0 and var queued)) return null;
        var all = await slots.All();
        var free = all.Count(s => s.State == "free");
        if (free == 0) return null;
        // Jobs that wait for a slot of another kind are no stall.
        var offers = all.Where(s => s.State == "free").Select(s => s.Offer).DistinctBy(o => (o.Device, o.Memory, o.AllAudio, string.Join(',', o.Audio)));
        if (!(await Task.WhenAll(offers.Select(store.AnyQueued))).Contains(true)) return null;
        var minutes = Math.Max(1, (int)telemetry.SinceProgress.TotalMinutes);
        return $"no progress for {minutes} min while {free} of {all.Count} slots {(free == 1 ? "is" : "are")} free and {queued} jobs are queued; see the workers' logs";
    }

    [LoggerMessage(LogLevel.Warning, "{Stall}")]
    private static partial void LogStall(ILogger logger, string stall);

    [LoggerMessage(LogLevel.Information, "Jobs move again")]
    private static partial void LogMoves(ILogger logger);

    [LoggerMessage(LogLevel.Warning, "The watchdog could not look")]
    private static partial void LogBlind(ILogger logger, Exception error);
}
