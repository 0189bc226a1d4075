using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Engine.Upstreams;

/// <summary>Whether a model of the catalogue can be used.</summary>
public enum WeightsState
{
    /// <summary>It needs no weights.</summary>
    NotNeeded,

    /// <summary>There is no file of its name.</summary>
    Absent,

    /// <summary>The file is the model.</summary>
    Found,

    /// <summary>The file is something else, or damaged.</summary>
    Wrong,
}

/// <summary>What there is of a model of the catalogue.</summary>
/// <param name="Path">The file; null where there is none.</param>
/// <param name="Faults">Why the file is wrong: what cannot be read, or which tensors differ.</param>
public sealed record WeightsCheck(Upstream Upstream, WeightsState State, string? Path, ImmutableArray<string> Faults)
{
    /// <summary>Looks for the file of a model under the data root and compares its names and shapes with the published ones.</summary>
    /// <param name="data">Whether all data is read too: checksums, no infinite numbers.</param>
    public static WeightsCheck Of(Upstream upstream, string? dataRoot, bool data = false)
    {
        if (upstream.Kind == UpstreamKind.Signal) return new(upstream, WeightsState.NotNeeded, null, []);
        if (upstream.Kind == UpstreamKind.Imported)
        {
            var folder = ModelFiles.Folder(upstream.Name, dataRoot);
            return dataRoot is not null && Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.npy").Any() ? new(upstream, WeightsState.Found, folder, []) : new(upstream, WeightsState.Absent, null, []);
        }
        if (ModelFiles.Existing(upstream.Name, dataRoot) is not { } path) return new(upstream, WeightsState.Absent, null, []);
        try
        {
            using var file = CheckpointFile.Open(path);
            var faults = Differences(upstream, file).ToList();
            if (data && faults.Count == 0)
            {
                file.CheckData();
                faults.AddRange(file.Tensors.Where(t => t.Type.IsFloat() && t.ToFloats().Any(v => !float.IsFinite(v))).Select(t => $"not finite: {t.Name}"));
            }
            return new(upstream, faults.Count == 0 ? WeightsState.Found : WeightsState.Wrong, path, [.. faults]);
        }
        catch (InputException e)
        {
            return new(upstream, WeightsState.Wrong, path, [e.Message]);
        }
    }

    private static IEnumerable<string> Differences(Upstream upstream, CheckpointFile file)
    {
        var published = Architectures.Find(upstream.Shapes ?? upstream.Name);
        var tensors = StateDictNames.ToFairseq(file.Path, file.Tensors);
        var own = ModelFamily.Find(published.Family);
        var difference = StateDictLoader.Compare(
            file.Path, [.. tensors.Where(t => !own.MayHave(t.Name))], [.. published.Tensors.Where(t => !Architectures.OnlyForPretraining(t.Name))], MatchRules.Features, out _);
        if (difference.None && Architectures.Fits(published, file.Path, file.Tensors)) yield break;
        var (family, other) = Architectures.Detect(file.Path, file.Tensors);
        if (other is not null && other != published || family != published.Family) yield return $"holds {other?.Name ?? (family == "unknown" ? "no model known here" : $"{family} of another size")}";
        if (!difference.None) yield return difference.ToString();
    }
}
