using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Tests.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Corpora;

/// <summary>What <c>data verify</c> says of a whole corpus (SAVEE and RAVDESS in sounds of a few samples) that is as published, and of one that is not.</summary>
public sealed class CorpusCheckTests : IDisposable
{
    private static readonly (string Code, int Sentences)[] Savee = [("a", 15), ("d", 15), ("f", 15), ("h", 15), ("n", 30), ("sa", 15), ("su", 15)];
    private readonly TemporaryFolder folder = new();
    private short next = 1;

    public void Dispose() => folder.Dispose();

    private void Put(string name, short? sample = null) => File.WriteAllBytes(folder.File(name), Wave.Pcm16(16000, 1, sample ?? next++, 7));

    private void PutSavee()
    {
        foreach (var speaker in new[] { "DC", "JE", "JK", "KL" })
            foreach (var (code, sentences) in Savee)
                for (var i = 1; i <= sentences; i++) Put($"savee/AudioData/{speaker}/{code}{i:D2}.wav");
    }

    private CorpusCheck Check(string name)
    {
        var corpus = CorpusCatalogue.Find(name);
        return CorpusCheck.Of(corpus, corpus.Scan(folder.Path, new AudioIndex()), folder.Path);
    }

    private string[] Failures(string name) => [.. Check(name).Failures.Select(f => f.Replace(folder.Path + "/", ""))];

    [Fact]
    public void A_complete_corpus_has_no_failures()
    {
        PutSavee();
        var check = Check("savee");
        Assert.Empty(check.Failures);
        Assert.Empty(check.Remarks);
        Assert.Equal("complete", CorpusCatalogue.Find("savee").Survey(folder.Path).Text);
    }

    [Fact]
    public void A_missing_file_is_named_where_EmoBox_lists_it()
    {
        PutSavee();
        File.Delete(folder.File("savee/AudioData/JK/sa07.wav"));
        Assert.Equal(["savee: 479 utterances, 480 published (sad 59 of 60)"], Failures("savee"));
        File.WriteAllText(folder.File("emobox/savee/savee.jsonl"), "{\"key\": \"savee-JK-sa06\", \"wav\": \"downloads/savee/JK_sa06.wav\"}\n{\"key\": \"savee-JK-sa07\", \"wav\": \"downloads/savee/JK_sa07.wav\"}\n");
        Assert.Equal(["savee: 479 utterances, 480 published (sad 59 of 60)", "missing of EmoBox's list: downloads/savee/JK_sa07.wav"], Failures("savee"));
        Assert.Equal("partial 479/480", CorpusCatalogue.Find("savee").Survey(folder.Path).Text);
    }

    [Fact]
    public void A_file_too_many_and_audio_under_two_names_are_failures_with_their_files()
    {
        PutSavee();
        Put("savee/AudioData/JK/sa16.wav", 17);
        Assert.Equal(
        [
            "savee: 481 utterances, 480 published (sad 61 of 60)",
            "identical audio: savee/AudioData/DC/d02.wav, savee/AudioData/JK/sa16.wav",
        ], Failures("savee"));
        Assert.Equal("differs 481/480", CorpusCatalogue.Find("savee").Survey(folder.Path).Text);
    }

    /// <summary>As many files as published, but one has the name of another class.</summary>
    [Fact]
    public void A_renamed_file_is_named_where_EmoBox_lists_the_corpus()
    {
        PutSavee();
        ListSavee();
        Assert.Empty(Failures("savee"));
        File.Move(folder.File("savee/AudioData/JK/sa07.wav"), folder.File("savee/AudioData/JK/su16.wav"));
        Assert.Equal(
        [
            "savee: 480 utterances, 480 published (sad 59 of 60, surprise 61 of 60)",
            "missing of EmoBox's list: downloads/savee/JK_sa07.wav",
            "not in EmoBox's list: savee/AudioData/JK/su16.wav",
        ], Failures("savee"));
    }

    [Fact]
    public void Other_audio_under_a_listed_name_is_a_failure_where_its_length_tells()
    {
        PutSavee();
        ListSavee();
        File.WriteAllBytes(folder.File("savee/AudioData/JK/sa07.wav"), Wave.Pcm16(16000, 1, [.. Enumerable.Range(0, 16000).Select(i => (short)i)]));
        Assert.Equal(["not as long as in EmoBox's list: savee/AudioData/JK/sa07.wav (1 s instead of 0)"], Failures("savee"));
    }

    /// <summary>EmoBox's list of <see cref="PutSavee"/>.</summary>
    private void ListSavee() => File.WriteAllLines(folder.File("emobox/savee/savee.jsonl"),
        from speaker in new[] { "DC", "JE", "JK", "KL" }
        from c in Savee
        from i in Enumerable.Range(1, c.Sentences)
        select $$"""{"key": "savee-{{speaker}}-{{c.Code}}{{i:D2}}", "wav": "downloads/savee/{{speaker}}_{{c.Code}}{{i:D2}}.wav", "length": 0.000125}""");

    [Fact]
    public void A_label_in_the_wrong_folder_is_an_error()
    {
        Put("urdu/Angry/SM1_F10_A010.wav");
        Put("urdu/Happy/SM1_F10_A011.wav");
        Assert.Equal("urdu: urdu/Happy/SM1_F10_A011.wav is not named like Angry/SM1_F10_A010 (speaker, file of the speaker, emotion and number)",
            Assert.Throws<InputException>(() => Check("urdu")).Message.Replace(folder.Path + "/", ""));
        Assert.Equal("unreadable", CorpusCatalogue.Find("urdu").Survey(folder.Path).Text);
    }

    [Fact]
    public void A_known_duplicate_is_a_remark()
    {
        foreach (var emotion in "12345678")
            foreach (var repetition in "12") Put($"ravdess/Actor_07/03-01-0{emotion}-01-02-0{repetition}-07.wav", emotion == '3' ? (short)999 : null);
        var check = Check("ravdess-speech");
        Assert.Equal(["identical audio, as published: 03-01-03-01-02-01-07, 03-01-03-01-02-02-07"], check.Remarks.AsEnumerable());
        Assert.DoesNotContain(check.Failures, f => f.Contains("identical", StringComparison.Ordinal));
    }
}
