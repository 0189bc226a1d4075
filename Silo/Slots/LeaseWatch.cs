using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>
/// Sees to it that every attempt that runs according to the store has a lease that can expire. Lease clocks are in the
/// memory of grains; whatever takes one away must not leave a job running for ever.
/// </summary>
internal sealed partial class LeaseWatch(JobStore store, IGrainFactory grains, IOptions<LeaseOptions> options, TimeProvider time, ILogger<LeaseWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Lease, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (var attempt in await store.RunningAttempts())
                    await grains.Job(attempt.Kind, attempt.Key).Watched(attempt.Attempt, attempt.Slot);
            }
            catch (Exception error)
            {
                LogFailed(logger, error);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Leases could not be looked after; tried again later")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
