using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Grids;

public sealed class GridFileTests
{
    [Fact]
    public void ReadsBlocks()
    {
        var grid = GridFile.Parse("""
            name: two blocks
            grids:
              - corpora: [emodb, data/my.csv, other.JSONL]
                upstreams: [fbank, mfcc]
                protocols: [random10]
                heads: [superb, {name: linear, epochs: 50, learning_rate: 2e-4}]
                seeds: [1, 2]
              - corpora: [urdu]
                upstreams:
                  - mfcc
                protocols: [leave-one-speaker-out, emobox]
              - noop: {jobs: 5, milliseconds: 20, group: g}
            """, "g.yaml");
        Assert.Equal("two blocks", grid.Name);
        Assert.Equal(3, grid.Blocks.Length);
        var first = Assert.IsType<TrainingBlock>(grid.Blocks[0]);
        Assert.Equal(["emodb", "data/my.csv", "other.JSONL"], first.Corpora.AsEnumerable());
        Assert.Equal(["fbank", "mfcc"], first.Upstreams.Select(u => u.Label));
        Assert.Equal([HeadCatalogue.Find("superb"), new HeadSpec(Epochs: 50, LearningRate: 2e-4)], first.Heads.AsEnumerable());
        Assert.Equal([1, 2], first.Seeds.AsEnumerable());
        var second = Assert.IsType<TrainingBlock>(grid.Blocks[1]);
        Assert.Equal(["leave-one-speaker-out", "emobox"], second.Protocols.AsEnumerable());
        Assert.Equal([new HeadSpec()], second.Heads.AsEnumerable());
        Assert.Equal([1], second.Seeds.AsEnumerable());
        Assert.Equal(new NoOpBlock(5, 20, "g"), grid.Blocks[2]);
    }

    [Fact]
    public void NeedsStandInABlockOrModelAndForTheWholeFile()
    {
        var grid = GridFile.Parse("""
            name: g
            needs: {memory: 2.5}
            models:
              - {name: a, corpora: [emodb]}
              - {name: b, corpora: [emodb], needs: {device: cuda, memory: 16}}
              - {name: c, like: b}
            grids:
              - {corpora: [emodb], upstreams: [mfcc, a], protocols: [random10], needs: {device: cuda}}
              - {corpora: [urdu], upstreams: [mfcc], protocols: [random10]}
              - {noop: {jobs: 1}}
            """, "g.yaml");
        Assert.Equal([new(Memory: 2.5), new("cuda", 16), new("cuda", 16)], grid.Models.OfType<TrainedModel>().Select(m => m.Needs));
        Assert.Equal([new("cuda"), new(Memory: 2.5), new(Memory: 2.5)], grid.Blocks.Select(b => b.Needs));
        Assert.Equal(new("cpu"), GridFile.Parse("noop: {jobs: 1}\nneeds: {device: cpu}", "f").Blocks[0].Needs);
    }

    [Theory]
    [InlineData("noop: {jobs: 1}\nneeds: {device: gpu}", "f:2: unknown device 'gpu'")]
    [InlineData("noop: {jobs: 1}\nneeds: {device: cuda, gb: 8}", "f:2: unknown key 'gb'")]
    [InlineData("noop: {jobs: 1}\nneeds: {memory: much}", "f:2: memory must be a number of at least 0, not 'much'")]
    [InlineData("noop: {jobs: 1}\nneeds: cuda", "f:2: 'needs' is a mapping of device (cpu or cuda) and memory (GB)")]
    public void WrongNeedsAreRefused(string yaml, string message) => Assert.StartsWith(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "f")).Message);

    [Fact]
    public void ReadsTheFlatFormAndNamesItByItsFile()
    {
        var grid = GridFile.Parse("corpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]\n", "some/where/quick.yaml");
        Assert.Equal("quick", grid.Name);
        Assert.IsType<TrainingBlock>(Assert.Single(grid.Blocks));
        Assert.Equal([new NoOpBlock(7, 0, "idle")], GridFile.Parse("name: idle\nnoop: {jobs: 7}", "f").Blocks.AsEnumerable());
    }

    [Fact]
    public void HeadsTakeEveryHyperParameterByItsName()
    {
        var grid = GridFile.Parse("""
            corpora: [emodb]
            upstreams: [mfcc]
            protocols: [random10]
            heads:
              - {name: superb, optimizer: rmsprop, hidden: 64, epochs: 3, batch: 16, learning_rate: 0.001, max_learning_rate: 1e-2, accumulate: 2, clip_norm: 0.5}
            """, "f");
        var head = Assert.Single(((TrainingBlock)grid.Blocks[0]).Heads);
        Assert.Equal(new HeadSpec("superb", "rmsprop", 64, 3, 16, 0.001, 0.01, 2, 0.5), head);
        Assert.Equal("superb (optimizer rmsprop, hidden 64, epochs 3, batch 16, learning_rate 0.001, max_learning_rate 0.01, accumulate 2, clip_norm 0.5)", HeadCatalogue.Describe(head));
        Assert.Equal("timnet (blocks 10, dropout 0)", HeadCatalogue.Describe(HeadCatalogue.Find("timnet") with { Blocks = 10, Dropout = 0 }));
        Assert.All(HeadCatalogue.All, h => Assert.Equal(h.Name, HeadCatalogue.Describe(h)));
    }

    [Fact]
    public void AliasesStandForTheirAnchors()
    {
        var grid = GridFile.Parse("""
            name: aliases
            grids:
              - {corpora: [emodb], upstreams: &both [fbank, mfcc], protocols: [random10]}
              - {corpora: [urdu], upstreams: *both, protocols: [random10]}
            """, "f");
        Assert.Equal(["fbank", "mfcc"], ((TrainingBlock)grid.Blocks[1]).Upstreams.Select(u => u.Label));
    }

    private const string Rest = "upstreams: [mfcc]\nprotocols: [random10]\n";

    [Theory]
    // Malformed: file, line, column.
    [InlineData("name: x\ncorpora: [emodb\n" + Rest, "g.yaml:3:1: malformed YAML: unexpected text here; is a bracket or quote before it not closed?")]
    [InlineData("name: x\ncorpora: ]\n", "g.yaml:2:10: malformed YAML: While parsing a node, did not find expected node content")]
    [InlineData("name: 'x\n", "g.yaml:1:7: malformed YAML: While scanning a quoted scalar, found unexpected end of stream")]
    [InlineData("a: b: c", "g.yaml:1:5: malformed YAML: While scanning a plain scalar value, found invalid mapping")]
    [InlineData("name: x\nname: y\n", "g.yaml:2:1: the key 'name' is there twice")]
    [InlineData("name: !!str x\n", "g.yaml:1:7: the type tag tag:yaml.org,2002:str is not allowed")]
    [InlineData("name: *x\n", "g.yaml:1:7: the alias *x has no finished anchor before it")]
    [InlineData("grids: &x [*x]\n", "g.yaml:1:12: the alias *x has no finished anchor before it")]
    [InlineData("[a]: b\n", "g.yaml:1:1: a key must be a plain name")]
    [InlineData("name: x\n---\nname: y\n", "g.yaml:2:1: a second document begins here; a grid is one document")]
    [InlineData("", "g.yaml: the file is empty")]
    [InlineData("# nothing\n", "g.yaml: the file is empty")]
    [InlineData("- emodb\n", "g.yaml:1: a grid is a mapping with the keys name and grids")]
    // Unknown keys and names: file, line, the nearest.
    [InlineData("corpra: [emodb]\n" + Rest, "g.yaml:1: unknown key 'corpra' (did you mean 'corpora'?); a grid has name, models, grids, paper, needs, corpora, upstreams, protocols, heads, seeds, noop")]
    [InlineData("name: x\ngrids:\n  - corpora: [emodb]\n    upstream: [mfcc]\n", "g.yaml:4: unknown key 'upstream' (did you mean 'upstreams'?); a block has corpora, upstreams, protocols, heads, seeds, noop, needs")]
    [InlineData("corpora: [emodb]\nupstreams: [mfc]\nprotocols: [random10]\n", "g.yaml:2: unknown upstream 'mfc' (did you mean 'mfcc'?); there are fbank, mfcc, mfcc39, wav2vec_large, vq_wav2vec, vq_wav2vec_kmeans, wav2vec2_base, wav2vec2_large, hubert_base, hubert_large, wavlm_base, wavlm_base_plus, wavlm_large, whisper_tiny, whisper_base, whisper_small, whisper_medium, whisper_large, whisper_large_v3, data2vec_base, data2vec2_base, data2vec2_large, emotion2vec_base, bert")]
    [InlineData("corpora: [emodb]\nupstreams: [mfcc]\nprotocols:\n - random10\n - leave-one-speaker\n", "g.yaml:5: unknown protocol 'leave-one-speaker' (did you mean 'leave-one-speaker-out'?); there are random10, random10-optimistic, random5, leave-one-session-out, leave-one-session-out-optimistic, leave-one-session-out-10, leave-one-speaker-out, leave-one-speaker-out-optimistic, holdout, fixed, emobox")]
    [InlineData("heads: [liner]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: unknown head 'liner' (did you mean 'linear'?); there are linear, superb, gru, conversation, timnet")]
    [InlineData("heads: [{name: linear, optimizer: adm}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: unknown optimizer 'adm' (did you mean 'adam'?); there are rmsprop, adam")]
    // Types and ranges.
    [InlineData("corpora: emodb\n" + Rest, "g.yaml:1: 'corpora' must be a list, such as [a, b]")]
    [InlineData("corpora: []\n" + Rest, "g.yaml:1: 'corpora' is empty")]
    [InlineData("corpora: [[emodb]]\n" + Rest, "g.yaml:1: an entry of 'corpora' must be a text")]
    [InlineData("name: [x]\n", "g.yaml:1: name must be a text")]
    [InlineData("name: \"a\\nb\"\n", "g.yaml:1: name must be one line of at most 1000 characters")]
    [InlineData(Rest, "g.yaml:1: the block has no 'corpora'")]
    [InlineData("seeds: [1, two]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: a seed must be a whole number from 0 to 2147483647, not 'two'")]
    [InlineData("seeds: [-1]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: a seed must be a whole number from 0 to 2147483647, not '-1'")]
    [InlineData("seeds: ['1']\ncorpora: [emodb]\n" + Rest, "g.yaml:1: a seed must be a whole number from 0 to 2147483647, not '1'")]
    [InlineData("heads: [{epochs: 5}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: the head has no 'name'")]
    [InlineData("heads: [{name: linear, epochs: 0}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: epochs must be a whole number from 1 to 1000000, not '0'")]
    [InlineData("heads: [{name: linear, learning_rate: fast}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: learning_rate must be a number of at least 0, not 'fast'")]
    [InlineData("heads: [{name: linear, learning_rate: 0}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: learning_rate must be above 0")]
    [InlineData("heads: [{name: linear, learning_rate: 0.01}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: max_learning_rate (0.001) is below learning_rate (0.01)")]
    [InlineData("heads: [{name: superb, max_learning_rate: 0.01}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: max_learning_rate belongs to rmsprop's cycle; adam keeps its learning_rate")]
    [InlineData("heads: [{name: linear, dropout: 0.1}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: the head linear has no 'dropout'")]
    [InlineData("heads: [{name: timnet, label_smoothing: 1}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: label_smoothing must be below 1")]
    [InlineData("heads: [{name: timnet, blocks: 17}]\ncorpora: [emodb]\n" + Rest, "g.yaml:1: blocks is 17, but 16 is the most")]
    [InlineData("corpora: [emodb]\nupstreams: [mfcc, {model: hubert_base, layers: 3}]\nprotocols: [random10]\nheads: [linear, superb]\n", "g.yaml:4: superb weighs the layers of a model; 'layers: 3' leaves one of hubert_base (leave 'layers' out, or say 'all')")]
    [InlineData("corpora: [emodb]\nupstreams: [{model: hubert_base, layers: mean4}]\nprotocols: [random10]\nheads: [superb]\n", "g.yaml:4: superb weighs the layers of a model; 'layers: mean4' leaves one of hubert_base (leave 'layers' out, or say 'all')")]
    [InlineData("name: x\ngrids: [emodb]\n", "g.yaml:2: a block of 'grids' is a mapping with the keys corpora, upstreams and protocols")]
    [InlineData("grids: []\n", "g.yaml:1: 'grids' is empty")]
    [InlineData("corpora: [emodb]\ngrids: [{noop: {jobs: 1}}]\n", "g.yaml:1: 'corpora' stands beside 'grids'; it belongs into one of its blocks")]
    [InlineData("noop: {jobs: 1}\nseeds: [1]\n", "g.yaml:2: 'seeds' stands beside 'noop', which is a block of its own")]
    [InlineData("noop: 5\n", "g.yaml:1: 'noop' is a mapping with the keys jobs, milliseconds and group")]
    [InlineData("noop: {milliseconds: 5}\n", "g.yaml:1: 'noop' has no 'jobs'")]
    [InlineData("noop: {jobs: 1, milisecond: 5}\n", "g.yaml:1: unknown key 'milisecond' (did you mean 'milliseconds'?); noop has jobs, milliseconds, group")]
    public void RefusesInOneLine(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "g.yaml")).Message);

    [Fact]
    public void SuperbTakesAllLayers() =>
        Assert.Single(GridFile.Parse("corpora: [emodb]\nupstreams: [mfcc, hubert_base, {model: wavlm_base, layers: all}]\nprotocols: [random10]\nheads: [superb]\n", "g.yaml").Blocks);

    [Fact]
    public void SuggestsTheNearestCorpus()
    {
        var e = Assert.Throws<InputException>(() => GridFile.Parse("name: x\ncorpora: [emobd]\n" + Rest, "g.yaml"));
        Assert.StartsWith("g.yaml:2: unknown corpus 'emobd' (did you mean 'emodb'?)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    /// <summary>Texts that would cost a careless reader its stack or its memory.</summary>
    [Fact]
    public void HostileTextsAreRefused()
    {
        var deep = Assert.Throws<InputException>(() => GridFile.Parse("name: " + new string('[', 100_000), "g.yaml"));
        Assert.Equal("g.yaml:1:22: more than 16 levels of nesting", deep.Message);

        var lines = Enumerable.Range(1, 12).Select(i => $"  - &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 10))}]");
        var laughs = Assert.Throws<InputException>(() => GridFile.Parse("grids:\n  - &l0 [x]\n" + string.Join('\n', lines), "g.yaml"));
        Assert.EndsWith("more than 20000 values, counting every use of an alias", laughs.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever a text is cut or changed to, it is read or refused in one line; nothing else happens.</summary>
    [Fact]
    public void DamagedTextsAreReadOrRefused()
    {
        var whole = File.ReadAllText(Path.Combine(TestData.Repository, "experiments", "open-corpora.yaml"));
        var random = new Emotion2Vec.Corpora.Protocols.SplitMix64(5);
        const string Odd = "[]{}:,-&*!|>'\"%@`#?\t\n \\\u0000\u0085é";
        var (read, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var text = whole.ToCharArray();
            for (var changes = 0; changes <= i % 3; changes++) text[random.Below(text.Length)] = Odd[random.Below(Odd.Length)];
            var end = i % 2 == 0 ? text.Length : random.Below(text.Length);
            try
            {
                GridFile.Parse(new string(text, 0, end), "g.yaml");
                read++;
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
        }
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    [Fact]
    public void EveryExperimentIsReadable()
    {
        var files = Directory.GetFiles(Path.Combine(TestData.Repository, "experiments"), "*.yaml", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files) Assert.True(GridFile.Parse(File.ReadAllText(file), file) is var grid && (!grid.Blocks.IsEmpty || !grid.Models.IsEmpty || grid.Paper is not null), file);
    }
}
