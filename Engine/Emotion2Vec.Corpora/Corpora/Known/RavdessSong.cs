using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>RAVDESS, its songs: 23 actors (18 is missing) sing 2 sentences. Speech and videos in the same folder are left out.</summary>
public sealed class RavdessSong : FolderCorpus
{
    public override string Name => "ravdess-song";

    public override CorpusCard Card { get; } = new()
    {
        Title = "RAVDESS song (Livingstone and Russo, 2018)",
        Language = "English", Source = "acted, sung",
        Licence = "CC BY-NC-SA 4.0; commercial licences are sold", Request = "https://zenodo.org/records/1188976",
        Layout = "Audio_Song_Actors_01-24/Actor_01/03-02-05-01-02-01-01.wav",
        Published = [("angry", 184), ("calm", 184), ("fear", 184), ("happy", 184), ("neutral", 92), ("sad", 184)],
        Speakers = 23,
        Paper = new(1012, 23, 8, 1.3),
        Protocols = ["random5", "leave-one-speaker-out"],
        Notes = ["songs have no disgust and no surprise: 6 classes, where the paper's table counts the 8 of the whole corpus"],
    };

    protected override ImmutableArray<string> Folders => ["ravdess", "Audio_Song_Actors_01-24"];

    protected override NamingScheme Scheme { get; } = new(
        "Actor_01/03-02-05-02-01-02-01 (modality, channel, emotion, intensity, statement, repetition, actor)",
        "03-02-(?<emotion>0[1-6])-0[12]-(?<text>0[12])-0[12]-(?<speaker>0[1-9]|1[0-9]|2[0-4])",
        new Dictionary<string, string> { ["01"] = "neutral", ["02"] = "calm", ["03"] = "happy", ["04"] = "sad", ["05"] = "angry", ["06"] = "fear" },
        PassedOver: "(?:0[12]-0[12]|03-01)-0[1-8]-0[12]-0[12]-0[12]-(?:0[1-9]|1[0-9]|2[0-4])");
}
