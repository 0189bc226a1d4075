using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Tests.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Corpora;

public sealed class CorpusCatalogueTests : IDisposable
{
    private const string Known = "aesdd, cafe, cmu-mosei, cmu-mosi, emodb, emovo, iemocap, " +
        "m3ed, mead, meld, msp-podcast, ravdess-song, ravdess-speech, resd, savee, shemo, subesco, synthetic, urdu";

    private readonly TemporaryFolder folder = new();
    private short next = 1;

    public void Dispose() => folder.Dispose();

    /// <summary>One file of each class of EmoDB, each with audio of its own.</summary>
    private void PutEmoDb(string under, string extension = ".wav")
    {
        foreach (var letter in "WLEAFNT") Put($"{under}03a01{letter}a{extension}");
    }

    private void Put(string name, short? sample = null) => File.WriteAllBytes(folder.File(name), Wave.Pcm16(16000, 1, sample ?? next++));

    private Manifest Scan(string name) => CorpusCatalogue.Scan(name, folder.Path, new AudioIndex());

    private string Error(string name)
    {
        var message = Assert.Throws<InputException>(() => Scan(name)).Message;
        Assert.DoesNotContain('\n', message);
        return message.Replace(folder.Path, "ROOT");
    }

    [Fact]
    public void Names_are_sorted_and_findable()
    {
        Assert.Equal(Known, string.Join(", ", CorpusCatalogue.Names));
        Assert.All(CorpusCatalogue.Names, name => Assert.Equal(name, CorpusCatalogue.Find(name).Name));
        Assert.All(CorpusCatalogue.All, corpus => Assert.Equal(corpus.Classes.Order(StringComparer.Ordinal), corpus.Classes));
    }

    [Fact]
    public void An_unknown_name_gets_the_nearest() => Assert.Equal(
        $"unknown corpus 'emobd' (did you mean 'emodb'?): known are {Known}, or the path of a manifest (.csv, .jsonl)", Error("emobd"));

    [Theory]
    [InlineData("emodb/wav/", ".wav")]
    [InlineData("EmoDB/", ".flac")]
    [InlineData("Emo-DB/deep/wav/", ".WAV")]
    [InlineData("wav/", ".wav")]
    [InlineData("", ".aiff")]
    public void The_folder_is_found_under_several_names_or_is_the_data_root(string under, string extension)
    {
        PutEmoDb(under, extension);
        var manifest = Scan("emodb");
        Assert.Equal("03a01Aa 03a01Ea 03a01Fa 03a01La 03a01Na 03a01Ta 03a01Wa", string.Join(' ', manifest.Utterances.Select(u => u.Id)));
        Assert.All(manifest.Utterances, u => Assert.Equal(folder.File(under + u.Id + extension), u.Path));
    }

    [Fact]
    public void Two_folders_of_one_corpus_are_refused_unless_one_leads_to_the_other_or_holds_none_of_it()
    {
        PutEmoDb("emodb/wav/");
        Directory.CreateSymbolicLink(folder.File("EmoDB"), folder.File("emodb"));
        Directory.CreateDirectory(folder.File("emo-db/wav"));
        Assert.Equal(7, Scan("emodb").Utterances.Length);
        Put("emo-db/wav/03a01Wb.wav");
        Directory.Delete(folder.File("EmoDB"));
        const string message = "emodb: several folders hold it: ROOT/emo-db and ROOT/emodb; keep one of them in the data folder";
        Assert.Equal(message, Error("emodb"));
        var survey = CorpusCatalogue.Find("emodb").Survey(folder.Path);
        Assert.Equal(("ambiguous", null, message), (survey.Text, survey.Folder, Assert.Single(survey.Differences).Replace(folder.Path, "ROOT")));
    }

    [Fact]
    public void What_lies_in_another_corpus_s_folder_is_not_this_one()
    {
        PutEmoDb("emodb/");
        Put("ravdess-song/Actor_01/03-02-01-01-01-01-01.wav");
        Put("ravdess-song/03-01-01-01-01-01-01.wav");
        Assert.Null(CorpusCatalogue.Find("ravdess-speech").Find(folder.Path));
        Assert.Null(CorpusCatalogue.Find("ravdess-speech").Find(folder.File("ravdess-song")));
        Assert.Equal("absent", CorpusCatalogue.Find("ravdess-speech").Survey(folder.Path).Text);
        Directory.Move(folder.File("ravdess-song"), folder.File("ravdess"));
        Assert.Equal(folder.File("ravdess"), CorpusCatalogue.Find("ravdess-speech").Find(folder.Path));
        Assert.Equal(folder.File("ravdess"), CorpusCatalogue.Find("ravdess-song").Find(folder.Path));
        Assert.Equal(folder.File("ravdess"), CorpusCatalogue.Find("ravdess-song").Find(folder.File("ravdess")));
    }

    [Fact]
    public void Missing_files_and_identical_audio_are_warnings()
    {
        PutEmoDb("emodb/wav/");
        Put("emodb/wav/08b02Wa.wav", 99);
        Put("emodb/wav/08b02Wb.wav", 99);
        Put("emodb/wav/08b02Na.wav", 98);
        Put("emodb/wav/03b02Ta.wav", 98);
        Assert.Equal(
        [
            "emodb: 11 utterances, 535 published (angry 3 of 127, boredom 1 of 81, disgust 1 of 46, fear 1 of 69, happy 1 of 71, neutral 2 of 79, sad 2 of 62)",
            "emodb: 2 speakers, 10 published",
            "emodb: identical audio with different labels: 03b02Ta, 08b02Na",
            "emodb: identical audio: 08b02Wa, 08b02Wb",
        ], Scan("emodb").Warnings.AsEnumerable());
    }

    [Fact]
    public void Files_that_are_not_audio_by_name_and_hidden_files_are_passed_over()
    {
        PutEmoDb("emodb/wav/");
        File.WriteAllText(folder.File("emodb/erkennung.txt"), "x");
        File.WriteAllText(folder.File("emodb/lablaut/03a01Fa.lablaut"), "x");
        File.WriteAllText(folder.File("emodb/wav/._03a01Fa.wav"), "x");
        Assert.Equal(7, Scan("emodb").Utterances.Length);
    }

    /// <summary>AESDD was published with one file that has no data chunk.</summary>
    [Fact]
    public void A_file_that_is_damaged_as_published_is_left_out()
    {
        foreach (var name in (string[])["anger/a05 (3)", "disgust/d05 (3)", "fear/f05 (3)", "happiness/h05 (3)", "sadness/s05 (2)"]) Put($"aesdd/{name}.wav");
        File.WriteAllBytes(folder.File("aesdd/sadness/s05 (3).wav"), Wave.Pcm16(16000, 1, 1)[..36]);
        Assert.Equal("a05-3 d05-3 f05-3 h05-3 s05-2", string.Join(' ', Scan("aesdd").Utterances.Select(u => u.Id)));
        File.Move(folder.File("aesdd/sadness/s05 (3).wav"), folder.File("aesdd/sadness/s06 (3).wav"));
        Assert.StartsWith("ROOT/aesdd/sadness/s06 (3).wav: ", Error("aesdd"));
    }

    [Fact]
    public void A_folder_that_is_not_the_corpus_is_an_error()
    {
        Assert.Equal("urdu: no folder 'urdu' or 'URDU-Dataset' or 'URDU-Dataset-master' in ROOT, and it is not the corpus itself", Error("urdu"));
        Directory.CreateDirectory(folder.File("urdu/Angry"));
        Assert.Equal("urdu: ROOT/urdu is not this corpus: no audio file in it is named like Angry/SM1_F10_A010 (speaker, file of the speaker, emotion and number)", Error("urdu"));
        Put("emodb/wav/hello.wav");
        Assert.StartsWith("emodb: ROOT/emodb is not this corpus: no audio file in it is named like 03a01Fa", Error("emodb"));
        PutEmoDb("emodb/wav/");
        Assert.Equal("emodb: ROOT/emodb/wav/hello.wav is not named like 03a01Fa (speaker, text, emotion, take)", Error("emodb"));
        Put("emodb/wav/world.wav");
        Assert.EndsWith("(nor is 1 more audio file)", Error("emodb"));
    }

    [Fact]
    public void Two_utterances_with_one_id_an_empty_class_and_a_bad_file_are_errors()
    {
        PutEmoDb("emodb/wav/");
        Put("emodb/03a01Fa.flac");
        Assert.Equal("emodb: two utterances have the id '03a01Fa': ROOT/emodb/03a01Fa.flac and ROOT/emodb/wav/03a01Fa.wav", Error("emodb"));
        File.Delete(folder.File("emodb/03a01Fa.flac"));
        File.WriteAllText(folder.File("emodb/wav/03a01Fa.wav"), "");
        Assert.Equal("ROOT/emodb/wav/03a01Fa.wav: the file is empty", Error("emodb"));
        File.Delete(folder.File("emodb/wav/03a01Fa.wav"));
        Assert.Equal("emodb: no utterance has the label 'happy'; without it the corpus serves for pre-training only",
            Assert.Throws<InputException>(() => ProtocolCatalogue.Find("random10").Split(Scan("emodb"), null)).Message);
    }

    [Fact]
    public void An_absent_data_folder_is_an_error()
    {
        Assert.Equal("emodb: no data folder is named (--data or E2V_DATA)",
            Assert.Throws<InputException>(() => CorpusCatalogue.Scan("emodb", null, new AudioIndex())).Message);
        Assert.Equal("no such data folder: /nowhere/at/all",
            Assert.Throws<InputException>(() => CorpusCatalogue.Scan("emodb", "/nowhere/at/all", new AudioIndex())).Message);
    }

    [Fact]
    public void A_manifest_is_found_beside_the_grid_then_under_the_data_root()
    {
        Put("grid/a.wav");
        File.WriteAllText(folder.File("grid/m.csv"), "path,label\na.wav,calm\n");
        Put("data/b.wav");
        File.WriteAllText(folder.File("data/m.csv"), "path,label\nb.wav,calm\n");
        Manifest Find(string? grid) => CorpusCatalogue.Scan("m.csv", folder.File("data"), new AudioIndex(), gridFolder: grid);
        Assert.Equal(("m.csv", "a"), (Find(folder.File("grid")).Corpus, Find(folder.File("grid")).Utterances[0].Id));
        Assert.Equal("b", Find(null).Utterances[0].Id);
        Assert.Equal("b", CorpusCatalogue.Scan(folder.File("data/m.csv"), null, new AudioIndex()).Utterances[0].Id);
        Assert.Equal($"no such manifest: ROOT/none.csv or {Path.GetFullPath("none.csv")}", Error("none.csv"));
    }
}
