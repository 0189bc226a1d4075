using Emotion2Vec.Corpora.Corpora;

namespace Emotion2Vec.Corpora.Tests.Corpora;

public sealed class NamingSchemeTests
{
    [Theory]
    [InlineData("emodb", "wav/03a01Fa", "03a01Fa happy 03 a01")]
    [InlineData("emodb", "16b10Td", "16b10Td sad 16 b10")]
    [InlineData("emodb", "x/08a02Wc", "08a02Wc angry 08 a02")]
    [InlineData("emodb", "wav/11b03Lb", "11b03Lb boredom 11 b03")]
    [InlineData("emodb", "wav/11b03Ec", "11b03Ec disgust 11 b03")]
    [InlineData("emodb", "wav/11b03Ac", "11b03Ac fear 11 b03")]
    [InlineData("emodb", "wav/11b03Nc", "11b03Nc neutral 11 b03")]
    [InlineData("urdu", "Angry/SM1_F10_A010", "SM1_F10_A010 angry SM1 ")]
    [InlineData("urdu", "URDU/Happy/SF6_F1_H01", "SF6_F1_H01 happy SF6 ")]
    [InlineData("urdu", "SM20_F10_N014", "SM20_F10_N014 neutral SM20 ")]
    [InlineData("urdu", "anything/SF10_F1_S01", "SF10_F1_S01 sad SF10 ")]
    [InlineData("ravdess-speech", "Actor_01/03-01-01-01-01-01-01", "03-01-01-01-01-01-01 neutral 01 01")]
    [InlineData("ravdess-speech", "03-01-02-02-02-01-24", "03-01-02-02-02-01-24 calm 24 02")]
    [InlineData("ravdess-speech", "03-01-03-01-01-01-10", "03-01-03-01-01-01-10 happy 10 01")]
    [InlineData("ravdess-speech", "03-01-04-01-01-01-10", "03-01-04-01-01-01-10 sad 10 01")]
    [InlineData("ravdess-speech", "03-01-05-01-01-01-10", "03-01-05-01-01-01-10 angry 10 01")]
    [InlineData("ravdess-speech", "03-01-06-01-01-01-10", "03-01-06-01-01-01-10 fear 10 01")]
    [InlineData("ravdess-speech", "03-01-07-01-01-01-10", "03-01-07-01-01-01-10 disgust 10 01")]
    [InlineData("ravdess-speech", "03-01-08-01-01-01-10", "03-01-08-01-01-01-10 surprise 10 01")]
    public void A_name_gives_id_label_speaker_and_text(string corpus, string file, string expected)
    {
        Assert.True(((FolderCorpus)CorpusCatalogue.Find(corpus)).TryParse(file, out var u));
        Assert.Equal(expected, $"{u!.Id} {u.Label} {u.Speaker} {u.Text}");
    }

    [Theory]
    [InlineData("emodb", "wav/03a01Xa")]
    [InlineData("emodb", "wav/03a01F")]
    [InlineData("emodb", "wav/03a01Fa2")]
    [InlineData("emodb", "wav/103a01Fa")]
    [InlineData("urdu", "Angry/SM1_F10_H010")]
    [InlineData("urdu", "Angry/SX1_F10_A010")]
    [InlineData("urdu", "Angry/SM1_F10_A")]
    [InlineData("ravdess-speech", "Actor_01/03-01-09-01-01-01-01")]
    [InlineData("ravdess-speech", "Actor_01/03-01-01-01-01-01-25")]
    [InlineData("ravdess-speech", "Actor_01/03-01-01-01-01-01")]
    public void Another_name_is_refused(string corpus, string file) =>
        Assert.False(((FolderCorpus)CorpusCatalogue.Find(corpus)).TryParse(file, out _));

    [Theory]
    [InlineData("Actor_01/03-02-01-01-01-01-01")]
    [InlineData("Actor_01/01-01-01-01-01-01-01")]
    [InlineData("Actor_01/02-01-01-01-01-01-01")]
    public void Songs_and_videos_of_RAVDESS_are_left_out(string file)
    {
        Assert.True(new RavdessSpeech().TryParse(file, out var utterance));
        Assert.Null(utterance);
    }

    [Fact]
    public void Published_counts_are_those_of_the_publications()
    {
        string Counts(string name) => CorpusCatalogue.Find(name) is var c ? $"{c.Published.Sum(p => p.Utterances)} {c.Speakers} {c.Published.Length}" : "";
        Assert.Equal("535 10 7", Counts("emodb"));
        Assert.Equal("400 29 4", Counts("urdu"));
        Assert.Equal("1440 24 8", Counts("ravdess-speech"));
    }
}
