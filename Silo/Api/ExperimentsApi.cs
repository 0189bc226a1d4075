using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Observability;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Slots;
using Emotion2Vec.Silo.Submissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Orleans;

namespace Emotion2Vec.Silo.Api;

/// <summary>Experiments: submit, look, cancel, retry.</summary>
internal static class ExperimentsApi
{
    private const int LargestPage = 1000;

    public static void MapExperiments(this IEndpointRouteBuilder routes)
    {
        var experiments = routes.MapGroup("/api/experiments").WithTags("Experiments");
        experiments.MapPost("/", (SubmitRequest request, HttpContext context, SubmissionService submissions, CancellationToken cancel) =>
                submissions.Submit(request, Caller.Of(context).Local, cancel))
            .WithSummary("Submits a grid; with dryRun only says what it would come to").Produces<ApiError>(StatusCodes.Status400BadRequest);
        experiments.MapGet("/", (ExperimentReports reports) => reports.All()).WithSummary("All experiments, newest first");
        experiments.MapGet("/{id}", (string id, ExperimentReports reports) => reports.One(id)).WithSummary("One experiment, with the jobs that run now");
        experiments.MapGet("/{id}/jobs", Jobs).WithSummary("Its jobs in grid order, by page");
        experiments.MapPost("/{id}/cancel", async (string id, IGrainFactory grains) =>
            new ChangedJobs(await grains.GetGrain<IExperimentGrain>(id).Cancel())).WithSummary("Cancels the jobs that no other live experiment wants");
        experiments.MapPost("/{id}/retry", async (string id, IGrainFactory grains) =>
            new ChangedJobs(await grains.GetGrain<IExperimentGrain>(id).Retry())).WithSummary("Queues failed, poisoned and blocked jobs anew");
    }

    public static void MapJobs(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/jobs/{key}", Job).WithTags("Jobs").WithSummary("Everything about one job; an unambiguous beginning of its key is enough");

    public static void MapResults(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/leaderboard", (string? experiment, string? corpus, string? upstream, string? protocol, bool? select, LeaderboardReports reports) =>
            reports.Rows(new(experiment, corpus, upstream, protocol), select ?? false)).WithTags("Results").WithSummary("Means over folds with 95 % intervals, best first in each corpus and protocol");
        routes.MapGet("/api/leaderboard/corpora", async (string? experiment, RowReader reader) => (await reader.Names(experiment)).Select(n => n.Corpus).Distinct())
            .WithTags("Results").WithSummary("Corpora that the leaderboard has");
        routes.MapGet("/api/gaps", (string? experiment, string? corpus, GapReports reports) => reports.Rows(new(experiment, corpus)))
            .WithTags("Results").WithSummary("Protocols side by side, and what it is worth that training has heard the speakers");
        routes.MapPost("/api/papers", (PaperRequest request, PaperReports reports) => reports.Table(request))
            .WithTags("Results").WithSummary("A table of a publication beside the results of this store").Produces<ApiError>(StatusCodes.Status400BadRequest);
        routes.MapGet("/api/comparisons", (string first, string second, string? experiment, string? corpus, string? protocol, ComparisonReports reports) =>
            reports.Compare(first, second, new(experiment, corpus, Protocol: protocol))).WithTags("Results").WithSummary("Two rows on the same utterances");
    }

    private static async Task<IEnumerable<JobRow>> Jobs(string id, string? state, int? skip, int? take, JobStore store)
    {
        if ((await store.Experiments(id)).Count == 0) throw new KeyNotFoundException($"no experiment has the id '{id}'");
        JobState? wanted = null;
        if (state is not null)
        {
            if (!Enum.TryParse<JobState>(state, ignoreCase: true, out var parsed))
                throw new InputException($"unknown state '{state}'{Nearest.Hint(state, Enum.GetNames<JobState>().Select(n => n.ToLowerInvariant()))}");
            wanted = parsed;
        }
        return (await store.Jobs(id, wanted, Math.Max(0, skip ?? 0), Math.Clamp(take ?? 100, 1, LargestPage))).Select(JobReports.Row);
    }

    private static async Task<JobDetail> Job(string key, JobStore store, IGrainFactory grains, SlotPictures slots, Watchdog watchdog)
    {
        var keys = await store.Keys(key);
        if (keys.Count == 0) throw new KeyNotFoundException($"no job has a key that begins with '{key}'");
        if (keys.Count > 1) throw new InputException($"several jobs have keys that begin with '{key}'; give more of it");
        var picture = (await store.Job(keys[0]))!;
        var live = picture.Job.State == JobState.Running ? await grains.Job(picture.Job.Kind, picture.Job.Key).Live() : null;
        return JobReports.Detail(picture, new JobMoment(live, await slots.All(), watchdog.Stall));
    }
}
