using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// URDU (Latif et al., 2018): utterances from Urdu talk shows, 4 emotions. Its description says 38 speakers; the file
/// names tell 29 apart.
/// </summary>
public sealed partial class Urdu : FolderCorpus
{
    private static readonly Dictionary<string, string> Emotions = new() { ["A"] = "angry", ["H"] = "happy", ["N"] = "neutral", ["S"] = "sad" };

    public override string Name => "urdu";

    public override string Title => "URDU, Urdu, talk shows (research only)";

    public override ImmutableArray<(string Label, int Utterances)> Published { get; } = [("angry", 100), ("happy", 100), ("neutral", 100), ("sad", 100)];

    public override int Speakers => 29;

    protected override ImmutableArray<string> Folders => ["URDU-Dataset", "URDU-Dataset-master"];

    protected override string Scheme => "Angry/SM1_F10_A010 (speaker, file of the speaker, emotion and number)";

    public override bool TryParse(string file, out Utterance? utterance)
    {
        var match = FileName().Match(file);
        utterance = null;
        if (!match.Success) return false;
        var label = Emotions[match.Groups["emotion"].Value];
        var folder = match.Groups["folder"].Value.ToLowerInvariant();
        if (folder != label && Emotions.ContainsValue(folder)) return false;
        utterance = new Utterance(match.Groups["id"].Value, "", label, match.Groups["speaker"].Value);
        return true;
    }

    [GeneratedRegex(@"(?:^|(?:^|/)(?<folder>[^/]+)/)(?<id>(?<speaker>S[MF][0-9]+)_F[0-9]+_(?<emotion>[AHNS])[0-9]+)\z")]
    private static partial Regex FileName();
}
