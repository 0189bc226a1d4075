using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;

namespace Emotion2Vec.Client.Silos;

/// <summary>The HTTP API of a silo, call by call.</summary>
internal sealed class SiloClient : IDisposable
{
    private readonly HttpClient http;

    public SiloClient(Uri address, Credentials credentials)
    {
        Address = address;
        // Submitting scans and hashes corpora, which may take minutes; Ctrl-C ends any call.
        http = SiloHttp.Create(address, credentials, Timeout.InfiniteTimeSpan);
    }

    public Uri Address { get; }

    public Task<SubmitAnswer> SubmitAsync(SubmitRequest request, CancellationToken ct) =>
        PostAsync<SubmitRequest, SubmitAnswer>("api/experiments", request, ct);

    public Task<ExperimentStatus[]> ExperimentsAsync(CancellationToken ct) => GetAsync<ExperimentStatus[]>("api/experiments", ct);

    public Task<ExperimentStatus> ExperimentAsync(string id, CancellationToken ct) =>
        GetAsync<ExperimentStatus>($"api/experiments/{Uri.EscapeDataString(id)}", ct);

    /// <summary>All jobs of an experiment in grid order, or those in one state.</summary>
    public async Task<List<JobRow>> JobsAsync(string id, string? state, CancellationToken ct)
    {
        const int page = 1000;
        var jobs = new List<JobRow>();
        while (true)
        {
            var next = await GetAsync<JobRow[]>($"api/experiments/{Uri.EscapeDataString(id)}/jobs{Query(("state", state), ("skip", $"{jobs.Count}"), ("take", $"{page}"))}", ct);
            jobs.AddRange(next);
            if (next.Length < page) return jobs;
        }
    }

    public Task<JobDetail> JobAsync(string key, CancellationToken ct) => GetAsync<JobDetail>($"api/jobs/{Uri.EscapeDataString(key)}", ct);

    public Task<LeaderboardRow[]> LeaderboardAsync(string? experiment, string? corpus, CancellationToken ct, bool select = false, string? protocol = null) =>
        GetAsync<LeaderboardRow[]>($"api/leaderboard{Query(("experiment", experiment), ("corpus", corpus), ("protocol", protocol), ("select", select ? "true" : null))}", ct);

    public Task<string[]> LeaderboardCorporaAsync(string? experiment, CancellationToken ct) => GetAsync<string[]>($"api/leaderboard/corpora{Query(("experiment", experiment))}", ct);

    public Task<GapRow[]> GapsAsync(string? experiment, string? corpus, CancellationToken ct) =>
        GetAsync<GapRow[]>($"api/gaps{Query(("experiment", experiment), ("corpus", corpus))}", ct);

    public Task<PaperAnswer> PaperAsync(PaperRequest request, CancellationToken ct) => PostAsync<PaperRequest, PaperAnswer>("api/papers", request, ct);

    public Task<RowComparison[]> CompareAsync(string first, string second, string? experiment, string? corpus, string? protocol, CancellationToken ct) =>
        GetAsync<RowComparison[]>($"api/comparisons{Query(("first", first), ("second", second), ("experiment", experiment), ("corpus", corpus), ("protocol", protocol))}", ct);

    public Task<SlotRow[]> SlotsAsync(CancellationToken ct) => GetAsync<SlotRow[]>("api/slots", ct);

    /// <summary>An answer that is no JSON: a figure.</summary>
    public async Task<string> TextAsync(string path, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync(path, ct);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(ct) : throw await ErrorAsync(response, ct);
        }
        catch (HttpRequestException e)
        {
            throw new SiloGoneException($"no silo answers at {Address}: {e.Message}", e);
        }
    }

    /// <summary>A path with a query of the values that are there.</summary>
    public static string Path(string path, params (string Name, string? Value)[] query) => path + Query(query);

    public Task<ChangedJobs> CancelAsync(string id, CancellationToken ct) => PostAsync<object?, ChangedJobs>($"api/experiments/{Uri.EscapeDataString(id)}/cancel", null, ct);

    public Task<ChangedJobs> RetryAsync(string id, CancellationToken ct) => PostAsync<object?, ChangedJobs>($"api/experiments/{Uri.EscapeDataString(id)}/retry", null, ct);

    public void Dispose() => http.Dispose();

    private static string Query(params (string Name, string? Value)[] pairs)
    {
        var given = pairs.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}").ToArray();
        return given.Length == 0 ? "" : "?" + string.Join('&', given);
    }

    private Task<T> GetAsync<T>(string path, CancellationToken ct) => SendAsync<T>(() => http.GetAsync(path, ct), ct);

    private Task<T> PostAsync<TBody, T>(string path, TBody body, CancellationToken ct) =>
        SendAsync<T>(() => body is null ? http.PostAsync(path, null, ct) : http.PostAsJsonAsync(path, body, CanonicalJson.Options, ct), ct);

    private async Task<T> SendAsync<T>(Func<Task<HttpResponseMessage>> send, CancellationToken ct)
    {
        HttpResponseMessage response;
        try
        {
            response = await send();
        }
        catch (HttpRequestException e)
        {
            var reason = e.InnerException switch
            {
                SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "nothing listens there",
                // A certificate that is not trusted, or has another name.
                AuthenticationException refused => refused.Message,
                _ => e.Message,
            };
            throw new SiloGoneException($"no silo answers at {Address}: {reason}", e);
        }
        using (response)
        {
            if (!response.IsSuccessStatusCode) throw await ErrorAsync(response, ct);
            try
            {
                return await response.Content.ReadFromJsonAsync<T>(CanonicalJson.Options, ct)
                    ?? throw new WorkFailedException($"{response.RequestMessage!.RequestUri} answered nothing");
            }
            catch (JsonException e)
            {
                throw new WorkFailedException($"{Address} does not speak this version's API: {e.Message}", e);
            }
            catch (HttpRequestException e)
            {
                throw new SiloGoneException($"the silo at {Address} broke off its answer: {e.Message}", e);
            }
        }
    }

    private async Task<Exception> ErrorAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var text = await response.Content.ReadAsStringAsync(ct);
        string message;
        try
        {
            message = JsonSerializer.Deserialize<ApiError>(text, CanonicalJson.Options)?.Error ?? text;
        }
        catch (JsonException)
        {
            message = $"{Address} answered {(int)response.StatusCode} {response.ReasonPhrase}";
        }
        return response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound or HttpStatusCode.Conflict or HttpStatusCode.RequestEntityTooLarge
            ? new InputException(message)
            : new WorkFailedException(message);
    }
}

/// <summary>A silo that should be there is not, or went away.</summary>
internal sealed class SiloGoneException(string message, Exception inner) : Exception(message, inner);
