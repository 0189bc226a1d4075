using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Grains.Datasets;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Slots;
using Orleans;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>
/// From a grid to jobs: reads the YAML, scans the corpora it names, splits them, expands. All of it happens here, on
/// the thread pool, before any grain hears of it; a grid with an error changes nothing.
/// </summary>
internal sealed class SubmissionService(HomeFolder home, JobStore store, IGrainFactory grains, SlotPictures slots, SiloOptions options)
{
    // Two scans of one folder would only wait for the same disk.
    private readonly SemaphoreSlim scanning = new(1);

    /// <param name="request">The grid.</param>
    /// <param name="local">Whether it comes from this machine, so that it may name any file; from elsewhere only files of the data folder.</param>
    /// <param name="cancel">Stops the reading.</param>
    /// <exception cref="InputException">Anything that the person who wrote the grid can mend.</exception>
    public async Task<SubmitAnswer> Submit(SubmitRequest request, bool local, CancellationToken cancel)
    {
        var within = local ? null : new DataRoot(options.Data);
        // From elsewhere the grid's name says nothing about folders here.
        request = request with
        {
            Data = string.IsNullOrEmpty(request.Data) ? options.Data ?? "" : within?.Admit(request.Data, "--data") ?? request.Data,
            File = within is null ? request.File : Path.GetFileName(request.File),
        };
        var plan = await Task.Run(() => Plan(request, within, cancel), cancel);
        var states = await store.States([.. plan.Jobs.Select(j => j.Key)]);
        var present = await slots.All();
        var undone = plan.Jobs.Where(j => states.GetValueOrDefault(j.Key) != JobState.Succeeded).ToArray();
        var missing = present.Count > 0 || !request.DryRun ? SlotCheck.Missing(undone, present).ToArray() : [];
        var warnings = (plan.Absent is null ? [] : new[] { $"{plan.Absent} (planned with the hours that the grid declares)" }).Concat(missing).Concat(plan.Notes).Concat(plan.Manifests.SelectMany(m => m.Warnings)).Concat(plan.FoldSets.SelectMany(f => f.Warnings.Select(w => $"{f.Corpus}, {f.Protocol}: {w}")));
        var answer = new SubmitAnswer(
            null, plan.Grid.Name, plan.Jobs.Length,
            plan.Jobs.Count(j => !states.TryGetValue(j.Key, out var state) || state == JobState.Cancelled),
            states.Values.Count(s => s == JobState.Succeeded),
            await Estimate(plan, states, Math.Max(1, present.Count)),
            [.. warnings.Distinct()],
            [.. PretrainPlan.Groups(plan.Jobs, states, plan.Grid, plan.Hours), .. Groups(plan.Jobs.Where(j => j.Kind != PretrainSpec.Name), states)]);
        if (request.DryRun) return answer;

        if (plan.Jobs.IsEmpty) throw new InputException($"{request.File}: there is nothing to run: no upstream or task of it is available");
        if (plan.Absent is { } absent) throw new InputException(absent);
        if (!request.WaitForSlots) SlotCheck.Refuse(request.File, undone, present);
        foreach (var (path, hash) in plan.Checkpoints) CheckpointLinks.Save(home, hash, path, plan.Published[path]);
        // Also where there is one of this hash: paths, badges and warnings are no part of it, the audio may have moved, and a file may be damaged.
        foreach (var manifest in plan.Manifests) ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
        foreach (var folds in plan.FoldSets) folds.Save(home);
        await Task.WhenAll(plan.Manifests.Select(m => grains.GetGrain<IDatasetGrain>(m.Hash).Scanned(Summary(m))));
        await Task.WhenAll(plan.FoldSets.Select(f => grains.GetGrain<IDatasetGrain>(f.Manifest).Split(
            new FoldSetSummary(f.Hash, f.Protocol, f.Version, f.Folds.Length, f.Badges))));
        var id = ExperimentId(plan.Grid.Name, plan.Jobs);
        var submitted = await grains.GetGrain<IExperimentGrain>(id).Submit(plan.Grid.Name, request.Grid, plan.Jobs);
        return answer with { Experiment = id, New = submitted.New, Done = submitted.Done };
    }

    private async Task<GridPlan> Plan(SubmitRequest request, DataRoot? within, CancellationToken cancel)
    {
        var data = string.IsNullOrEmpty(request.Data) ? null : request.Data;
        var lacking = new AbsentData(data);
        var written = GridFile.Parse(request.Grid, request.File);
        foreach (var path in written.Models.Select(m => m switch { CheckpointModel file => file.Checkpoint, ImportedModel imported => imported.Folder, TrainedModel trained => trained.Checkpoint, _ => null }).OfType<string>()) within?.Admit(path, request.File);
        if (!request.DryRun) ModelFiles.Check(written.Published, written.Imported, data);
        var grid = written.WithPublished(lacking.Checkpoint).WithImported(data);
        await scanning.WaitAsync(cancel);
        try
        {
            var index = new AudioIndex(home.AudioIndex);
            var manifests = new Dictionary<string, Manifest>();
            var foldSets = new Dictionary<(string Manifest, string Protocol), FoldSet>();
            var checkpoints = new Dictionary<string, string>();
            var folder = within is null ? Path.GetDirectoryName(Path.GetFullPath(request.File))! : within.Folder ?? home.Root;
            string? absent = null;
            var extractions = new ExtractPlan(grid, folder, lacking);
            Manifest Scan(string corpus) => manifests.TryGetValue(corpus, out var known) ? known
                : manifests[corpus] = (request.DryRun ? lacking.Corpus(corpus) : null) ?? CorpusCatalogue.Scan(corpus, data, index, null, cancel, folder, grid.NeedsLabels(corpus), within);
            var jobs = GridExpansion.Expand(
                grid, Scan,
                (manifest, protocol) => foldSets.TryGetValue((manifest.Hash, protocol.Name), out var known) ? known
                    : foldSets[(manifest.Hash, protocol.Name)] = lacking.Folds(manifest, protocol) ?? protocol.Split(manifest, data),
                heard =>
                {
                    try
                    {
                        return new PretrainCorpus(heard.Corpus, Scan(heard.Corpus).Hash);
                    }
                    catch (InputException e) when (heard.Hours is not null)
                    {
                        // Enough to plan with; running needs the data.
                        absent ??= e.Message;
                        return new PretrainCorpus(heard.Corpus, "");
                    }
                },
                path =>
                {
                    var full = Path.GetFullPath(path, folder);
                    return Content(full, () => lacking.Hash(full));
                },
                (imported, manifest) =>
                {
                    var full = ImportedFeatures.Place(Path.GetFullPath(imported.Folder, folder), manifest.Corpus);
                    var ours = written.Imported.Any(i => i.Name == imported.Name);
                    if (!ours) foreach (var file in ImportedFeatures.Files(full)) within?.Admit(file, request.File);
                    if (request.DryRun && ours && !File.Exists(full)) return Content(full, () => lacking.Features(imported.Name, manifest.Corpus, full));
                    // An absent corpus is planned without its utterances.
                    if (!lacking.StandsIn(manifest)) ImportedFeatures.Open(full, manifest).Dispose();
                    return Content(full, () => null);
                });
            string Content(string full, Func<string?> standIn) => checkpoints.TryGetValue(full, out var known) ? known : checkpoints[full] = standIn() ?? CheckpointLinks.Hash(full);
            index.Save();
            var published = checkpoints.Keys.ToDictionary(path => path, path => grid.PublishedAs(path, folder));
            return new GridPlan(grid, [.. manifests.Values], [.. foldSets.Values], [.. jobs.Select(j => ToNewJob(j.Spec, j.Title, j.Needs))], checkpoints, published, extractions, absent,
                [.. grid.Paper?.ToCome.Select(u => $"{u.Key} is not available: {u.Value}") ?? [], .. lacking.Notes, .. lacking.MissingFiles]);
        }
        finally
        {
            scanning.Release();
        }
    }

    private async Task<double?> Estimate(GridPlan plan, IReadOnlyDictionary<string, JobState> states, int slots)
    {
        var durations = await store.Durations();
        double pretraining = 0, longest = 0, extracting = 0;
        var folds = new FoldPlan(plan.Jobs, plan.Extractions);
        var measured = new List<(string, string?, string?, int)>();
        foreach (var job in plan.Jobs.Where(j => states.GetValueOrDefault(j.Key) != JobState.Succeeded))
        {
            if (PretrainPlan.Seconds(job) is { } training) (pretraining, longest) = (pretraining + training, Math.Max(longest, training));
            else if (plan.Extractions.Seconds(job, durations, plan.Speech) is { } extraction) extracting += extraction;
            else if (!durations.Any(d => d.Kind == job.Kind && d.Corpus == job.Labels?.Corpus && d.Upstream == job.Labels?.Upstream) && folds.Seconds(job, plan.Speech) is { } seconds) extracting += seconds;
            else measured.Add((job.Kind, job.Labels?.Corpus, job.Labels?.Upstream, 1));
        }
        // A pre-training has one slot, however many there are.
        return DurationEstimate.Seconds(measured, durations, slots) + extracting / slots + Math.Max(longest, pretraining / slots);
    }

    private static NewJob ToNewJob(JobSpec spec, string title, JobNeeds needs) => new(spec.Key(), spec.Kind, title, spec.ToJson(), spec.DependsOn, spec switch
    {
        FoldSpec f => new JobLabels(f.Corpus, f.Manifest, f.Upstream, f.Protocol, f.Folds, f.Fold, CanonicalJson.Write(f.Head), f.Seed),
        ExtractSpec e => new JobLabels(e.Corpus, e.Manifest, e.Label),
        _ => null,
    }, needs.ToJson());

    private static DatasetSummary Summary(Manifest manifest) => new(
        manifest.Corpus, manifest.Utterances.Length,
        manifest.Utterances.Select(u => u.Speaker).Where(s => s is not null).Distinct().Count(),
        manifest.Utterances.Sum(u => u.Seconds), manifest.Synthetic,
        manifest.Utterances.GroupBy(u => u.Label).ToImmutableDictionary(g => g.Key, g => g.Count()), manifest.Warnings);

    private static IEnumerable<PlannedGroup> Groups(IEnumerable<NewJob> jobs, IReadOnlyDictionary<string, JobState> states) =>
        from job in jobs
        group job by (job.Kind, job.Labels?.Corpus, job.Labels?.Upstream, job.Labels?.Protocol, job.Labels?.Head) into g
        select new PlannedGroup(
            g.Key.Kind, g.Key.Corpus ?? "", g.Key.Upstream ?? "", g.Key.Protocol, g.Key.Head is null ? null : HeadCatalogue.Describe(CanonicalJson.Read<HeadSpec>(g.Key.Head)),
            g.Count(), g.Count(j => states.GetValueOrDefault(j.Key) == JobState.Succeeded));

    // The same name and jobs are the same experiment, whoever submits them and however the YAML is laid out.
    private static string ExperimentId(string name, ImmutableArray<NewJob> jobs)
    {
        var slug = string.Concat(name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        return $"{slug}-{CanonicalJson.Hash(string.Join('\n', jobs.Select(j => j.Key).Order(StringComparer.Ordinal)))[..8]}";
    }

    /// <param name="Checkpoints">Hashes by path.</param>
    /// <param name="Published">Names of the published models that they hold, by path; null where nothing says so.</param>
    /// <param name="Notes">What is planned as published, or not at all.</param>
    /// <param name="Absent">Why the grid cannot run here, where the data of a model is declared only; null where all is there.</param>
    private sealed record GridPlan(Grid Grid, ImmutableArray<Manifest> Manifests, ImmutableArray<FoldSet> FoldSets, ImmutableArray<NewJob> Jobs,
        IReadOnlyDictionary<string, string> Checkpoints, IReadOnlyDictionary<string, string?> Published, ExtractPlan Extractions, string? Absent, IReadOnlyList<string> Notes)
    {
        /// <summary>Seconds of speech by manifest hash.</summary>
        public double Speech(string manifest) => Manifests.First(m => m.Hash == manifest).Utterances.Sum(u => u.Seconds);

        /// <summary>Hours of speech that a model hears of a corpus: as scanned, else as declared.</summary>
        public double Hours(ModelCorpus heard) => Manifests.FirstOrDefault(m => m.Corpus == heard.Corpus) is { } manifest
            ? manifest.Utterances.Sum(u => u.Seconds) / 3600 : heard.Hours ?? 0;
    }
}
