using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Security;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>
/// The slots of the silo's own machine. A silo that is only asked for results starts no worker; a slot that its grain has
/// quarantined gets no other.
/// </summary>
internal sealed class SlotHost(SiloOptions options, HomeFolder home, JobStore store, QueueSignal queue, IGrainFactory grains, Guard guard, ILogger<SlotHost> logger)
    : IHostedLifecycleService, ISlotOwner
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> keepers = [];

    /// <summary>The slots.</summary>
    public ImmutableArray<Slot> Slots { get; } = Slot.Of(options.Cluster?.Name ?? Slot.Local, options.CpuSlots, options.Gpus);

    /// <summary>Keeps a worker in every slot from now on.</summary>
    /// <param name="address">The API that workers talk to.</param>
    public async Task StartWorkers(Uri address)
    {
        foreach (var slot in Slots) await Grain(slot).Offer(slot.Offer, null);
        var how = new WorkerStart(options.WorkerCommand, address, home, options.Heartbeat, new Credentials(guard.Token?.Text, null));
        keepers.AddRange(Slots.Select(slot => Task.Run(() => new SlotKeeper(slot, this, how, logger).Keep(stopping.Token))));
    }

    /// <summary>Before the API goes: ends the workers and gives their jobs back.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(keepers);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task ISlotOwner.WaitForWork(Slot slot, CancellationToken cancel)
    {
        for (var signal = queue.Next; !await store.AnyQueued(slot.Offer); signal = queue.Next)
        {
            await Task.WhenAny(signal, Task.Delay(LongestWait, cancel));
            cancel.ThrowIfCancellationRequested();
        }
    }

    Task ISlotOwner.WorkerStarted(Slot slot, int pid) => Grain(slot).WorkerStarted(pid);

    Task<bool> ISlotOwner.WorkerExited(Slot slot, int pid, string evidence, bool wanted) => Grain(slot).WorkerExited(pid, evidence, wanted);

    Task<bool> ISlotOwner.WorkerNotStarted(Slot slot, string evidence) => Grain(slot).WorkerNotStarted(evidence);

    private IGpuSlotGrain Grain(Slot slot) => grains.GetGrain<IGpuSlotGrain>(slot.Name);
}
