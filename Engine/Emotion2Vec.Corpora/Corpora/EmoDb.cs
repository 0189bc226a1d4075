using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>Berlin Database of Emotional Speech (Burkhardt et al., 2005): 10 actors, 10 German sentences, 7 emotions.</summary>
public sealed partial class EmoDb : FolderCorpus
{
    // The letter is the initial of the German word: Wut, Langeweile, Ekel, Angst, Freude, neutral, Trauer.
    private static readonly Dictionary<string, string> Emotions = new()
    {
        ["W"] = "angry", ["L"] = "boredom", ["E"] = "disgust", ["A"] = "fear", ["F"] = "happy", ["N"] = "neutral", ["T"] = "sad",
    };

    public override string Name => "emodb";

    public override string Title => "EmoDB, German, acted (free for research)";

    public override ImmutableArray<(string Label, int Utterances)> Published { get; } =
        [("angry", 127), ("boredom", 81), ("disgust", 46), ("fear", 69), ("happy", 71), ("neutral", 79), ("sad", 62)];

    public override int Speakers => 10;

    protected override string Scheme => "03a01Fa (speaker, text, emotion, take)";

    public override bool TryParse(string file, out Utterance? utterance)
    {
        var match = FileName().Match(file);
        utterance = match.Success
            ? new Utterance(match.Groups["id"].Value, "", Emotions[match.Groups["emotion"].Value], match.Groups["speaker"].Value, match.Groups["text"].Value)
            : null;
        return match.Success;
    }

    [GeneratedRegex(@"(?:^|/)(?<id>(?<speaker>[0-9]{2})(?<text>[ab][0-9]{2})(?<emotion>[WLEAFNT])[a-z])\z")]
    private static partial Regex FileName();
}
