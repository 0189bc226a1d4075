using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Checkpoints;
using TorchSharp;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>
/// Where a run stands, besides its tensors. Generators are not in it: what is drawn for an update depends on the seed and
/// the number of the update alone.
/// </summary>
/// <param name="Updates">Updates made; it tells the position in the data and in all schedules, too.</param>
/// <param name="AudioSeconds">Speech seen.</param>
/// <param name="Curve">Points so far.</param>
/// <param name="Open">Updates since the last of them.</param>
/// <param name="Recent">Relative errors of the last updates, for <see cref="PretrainStops"/>.</param>
/// <param name="Warnings">About the start.</param>
internal sealed record RunPosition(
    int Updates, double AudioSeconds, ImmutableArray<PretrainPoint> Curve, ImmutableArray<UpdateFigures> Open, ImmutableArray<double> Recent, ImmutableArray<string> Warnings)
{
    public static RunPosition Start { get; } = new(0, 0, [], [], [], []);
}

/// <summary>
/// The saved states of a run in progress: the last one and the one before it, each a checkpoint of student, teacher and
/// optimizer. A state is a file that was written beside its name, flushed and renamed, and counts once <c>state.json</c>
/// names it with its hash; a damaged one gives way to the one before it.
/// </summary>
internal sealed class PretrainState(string folder)
{
    private const string Adam = "last_optimizer_state.state.";
    private const string Key = "e2v_run";

    private sealed record Entry(int Updates, string File, string Sha256);

    private sealed record Index(Entry Last, Entry? Before = null);

    private string IndexPath => Path.Combine(folder, "state.json");

    /// <summary>Path of the last state; null before the first.</summary>
    public string? Last => Read()?.Last is { } last ? Path.Combine(folder, last.File) : null;

    /// <summary>Saves a state; the last but one is forgotten.</summary>
    public void Save(PretrainModel model, FairseqAdam optimizer, RunPosition position)
    {
        var file = string.Create(CultureInfo.InvariantCulture, $"state-{position.Updates}.pt");
        var path = Path.Combine(folder, file);
        var states = optimizer.States.OrderBy(s => s.Key, StringComparer.Ordinal).ToArray();
        TorchWriter.Write(path, new CheckpointContents
        {
            Model = TorchTensors.LiveModule(model.Student),
            Ema = TorchTensors.LiveModule(model.Teacher),
            Other = [.. states.SelectMany(s => (CheckpointTensor[])
            [
                TorchTensors.Live($"{Adam}{s.Key}.exp_avg", s.Value.Mean), TorchTensors.Live($"{Adam}{s.Key}.exp_avg_sq", s.Value.Square),
            ])],
            Extra = new JsonObject
            {
                [Key] = CanonicalJson.Write(position),
                ["e2v_steps"] = new JsonObject(states.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value.Steps))),
            },
        });
        var before = Read();
        var entry = new Entry(position.Updates, file, CheckpointLinks.Hash(path));
        Write(new Index(entry, before?.Last.File == file ? before.Before : before?.Last));
        var kept = Read()!;
        foreach (var old in Directory.GetFiles(folder, "state-*.pt").Where(f => Path.GetFileName(f) is var name && name != kept.Last.File && name != kept.Before?.File)) File.Delete(old);
    }

    /// <summary>Takes up the last whole state; null where there is none.</summary>
    public RunPosition? Load(PretrainModel model, FairseqAdam optimizer)
    {
        if (Read() is not { } index) return null;
        foreach (var entry in new[] { index.Last, index.Before }.OfType<Entry>())
        {
            var path = Path.Combine(folder, entry.File);
            if (!File.Exists(path) || CheckpointLinks.Hash(path) != entry.Sha256) continue;
            Write(new Index(entry));
            return Load(path, model, optimizer);
        }
        return null;
    }

    /// <summary>Deletes all states; the curves stay.</summary>
    public void Delete()
    {
        File.Delete(IndexPath);
        foreach (var file in Directory.GetFiles(folder, "state-*.pt")) File.Delete(file);
    }

    private static RunPosition Load(string path, PretrainModel model, FairseqAdam optimizer)
    {
        using var file = CheckpointFile.Open(path);
        TorchTensors.Load(model.Student, path, file.Tensors);
        TorchTensors.Load(model.Teacher, path, file.Ema);
        var tensors = file.Other.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var (name, steps) in file.Extra["e2v_steps"]!.AsObject())
        {
            using var mean = tensors[$"{Adam}{name}.exp_avg"].ToTensor();
            using var square = tensors[$"{Adam}{name}.exp_avg_sq"].ToTensor();
            optimizer.Restore(name, new AdamState(mean, square, steps!.GetValue<long>()));
        }
        return CanonicalJson.Read<RunPosition>(file.Extra[Key]!.GetValue<string>());
    }

    private Index? Read()
    {
        try
        {
            return File.Exists(IndexPath) ? CanonicalJson.Read<Index>(File.ReadAllText(IndexPath)) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Write(Index index) => AtomicFile.Write(IndexPath, stream => stream.Write(Encoding.UTF8.GetBytes(CanonicalJson.Write(index))));
}
