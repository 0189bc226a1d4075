using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Surrey Audio-Visual Expressed Emotion: 4 men, 15 sentences per emotion, 30 neutral.</summary>
public sealed class Savee : FolderCorpus
{
    public override string Name => "savee";

    public override CorpusCard Card { get; } = new()
    {
        Title = "SAVEE (Jackson and Haq, 2014)",
        Language = "English", Source = "acted",
        Licence = "free for research, after registration", Request = "http://kahlan.eps.surrey.ac.uk/savee/Download.html",
        Layout = "AudioData/DC/a01.wav, or DC_a01.wav",
        Published = [("angry", 60), ("disgust", 60), ("fear", 60), ("happy", 60), ("neutral", 120), ("sad", 60), ("surprise", 60)],
        Speakers = 4,
        Paper = new(480, 4, 7, 0.5),
        EmoBox = new("savee", 480, 4),
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
        Notes = ["sentences are numbered within an emotion; the three that all emotions share count as different texts"],
    };

    protected override ImmutableArray<string> Folders => ["AudioData"];

    protected override NamingScheme Scheme { get; } = new(
        "DC/a01 or DC_a01 (speaker, emotion, sentence)",
        "(?<speaker>DC|JE|JK|KL)[_/](?<text>(?<emotion>sa|su|[adfhn])[0-9]{2})",
        new Dictionary<string, string>
        {
            ["a"] = "angry", ["d"] = "disgust", ["f"] = "fear", ["h"] = "happy", ["n"] = "neutral", ["sa"] = "sad", ["su"] = "surprise",
        });

    protected override string IdOf(Match name) => $"{name.Groups["speaker"]}-{name.Groups["text"]}";
}
