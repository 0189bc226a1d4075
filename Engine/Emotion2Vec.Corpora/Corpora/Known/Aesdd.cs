using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Acted Emotional Speech Dynamic Database: 19 given sentences and an improvised one per actor and emotion.</summary>
public sealed class Aesdd : FolderCorpus
{
    public override string Name => "aesdd";

    public override CorpusCard Card { get; } = new()
    {
        Title = "AESDD (Vryzas et al., 2018)",
        Language = "Greek", Source = "acted",
        Licence = "none stated; freely downloadable", Request = "http://m3c.web.auth.gr/research/aesdd-speech-emotion-recognition/",
        Layout = "anger/a03 (3).wav",
        Published = [("angry", 121), ("disgust", 122), ("fear", 120), ("happy", 119), ("sad", 122)],
        Speakers = 6,
        Paper = new(604, 5, 5, 0.7),
        EmoBox = new("aesdd", 604, 1),
        Unusable = ["s05-3"],
        Protocols = ["random10", "leave-one-speaker-out", "emobox"],
        Notes =
        [
            "the first version had 5 actors and about 500 utterances; the 604 files have 6 speaker numbers, five of them written (01)",
            "a 605th, sadness/s05 (3), was published without samples and is left out, as in EmoBox",
        ],
    };

    protected override ImmutableArray<string> Folders => ["Acted Emotional Speech Dynamic Database"];

    // Sentence 20 is improvised: every actor says another one.
    protected override NamingScheme Scheme { get; } = new(
        "anger/a03 (3) (emotion and sentence, speaker)",
        @"(?<name>(?<emotion>[adfhs])(?:(?<text>0[1-9]|1[0-9])|20)) \((?<number>0*(?<speaker>[1-9][0-9]*))\)(?<take>[a-z]?)",
        new Dictionary<string, string> { ["a"] = "angry", ["d"] = "disgust", ["f"] = "fear", ["h"] = "happy", ["s"] = "sad" });

    protected override string IdOf(Match name) => $"{name.Groups["name"]}-{name.Groups["number"]}{name.Groups["take"]}";
}
