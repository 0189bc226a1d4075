namespace Emotion2Vec.Corpora.Corpora.Known;

/// <summary>Russian Emotional Speech Dialogs: 50 acted dialogues with a published split.</summary>
public sealed class Resd : FolderCorpus
{
    public override string Name => "resd";

    public override CorpusCard Card { get; } = new()
    {
        Title = "RESD (Amentes, Lubenets and Davidchuk, 2022)",
        Language = "Russian", Source = "acted dialogues",
        Licence = "MIT", Request = "https://huggingface.co/datasets/Aniemore/resd",
        Layout = "train/happiness_enthusiasm_32/32_happiness_enthusiasm_h_120.wav, test/04_fear_enthusiasm/04_fear_enthusiasm f_140.wav",
        Published = [("angry", 219), ("disgust", 185), ("enthusiastic", 198), ("fear", 223), ("happy", 218), ("neutral", 191), ("sad", 162)],
        Speakers = 0,
        Paper = new(1396, 200, 7, 2.3),
        EmoBox = new("resd", 1396, 1),
        Protocols = ["fixed", "emobox"],
        Notes =
        [
            "published as Parquet tables: the audio of a row is expected at the path in the row, below train and test",
            "1116 utterances for training, 280 for test; the paper also calls it RESL and RESO",
            "nothing tells speakers apart; all 50 dialogues have utterances in training and in test",
        ],
    };

    protected override NamingScheme Scheme { get; } = new(
        "train/anger_fear_34/34_anger_fear_a_120 (part; dialogue, its two emotions, emotion of the utterance, number)",
        "(?:(?<split>train|test)/(?:[^/]+/)?)?(?<id>(?<dialogue>[0-9]{2})_[a-z]+_[a-z]+[_ ](?<emotion>[adefhns])_[0-9]+)",
        new Dictionary<string, string>
        {
            ["a"] = "angry", ["d"] = "disgust", ["e"] = "enthusiastic", ["f"] = "fear", ["h"] = "happy", ["n"] = "neutral", ["s"] = "sad",
        });
}
