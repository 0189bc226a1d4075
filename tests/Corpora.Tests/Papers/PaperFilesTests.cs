using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Papers;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Papers;

/// <summary>The tables of experiments/paper: layout and numbers as printed.</summary>
public sealed class PaperFilesTests
{
    public static IEnumerable<object[]> Files => Directory.GetFiles(Path.Combine(TestData.Repository, "experiments", "paper"), "*.yaml")
        .Select(f => Path.GetFileNameWithoutExtension(f)).Where(n => n != "pretrain").Order().Select(n => new object[] { n });

    [Theory]
    [InlineData("table2", 1, 20, 20)]
    [InlineData("table3", 3, 5, 45)]
    [InlineData("table4", 9, 5, 135)]
    [InlineData("table5", 1, 11, 26)]
    [InlineData("table6", 1, 11, 22)]
    [InlineData("table7", 2, 6, 12)]
    [InlineData("table8", 1, 3, 9)]
    [InlineData("table9", 1, 5, 15)]
    [InlineData("table10", 1, 3, 9)]
    [InlineData("table11", 1, 4, 12)]
    [InlineData("figure3", 1, 3, 0)]
    [InlineData("figure5", 1, 3, 0)]
    public void HasTheTableOfThePaper(string name, int columns, int rows, int numbers)
    {
        var paper = Read(name).Paper!;
        Assert.Equal((columns, rows, numbers), (paper.Columns.Length, paper.Rows.Length, paper.Rows.SelectMany(r => r.Values.Values).SelectMany(v => v).Count(v => v is not null)));
        Assert.NotEmpty(paper.Notes);
    }

    [Fact]
    public void EveryFileIsTested() =>
        Assert.Equal(12, Files.Count());

    /// <summary>What is not said to be missing is in the grid: a row can be filled by running the file.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void TheGridComputesEveryAvailableCell(string name)
    {
        var grid = Read(name);
        var computed = (from block in grid.Blocks.OfType<TrainingBlock>()
                        from corpus in block.Corpora from upstream in block.Upstreams from protocol in block.Protocols from head in block.Heads
                        select (corpus, upstream.Label, protocol, HeadCatalogue.Describe(head))).ToHashSet();
        foreach (var row in grid.Paper!.Rows.Where(r => r.Missing is null))
            foreach (var column in grid.Paper.Columns)
                Assert.Contains((column.Corpus, row.Upstream!, row.Protocol ?? column.Protocol, HeadCatalogue.Describe(row.Head)), computed);
    }

    /// <summary>TIM-Net's printed number was made with ten blocks, on random folds, by the epoch best on the test part; the grid has it without that, too.</summary>
    [Fact]
    public void Table2HasTimNetAsItsAuthorsReportIt()
    {
        var grid = Read("table2");
        var row = grid.Paper!.Rows.Single(r => r.Name.StartsWith("TIM-Net", StringComparison.Ordinal));
        Assert.Equal(("mfcc39", HeadCatalogue.Find("timnet") with { Blocks = 10 }, "random10-optimistic", 68.29), (row.Upstream, row.Head, row.Protocol, row.Values["iemocap"][0]!.Value));
        Assert.Contains(grid.Blocks.OfType<TrainingBlock>(), b => b.Heads.Contains(row.Head) && b.Protocols.Contains("leave-one-session-out"));
    }

    [Fact]
    public void Table6HasSpeechTextAndBoth() => Assert.Equal(
        [("emotion2vec_base", 77.19), ("bert", 77.30), ("emotion2vec_base + bert", 81.68)],
        Read("table6").Paper!.Rows.Where(r => r.Missing is null).Select(r => (r.Upstream!, r.Values["iemocap"][0]!.Value)));

    [Theory]
    [InlineData("table2", "emotion2vec*", "iemocap", 74.48)]
    [InlineData("table4", "emotion2vec", "resd", 64.75, 65.04, 64.53)]
    [InlineData("table4", "WavLM-base+", "aesdd", 53.83, 54.41, 52.48)]
    [InlineData("table11", "α = 1", "iemocap", 72.14, 72.84, 72.13)]
    public void NumbersStandWhereThePaperHasThem(string name, string row, string column, params double[] numbers) =>
        Assert.Equal(numbers.Select(n => (double?)n), Read(name).Paper!.Rows.Single(r => r.Name == row).Values[column].AsEnumerable());

    [Fact]
    public void UpstreamsToComeGiveNoJobsAndStayInTheTable()
    {
        var grid = GridFile.Parse("""
            name: t
            corpora: [emodb]
            upstreams: [mfcc, xlsr]
            protocols: [random10]
            paper:
              title: T
              caption: C
              tolerance: 2
              columns: [{name: E, corpus: emodb, protocol: random10, metrics: [wa]}]
              rows: [{name: XLS-R, upstream: xlsr}]
              to_come: {xlsr: later}
            """, "t.yaml");
        var row = Assert.Single(grid.Paper!.Rows);
        Assert.Equal(("xlsr", "later"), (row.Upstream, row.Missing));
        Assert.Equal(["mfcc"], grid.Blocks.OfType<TrainingBlock>().SelectMany(b => b.Upstreams).Select(u => u.Name));
    }

    /// <summary>Every row of the tables that names an upstream can be computed.</summary>
    [Theory]
    [InlineData("table2")]
    [InlineData("table3")]
    [InlineData("table4")]
    [InlineData("table5")]
    [InlineData("table6")]
    [InlineData("table7")]
    [InlineData("figure3")]
    [InlineData("figure5")]
    public void AllUpstreamsOfTheTablesAreThere(string name)
    {
        var grid = Read(name);
        Assert.Empty(grid.Paper!.ToCome);
        Assert.All(grid.Blocks.OfType<TrainingBlock>().SelectMany(b => b.Upstreams), u => Assert.Contains(u.Name, UpstreamCatalogue.Names));
        Assert.All(grid.Paper.Rows.Where(r => r.Upstream is not null), r => Assert.Null(r.Missing));
    }

    [Theory]
    [InlineData("upstream: wavlm_bas", "t.yaml:7: unknown upstream 'wavlm_bas' (did you mean 'wavlm_base'?)")]
    [InlineData("upstream: mfcc, values: {emodb: [1, 2]}", "t.yaml:7: emodb has 2 numbers for 1 metrics")]
    [InlineData("upstream: mfcc, values: {emodb: [101]}", "t.yaml:7: a printed number must be a percentage")]
    [InlineData("upstream: mfcc, values: {emobd: [1]}", "t.yaml:7: unknown key 'emobd' (did you mean 'emodb'?)")]
    [InlineData("upstream: mfcc, protocol: random11", "t.yaml:7: unknown protocol 'random11'")]
    [InlineData("upstream: mfcc, head: linaer", "t.yaml:7: unknown head 'linaer' (did you mean 'linear'?)")]
    [InlineData("upstream: mfcc, head: {name: linear, blocks: 3}", "t.yaml:7: the head linear has no 'blocks'")]
    [InlineData("upstream: mfcc, head: {name: linear, epochs: [1, 2]}", "t.yaml:7: epochs must be a whole number from 1 to 1000000")]
    [InlineData("head: linear", "t.yaml:7: a row has an 'upstream', or says in 'missing' why it has none")]
    public void MistakesAreOneLine(string row, string message)
    {
        var yaml = $"paper:\n  title: T\n  caption: C\n  tolerance: 2\n  columns: [{{name: E, corpus: emodb, protocol: random10, metrics: [wa]}}]\n  rows:\n    - {{name: r, {row}}}\n  to_come: {{xlsr: later}}\n";
        Assert.StartsWith(message, Assert.Throws<InputException>(() => GridFile.Parse(yaml, "t.yaml")).Message);
    }

    private static Grid Read(string name) => GridFile.Parse(File.ReadAllText(Path.Combine(TestData.Repository, "experiments", "paper", name + ".yaml")), name + ".yaml");
}
