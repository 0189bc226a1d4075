using System.Diagnostics;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Silo.Joining;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Slots;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Emotion2Vec.Silo.Api;

/// <summary>What workers call.</summary>
internal static class WorkersApi
{
    // Longer than this and a worker could not tell an idle silo from a dead connection.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    public static void MapWorkers(this IEndpointRouteBuilder routes)
    {
        var workers = routes.MapGroup("/api").WithTags("Workers");
        workers.MapPost("/slots/lease", Lease).WithSummary("The next job for a slot; 204 after a while without one");
        workers.MapPost("/jobs/{key}/attempts/{attempt:int}/heartbeat", async (string key, int attempt, HeartbeatRequest request, IGrainFactory grains) =>
            new HeartbeatAnswer(await grains.Job(request.Kind, key).Heartbeat(attempt, request.Progress is null ? null : CanonicalJson.Write(request.Progress))))
            .WithSummary("The worker lives; renews its lease");
        workers.MapPost("/jobs/{key}/attempts/{attempt:int}/complete", async (string key, int attempt, CompleteRequest request, IGrainFactory grains) =>
        {
            var completion = await grains.Job(request.Kind, key).Complete(attempt, request.Result, CanonicalJson.Write(request.Run));
            await grains.GetGrain<IGpuSlotGrain>(request.Slot).Free(key, attempt);
            return completion;
        }).WithBodyLimit(Limits.Result).WithSummary("Delivers a result; the answer means that it is durable");
        workers.MapPost("/jobs/{key}/attempts/{attempt:int}/fail", async (string key, int attempt, FailRequest request, IGrainFactory grains) =>
        {
            await grains.Job(request.Kind, key).Fail(attempt, request.Error, request.OutOfMemory);
            await grains.GetGrain<IGpuSlotGrain>(request.Slot).Free(key, attempt);
        }).WithSummary("The attempt ended with an error");
        workers.MapPost("/jobs/{key}/attempts/{attempt:int}/release", async (string key, int attempt, ReleaseRequest request, IGrainFactory grains) =>
        {
            await grains.Job(request.Kind, key).Release(attempt, request.Reason);
            await grains.GetGrain<IGpuSlotGrain>(request.Slot).Free(key, attempt);
        }).WithSummary("The worker gives its job back");
        routes.MapGet("/api/slots", async (SlotPictures slots) =>
            (await slots.All()).Select(p => new SlotRow(
                p.Name, p.State, p.Job, p.Title, p.WorkerPid == 0 ? null : p.WorkerPid, p.Reason, Slot.MachineOf(p.Name), p.Offer.Device, p.Offer.Memory == 0 ? null : Math.Round(p.Offer.Memory / 1e9, 1))))
            .WithTags("Slots").WithSummary("All slots");
    }

    private static async Task<IResult> Lease(string slot, bool? joined, IGrainFactory grains, JoinedMachines machines, QueueSignal queue, Telemetry telemetry, TimeProvider time, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        var ready = Stopwatch.GetTimestamp();
        if (joined is true && !machines.Knows(slot))
        {
            // A silo that has just started does not know yet what the slot can run.
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancel);
            return TypedResults.NoContent();
        }
        while (true)
        {
            var signal = queue.Next;
            if (await grains.GetGrain<IGpuSlotGrain>(slot).Lease() is { } job)
            {
                telemetry.Dispatched(Stopwatch.GetElapsedTime(ready));
                return TypedResults.Ok(job);
            }
            var left = LongestWait - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero) return TypedResults.NoContent();
            await Task.WhenAny(signal, Task.Delay(left, time, cancel));
            if (signal.IsCompletedSuccessfully) ready = await signal;
            cancel.ThrowIfCancellationRequested();
        }
    }
}
