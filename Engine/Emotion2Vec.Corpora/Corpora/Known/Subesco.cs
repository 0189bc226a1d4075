namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>SUST Bangla Emotional Speech Corpus: 20 speakers, 10 sentences, 7 emotions, 5 takes.</summary>
public sealed class Subesco : FolderCorpus
{
    public override string Name => "subesco";

    public override CorpusCard Card { get; } = new()
    {
        Title = "SUBESCO (Sultana et al., 2021)",
        Language = "Bangla", Source = "acted",
        Licence = "CC BY 4.0", Request = "https://zenodo.org/records/4526477",
        Layout = "F_10_FAHMEE_S_6_FEAR_5.wav",
        Published = [("angry", 1000), ("disgust", 1000), ("fear", 1000), ("happy", 1000), ("neutral", 1000), ("sad", 1000), ("surprise", 1000)],
        Speakers = 20,
        Paper = new(7000, 20, 7, 7.8),
        EmoBox = new("subesco", 7000, 5),
        Protocols = ["random10", "holdout", "leave-one-speaker-out", "emobox"],
        Notes = ["one file was published with a bracket behind its take: F_02_MONIKA_S_2_SURPRISE_3]"],
    };

    protected override NamingScheme Scheme { get; } = new(
        "F_10_FAHMEE_S_6_FEAR_5 (speaker and name, text, emotion, take)",
        @"(?<speaker>[FM]_[0-9]{2})_[A-Z]+_S_(?<text>[0-9]+)_(?<emotion>[A-Z]+)_[0-9]+\]?",
        new Dictionary<string, string>
        {
            ["ANGRY"] = "angry", ["DISGUST"] = "disgust", ["FEAR"] = "fear", ["HAPPY"] = "happy", ["NEUTRAL"] = "neutral", ["SAD"] = "sad", ["SURPRISE"] = "surprise",
        });
}
