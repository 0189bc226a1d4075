using System.Text.RegularExpressions;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>MEAD: talking faces in three intensities; only its audio. The paper pre-trains on it.</summary>
public sealed class Mead : FolderCorpus
{
    public override string Name => "mead";

    public override CorpusCard Card { get; } = new()
    {
        Title = "MEAD (Wang et al., 2020)",
        Language = "English", Source = "acted",
        Licence = "its own: research, not commercial, not to be passed on", Request = "https://wywu.github.io/projects/MEAD/MEAD.html",
        Layout = "M003/audio/angry/level_1/001.m4a",
        Published = [("angry", null), ("contempt", null), ("disgust", null), ("fear", null), ("happy", null), ("neutral", null), ("sad", null), ("surprise", null)],
        Paper = new(31792, 60, 8, 37.3),
        InEmo262 = true,
        Protocols = ["leave-one-speaker-out"],
        Notes = ["for pre-training; its publishers give no number of utterances, and not all of the 60 actors were released: EmoBox lists 31729 utterances of 48"],
    };

    protected override NamingScheme Scheme { get; } = new(
        "M003/audio/angry/level_1/001 (speaker, emotion, intensity, number)",
        "(?<speaker>[MW][0-9]{3})/audio/(?<emotion>[a-z]+)/(?<level>level_[123])/(?<number>[0-9]{3})",
        new Dictionary<string, string>
        {
            ["angry"] = "angry", ["contempt"] = "contempt", ["disgusted"] = "disgust", ["fear"] = "fear",
            ["happy"] = "happy", ["neutral"] = "neutral", ["sad"] = "sad", ["surprised"] = "surprise",
        },
        PassedOver: "[MW][0-9]{3}/video/.*");

    protected override string IdOf(Match name) =>
        string.Join('_', name.Groups["speaker"], name.Groups["emotion"], name.Groups["level"].Value[^1], name.Groups["number"]);
}
