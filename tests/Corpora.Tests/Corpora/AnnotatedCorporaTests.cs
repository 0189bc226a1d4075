using System.Globalization;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Tests.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Corpora;

/// <summary>Annotation parsers on small files in the published formats.</summary>
public sealed class AnnotatedCorporaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private short next = 1;

    public void Dispose() => folder.Dispose();

    private void Put(string name) => File.WriteAllBytes(folder.File(name), Wave.Pcm16(16000, 1, [.. Enumerable.Repeat(next++, 100)]));

    private void Put(string name, string text) => File.WriteAllText(folder.File(name), text);

    private string[] List(string corpus, bool texts = false) =>
    [
        .. ((KnownCorpus)CorpusCatalogue.Find(corpus)).List(folder.Path).OrderBy(u => u.Id, StringComparer.Ordinal).Select(u =>
            string.Create(CultureInfo.InvariantCulture, $"{u.Id} | {u.Label} | {u.Speaker} | {u.Session} | {u.Split} | {u.Dialogue} {u.Turn}{(texts ? " | " + u.Text : "")}")),
    ];

    private string Error(string corpus)
    {
        var message = Assert.Throws<InputException>(() => List(corpus)).Message;
        Assert.DoesNotContain('\n', message);
        return message.Replace(folder.Path, "ROOT");
    }

    private void PutIemocap()
    {
        const string head = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n";
        Put("IEMOCAP_full_release/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt", head
            + "[10.0100 - 11.3925]\tSes01F_impro01_F001\tneu\t[2.5000, 2.5000, 2.5000]\nC-E2:\tNeutral;\t()\nC-F1:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  2;\t()\n\n"
            + "[6.2901 - 8.2357]\tSes01F_impro01_M000\texc\t[2.5000, 2.5000, 2.5000]\nC-E2:\tExcited;\t()\n\n"
            + "[14.8872 - 18.0175]\tSes01F_impro01_M002\txxx\t[2.5000, 2.5000, 2.5000]\nC-E2:\tNeutral;\t()\n");
        Put("IEMOCAP_full_release/Session5/dialog/EmoEvaluation/Ses05M_script01_1b.txt", head
            + "[1.5 - 2.5]\tSes05M_script01_1b_F000\tang\t[2.5, 2.5, 2.5]\n\n[3.5 - 4.5]\tSes05M_script01_1b_M000\tsad\t[2.5, 2.5, 2.5]\n\n[5.5 - 6.5]\tSes05M_script01_1b_MXX0\thap\t[2.5, 2.5, 2.5]\n");
        Put("IEMOCAP_full_release/Session1/dialog/EmoEvaluation/Categorical/Ses01F_impro01_e2_cat.txt", "Ses01F_impro01_F000 :Neutral state; ()\n");
        Put("IEMOCAP_full_release/Session1/dialog/transcriptions/Ses01F_impro01.txt", "Ses01F_impro01_F000 [006.2901-008.2357]: Excuse me.\n");
        foreach (var id in new[] { "F001", "M000", "M002" }) Put($"IEMOCAP_full_release/Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_{id}.wav");
        foreach (var id in new[] { "F000", "M000", "MXX0" }) Put($"IEMOCAP_full_release/Session5/sentences/wav/Ses05M_script01_1b/Ses05M_script01_1b_{id}.wav");
        Put("IEMOCAP_full_release/Session1/dialog/wav/Ses01F_impro01.wav");
    }

    [Fact]
    public void IEMOCAP_merges_excitement_and_takes_the_speaker_from_the_turn()
    {
        PutIemocap();
        Assert.Equal(
        [
            "Ses01F_impro01_F001 | neutral | Ses01F | 01 |  | Ses01F_impro01 1 | ",
            "Ses01F_impro01_M000 | happy | Ses01M | 01 |  | Ses01F_impro01 0 | ",
            "Ses05M_script01_1b_F000 | angry | Ses05F | 05 |  | Ses05M_script01_1b 0 | script01_1",
            "Ses05M_script01_1b_M000 | sad | Ses05M | 05 |  | Ses05M_script01_1b 1 | script01_1",
            "Ses05M_script01_1b_MXX0 | happy | Ses05M | 05 |  | Ses05M_script01_1b 2 | script01_1",
        ], List("iemocap", texts: true));
        var survey = CorpusCatalogue.Find("iemocap").Survey(folder.Path);
        Assert.Equal("partial 5/5531", survey.Text);
        Assert.Contains("iemocap: 5 utterances, 5531 published (angry 1 of 1103, happy 2 of 1636, neutral 1 of 1708, sad 1 of 1084)", survey.Differences);

        var manifest = CorpusCatalogue.Scan("iemocap", folder.Path, new AudioIndex());
        Assert.EndsWith("Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F001.wav", manifest.Utterances[0].Path);
        Assert.Equal(["angry", "happy", "neutral", "sad"], manifest.Classes.AsEnumerable());
    }

    [Fact]
    public void IEMOCAP_names_absent_audio_and_bad_turns()
    {
        PutIemocap();
        File.Delete(folder.File("IEMOCAP_full_release/Session5/sentences/wav/Ses05M_script01_1b/Ses05M_script01_1b_F000.wav"));
        Assert.Contains("iemocap: 1 of 5 annotated files are not there, the first is Ses05M_script01_1b_F000", CorpusCatalogue.Find("iemocap").Survey(folder.Path).Differences);
        Put("IEMOCAP_full_release/Session2/dialog/EmoEvaluation/Ses02F_impro01.txt", "% head\n\n[1.5 - 2.5]\tSes02F_impro01_F000\n");
        Assert.Equal("ROOT/IEMOCAP_full_release/Session2/dialog/EmoEvaluation/Ses02F_impro01.txt:3: not a turn such as [6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5, 2.5, 2.5]",
            Error("iemocap"));
        Assert.Equal(CorpusState.Unreadable, CorpusCatalogue.Find("iemocap").Survey(folder.Path).State);
        Put("IEMOCAP_full_release/Session2/dialog/EmoEvaluation/Ses02F_impro01.txt", "% head\n\n[1.5 - 2.5]\tSes01F_impro01_F001\tneu\t[2.5, 2.5, 2.5]\n");
        Assert.Equal("ROOT/IEMOCAP_full_release/Session2/dialog/EmoEvaluation/Ses02F_impro01.txt:3: a second utterance with the id 'Ses01F_impro01_F001', the first is at ROOT/IEMOCAP_full_release/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt:3", Error("iemocap"));
    }

    private const string MeldHead = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n";

    private void PutMeld()
    {
        Put("MELD.Raw/train/train_sent_emo.csv", MeldHead
            + "1,also I was the point person on my company\u2019s transition.,Chandler,neutral,neutral,0,0,8,21,\"00:16:16,059\",\"00:16:21,731\"\n"
            + "2,\"You must\u2019ve had, well, your \"\"hands\"\" full.\",The Interviewer,joy,positive,0,1,8,21,\"00:16:21,940\",\"00:16:23,442\"\n"
            + "3,That I did.,Chandler,anger,negative,125,3,8,21,\"00:16:23,442\",\"00:16:26,389\"\n");
        Put("MELD.Raw/dev_sent_emo.csv", MeldHead + "1,Oh my God!,Phoebe,sadness,negative,0,0,4,7,\"00:20:57,256\",\"00:21:00,049\"\n");
        Put("MELD.Raw/test_sent_emo.csv", MeldHead + "1,Why?,Mark,surprise,positive,0,0,3,19,\"00:14:38,127\",\"00:14:40,378\"\n2,Ew.,Rachel,disgust,negative,0,1,3,19,\"0\",\"1\"\n3,No.,Rachel,fear,negative,0,2,3,19,\"0\",\"1\"\n");
        foreach (var clip in new[] { "dia0_utt0", "dia0_utt1", "dia125_utt3" }) Put($"MELD.Raw/train/train_splits/{clip}.mp4");
        foreach (var clip in new[] { "dia0_utt0", "dia66_utt9" }) Put($"MELD.Raw/dev/dev_splits_complete/{clip}.mp4");
        foreach (var clip in new[] { "dia0_utt0", "dia0_utt1", "dia0_utt2", "final_videos_testdia0_utt0" }) Put($"MELD.Raw/test/output_repeated_splits_test/{clip}.mp4");
    }

    [Fact]
    public void MELD_reads_three_tables_and_leaves_the_damaged_clip_out()
    {
        PutMeld();
        Assert.Equal(
        [
            "dia0_utt0-dev | sad | Phoebe |  | valid | dev 0 0",
            "dia0_utt0-test | surprise | Mark |  | test | test 0 0",
            "dia0_utt0-train | neutral | Chandler |  | train | train 0 0",
            "dia0_utt1-test | disgust | Rachel |  | test | test 0 1",
            "dia0_utt1-train | happy | The Interviewer |  | train | train 0 1",
            "dia0_utt2-test | fear | Rachel |  | test | test 0 2",
        ], List("meld"));
        Assert.EndsWith("/dev_splits_complete/dia0_utt0.mp4", ((KnownCorpus)CorpusCatalogue.Find("meld")).List(folder.Path).Single(u => u.Split == "valid").Path);

        // A sound file beside the clip is read in its place.
        Put("MELD.Raw/dev/dev_splits_complete/dia0_utt0.wav");
        Assert.EndsWith("/dev_splits_complete/dia0_utt0.wav", ((KnownCorpus)CorpusCatalogue.Find("meld")).List(folder.Path).Single(u => u.Split == "valid").Path);
    }

    [Fact]
    public void MELD_names_what_is_wrong()
    {
        PutMeld();
        Put("MELD.Raw/test_sent_emo.csv", MeldHead + "1,Why?,Mark,surprised,positive,0,0,3,19,a,b\n");
        Assert.Equal("ROOT/MELD.Raw/test_sent_emo.csv:2: 'surprised' is no emotion of meld (did you mean 'surprise'?)", Error("meld"));
        Put("MELD.Raw/test_sent_emo.csv", "Utterance,Speaker,Emotions,Dialogue_ID,Utterance_ID\nx,y,joy,0,0\n");
        Assert.Equal("ROOT/MELD.Raw/test_sent_emo.csv:1: no column 'Emotion' (did you mean 'Emotions'?)", Error("meld"));
        Put("MELD.Raw/test_sent_emo.csv", MeldHead + "1,Why?,Mark,joy\n");
        Assert.Equal("ROOT/MELD.Raw/test_sent_emo.csv:2: 4 fields, the header has 11", Error("meld"));
        File.Delete(folder.File("MELD.Raw/test_sent_emo.csv"));
        Assert.Equal("meld: no test_sent_emo.csv below ROOT/MELD.Raw", Error("meld"));
    }

    private const string M3edAnnotation = """
        {
          "anjia": {
            "anjia_1": {
              "SpeakerInfo": {"A": {"Name": "房似锦", "Age": "mid", "Gender": "female", "OtherName": []}, "B": {"Name": "朱闪闪", "Age": "young", "Gender": "female", "OtherName": []}},
              "Dialog": {
                "anjia_1_1": {"StartTime": "00:00:00:01", "EndTime": "00:00:01:04", "Text": "你先把衣服换了", "Speaker": "A",
                  "EmoAnnotation": {"EmoAnnotator1": "Neutral", "EmoAnnotator2": "Neutral", "EmoAnnotator3": "Anger", "final_mul_emo": "Neutral", "final_main_emo": "Neutral"}},
                "anjia_1_2": {"StartTime": "00:00:01:04", "EndTime": "00:00:02:04", "Text": "好", "Speaker": "B", "EmoAnnotation": {"final_mul_emo": "Happy,Surprise", "final_main_emo": "Happy"}}
              }
            }
          },
          "fendou": {
            "fendou_3": {
              "SpeakerInfo": {"A": {"Name": "陆涛"}},
              "Dialog": {"fendou_3_7": {"Speaker": "A", "EmoAnnotation": {"final_main_emo": "Anger"}}, "fendou_3_8": {"Speaker": "A", "EmoAnnotation": {"final_main_emo": "Sad"}}}
            }
          }
        }
        """;

    private void PutM3ed(string annotation = M3edAnnotation)
    {
        Put("RUCM3ED/annotation.json", annotation);
        Put("RUCM3ED/splitInfo/movie_list_train.txt", "anjia\n");
        Put("RUCM3ED/splitInfo/movie_list_val.txt", "\n");
        Put("RUCM3ED/splitInfo/movie_list_test.txt", "fendou\n");
        foreach (var name in new[] { "A_anjia_1_1", "B_anjia_1_2", "A_fendou_3_7" }) Put($"RUCM3ED/modality_speech/{name}.wav");
        File.WriteAllBytes(folder.File("RUCM3ED/modality_speech/A_fendou_3_8.wav"), Wave.Pcm16(16000, 1));
    }

    [Fact]
    public void M3ED_takes_parts_from_its_series_and_leaves_empty_files_out()
    {
        PutM3ed();
        Assert.Equal(
        [
            "anjia_1_1 | neutral | anjia 房似锦 |  | train | anjia_1 1",
            "anjia_1_2 | happy | anjia 朱闪闪 |  | train | anjia_1 2",
            "fendou_3_7 | angry | fendou 陆涛 |  | test | fendou_3 7",
        ], List("m3ed"));
        Assert.Contains($"m3ed: 1 file without samples left out, the first is {folder.File("RUCM3ED/modality_speech/A_fendou_3_8.wav")}", CorpusCatalogue.Find("m3ed").Survey(folder.Path).Differences);
    }

    [Theory]
    [InlineData("\"fendou\": {", "\"fendo\": {", "ROOT/RUCM3ED/annotation.json: the series 'fendo' is in no movie list")]
    [InlineData("\"final_main_emo\": \"Happy\"", "\"final_main_emo\": \"Hapy\"", "ROOT/RUCM3ED/annotation.json: 'anjia_1_2' has the emotion 'Hapy' (did you mean 'Happy'?)")]
    [InlineData("\"Speaker\": \"B\", ", "", "ROOT/RUCM3ED/annotation.json: 'anjia_1_2' has no 'Speaker'")]
    [InlineData("\"Speaker\": \"B\"", "\"Speaker\": \"C\"", "ROOT/RUCM3ED/annotation.json: 'anjia_1_2' has no 'C'")]
    [InlineData("\"fendou_3_7\"", "\"fendou_3_x\"", "ROOT/RUCM3ED/annotation.json: 'fendou_3_x' does not end in a number")]
    [InlineData("{\n  \"anjia\"", "{\n  anjia\"", "ROOT/RUCM3ED/annotation.json:2: not JSON")]
    public void M3ED_names_what_is_wrong(string from, string to, string message)
    {
        Assert.Contains(from, M3edAnnotation);
        PutM3ed(M3edAnnotation.Replace(from, to));
        Assert.Equal(message, Error("m3ed"));
    }

    [Theory]
    [InlineData("cmu-mosi", "MOSI")]
    [InlineData("cmu-mosei", "CMU-MOSEI")]
    public void Sentiment_is_its_sign_and_neutral_clips_have_no_label(string corpus, string at)
    {
        Put($"{at}/label.csv", "video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode\n"
            + "03bSnISJMiM,1,ANYHOW IT WAS REALLY GOOD,2.4,,,,Positive,train\n03bSnISJMiM,2,\"THEY DIDN'T, REALLY\",-0.8,,,,Negative,valid\n"
            + "_dI--eQ6qVU,10,I SEE,0.0,,,,Neutral,train\n_dI--eQ6qVU,11,BAD,-3,,,,Negative,test\n_dI--eQ6qVU,12,GONE,1,,,,Positive,test\n");
        Put($"{at}/Raw/03bSnISJMiM/1.mp4");
        Put($"{at}/Raw/03bSnISJMiM/2.mp4");
        Put($"{at}/Raw/Audio/WAV_16000/Segmented/_dI--eQ6qVU_10.wav");
        Put($"{at}/Raw/Audio/WAV_16000/Segmented/_dI--eQ6qVU_11.wav");
        Assert.Equal(
        [
            "03bSnISJMiM_1 | positive |  |  | train | 03bSnISJMiM 1",
            "03bSnISJMiM_2 | negative |  |  | valid | 03bSnISJMiM 2",
            "_dI--eQ6qVU_10 |  |  |  | train | _dI--eQ6qVU 10",
            "_dI--eQ6qVU_11 | negative |  |  | test | _dI--eQ6qVU 11",
        ], List(corpus));
        Assert.Contains($"{corpus}: 1 of 5 annotated files are not there, the first is _dI--eQ6qVU_12", CorpusCatalogue.Find(corpus).Survey(folder.Path).Differences);

        var utterances = ((KnownCorpus)CorpusCatalogue.Find(corpus)).List(folder.Path);
        var manifest = new Manifest(corpus, ["negative", "positive"], utterances);
        var fold = Assert.Single(ProtocolCatalogue.Find("fixed").Split(manifest, null).Folds);
        Assert.Equal((0, 1, 3), (Assert.Single(fold.Train), Assert.Single(fold.Validation), Assert.Single(fold.Test)));

        Put($"{at}/label.csv", "video_id,clip_id,text,label,mode\nx,1,,1,train\nx,2,,1,train\nx,01,,1,test\n");
        Assert.Equal($"ROOT/{at}/label.csv:4: a second utterance with the id 'x_1', the first is at ROOT/{at}/label.csv:2", Error(corpus));
        Put($"{at}/label.csv", "video_id,clip_id,text,label,mode\nx,1,,good,train\n");
        Assert.Equal($"ROOT/{at}/label.csv:2: the label is 'good', not a number from -3 to 3", Error(corpus));
        Put($"{at}/label.csv", "video_id,clip_id,text,label,mode\nx,1,,1,trian\n");
        Assert.Equal($"ROOT/{at}/label.csv:2: the mode is 'trian' (did you mean 'train'?); there are train, valid, test", Error(corpus));
    }

    /// <summary>MOSI and MOSEI have the same table, so that only the folder's name tells them apart.</summary>
    [Theory]
    [InlineData("cmu-mosi", "cmu-mosei")]
    [InlineData("cmu-mosei", "cmu-mosi")]
    public void One_sentiment_corpus_is_not_taken_for_the_other(string there, string absent)
    {
        Put($"{there}/label.csv", "video_id,clip_id,label,mode\nv1,1,2.4,train\nv1,2,-2,test\n");
        Put($"{there}/Raw/v1/1.mp4");
        Put($"{there}/Raw/v1/2.mp4");
        Put("emodb/wav/03a01Wa.wav");
        Assert.Equal(2, List(there).Length);
        Assert.Equal("absent", CorpusCatalogue.Find(absent).Survey(folder.Path).Text);
        Assert.Null(CorpusCatalogue.Find(absent).Find(folder.Path));
        // The same where the data folder is the corpus itself, and where its folder has a name that tells nothing.
        Assert.Equal(folder.File(there), CorpusCatalogue.Find(there).Find(folder.File(there)));
        Assert.Null(CorpusCatalogue.Find(absent).Find(folder.File(there)));
        Directory.Move(folder.File(there), folder.File("opinions"));
        Assert.Null(CorpusCatalogue.Find(there).Find(folder.Path));
        Assert.Null(CorpusCatalogue.Find(there).Find(folder.File("opinions")));
    }

    [Theory]
    [InlineData("labels_concensus.csv")]
    [InlineData("labels_consensus.csv")]
    public void MSP_Podcast_may_lack_labels_and_speakers(string table)
    {
        Put($"msp-podcast/Labels/{table}", "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set\n"
            + "MSP-PODCAST_0001_0008.wav,N,2.2,4.0,2.6,30,Male,Test1\nMSP-PODCAST_0001_0009.wav,X,3.8,3.6,3.8,39,Male,Train\n"
            + "MSP-PODCAST_0002_0033_0001.wav,U,4.1,4.8,4.0,Unknown,Unknown,Validation\nMSP-PODCAST_0003_0001.wav,O,4.1,4.8,4.0,5,Female,Development\n");
        foreach (var name in new[] { "0001_0008", "0001_0009", "0002_0033_0001", "0003_0001" }) Put($"msp-podcast/Audios/MSP-PODCAST_{name}.wav");
        Assert.Equal(
        [
            "MSP-PODCAST_0001_0008 | neutral | 30 |  | test | 0001 8",
            "MSP-PODCAST_0001_0009 |  | 39 |  | train | 0001 9",
            "MSP-PODCAST_0002_0033_0001 | surprise |  |  | valid | 0002 33",
            "MSP-PODCAST_0003_0001 |  | 5 |  | valid | 0003 1",
        ], List("msp-podcast"));
        // Nobody says how many there are; a part without some of the classes can be heard and has no folds.
        var survey = CorpusCatalogue.Find("msp-podcast").Survey(folder.Path);
        Assert.Equal("uncounted 4", survey.Text);
        Assert.Equal(["msp-podcast: no utterance of angry, contempt, disgust, fear, happy, sad"], survey.Differences.AsEnumerable());
        var manifest = CorpusCatalogue.Scan("msp-podcast", folder.Path, new AudioIndex());
        Assert.Equal((4, 8), (manifest.Utterances.Length, manifest.Classes.Length));
        Assert.Equal("msp-podcast: no utterance has the label 'angry'; without it the corpus serves for pre-training only",
            Assert.Throws<InputException>(() => ProtocolCatalogue.Find("fixed").Split(manifest, null)).Message);
        File.Delete(folder.File("msp-podcast/Audios/MSP-PODCAST_0001_0008.wav"));
        Assert.Equal("partial 3/4", CorpusCatalogue.Find("msp-podcast").Survey(folder.Path).Text);
        Put($"msp-podcast/Labels/{table}", "FileName,EmoClass,SpkrID,Split_Set\nMSP-PODCAST_0001_0008.wav,Q,30,Test1\n");
        Assert.Equal($"ROOT/msp-podcast/Labels/{table}:2: EmoClass is 'Q'; there are A, C, D, F, H, N, S, U, O, X", Error("msp-podcast"));
    }

    [Fact]
    public void MEAD_is_read_from_its_names_and_its_videos_are_passed_over()
    {
        foreach (var emotion in new[] { "angry", "contempt", "disgusted", "fear", "happy", "neutral", "sad", "surprised" }) Put($"MEAD/M003/audio/{emotion}/level_1/001.m4a");
        Put("MEAD/W009/audio/sad/level_3/030.m4a");
        Put("MEAD/W009/video/front/sad/level_3/030.mp4");
        Assert.Equal(9, List("mead").Length);
        Assert.Contains("W009_sad_3_030 | sad | W009 |  |  |  ", List("mead"));
        Assert.Equal("uncounted 9", CorpusCatalogue.Find("mead").Survey(folder.Path).Text);
        Assert.Equal("9 utterances, 31792 in the paper", string.Join("; ", CorpusCatalogue.Find("mead").Card.DifferencesFromPaper(CorpusCatalogue.Find("mead").Survey(folder.Path).Found)));
    }

    [Fact]
    public void A_folder_without_annotations_is_not_the_corpus()
    {
        Put("m3ed/modality_speech/A_anjia_1_1.wav");
        Assert.Equal("m3ed: ROOT/m3ed is not this corpus: no annotation.json in it", Error("m3ed"));
        Assert.Equal(CorpusState.Absent, CorpusCatalogue.Find("m3ed").Survey(folder.Path).State);
        Assert.Equal("meld: no folder 'meld' or 'MELD.Raw' in ROOT, and it is not the corpus itself", Error("meld"));
    }
}
