using System.Net;
using System.Net.Http.Json;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Silo.Workers;

/// <summary>A worker's side of the HTTP API. Calls that must arrive are repeated until they do.</summary>
internal sealed class SiloConnection(string silo, string slot, bool joined) : IDisposable
{
    private readonly HttpClient http = SiloHttp.Create(new Uri(silo), Credentials.FromEnvironment(), TimeSpan.FromSeconds(30));

    /// <summary>The next job, or null after a while without one.</summary>
    public async Task<Assignment?> Lease(CancellationToken cancel)
    {
        using var answer = await Persist(() => http.PostAsync($"api/slots/lease?slot={Uri.EscapeDataString(slot)}{(joined ? "&joined=true" : "")}", null, cancel), cancel);
        return answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options, cancel);
    }

    /// <summary>One heartbeat; a silo that does not answer is no reason to stop working.</summary>
    public async Task<Directive> Heartbeat(Assignment job, JobProgress? progress, CancellationToken cancel)
    {
        try
        {
            using var answer = await Post(job, "heartbeat", new HeartbeatRequest(job.Kind, progress), cancel);
            answer.EnsureSuccessStatusCode();
            return (await answer.Content.ReadFromJsonAsync<HeartbeatAnswer>(CanonicalJson.Options, cancel))!.Directive;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
        {
            return Directive.Continue;
        }
    }

    /// <summary>Delivers a result; returns once it is durable.</summary>
    public Task Complete(Assignment job, string result, RunInfo run, CancellationToken cancel) =>
        Deliver(job, "complete", new CompleteRequest(job.Kind, slot, result, run), cancel);

    /// <summary>Reports an error of the job.</summary>
    public Task Fail(Assignment job, string error, bool outOfMemory, CancellationToken cancel) =>
        Deliver(job, "fail", new FailRequest(job.Kind, slot, error, outOfMemory), cancel);

    /// <summary>Gives the job back.</summary>
    public Task Release(Assignment job, string reason, CancellationToken cancel) =>
        Deliver(job, "release", new ReleaseRequest(job.Kind, slot, reason), cancel);

    public void Dispose() => http.Dispose();

    private async Task Deliver<T>(Assignment job, string what, T message, CancellationToken cancel)
    {
        using var answer = await Persist(() => Post(job, what, message, cancel), cancel);
    }

    private Task<HttpResponseMessage> Post<T>(Assignment job, string what, T message, CancellationToken cancel) =>
        http.PostAsJsonAsync($"api/jobs/{job.Key}/attempts/{job.Attempt}/{what}", message, CanonicalJson.Options, cancel);

    /// <summary>Repeats a call until it is answered. A silo that is away or in trouble (5xx) may come back; one that refuses (4xx) will refuse again.</summary>
    internal static async Task<HttpResponseMessage> Persist(Func<Task<HttpResponseMessage>> call, CancellationToken cancel)
    {
        for (var pauses = new Pauses(); ; await pauses.Next(cancel))
        {
            try
            {
                var answer = await call();
                if (answer.IsSuccessStatusCode) return answer;
                using (answer)
                {
                    if ((int)answer.StatusCode < 500)
                        throw new InvalidOperationException($"the silo refused: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancel)}");
                }
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancel.IsCancellationRequested)
            {
                Console.Error.WriteLine($"the silo does not answer: {error.Message}");
            }
        }
    }
}
