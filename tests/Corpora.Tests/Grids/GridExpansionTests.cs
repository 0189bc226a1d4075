using System.Collections.Immutable;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Grids;

public sealed class GridExpansionTests
{
    [Fact]
    public void TheOpenCorporaGridHasSeventyFolds()
    {
        var path = Path.Combine(TestData.Repository, "experiments", "open-corpora.yaml");
        var jobs = Expand(File.ReadAllText(path));
        Assert.Equal(6, jobs.Count(j => j.Spec is ExtractSpec));
        Assert.Equal(70, jobs.Count(j => j.Spec is FoldSpec));
        Assert.Equal(jobs.Length, jobs.Select(j => j.Key).Distinct().Count());
        Assert.Contains("emodb · mfcc · random10 · fold 3 · seed 1", jobs.Select(j => j.Title));
        Assert.Contains("emodb · mfcc · leave-one-speaker-out · speaker s07 · seed 1", jobs.Select(j => j.Title));
        Assert.Equal("emodb · fbank · features", jobs[0].Title);
    }

    [Fact]
    public void EveryFoldFollowsItsFeatures()
    {
        var jobs = Expand("corpora: [emodb, urdu]\nupstreams: [fbank, mfcc]\nprotocols: [random10]\nheads: [linear, superb]\nseeds: [1, 2]");
        var seen = new HashSet<string>();
        foreach (var job in jobs)
        {
            Assert.All(job.Spec.DependsOn, needed => Assert.Contains(needed, seen));
            Assert.Equal(job.Spec.Key(), job.Key);
            seen.Add(job.Key);
        }
        Assert.Equal(2 * 2 + 2 * 2 * 2 * 2 * 10, jobs.Length);
    }

    [Fact]
    public void NeedsGoWithTheJobsAndNotIntoTheirKeys()
    {
        const string plain = "corpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]";
        var (without, with) = (Expand(plain), Expand(plain + "\nneeds: {device: cuda, memory: 8}"));
        Assert.Equal(without.Select(j => j.Key), with.Select(j => j.Key));
        Assert.All(with.Where(j => j.Spec is FoldSpec), j => Assert.Equal(new("cuda", 8), j.Needs));
        // Signal processing reads audio, and runs on processor cores anywhere.
        var extract = with.Single(j => j.Spec is ExtractSpec);
        Assert.Equal((null, 8), (extract.Needs.Device, extract.Needs.Memory));
        Assert.Equal([((ExtractSpec)extract.Spec).Manifest], extract.Needs.Audio!.Value.AsEnumerable());

        var shared = Expand($"grids:\n  - {{corpora: [emodb], upstreams: [mfcc], protocols: [random10], needs: {{memory: 4}}}}\n  - {{corpora: [emodb], upstreams: [mfcc], protocols: [random10], needs: {{device: cuda, memory: 2}}}}");
        Assert.All(shared.Where(j => j.Spec is FoldSpec), j => Assert.Equal(new("cuda", 4), j.Needs));
        Assert.Contains("'needs' differ", Assert.Throws<InputException>(() => Expand("grids:\n  - {noop: {jobs: 1, group: g}, needs: {device: cpu}}\n  - {noop: {jobs: 1, group: g}, needs: {device: cuda}}")).Message);
    }

    [Fact]
    public void OverlappingBlocksShareTheirJobs()
    {
        const string Block = "{corpora: [emodb, emodb], upstreams: [mfcc], protocols: [random10], seeds: [1, 1]}";
        Assert.Equal(11, Expand($"grids: [{Block}, {Block}, {{noop: {{jobs: 3}}}}, {{noop: {{jobs: 5}}}}]").Count(j => j.Spec is not NoOpSpec));
        Assert.Equal(5, Expand("grids: [{noop: {jobs: 3}}, {noop: {jobs: 5}}]").Length);
    }

    [Fact]
    public void EachCorpusIsReadOnceAndSplitOncePerProtocol()
    {
        var grid = GridFile.Parse("corpora: [emodb, urdu]\nupstreams: [fbank, mfcc]\nprotocols: [random10, leave-one-speaker-out]\nseeds: [1, 2]", "g");
        var (reads, splits) = (new List<string>(), new List<string>());
        GridExpansion.Expand(grid, name => { reads.Add(name); return Corpus(name); }, (m, p) => { splits.Add($"{m.Corpus} {p.Name}"); return p.Split(m, ""); });
        Assert.Equal(["emodb", "urdu"], reads);
        Assert.Equal(["emodb random10", "emodb leave-one-speaker-out", "urdu random10", "urdu leave-one-speaker-out"], splits);
    }

    [Fact]
    public void SpecsCarryTheirInputsByHash()
    {
        var manifest = Corpus("emodb");
        var folds = ProtocolCatalogue.Find("random10").Split(manifest, "");
        var jobs = Expand("corpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: [{name: linear, epochs: 7}]\nseeds: [9]");
        var extract = Assert.IsType<ExtractSpec>(jobs[0].Spec);
        Assert.Equal(new ExtractSpec("emodb", manifest.Hash, "mfcc"), extract);
        Assert.Equal(new FoldSpec("emodb", manifest.Hash, "mfcc", extract.Key(), "random10", folds.Hash, 4, new HeadSpec(Epochs: 7), 9), jobs[5].Spec);
        Assert.Equal("emodb · mfcc · random10 · linear (epochs 7) · fold 5 · seed 9", jobs[5].Title);
    }

    [Fact]
    public void ExpansionIsRepeatable()
    {
        const string Yaml = "corpora: [emodb]\nupstreams: [mfcc, fbank]\nprotocols: [random10]";
        Assert.Equal(Expand(Yaml).Select(j => (j.Key, j.Title)), Expand(Yaml).Select(j => (j.Key, j.Title)));
    }

    [Fact]
    public void GridsBeyondAMillionJobsAreRefused()
    {
        var seeds = string.Join(", ", Enumerable.Range(0, 10_000));
        var e = Assert.Throws<InputException>(() => Expand($"name: big\ncorpora: [emodb, urdu]\nupstreams: [mfcc, fbank]\nprotocols: [random10]\nheads: [{string.Join(", ", Enumerable.Range(1, 3).Select(i => $"{{name: linear, epochs: {i}}}"))}]\nseeds: [{seeds}]", foldless: true));
        Assert.Equal("big: the grid has more than 1000000 jobs", e.Message);
    }

    /// <param name="foldless">Use a thousand folds without content, so that a large grid costs nothing.</param>
    private static ImmutableArray<PlannedJob> Expand(string yaml, bool foldless = false) => GridExpansion.Expand(GridFile.Parse(yaml, "g.yaml"), Corpus,
        (manifest, protocol) => foldless
            ? new FoldSet(protocol.Name, 1, manifest.Corpus, manifest.Hash, [.. Enumerable.Range(0, 1000).Select(i => new Fold($"fold {i}", [0], [1], [2], []))], [])
            : protocol.Split(manifest, ""));

    private static Manifest Corpus(string name) =>
        new(name, ["x", "y"], Enumerable.Range(0, 60).Select(i => new Utterance($"{name}-{i:D2}", "/p", i % 2 == 0 ? "x" : "y", $"s{i % 10:D2}")));
}
