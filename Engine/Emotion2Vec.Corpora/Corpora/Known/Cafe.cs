using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Canadian French Emotional speech: 12 actors, 6 sentences, two intensities.</summary>
public sealed class Cafe : FolderCorpus
{
    public override string Name => "cafe";

    public override CorpusCard Card { get; } = new()
    {
        Title = "CaFE (Gournay et al., 2018)",
        Language = "French (Canada)", Source = "acted",
        Licence = "CC BY-NC-SA 4.0", Request = "https://zenodo.org/records/1478765",
        Layout = "Colère/Fort/12-C-2-5.wav of CaFE_48k, or the .aiff files of CaFE_192k_1 and CaFE_192k_2 in one folder; Neutre has no Faible and Fort",
        Published = [("angry", 144), ("disgust", 144), ("fear", 144), ("happy", 144), ("neutral", 72), ("sad", 144), ("surprise", 144)],
        Speakers = 12,
        Paper = new(936, 12, 7, 1.2),
        EmoBox = new("cafe", 936, 3),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
    };

    protected override ImmutableArray<string> Folders => ["CaFE_48k", "CaFE_192k"];

    // Initials of colère, dégoût, joie, neutre, peur, surprise, tristesse.
    protected override NamingScheme Scheme { get; } = new(
        "12-P-2-5 (speaker, emotion, intensity, text)",
        "(?<speaker>0[1-9]|1[0-2])-(?<emotion>[CDJNPST])-[12]-(?<text>[1-6])",
        new Dictionary<string, string>
        {
            ["C"] = "angry", ["D"] = "disgust", ["P"] = "fear", ["J"] = "happy", ["N"] = "neutral", ["T"] = "sad", ["S"] = "surprise",
        });
}
