using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>RAVDESS, its speech part: 24 actors say 2 sentences. Songs and videos in the same folder are left out.</summary>
public sealed class RavdessSpeech : FolderCorpus
{
    public override string Name => "ravdess-speech";

    public override CorpusCard Card { get; } = new()
    {
        Title = "RAVDESS speech (Livingstone and Russo, 2018)",
        Language = "English", Source = "acted",
        Licence = "CC BY-NC-SA 4.0; commercial licences are sold", Request = "https://zenodo.org/records/1188976",
        Layout = "Audio_Speech_Actors_01-24/Actor_01/03-01-05-01-02-01-01.wav",
        Published = [("angry", 192), ("calm", 192), ("disgust", 192), ("fear", 192), ("happy", 192), ("neutral", 96), ("sad", 192), ("surprise", 192)],
        Speakers = 24,
        Paper = new(1440, 24, 8, 1.5),
        EmoBox = new("ravdess", 1440, 6),
        Duplicates = [["03-01-03-01-02-01-07", "03-01-03-01-02-02-07"]],
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
    };

    protected override ImmutableArray<string> Folders => ["ravdess", "Audio_Speech_Actors_01-24"];

    protected override NamingScheme Scheme { get; } = new(
        "Actor_01/03-01-05-02-01-02-01 (modality, channel, emotion, intensity, statement, repetition, actor)",
        "03-01-(?<emotion>0[1-8])-0[12]-(?<text>0[12])-0[12]-(?<speaker>0[1-9]|1[0-9]|2[0-4])",
        new Dictionary<string, string>
        {
            ["01"] = "neutral", ["02"] = "calm", ["03"] = "happy", ["04"] = "sad", ["05"] = "angry", ["06"] = "fear", ["07"] = "disgust", ["08"] = "surprise",
        },
        PassedOver: "(?:0[12]-0[12]|03-02)-0[1-8]-0[12]-0[12]-0[12]-(?:0[1-9]|1[0-9]|2[0-4])");
}
