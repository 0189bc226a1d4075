using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>
/// IEMOCAP: 5 sessions of a woman and a man each, scripted and improvised dialogues. Four classes, excitement counted as
/// happiness, as the paper does (appendix B); turns with another label are left out.
/// </summary>
public sealed partial class Iemocap : AnnotatedCorpus
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["ang"] = "angry", ["exc"] = "happy", ["hap"] = "happy", ["neu"] = "neutral", ["sad"] = "sad",
    };

    public override string Name => "iemocap";

    public override CorpusCard Card { get; } = new()
    {
        Title = "IEMOCAP (Busso et al., 2008)",
        Language = "English", Source = "acted dialogues",
        Licence = "its own: research, not commercial, not to be passed on; after a signed release form", Request = "https://sail.usc.edu/iemocap/iemocap_release.htm",
        Layout = "Session1/dialog/EmoEvaluation/Ses01F_impro01.txt, Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav",
        Published = [("angry", 1103), ("happy", 1636), ("neutral", 1708), ("sad", 1084)],
        Speakers = 10, Sessions = 5,
        Paper = new(5531, 10, 5, 7.0),
        InEmo262 = true,
        EmoBox = new("iemocap", 5531, 5),
        Protocols =
        [
            "leave-one-session-out", "leave-one-session-out-optimistic", "leave-one-speaker-out", "leave-one-speaker-out-optimistic",
            "leave-one-session-out-10", "emobox",
        ],
        Notes =
        [
            "happy is 595 happy and 1041 excited turns; the paper's five labels are those before the merge",
            "scripted scenes are played in every session: text counts the scene",
        ],
    };

    protected override ImmutableArray<string> Folders => ["IEMOCAP_full_release"];

    protected override ImmutableArray<string> Markers => ["Ses0??_*.txt"];

    protected override IEnumerable<Annotation> Annotations(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "Ses0*.txt", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(path => Path.GetFileName(Path.GetDirectoryName(path)) == "EmoEvaluation")
            .Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var turns = File.ReadLines(file).Select((line, i) => (Line: i + 1, Turn: TurnLine().Match(line), Bracketed: line.StartsWith('[')))
                .Where(l => l.Bracketed).ToArray();
            var broken = turns.FirstOrDefault(t => !t.Turn.Success);
            if (broken.Line > 0) throw new InputException($"{file}:{broken.Line}: not a turn such as [6.2901 - 8.2357]<tab>Ses01F_impro01_F000<tab>neu<tab>[2.5, 2.5, 2.5]");
            var dialogue = Path.GetFileNameWithoutExtension(file);
            var ordered = turns.OrderBy(t => double.Parse(t.Turn.Groups["start"].Value, CultureInfo.InvariantCulture)).ToArray();
            for (var i = 0; i < ordered.Length; i++)
            {
                var (line, turn, _) = ordered[i];
                var id = turn.Groups["id"].Value;
                if (!Labels.TryGetValue(turn.Groups["emotion"].Value, out var label)) continue;
                var (session, gender) = (id[3..5], id[id.LastIndexOf('_') + 1]);
                yield return new Annotation(
                    new Utterance(id, "", label, $"Ses{session}{gender}", Scene().Match(dialogue) is { Success: true } scene ? scene.Value : null,
                        session, Dialogue: dialogue, Turn: i), id, $"{file}:{line}");
            }
        }
    }

    [GeneratedRegex(@"^\[(?<start>[0-9.]+) - [0-9.]+\]\s+(?<id>Ses[0-9]{2}[FM]_\w+_[FM]\w*)\s+(?<emotion>[a-z]+)\s+\[", RegexOptions.CultureInvariant)]
    private static partial Regex TurnLine();

    [GeneratedRegex("script[0-9]{2}_[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Scene();
}
