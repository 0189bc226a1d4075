using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Artefacts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Emotion2Vec.Silo.Api;

/// <summary>Files that jobs read and make, for machines that do not share the home.</summary>
internal static class ArtefactsApi
{
    public static void MapArtefacts(this IEndpointRouteBuilder routes)
    {
        var artefacts = routes.MapGroup("/api").WithTags("Artefacts");
        artefacts.MapGet("/jobs/{key}/inputs", (string key, string kind, JobInputs inputs) => inputs.Of(key, kind)).WithSummary("The files that a job reads, with their hashes");
        artefacts.MapGet("/artefacts/{kind}/{name}", Send).WithSummary("A file, or a range of it");
        artefacts.MapGet("/artefacts/{kind}/{name}/received", Received).WithSummary("How much of an upload has arrived");
        artefacts.MapPut("/artefacts/{kind}/{name}", Receive).WithMetadata(new DisableRequestSizeLimitAttribute())
            .WithSummary("A file that a job made, from an offset on; kept only with the announced hash").Produces<ApiError>(StatusCodes.Status409Conflict);
    }

    private static IResult Send(string kind, string name, string? file, HomeFolder home)
    {
        var path = kind == ArtefactFiles.Models
            ? ArtefactFiles.IsHash(name) ? CheckpointLinks.Files(home, name).FirstOrDefault(f => Path.GetFileName(f) == file) : null
            : ArtefactFiles.PathOf(home, kind, name);
        if (path is null || !File.Exists(path)) throw new KeyNotFoundException($"there is no {kind}/{name} here");
        // A file that is replaced meanwhile stays readable to its end.
        return TypedResults.Stream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan), enableRangeProcessing: true);
    }

    private static async Task<ReceivedBytes> Received(string kind, string name, string sha256, HomeFolder home, FileHashes hashes)
    {
        var path = ArtefactFiles.PathOf(home, kind, name);
        if (await hashes.Of(path) is { } there && there.Sha256 == sha256) return new ReceivedBytes(there.Bytes, true);
        var part = new FileInfo(ArtefactFiles.PartOf(path, Checked(sha256)));
        return new ReceivedBytes(part.Exists ? part.Length : 0, false);
    }

    private static async Task<IResult> Receive(string kind, string name, string sha256, long bytes, long offset, HttpRequest request, HomeFolder home, JobStore store, FileHashes hashes, CancellationToken cancel)
    {
        var path = ArtefactFiles.PathOf(home, kind, name);
        if (bytes < 0 || offset < 0) throw new InputException("an artefact has no negative length");
        if (await store.Product(name) is not (var maker, var result) || maker != ArtefactFiles.Maker(kind))
            throw new InputException($"no job of this silo makes {kind}/{name}");
        // Curves and hidden layers have no hash in the result: with that, they are what its attempt delivered before it.
        if (result is not null && (kind is ArtefactFiles.Curves or ArtefactFiles.Hidden or ArtefactFiles.HiddenRows ? File.Exists(path) : Made(result) != sha256))
            return TypedResults.Json(new ApiError($"{kind}/{name}: another attempt's is stored"), statusCode: StatusCodes.Status409Conflict);
        if (await hashes.Of(path) is { } there && there.Sha256 == sha256) return TypedResults.Ok(new ReceivedBytes(there.Bytes, true));

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream part;
        try
        {
            part = new FileStream(ArtefactFiles.PartOf(path, Checked(sha256)), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (IOException)
        {
            return TypedResults.Json(new ApiError($"{kind}/{name}: is being received"), statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        await using (part)
        {
            if (part.Length != offset) return TypedResults.Ok(new ReceivedBytes(part.Length, false));
            part.Seek(0, SeekOrigin.End);
            var buffer = new byte[1 << 16];
            for (int read; (read = await request.Body.ReadAsync(buffer, cancel)) > 0;)
            {
                if (part.Length + read > bytes)
                {
                    File.Delete(part.Name);
                    throw new InputException($"{kind}/{name}: more than the {bytes} bytes that were announced");
                }
                await part.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
            if (part.Length < bytes) return TypedResults.Ok(new ReceivedBytes(part.Length, false));
            if (!await Task.Run(() => ArtefactFiles.Place(part, path, sha256), cancel))
                throw new InputException($"{kind}/{name}: refused: what arrived has another hash than was announced");
        }
        return TypedResults.Ok(new ReceivedBytes(bytes, true));
    }

    private static string Checked(string sha256) => ArtefactFiles.IsHash(sha256) ? sha256 : throw new InputException($"'{sha256}' is no SHA-256");

    private static string? Made(string result)
    {
        using var document = JsonDocument.Parse(result);
        return document.RootElement.TryGetProperty("sha256", out var sha256) ? sha256.GetString() : null;
    }
}
