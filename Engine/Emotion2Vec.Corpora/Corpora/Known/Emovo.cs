namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>EMOVO: 6 actors, 14 sentences, every sentence in every emotion.</summary>
public sealed class Emovo : FolderCorpus
{
    public override string Name => "emovo";

    public override CorpusCard Card { get; } = new()
    {
        Title = "EMOVO (Costantini et al., 2014)",
        Language = "Italian", Source = "acted",
        Licence = "none stated; freely downloadable", Request = "http://voice.fub.it/activities/corpora/emovo/index.html",
        Layout = "f1/dis-f1-b1.wav",
        Published = [("angry", 84), ("disgust", 84), ("fear", 84), ("happy", 84), ("neutral", 84), ("sad", 84), ("surprise", 84)],
        Speakers = 6,
        Paper = new(588, 10, 7, 0.5),
        EmoBox = new("emovo", 588, 6),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
        Notes = ["3 women and 3 men; the paper's table says 10 speakers"],
    };

    protected override NamingScheme Scheme { get; } = new(
        "f1/dis-f1-b1 (emotion, speaker, text)",
        "(?<emotion>dis|gio|neu|pau|rab|sor|tri)-(?<speaker>[fm][1-3])-(?<text>[bdln][1-5])",
        new Dictionary<string, string>
        {
            ["rab"] = "angry", ["dis"] = "disgust", ["pau"] = "fear", ["gio"] = "happy", ["neu"] = "neutral", ["tri"] = "sad", ["sor"] = "surprise",
        });
}
