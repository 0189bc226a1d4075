using Emotion2Vec.Corpora.Grids;

namespace Emotion2Vec.Corpora.Tests.Grids;

/// <summary>Hyper-parameters of heads as lists.</summary>
public sealed class HeadAxesTests
{
    [Fact]
    public void EveryCombinationIsAHead()
    {
        var heads = Heads("[superb, {name: linear, epochs: [10, 20], learning_rate: [5e-4, 1e-3], hidden: 64}]");
        Assert.Equal(
            ["superb", "linear (hidden 64, epochs 10)", "linear (hidden 64, epochs 10, learning_rate 0.001)", "linear (hidden 64, epochs 20)", "linear (hidden 64, epochs 20, learning_rate 0.001)"],
            heads);
    }

    [Fact]
    public void EqualCombinationsAreOneHead() => Assert.Equal(["linear", "linear (epochs 5)"], Heads("[linear, {name: linear, epochs: [100, 5, 5]}]"));

    [Fact]
    public void TurnsAreAnAxisOfConversation() => Assert.Equal(["conversation (turns 1)", "conversation", "gru"], Heads("[{name: conversation, turns: [1, 6]}, gru]"));

    [Theory]
    [InlineData("[{name: linear, turns: 3}]", "g.yaml:4: the head linear has no 'turns'")]
    [InlineData("[{name: conversation, turns: 0}]", "g.yaml:4: turns must be a whole number from 1")]
    [InlineData("[{name: linear, epochs: []}]", "g.yaml:4: 'epochs' is empty")]
    [InlineData("[{name: linear, epochs: [10, ten]}]", "g.yaml:4: epochs must be a whole number")]
    [InlineData("[{name: [linear, superb]}]", "g.yaml:4: a head is a name")]
    [InlineData("[{name: linear, learning_rate: [5e-4, 2e-3]}]", "g.yaml:4: max_learning_rate (0.001) is below learning_rate (0.002)")]
    public void MistakesAreOneLine(string heads, string message) => Assert.StartsWith(message, Assert.Throws<InputException>(() => Heads(heads)).Message);

    [Fact]
    public void TooManyCombinationsAreRefused()
    {
        var list = $"[{string.Join(", ", Enumerable.Range(1, 40))}]";
        Assert.Contains("more than 1000 combinations", Assert.Throws<InputException>(() => Heads($"[{{name: linear, epochs: {list}, hidden: {list}}}]")).Message);
    }

    private static string[] Heads(string heads) =>
        [.. ((TrainingBlock)GridFile.Parse($"corpora: [emodb]\nupstreams: [mfcc]\nprotocols: [random10]\nheads: {heads}\n", "g.yaml").Blocks.Single()).Heads.Select(HeadCatalogue.Describe)];
}
