using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>URDU: utterances from Urdu talk shows.</summary>
public sealed class Urdu : FolderCorpus
{
    public override string Name => "urdu";

    public override CorpusCard Card { get; } = new()
    {
        Title = "URDU (Latif et al., 2018)",
        Language = "Urdu", Source = "talk shows",
        Licence = "none by name; research only", Request = "https://github.com/siddiquelatif/URDU-Dataset",
        Layout = "Angry/SM1_F10_A010.wav",
        Published = [("angry", 100), ("happy", 100), ("neutral", 100), ("sad", 100)],
        Speakers = 29,
        Paper = new(400, 38, 4, 0.3),
        EmoBox = new("urdu", 400, 1),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
        Notes = ["its publication says 38 speakers; the file names tell 29 apart"],
    };

    protected override ImmutableArray<string> Folders => ["URDU-Dataset", "URDU-Dataset-master"];

    protected override NamingScheme Scheme { get; } = new(
        "Angry/SM1_F10_A010 (speaker, file of the speaker, emotion and number)",
        "(?<speaker>S[MF][0-9]+)_F[0-9]+_(?<emotion>[AHNS])[0-9]+",
        new Dictionary<string, string> { ["A"] = "angry", ["H"] = "happy", ["N"] = "neutral", ["S"] = "sad" });
}
