using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Tests.Manifests;

public sealed class DialoguesTests
{
    private static Manifest Talk(params (string Id, string Dialogue, int? Turn, string? Speaker)[] utterances) =>
        new("talk", ["a"], utterances.Select(u => new Utterance(u.Id, "", "a", u.Speaker, Dialogue: u.Dialogue, Turn: u.Turn)));

    [Fact]
    public void Turns_are_what_one_speaker_says_before_another()
    {
        // Manifest order is by id; the dialogue has its own.
        var dialogues = new Dialogues(Talk(("a", "one", 40, "x"), ("b", "one", 10, "x"), ("c", "one", 20, "y"), ("d", "one", 30, "x"), ("e", "two", 1, "x"), ("f", "two", 1, "y"), ("g", "one", 10, "x")));
        Assert.Equal(["one x 1,6", "one y 2", "one x 3,0", "two x 4", "two y 5"], dialogues.Turns.Select(t => $"{t.Dialogue} {t.Speaker} {string.Join(',', t.Utterances)}"));
        Assert.Equal([0, 1], dialogues.Before(0, 6));
        Assert.Equal([1], dialogues.Before(3, 1));
        Assert.Equal([3], dialogues.Before(5, 6)); // no further than its own dialogue
        foreach (var first in (int[])[1, 4, 6]) Assert.Empty(dialogues.Before(first, 6));
        Assert.Equal("y", dialogues.TurnOf(5).Speaker);
    }

    [Theory]
    [InlineData("", 1, "x", "dialogue")]
    [InlineData("d", null, "x", "turn")]
    [InlineData("d", 1, null, "speaker")]
    public void What_an_utterance_lacks_is_named(string dialogue, int? turn, string? speaker, string lacks) =>
        Assert.Equal($"talk: the head conversation needs dialogue, turn and speaker of every utterance; 'b' has no {lacks}",
            Assert.Throws<InputException>(() => new Dialogues(Talk(("a", "d", 1, "x"), ("b", dialogue, turn, speaker)))).Message);
}
