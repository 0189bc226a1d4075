using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>CMU-MOSEI: opinion clips of some 3,200 videos, sentiment. The paper pre-trains on it too.</summary>
public sealed class CmuMosei : SentimentCorpus
{
    public override string Name => "cmu-mosei";

    public override CorpusCard Card { get; } = new()
    {
        Title = "CMU-MOSEI (Zadeh et al., 2018)",
        Language = "English", Source = "YouTube",
        Licence = "that of its tools (MIT; data as they are); the videos belong to their makers, and the publishers share none", Request = "https://github.com/CMU-MultiComp-Lab/CMU-MultimodalSDK",
        Layout = "label.csv, Raw/-3g5yACwYnA/0.mp4",
        Published = [("negative", null), ("positive", null)],
        Utterances = 22856,
        Speakers = 0,
        Paper = new(44977, 1000, 7, 91.9),
        InEmo262 = true,
        Protocols = ["fixed"],
        Notes =
        [
            "label.csv is that of https://github.com/thuiar/MMSA, which passes it on with the clips",
            "sentiment from -3 to 3; the task of the paper is its sign, neutral clips removed",
            "22856 clips have a sentiment and a part of the standard split (16326, 1871, 4659); the 44977 of the paper's table are what it pre-trains on",
        ],
    };

    protected override ImmutableArray<string> Folders => ["MOSEI"];
}
