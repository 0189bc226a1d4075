using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Corpora.Known;

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
    [InlineData("ravdess-song", "Actor_01/03-02-05-02-01-02-23", "03-02-05-02-01-02-23 angry 23 01")]
    [InlineData("savee", "AudioData/DC/sa15", "DC-sa15 sad DC sa15")]
    [InlineData("savee", "JE_n23", "JE-n23 neutral JE n23")]
    [InlineData("savee", "KL/su01", "KL-su01 surprise KL su01")]
    [InlineData("emovo", "f1/dis-f1-b1", "dis-f1-b1 disgust f1 b1")]
    [InlineData("emovo", "EMOVO/m3/tri-m3-n5", "tri-m3-n5 sad m3 n5")]
    [InlineData("cafe", "Col\u00e8re/Fort/12-C-2-5", "12-C-2-5 angry 12 5")]
    [InlineData("cafe", "01-N-1-6", "01-N-1-6 neutral 01 6")]
    [InlineData("subesco", "F_10_FAHMEE_S_6_FEAR_5", "F_10_FAHMEE_S_6_FEAR_5 fear F_10 6")]
    [InlineData("subesco", "SUBESCO/F_02_MONIKA_S_2_SURPRISE_3]", "F_02_MONIKA_S_2_SURPRISE_3] surprise F_02 2")]
    [InlineData("shemo", "male/M36S02", "M36S02 sad M36 ")]
    [InlineData("shemo", "female/F24W24", "F24W24 surprise F24 ")]
    [InlineData("aesdd", "anger/a03 (3)", "a03-3 angry 3 03")]
    [InlineData("aesdd", "sadness/s01 (5)b", "s01-5b sad 5 01")]
    [InlineData("aesdd", "fear/f02 (01)", "f02-01 fear 1 02")]
    [InlineData("aesdd", "fear/f20 (1)", "f20-1 fear 1 ")]
    [InlineData("resd", "train/happiness_enthusiasm_32/32_happiness_enthusiasm_h_120", "32_happiness_enthusiasm_h_120 happy  ")]
    [InlineData("resd", "test/04_fear_enthusiasm/04_fear_enthusiasm f_140", "04_fear_enthusiasm f_140 fear  ")]
    [InlineData("mead", "M003/audio/disgusted/level_2/001", "M003_disgusted_2_001 disgust M003 ")]
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
    [InlineData("ravdess-song", "Actor_01/03-02-07-01-01-01-01")]
    [InlineData("savee", "DC_x01")]
    [InlineData("savee", "XDC_a01")]
    [InlineData("emovo", "dis-f4-b1")]
    [InlineData("cafe", "13-C-2-5")]
    [InlineData("subesco", "F_10_FAHMEE_S_6_JOY_5")]
    [InlineData("shemo", "M36X02")]
    [InlineData("aesdd", "a21 (3)")]
    [InlineData("aesdd", "fear/d03 (3)")]
    [InlineData("aesdd", "disgust/f03 (3)")]
    [InlineData("resd", "test/04_fear_enthusiasm x_140")]
    [InlineData("mead", "M003/audio/bored/level_2/001")]
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
    public void Parts_and_dialogues_are_in_RESDs_names()
    {
        Assert.True(new Resd().TryParse("resd/test/04_fear_enthusiasm/04_fear_enthusiasm f_140", out var utterance));
        Assert.Equal(("test", "04"), (utterance!.Split, utterance.Dialogue));
        Assert.True(new Resd().TryParse("04_fear_enthusiasm f_140", out utterance));
        Assert.Null(utterance!.Split);
    }

    [Theory]
    [InlineData("ravdess-song", "Actor_01/03-01-08-01-01-01-01")]
    [InlineData("ravdess-song", "Actor_01/01-02-01-01-01-01-01")]
    [InlineData("mead", "M003/video/front/angry/level_1/001")]
    public void What_is_published_beside_a_corpus_is_passed_over(string corpus, string file)
    {
        Assert.True(((FolderCorpus)CorpusCatalogue.Find(corpus)).TryParse(file, out var utterance));
        Assert.Null(utterance);
    }
}
