using System.CommandLine;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Pretraining.Runs;

namespace Emotion2Vec.Client.Verbs;

/// <summary>
/// <c>e2v pretrain FILE.yaml</c>: the models of a grid by hand, from the engine alone: no silo, no store. The same specs as a
/// grid's and the same files, so that a grid on the same home finds the models trained, and the other way round.
/// </summary>
internal static class PretrainVerb
{
    private sealed record Wish(string File, string? Model, int? Steps, string? Out);

    public static Command Create()
    {
        var file = new Argument<string>("FILE.yaml") { Description = "File with 'models'; a grid is one, too" };
        var model = new Option<string?>("--model") { Description = "The model to train, with those it starts from (default: all)", HelpName = "NAME" };
        var steps = new Option<int?>("--steps") { Description = "Stop when the model has made so many updates (its schedules stay) and write it as it is; 0 writes the initial weights", HelpName = "N" };
        steps.Validators.Add(result =>
        {
            if (int.TryParse(result.Tokens.FirstOrDefault()?.Value, out var n) && n < 0) result.AddError($"--steps: {n} is below 0");
        });
        var output = new Option<string?>("--out") { Description = "Where to write the checkpoint besides the home", HelpName = "FILE.pt" };
        var command = new Command("pretrain", "Pre-train models by hand, without silo or store; goes on where it was interrupted") { file, model, steps, output, CommonOptions.Device };
        command.SetAction((parse, ct) =>
        {
            var wish = new Wish(parse.GetRequiredValue(file), parse.GetValue(model), parse.GetValue(steps), parse.GetValue(output));
            return Task.FromResult(Run(CommonOptions.Read(parse), wish, ct));
        });
        return command;
    }

    private static int Run(Settings settings, Wish wish, CancellationToken ct)
    {
        var device = ProbeVerb.DeviceOf(settings);
        var target = wish.Out is null ? null : OutputPath.File(wish.Out);
        var home = new HomeFolder(settings.Home).Create();
        var (jobs, wanted) = Plan(settings, home, wish, ct);
        var done = new List<object>();
        foreach (var (name, spec) in jobs)
        {
            var last = name == wanted;
            try
            {
                var (path, result) = Printer.Follow(name, settings.Json, report => Train(home, spec, device, last ? wish.Steps : null, report, ct));
                if (last && target is not null) Copy(path, path = target);
                var curves = Path.Combine(home.Pretraining(spec.Key()), "curves.csv");
                done.Add(new { model = name, key = spec.Key(), checkpoint = path, curves = File.Exists(curves) ? curves : null, result });
                if (!settings.Json) Print(name, spec, path, curves, result);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                Console.Error.WriteLine($"e2v: interrupted; the state of '{name}' is kept in {Settings.Shown(settings.Home)}; the same command continues");
                return ExitCode.Interrupted;
            }
            catch (PretrainStoppedException e)
            {
                throw new WorkFailedException($"{name}: {e.Message}", e);
            }
        }
        if (settings.Json) Printer.Json(done);
        return ExitCode.Done;
    }

    /// <summary>The models to train, those that others start from before them, and the name of the one that the options are about.</summary>
    private static (IReadOnlyList<(string Name, PretrainSpec Spec)> Jobs, string? Wanted) Plan(Settings settings, HomeFolder home, Wish wish, CancellationToken ct)
    {
        var request = SubmitVerb.Request(settings, wish.File, dryRun: false);
        var grid = GridFile.Parse(request.Grid, wish.File);
        var folder = Path.GetDirectoryName(Path.GetFullPath(wish.File))!;
        var models = grid.Models.OfType<TrainedModel>().ToDictionary(m => m.Name, StringComparer.Ordinal);
        if (models.Count == 0) throw new InputException($"{wish.File}: there is no model to train in it (key 'models')");
        if (wish.Model is { } name && !models.ContainsKey(name))
            throw new InputException($"{wish.File}: there is no model '{name}' to train{Nearest.Hint(name, models.Keys)}; there are {string.Join(", ", models.Keys)}");
        if (wish.Model is null && models.Count > 1 && (wish.Steps is not null || wish.Out is not null))
            throw new InputException($"{wish.File}: --steps and --out are about one model; say which with --model ({string.Join(", ", models.Keys)})");
        var wanted = wish.Model ?? (models.Count == 1 ? models.Keys.Single() : null);

        var chosen = new HashSet<string>(StringComparer.Ordinal);
        for (var next = wish.Model; next is not null; next = models.GetValueOrDefault(next)?.From) chosen.Add(next);
        var manifests = new Dictionary<string, Manifest>(StringComparer.Ordinal);
        var named = grid with { Blocks = [], Models = [.. grid.Models.Where(m => wish.Model is null || chosen.Contains(m.Name))] };
        var data = settings.Data.Length > 0 ? settings.Data : null;
        ModelFiles.Check(named.Published, [], data);
        var part = named.WithPublished(name => ModelFiles.Find(name, data));
        var jobs = GridExpansion.Expand(
            part, _ => throw new InvalidOperationException("models have no folds"), (_, _) => throw new InvalidOperationException("models have no folds"),
            heard =>
            {
                if (!manifests.TryGetValue(heard.Corpus, out var manifest))
                {
                    manifests[heard.Corpus] = manifest = DataVerb.Scan(settings, heard.Corpus, ct, folder, labels: false);
                    ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
                }
                return new PretrainCorpus(heard.Corpus, manifest.Hash);
            },
            path =>
            {
                var full = Path.GetFullPath(path, folder);
                var hash = CheckpointLinks.Hash(full);
                CheckpointLinks.Save(home, hash, full, part.PublishedAs(full, folder));
                return hash;
            });
        // Equal models under two names are one job; it goes by the name that was asked for.
        var key = jobs.Length == 1 ? jobs[0].Key : null;
        return ([.. jobs.Select(j => (j.Key == key && wanted is not null ? wanted : j.Title[..j.Title.IndexOf(" · ", StringComparison.Ordinal)], (PretrainSpec)j.Spec))], wanted);
    }

    private static (string Path, PretrainResult Result) Train(HomeFolder home, PretrainSpec spec, string device, int? steps, Action<JobProgress> report, CancellationToken ct)
    {
        if (steps is not { } until || until >= spec.Training.Updates)
            return (home.Checkpoint(spec.Key()), CanonicalJson.Read<PretrainResult>(new JobRunner(home, device).Run(spec.Key(), spec, report, ct)));
        using var run = new PretrainRun(home, spec, device, ct);
        if (run.Updates > until) throw new InputException($"--steps: the run has made {run.Updates} updates already");
        run.Train(until, report, ct);
        var path = home.Checkpoint($"{spec.Key()}-{until}");
        return (path, run.Write(path));
    }

    private static void Copy(string from, string to) => AtomicFile.Write(to, stream =>
    {
        using var source = File.OpenRead(from);
        source.CopyTo(stream);
    });

    private static void Print(string name, PretrainSpec spec, string path, string curves, PretrainResult result)
    {
        var last = result.Curve.IsEmpty ? null : result.Curve[^1];
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {result.Parameters:N0} parameters, {result.Updates} of {spec.Training.Updates} updates, {result.AudioSeconds / 3600:0.##} h heard{(last is null ? "" : $", loss {last.Frame + last.Utterance:0.000}, relative error {last.RelativeError:0.000}")}"));
        Console.Out.WriteLine($"  checkpoint  {path}");
        if (File.Exists(curves)) Console.Out.WriteLine($"  curves      {curves}");
        foreach (var warning in result.Warnings) Console.Out.WriteLine($"  warning     {warning}");
    }
}
