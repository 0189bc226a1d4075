using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Client.Verbs;

/// <summary>
/// <c>e2v probe</c>: one fold by hand, from the engine alone: no silo, no store. The same specs as a grid's, run by the
/// same code as in a worker, so the predictions are the same bit for bit.
/// </summary>
internal static class ProbeVerb
{
    private sealed record Cell(string Corpus, GridUpstream Upstream, string? Checkpoint, string Protocol, string Fold, int Seed, string Head, string? Hidden);

    public static Command Create()
    {
        var corpus = new Option<string>("--corpus") { Description = "Known corpus, or a manifest (.csv, .jsonl)", HelpName = "NAME", Required = true };
        var upstream = new Option<string?>("--upstream") { Description = $"Upstream: {string.Join(", ", UpstreamCatalogue.Names)}", HelpName = "NAME" };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Checkpoint of a model of any known family", HelpName = "PATH" };
        var layers = new Option<string?>("--layers") { Description = "Layers of a model: last, mean4, all, or a number (default: what the head wants)", HelpName = "RULE" };
        var tokens = new Option<string>("--tokens") { Description = "Utterance tokens of a model: frames, utt, utt+frm", HelpName = "RULE", DefaultValueFactory = _ => FeatureRules.Frames };
        var with = new Option<string?>("--with") { Description = "Features that are joined to them, utterance by utterance, such as bert", HelpName = "NAME" };
        var protocol = new Option<string>("--protocol") { Description = "Protocol", HelpName = "NAME", Required = true };
        var fold = new Option<string>("--fold") { Description = "Fold: its number from 1, or its name ('speaker 08')", HelpName = "K", Required = true };
        var seed = new Option<int>("--seed") { Description = "Seed of training", HelpName = "S", DefaultValueFactory = _ => 1 };
        var head = new Option<string>("--head") { Description = "Head: a name, or {name: linear, epochs: 50} as in a grid", HelpName = "HEAD", DefaultValueFactory = _ => "linear" };
        var hidden = new Option<string?>("--hidden") { Description = "Write what the head's first linear layer makes of the test utterances (and FILE.emo: ids and labels)", HelpName = "FILE.npy" };
        var command = new Command("probe", "Run one fold by hand, without silo or store") { corpus, upstream, checkpoint, layers, tokens, with, protocol, fold, seed, head, hidden, CommonOptions.Device };
        command.SetAction((parse, ct) =>
        {
            var file = parse.GetValue(checkpoint);
            var name = parse.GetValue(upstream) ?? Path.GetFileNameWithoutExtension(file)
                ?? throw new InputException($"probe: name an upstream (--upstream: {string.Join(", ", UpstreamCatalogue.Names)}) or a checkpoint (--checkpoint PATH)");
            var cell = new Cell(parse.GetRequiredValue(corpus), new GridUpstream(name, parse.GetValue(layers), parse.GetRequiredValue(tokens), parse.GetValue(with) is { } other ? new GridUpstream(other) : null), file, parse.GetRequiredValue(protocol),
                parse.GetRequiredValue(fold), parse.GetValue(seed), parse.GetRequiredValue(head), parse.GetValue(hidden));
            return Task.FromResult(Run(CommonOptions.Read(parse), cell, ct));
        });
        return command;
    }

    private static int Run(Settings settings, Cell cell, CancellationToken ct)
    {
        var data = settings.Data.Length > 0 ? settings.Data : null;
        var wanted = ToGrid(cell);
        ModelFiles.Check(wanted.Published, wanted.Imported, data);
        var grid = wanted.WithPublished(name => ModelFiles.Find(name, data)).WithImported(data);
        var home = new HomeFolder(settings.Home);
        foreach (var part in cell.Upstream.Parts)
            if (grid.Models.OfType<CheckpointModel>().FirstOrDefault(m => m.Name == part.Name) is { } model) PretrainedModel.Describe(model.Name, model.Checkpoint, part.Rules(allLayers: false));
        var contents = new Dictionary<string, string>(StringComparer.Ordinal); // by path
        Manifest? manifest = null;
        FoldSet? folds = null;
        var jobs = GridExpansion.Expand(grid, corpus => manifest = DataVerb.Scan(settings, corpus, ct), (m, protocol) => folds = protocol.Split(m, settings.Data),
            checkpointOf: Content, importedOf: (imported, m) =>
            {
                var file = ImportedFeatures.Place(imported.Folder, m.Corpus);
                ImportedFeatures.Open(file, m).Dispose();
                return Content(file);
            });
        string Content(string file) => contents.TryGetValue(file, out var known) ? known : contents[file] = CheckpointLinks.Hash(file);
        var fold = Pick(folds!, cell.Fold);
        home.Create();
        ManifestFile.Save(manifest!, home.Manifest(manifest!.Hash));
        folds!.Save(home);
        foreach (var (path, content) in contents) CheckpointLinks.Save(home, content, path);

        var job = jobs.Single(j => j.Spec is FoldSpec spec && spec.Fold == fold);
        var runner = new JobRunner(home, DeviceOf(settings));
        foreach (var before in jobs.Where(j => j.Spec is ExtractSpec)) Execute(runner, before, settings, ct);
        float[] rows = [];
        var result = CanonicalJson.Read<FoldResult>(Execute(runner, job, settings, ct, cell.Hidden is null ? null : values => rows = values));
        if (cell.Hidden is { } target) FeatureExport.WriteHidden(Path.GetFullPath(target), rows, manifest, result.Test);
        if (settings.Json) Printer.Json(new { job.Key, job.Title, job.Spec.Kind, spec = (FoldSpec)job.Spec, manifest.Synthetic, result });
        else Print(job, manifest, result);
        return ExitCode.Done;
    }

    /// <exception cref="InputException">A name that is not known, with the nearest.</exception>
    private static Grid ToGrid(Cell cell)
    {
        if (!CorpusCatalogue.IsManifest(cell.Corpus)) CorpusCatalogue.Find(cell.Corpus);
        if (cell.Hidden is { } file && (Path.GetExtension(file) != ".npy" || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))))
            throw new InputException($"probe: --hidden: '{file}' must be a .npy file in a folder that exists");
        if (cell.Seed < 0) throw new InputException($"probe: --seed: {cell.Seed} is below 0");
        var head = cell.Head.TrimStart().StartsWith('{') ? ReadHead(cell.Head) : HeadCatalogue.Find(cell.Head);
        if (cell.Upstream.With is { } with) UpstreamCatalogue.Find(with.Name);
        if (cell.Checkpoint is null) UpstreamCatalogue.Find(cell.Upstream.Name).Check(cell.Upstream.Rules(allLayers: false));
        else if (UpstreamCatalogue.All.Any(u => u.Name == cell.Upstream.Name && u.Kind != UpstreamKind.Model)) throw new InputException($"probe: {cell.Upstream.Name} has no checkpoint");
        HeadCatalogue.Check(head, cell.Upstream);
        return new Grid("probe", [new TrainingBlock([cell.Corpus], [cell.Upstream], [ProtocolCatalogue.Find(cell.Protocol).Name], [head], [cell.Seed])])
        {
            Models = cell.Checkpoint is { } path ? [new CheckpointModel(cell.Upstream.Name, path)] : [],
        };
    }

    private static HeadSpec ReadHead(string yaml)
    {
        var grid = GridFile.Parse($"heads: [{yaml}]\ncorpora: [any.csv]\nupstreams: [fbank]\nprotocols: [random10]", "--head");
        return ((TrainingBlock)grid.Blocks[0]).Heads[0];
    }

    private static int Pick(FoldSet set, string fold)
    {
        var names = set.Folds.Select(f => f.Name).ToImmutableArray();
        if (names.IndexOf(fold) is >= 0 and var named) return named;
        if (int.TryParse(fold, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= names.Length) return number - 1;
        throw new InputException($"probe: --fold: '{fold}' is neither a number from 1 to {names.Length} nor the name of a fold of {set.Protocol}{Nearest.Hint(fold, names)}");
    }

    /// <summary>Where to compute.</summary>
    /// <exception cref="InputException">Torch cannot compute there.</exception>
    internal static string DeviceOf(Settings settings) =>
        Devices.Unusable(settings.Device) is { } reason ? throw new InputException($"--device: {reason}") : settings.Device;

    private static string Execute(JobRunner runner, PlannedJob job, Settings settings, CancellationToken ct, Action<float[]>? hidden = null) => Printer.WithBar(
        job.Title, settings.Json, bar => runner.Run(job.Key, job.Spec, p => bar?.Report((p.Done, p.Total)), ct, hidden));

    private static void Print(PlannedJob job, Manifest manifest, FoldResult result)
    {
        Console.Out.WriteLine($"{job.Title}{(manifest.Synthetic ? " · synthetic speech" : "")}");
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"WA {result.Wa * 100:F2}  UA {result.Ua * 100:F2}  WF1 {result.Wf1 * 100:F2}  macro-F1 {result.MacroF1 * 100:F2} on {result.Test.Length} utterances; epoch {result.BestEpoch + 1} of {result.TrainLoss.Length}"));
        Console.Out.WriteLine("confusion (rows: truth, columns: prediction)");
        var table = new PlainTable(["", .. result.Classes]).Right([.. Enumerable.Range(1, result.Classes.Length)]);
        for (var truth = 0; truth < result.Classes.Length; truth++)
            table.Add([result.Classes[truth], .. Enumerable.Range(0, result.Classes.Length).Select(p => $"{result.Confusion[truth * result.Classes.Length + p]}")]);
        Console.Out.Write(table.Render("  "));
        foreach (var warning in result.Warnings) Console.Out.WriteLine($"warning: {warning}");
        Console.Out.WriteLine($"job key {job.Key}");
    }
}
