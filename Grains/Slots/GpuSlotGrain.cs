using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Orleans;
using Orleans.Runtime;

namespace Emotion2Vec.Grains.Slots;

/// <inheritdoc cref="IGpuSlotGrain"/>
public sealed class GpuSlotGrain(JobStore store) : Grain, IGpuSlotGrain
{
    private const int StartsBeforeQuarantine = 2;

    private Assignment? current;
    private int worker;
    private bool served;
    private int failedStarts;
    private string? quarantine;

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
        if (current is not null) await GiveUp("its worker asked for another job without delivering this one", wanted: false);
        current = await store.Claim(this.GetPrimaryKeyString());
        if (current is not null) await Job(current).Leased(current.Attempt, this.GetPrimaryKeyString());
        return current;
    }

    public Task Free(string key, int attempt)
    {
        if (current?.Key == key && current.Attempt == attempt) current = null;
        return Task.CompletedTask;
    }

    public async Task WorkerExited(int pid, string evidence, bool wanted)
    {
        if (pid != worker) return;
        worker = 0;
        if (!wanted && !served && ++failedStarts >= StartsBeforeQuarantine)
            quarantine = $"its worker ended {failedStarts} times before it asked for work; last: {evidence}";
        if (current is not null) await GiveUp(evidence, wanted);
    }

    public Task<SlotPicture> Picture() => Task.FromResult(new SlotPicture(
        this.GetPrimaryKeyString(),
        quarantine is not null ? "quarantined" : current is null ? "free" : "leased",
        current?.Key, current?.Title, worker, quarantine));

    private async Task GiveUp(string evidence, bool wanted)
    {
        var job = current!;
        current = null;
        if (wanted) await Job(job).Release(job.Attempt, evidence);
        else await Job(job).Lose(job.Attempt, evidence);
    }

    private IJobGrain Job(Assignment assignment) => GrainFactory.Job(assignment.Kind, assignment.Key);
}
