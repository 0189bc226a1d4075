using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Orleans;
using Orleans.Runtime;

namespace Emotion2Vec.Grains.Slots;

/// <inheritdoc cref="IGpuSlotGrain"/>
// Nobody calls it while its worker trains for hours, yet it must know then what the worker held.
[KeepAlive]
public sealed class GpuSlotGrain(JobStore store) : Grain, IGpuSlotGrain
{
    private const int StartsBeforeQuarantine = 2;

    private Assignment? current;
    private int worker, holder;
    private bool served;
    private int failedStarts;
    private string? quarantine;
    private SlotOffer offer = SlotOffer.Unknown;

    public Task Offer(SlotOffer offer, string? quarantine)
    {
        this.offer = offer;
        this.quarantine ??= quarantine;
        return Task.CompletedTask;
    }

    public Task WorkerStarted(int pid)
    {
        worker = pid;
        served = false;
        return Task.CompletedTask;
    }

    public async Task<Assignment?> Lease()
    {
        served = true;
        failedStarts = 0;
        quarantine = null;
        // The same process asks again: the answer with its job was lost on the way. A worker does one thing after the other.
        if (current is not null && worker != 0 && holder == worker) return current;
        if (current is not null) await GiveUp("its worker asked for another job without delivering this one", wanted: false);
        var claimed = await store.Claim(this.GetPrimaryKeyString(), offer);
        // Where the job's grain cannot be reached, its silo has just died: the worker hears nothing, asks again and gets the same job.
        if (claimed is not null) await Job(claimed).Leased(claimed.Attempt, this.GetPrimaryKeyString());
        holder = worker;
        return current = claimed;
    }

    public Task Free(string key, int attempt)
    {
        if (current?.Key == key && current.Attempt == attempt) current = null;
        return Task.CompletedTask;
    }

    public async Task<bool> WorkerExited(int pid, string evidence, bool wanted)
    {
        // 0 where this grain is younger than the worker: the machine that started it outlived a restart of the silo.
        if (worker != 0 && pid != worker) return quarantine is null;
        if (worker == 0) current ??= await store.Held(this.GetPrimaryKeyString());
        else if (!wanted && !served) CountFailedStart(evidence);
        worker = 0;
        if (current is not null) await GiveUp(evidence, wanted);
        return quarantine is null;
    }

    public Task<bool> WorkerNotStarted(string evidence)
    {
        CountFailedStart(evidence);
        return Task.FromResult(quarantine is null);
    }

    public Task<SlotPicture> Picture() => Task.FromResult(new SlotPicture(
        this.GetPrimaryKeyString(),
        quarantine is not null ? "quarantined" : current is null ? "free" : "leased",
        current?.Key, current?.Title, worker, quarantine, offer));

    private void CountFailedStart(string evidence)
    {
        if (++failedStarts >= StartsBeforeQuarantine)
            quarantine = $"{failedStarts} workers in a row did not come to ask for work; last: {evidence}";
    }

    private async Task GiveUp(string evidence, bool wanted)
    {
        var job = current!;
        current = null;
        if (wanted) await Job(job).Release(job.Attempt, evidence);
        else await Job(job).Lose(job.Attempt, evidence);
    }

    private IJobGrain Job(Assignment assignment) => GrainFactory.Job(assignment.Kind, assignment.Key);
}
