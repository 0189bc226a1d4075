namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Berlin Database of Emotional Speech: 10 actors, 10 sentences.</summary>
public sealed class EmoDb : FolderCorpus
{
    public override string Name => "emodb";

    public override CorpusCard Card { get; } = new()
    {
        Title = "EmoDB (Burkhardt et al., 2005)",
        Language = "German", Source = "acted",
        Licence = "free for research; CC0 1.0 as audEERING publishes it again (audb)", Request = "http://emodb.bilderbar.info",
        Layout = "wav/03a01Fa.wav",
        Published = [("angry", 127), ("boredom", 81), ("disgust", 46), ("fear", 69), ("happy", 71), ("neutral", 79), ("sad", 62)],
        Speakers = 10,
        Paper = new(535, 10, 7, 0.4),
        EmoBox = new("emodb", 535, 5),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
    };

    // The letter is the initial of the German word: Wut, Langeweile, Ekel, Angst, Freude, neutral, Trauer.
    protected override NamingScheme Scheme { get; } = new(
        "03a01Fa (speaker, text, emotion, take)",
        "(?<speaker>[0-9]{2})(?<text>[ab][0-9]{2})(?<emotion>[WLEAFNT])[a-z]",
        new Dictionary<string, string>
        {
            ["W"] = "angry", ["L"] = "boredom", ["E"] = "disgust", ["A"] = "fear", ["F"] = "happy", ["N"] = "neutral", ["T"] = "sad",
        });
}
