using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>Says which slots this silo brings to the cluster, and looks after the attempts of silos that died; see <see cref="AbandonedAttempts"/>.</summary>
internal sealed partial class ClusterWatch(AbandonedAttempts abandoned, SlotHost slots, SiloOptions silo, IGrainFactory grains, QueueSignal queue, IOptions<LeaseOptions> options, TimeProvider time, ILogger<ClusterWatch> logger) : BackgroundService
{
    /// <summary>For how long a silo must be gone: its jobs go back into the queue before their leases run out.</summary>
    public static TimeSpan Grace(TimeSpan lease) => lease / 2;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Lease / 8, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await abandoned.Look() is > 0 and var released)
                {
                    LogReleased(logger, released);
                    queue.Set();
                }
                // Its silo may be the one that died: nothing may wait for it.
                if (!slots.Slots.IsEmpty) _ = Tell();
            }
            catch (Exception error)
            {
                LogFailed(logger, error);
            }
        }
    }

    private async Task Tell()
    {
        try
        {
            await grains.GetGrain<ISlotDirectoryGrain>(ISlotDirectoryGrain.Key).Has(silo.Cluster!.Name, [.. slots.Slots.Select(s => s.Name)]);
        }
        catch (Exception error)
        {
            LogFailed(logger, error);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A silo of the cluster ended: {Attempts} of its attempts go back into the queue")]
    private static partial void LogReleased(ILogger logger, int attempts);

    [LoggerMessage(LogLevel.Warning, "The cluster's silos could not be looked after; tried again later")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
