using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>CMU-MOSI: opinion clips of 93 videos, sentiment.</summary>
public sealed class CmuMosi : SentimentCorpus
{
    public override string Name => "cmu-mosi";

    public override CorpusCard Card { get; } = new()
    {
        Title = "CMU-MOSI (Zadeh et al., 2016)",
        Language = "English", Source = "YouTube",
        Licence = "that of its tools (MIT; data as they are); the videos belong to their makers, and the publishers share none", Request = "https://github.com/CMU-MultiComp-Lab/CMU-MultimodalSDK",
        Layout = "label.csv, Raw/03bSnISJMiM/1.mp4 or Raw/Audio/WAV_16000/Segmented/03bSnISJMiM_1.wav",
        Published = [("negative", null), ("positive", null)],
        Utterances = 2199,
        Speakers = 0,
        Paper = new(2199, 89, 7, 2.6),
        Protocols = ["fixed"],
        Notes =
        [
            "label.csv is that of https://github.com/thuiar/MMSA, which passes it on with the clips",
            "sentiment from -3 to 3; the task of the paper is its sign, neutral clips removed",
            "93 videos of 89 speakers: nothing tells which videos share a speaker; the published split keeps videos apart",
        ],
    };

    protected override ImmutableArray<string> Folders => ["MOSI"];
}
