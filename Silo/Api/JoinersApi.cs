using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Silo.Joining;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Emotion2Vec.Silo.Api;

/// <summary>What machines call that add their slots.</summary>
internal static class JoinersApi
{
    public static void MapJoiners(this IEndpointRouteBuilder routes)
    {
        var joiners = routes.MapGroup("/api").WithTags("Joiners");
        joiners.MapPost("/joiners/{machine}", (string machine, JoinRequest request, JoinedMachines machines) => machines.Heard(machine, request))
            .WithSummary("A machine lives and has these slots; to be repeated every few seconds").Produces<ApiError>(StatusCodes.Status400BadRequest);
        joiners.MapDelete("/joiners/{machine}", (string machine, string id, JoinedMachines machines) => machines.Left(machine, id)).WithSummary("A machine goes");
        joiners.MapPost("/slots/worker", Worker).WithSummary("A worker of a joined machine began, ended, or could not be started");
    }

    private static async Task<WorkerVerdict> Worker(WorkerReport report, IGrainFactory grains)
    {
        var slot = grains.GetGrain<IGpuSlotGrain>(report.Slot);
        if (report.Evidence is not { } evidence)
        {
            await slot.WorkerStarted(report.Pid);
            return new WorkerVerdict(true);
        }
        return new WorkerVerdict(report.Pid == 0 ? await slot.WorkerNotStarted(evidence) : await slot.WorkerExited(report.Pid, evidence, report.Wanted));
    }
}
