using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>
/// RAVDESS (Livingstone and Russo, 2018), its speech part: 24 actors say 2 English sentences in 8 emotions. Songs and
/// videos in the same folder are left out.
/// </summary>
public sealed partial class RavdessSpeech : FolderCorpus
{
    private static readonly string[] Emotions = ["neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprise"];

    public override string Name => "ravdess-speech";

    public override string Title => "RAVDESS speech, English, acted (CC BY-NC-SA 4.0)";

    public override ImmutableArray<(string Label, int Utterances)> Published { get; } =
        [("angry", 192), ("calm", 192), ("disgust", 192), ("fear", 192), ("happy", 192), ("neutral", 96), ("sad", 192), ("surprise", 192)];

    public override int Speakers => 24;

    protected override ImmutableArray<string> Folders => ["ravdess", "Audio_Speech_Actors_01-24"];

    protected override string Scheme => "Actor_01/03-01-05-02-01-02-01 (modality, channel, emotion, intensity, statement, repetition, actor)";

    public override bool TryParse(string file, out Utterance? utterance)
    {
        var match = FileName().Match(file);
        utterance = null;
        if (!match.Success) return false;
        string Field(string name) => match.Groups[name].Value;
        var audioOfSpeech = Field("modality") == "03" && Field("channel") == "01";
        if (audioOfSpeech) utterance = new Utterance(Field("id"), "", Emotions[Field("emotion")[1] - '1'], Field("actor"), Field("statement"));
        return true;
    }

    [GeneratedRegex(@"(?:^|/)(?<id>(?<modality>0[1-3])-(?<channel>0[12])-(?<emotion>0[1-8])-0[12]-(?<statement>0[12])-0[12]-(?<actor>0[1-9]|1[0-9]|2[0-4]))\z")]
    private static partial Regex FileName();
}
