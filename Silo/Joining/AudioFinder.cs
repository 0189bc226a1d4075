using System.Collections.Concurrent;
using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Silo.Api;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo.Joining;

/// <summary>
/// Finds the audio that a silo's jobs read in this machine's data folder. A corpus is the same where its manifest has the
/// same hash, whatever its paths; the manifest with the paths of here is kept in the home. Corpora are read when a job
/// wants them, on a thread of their own, one after the other.
/// </summary>
internal sealed partial class AudioFinder(string? data, HomeFolder home, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, bool> found = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTime> tried = new(StringComparer.Ordinal);
    private Task looking = Task.CompletedTask;

    /// <summary>Hashes of the manifests whose audio is here, in order.</summary>
    public ImmutableArray<string> Found => [.. found.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Looks for what is wanted, unless it is looking already or has looked for it a short while ago.</summary>
    public void Look(ImmutableArray<WantedAudio> wanted, CancellationToken cancel)
    {
        if (data is null || !looking.IsCompleted) return;
        var open = wanted.Where(w => !found.ContainsKey(w.Manifest) && (!tried.TryGetValue(w.Manifest, out var last) || DateTime.UtcNow - last > Again)).ToArray();
        if (open.Length > 0) looking = Task.Run(() => Search(open, cancel), cancel);
    }

    private void Search(WantedAudio[] wanted, CancellationToken cancel)
    {
        var index = new AudioIndex(home.AudioIndex);
        foreach (var (hash, corpus) in wanted)
        {
            try
            {
                var manifest = CorpusCatalogue.Scan(Name(corpus), data, index, null, cancel, data, labels: false);
                if (manifest.Hash == hash)
                {
                    ManifestFile.Save(manifest, home.Manifest(hash));
                    found[hash] = true;
                    LogFound(logger, corpus);
                }
                else LogOther(logger, corpus, data!);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogAbsent(logger, corpus, error.Message);
            }
            tried[hash] = DateTime.UtcNow;
        }
        index.Save();
    }

    /// <summary>The corpus as this machine would name it: a manifest only inside its own data folder.</summary>
    private string Name(string corpus)
    {
        if (!CorpusCatalogue.IsManifest(corpus)) return corpus;
        var path = Path.GetFullPath(corpus, data!);
        var inside = path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(data!)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        // A manifest's corpus is named by the manifest's path in the grid; elsewhere only its last part means anything.
        return inside && File.Exists(path) ? corpus : Path.GetFileName(corpus);
    }

    [LoggerMessage(LogLevel.Information, "The audio of {Corpus} is here")]
    private static partial void LogFound(ILogger logger, string corpus);

    [LoggerMessage(LogLevel.Warning, "{Corpus} in {Data} is not the silo's: jobs that read it run elsewhere")]
    private static partial void LogOther(ILogger logger, string corpus, string data);

    [LoggerMessage(LogLevel.Information, "{Corpus} is not here, jobs that read it run elsewhere: {Reason}")]
    private static partial void LogAbsent(ILogger logger, string corpus, string reason);
}
