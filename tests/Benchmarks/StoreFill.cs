using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Protocols;
using Microsoft.Data.Sqlite;

namespace Emotion2Vec.Benchmarks;

/// <summary>Writes rows of results as jobs would have left them: predictions right three times of four, logits and curves of their real length.</summary>
internal sealed class StoreFill : IDisposable
{
    private readonly HomeFolder home;
    private readonly int limit;
    private readonly SqliteCommand dataset, folds, job, result, experiment, links;
    private readonly Dictionary<string, Manifest> manifests = [];
    private readonly HashSet<string> foldSets = [];
    private readonly SplitMix64 random = new(1);

    public StoreFill(SqliteConnection connection, SqliteTransaction transaction, HomeFolder home, int limit)
    {
        (this.home, this.limit) = (home, limit);
        dataset = Command("INSERT INTO datasets VALUES ($manifest, $corpus, $utterances, $speakers, 0, 0, 0, '{}', '[]')");
        folds = Command("INSERT INTO fold_sets VALUES ($hash, $manifest, $protocol, 1, $folds, '[\"speaker-dependent\"]')");
        job = Command("INSERT INTO jobs (id, key, kind, title, state, attempt, losses, halvings, corpus, manifest, upstream, protocol, folds, fold, head, seed, features, spec) "
            + "VALUES ($id, $key, 'fold', 'benchmark', 'Succeeded', 1, 0, 0, $corpus, $manifest, $upstream, $protocol, $folds, $fold, $head, $seed, $features, $spec)");
        result = Command("INSERT INTO results VALUES ($id, $key, 1, $id, 10, $wa, $ua, $wf1, $macro, $validation, NULL, '{}', $result)");
        experiment = Command("INSERT INTO experiments (id, name, grid, submitted) VALUES ('all', 'all', 'name: all', 0)");
        links = Command("INSERT INTO experiment_jobs SELECT 'all', id, id FROM jobs");

        SqliteCommand Command(string sql)
        {
            var command = connection.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, sql);
            return command;
        }
    }

    /// <summary>A store of so many results: ten seeds of every row of table 3 that can be run, the rest other corpora, protocols and heads; all of one experiment.</summary>
    public static void Run(HomeFolder home, int results, string[] upstreams)
    {
        using var connection = new SqliteConnection($"Data Source={home.Store};Pooling=False");
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var fill = new StoreFill(connection, transaction, home, results);
        // Utterances, speakers, classes, folds and test utterances of each are those of the published corpora.
        foreach (var upstream in upstreams)
        {
            fill.Row("meld", 13_708, 304, 7, "fixed", 1, 2_610, upstream, new HeadSpec(), seeds: 10);
            fill.Row("ravdess-speech", 1_440, 24, 8, "random10", 10, 144, upstream, new HeadSpec(), seeds: 10);
            fill.Row("savee", 480, 4, 7, "random10", 10, 48, upstream, new HeadSpec(), seeds: 10);
        }
        for (var setting = 0; fill.Done < results; setting++)
            foreach (var (corpus, utterances, speakers, classes) in new[] { ("emodb", 535, 10, 7), ("emovo", 588, 6, 7), ("cafe", 936, 12, 7), ("urdu", 400, 29, 4), ("savee", 480, 4, 7), ("ravdess-speech", 1_440, 24, 8) })
                foreach (var protocol in new[] { "random10", "leave-one-speaker-out" })
                    foreach (var upstream in upstreams)
                        if (fill.Done < results) fill.Row(corpus, utterances, speakers, classes, protocol, 10, utterances / 10, upstream, new HeadSpec(Epochs: 50 + setting), Math.Min(5, (results - fill.Done + 9) / 10));
        fill.Experiment();
        transaction.Commit();
    }

    public int Done { get; private set; }

    public void Row(string corpus, int utterances, int speakers, int classes, string protocol, int count, int tested, string upstream, HeadSpec head, int seeds)
    {
        if (!manifests.TryGetValue(corpus, out var manifest))
        {
            string[] names = [.. Enumerable.Range(0, classes).Select(c => $"class{c}")];
            manifests[corpus] = manifest = new Manifest(corpus, names, Enumerable.Range(0, utterances).Select(i => new Utterance($"u{i:00000}", "", names[i % classes], $"s{i % speakers}")));
            ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
            Execute(dataset, ("$manifest", manifest.Hash), ("$corpus", corpus), ("$utterances", utterances), ("$speakers", speakers));
        }
        var foldSet = CanonicalJson.Hash(corpus + protocol);
        if (foldSets.Add(foldSet)) Execute(folds, ("$hash", foldSet), ("$manifest", manifest.Hash), ("$protocol", protocol), ("$folds", count));
        var features = CanonicalJson.Hash(corpus + upstream);
        for (var seed = 1; seed <= seeds; seed++)
        {
            for (var fold = 0; fold < count && Done < limit; fold++)
            {
                var spec = new FoldSpec(corpus, manifest.Hash, upstream, features, protocol, foldSet, fold, head, seed);
                var (key, text) = (spec.Key(), Predictions(manifest, fold, count, tested));
                Done++;
                Execute(job, ("$id", Done), ("$key", key), ("$corpus", corpus), ("$manifest", manifest.Hash), ("$upstream", upstream), ("$protocol", protocol), ("$folds", foldSet),
                    ("$fold", fold), ("$head", CanonicalJson.Write(head)), ("$seed", seed), ("$features", features), ("$spec", spec.ToJson()));
                Execute(result, ("$id", Done), ("$key", key), ("$wa", text.Wa), ("$ua", text.Ua), ("$wf1", text.Wf1), ("$macro", text.MacroF1), ("$validation", 0.5), ("$result", CanonicalJson.Write(text)));
            }
        }
    }

    /// <summary>One experiment that wants all jobs so far.</summary>
    public void Experiment()
    {
        Execute(experiment);
        Execute(links);
    }

    private FoldResult Predictions(Manifest manifest, int fold, int count, int tested)
    {
        int[] test = [.. Enumerable.Range(0, tested).Select(i => i * count + fold)], truth = [.. test.Select(u => manifest.LabelIndices[u])];
        int[] predicted = [.. truth.Select(t => random.Below(4) > 0 ? t : random.Below(manifest.Classes.Length))];
        var metrics = ClassificationMetrics.From(truth, predicted, manifest.Classes.Length);
        float[] curve = [.. Enumerable.Range(1, 100).Select(e => 1f / e)];
        return new(metrics.Wa, metrics.Ua, metrics.Wf1, metrics.MacroF1, manifest.Classes, metrics.Confusion, [.. test], [.. truth], [.. predicted],
            new byte[4 * tested * manifest.Classes.Length], 50, [.. curve], [.. curve], [.. curve], []);
    }

    private static void Execute(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> values)
    {
        command.Parameters.Clear();
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[dataset, folds, job, result, experiment, links]) command.Dispose();
    }
}
