using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Sharif Emotional Speech Database: radio plays, 31 women and 56 men.</summary>
public sealed class Shemo : FolderCorpus
{
    public override string Name => "shemo";

    public override CorpusCard Card { get; } = new()
    {
        Title = "ShEMO (Mohamad Nezami et al., 2019)",
        Language = "Persian", Source = "acted, radio plays",
        Licence = "none by name; free of charge for academic purposes", Request = "https://github.com/mansourehk/ShEMO",
        Layout = "female.zip and male.zip, unpacked: female/F21N23.wav, male/M36S02.wav",
        Published = [("angry", 1059), ("fear", 38), ("happy", 201), ("neutral", 1028), ("sad", 449), ("surprise", 225)],
        Speakers = 87,
        Paper = new(3000, 87, 6, 3.4),
        EmoBox = new("shemo", 2838, 1),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
        Notes = ["EmoBox has 2838 of the 3000 utterances", "the repository holds its archives in Git LFS: a plain download of it has pointers of 134 bytes instead"],
    };

    protected override ImmutableArray<string> Folders => ["ShEMO-master"];

    protected override NamingScheme Scheme { get; } = new(
        "M36S02 (speaker, emotion, number)",
        "(?<speaker>[FM][0-9]{2})(?<emotion>[AFHNSW])[0-9]{2,3}",
        new Dictionary<string, string> { ["A"] = "angry", ["F"] = "fear", ["H"] = "happy", ["N"] = "neutral", ["S"] = "sad", ["W"] = "surprise" });
}
