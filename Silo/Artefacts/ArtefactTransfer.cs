using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Workers;

namespace Emotion2Vec.Silo.Artefacts;

/// <summary>
/// A worker's side of artefacts, where its home is not the silo's: fetches what a job reads, delivers what it made. A link
/// that breaks is taken up where it broke; what arrives with another hash is refused.
/// </summary>
internal sealed class ArtefactTransfer(string silo, HomeFolder home) : IDisposable
{
    private const int Refusals = 3;
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);
    private readonly FileHashes hashes = new();
    private readonly HttpClient http = SiloHttp.Create(new Uri(silo), Credentials.FromEnvironment(), Timeout.InfiniteTimeSpan);

    /// <summary>Sees to it that all files are here that a job reads.</summary>
    /// <exception cref="InvalidOperationException">What arrives has another content, however often it is asked for.</exception>
    public async Task Fetch(Assignment job, Action<JobProgress> report, CancellationToken cancel)
    {
        using var answer = await SiloConnection.Persist(() => Get($"api/jobs/{job.Key}/inputs?kind={job.Kind}", cancel), cancel);
        var inputs = (await answer.Content.ReadFromJsonAsync<JobInput[]>(CanonicalJson.Options, cancel))!;
        foreach (var input in inputs)
        {
            // What the silo has lost this machine may have, or can make again from audio of its own; the job will say if not.
            if (input.Sha256 is null || await Has(input)) continue;
            await Download(input, PathOf(input), report, cancel);
        }
        foreach (var model in inputs.Where(i => i.Kind == ArtefactFiles.Models).GroupBy(i => i.Name))
            CheckpointLinks.Save(home, model.Key, PathOf(model.First()));
    }

    /// <summary>Gives the silo what a job has made, before its result.</summary>
    public async Task Deliver(Assignment job, string result, Action<JobProgress> report, CancellationToken cancel)
    {
        if (job.Kind is ExtractSpec.Name or PretrainSpec.Name)
        {
            using var document = JsonDocument.Parse(result);
            await Upload(job.Kind == ExtractSpec.Name ? ArtefactFiles.Features : ArtefactFiles.Checkpoints, job.Key, document.RootElement.GetProperty("sha256").GetString()!, report, cancel);
        }
        foreach (var kind in (string[])[ArtefactFiles.Curves, ArtefactFiles.HiddenRows, ArtefactFiles.Hidden])
            if (ArtefactFiles.Maker(kind) == job.Kind && await hashes.Of(ArtefactFiles.PathOf(home, kind, job.Key)) is { } made) await Upload(kind, job.Key, made.Sha256, report, cancel);
    }

    public void Dispose() => http.Dispose();

    private string PathOf(JobInput input) => input.Kind == ArtefactFiles.Models
        ? Path.Combine(home.Root, "checkpoints", "models", input.Name, Path.GetFileName(input.File!)) : ArtefactFiles.PathOf(home, input.Kind, input.Name);

    private async Task<bool> Has(JobInput input)
    {
        try
        {
            // Manifests have the audio paths of their machine: the same content is another file.
            if (input.Kind == ArtefactFiles.Manifests) return ManifestFile.Load(PathOf(input)).Hash == input.Name;
            if (input.Kind == ArtefactFiles.Folds) return FoldSet.Load(home, input.Name).Hash == input.Name;
            return (await hashes.Of(PathOf(input)))?.Sha256 == input.Sha256;
        }
        catch (InputException)
        {
            return false;
        }
    }

    private async Task Download(JobInput input, string path, Action<JobProgress> report, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var what = $"{input.Kind}/{input.Name}";
        var address = $"api/artefacts/{what}{(input.File is null ? "" : $"?file={Uri.EscapeDataString(input.File)}")}";
        var pauses = new Pauses();
        for (var refused = 0; ;)
        {
            try
            {
                // Another worker of this machine may be fetching the same file.
                await using var part = new FileStream(ArtefactFiles.PartOf(path, input.Sha256!), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
                if (await Has(input)) return;
                if (part.Length > input.Bytes) part.SetLength(0);
                if (part.Length < input.Bytes) await Receive(address, part, input.Bytes, done => report(Progress("fetching", input.Kind, done, input.Bytes)), cancel);
                if (ArtefactFiles.Place(part, path, input.Sha256!) && await Has(input)) return;
                if (++refused == Refusals) throw new InvalidOperationException($"{what} arrived {Refusals} times with another content than the silo announced, and was refused");
                Console.Error.WriteLine($"{what} arrived with another content than the silo announced; refused and asked for again");
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TimeoutException)
            {
                Console.Error.WriteLine($"{what}: {error.Message}; taken up again");
            }
            await pauses.Next(cancel);
        }
    }

    private async Task Receive(string address, FileStream part, long bytes, Action<long> report, CancellationToken cancel)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        silence.CancelAfter(LongestSilence);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (part.Length > 0) request.Headers.Range = new RangeHeaderValue(part.Length, null);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            answer.EnsureSuccessStatusCode();
            if (answer.StatusCode != HttpStatusCode.PartialContent) part.SetLength(0);
            part.Seek(0, SeekOrigin.End);
            await using var body = await answer.Content.ReadAsStreamAsync(silence.Token);
            var buffer = new byte[1 << 16];
            for (int read; (read = await body.ReadAsync(buffer, silence.Token)) > 0;)
            {
                silence.CancelAfter(LongestSilence);
                if (part.Length + read > bytes) throw new IOException("more bytes than the silo announced");
                await part.WriteAsync(buffer.AsMemory(0, read), silence.Token);
                report(part.Length);
            }
            if (part.Length < bytes) throw new IOException($"the link broke after {part.Length} of {bytes} bytes");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"the silo was silent for {LongestSilence.TotalSeconds:F0} s");
        }
        finally
        {
            await part.FlushAsync(CancellationToken.None);
        }
    }

    private async Task Upload(string kind, string name, string sha256, Action<JobProgress> report, CancellationToken cancel)
    {
        var path = ArtefactFiles.PathOf(home, kind, name);
        var bytes = new FileInfo(path).Length;
        var pauses = new Pauses();
        for (var refused = 0; ;)
        {
            try
            {
                var received = (await http.GetFromJsonAsync<ReceivedBytes>($"api/artefacts/{kind}/{name}/received?sha256={sha256}", CanonicalJson.Options, cancel))!;
                if (received.Whole) return;
                await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
                file.Position = Math.Min(received.Bytes, bytes);
                report(Progress("delivering", kind, file.Position, bytes));
                using var answer = await http.PutAsync($"api/artefacts/{kind}/{name}?sha256={sha256}&bytes={bytes}&offset={file.Position}", new StreamContent(file, 1 << 16), cancel);
                if (answer.StatusCode == HttpStatusCode.Conflict) return; // another attempt was first; the silo will say so to the result, too
                if (answer.StatusCode == HttpStatusCode.BadRequest && ++refused == Refusals)
                    throw new InvalidOperationException($"the silo refused {kind}/{name}: {await answer.Content.ReadAsStringAsync(cancel)}");
                if (answer.IsSuccessStatusCode && (await answer.Content.ReadFromJsonAsync<ReceivedBytes>(CanonicalJson.Options, cancel))!.Whole) return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException)
            {
                Console.Error.WriteLine($"{kind}/{name}: {error.Message}; taken up again");
            }
            await pauses.Next(cancel);
        }
    }

    private async Task<HttpResponseMessage> Get(string address, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        return await http.GetAsync(address, patience.Token);
    }

    private static JobProgress Progress(string verb, string kind, long done, long bytes) =>
        new((int)(done >> 20), (int)((bytes >> 20) + 1), $"{verb} {kind}: {done >> 20} of {bytes >> 20} MB");
}
