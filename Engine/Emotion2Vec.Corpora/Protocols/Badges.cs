namespace Emotion2Vec.Corpora.Protocols;

/// <summary>What has to stand beside a number.</summary>
public static class Badges
{
    /// <summary>In some fold a speaker is in test and was heard in training or validation.</summary>
    public const string SpeakerDependent = "speaker-dependent";

    /// <summary>In no fold is there such a speaker, and the speaker of every utterance is known.</summary>
    public const string SpeakerIndependent = "speaker-independent";

    /// <summary>No speaker is known to be on both sides, but not all speakers are known.</summary>
    public const string SpeakersUnknown = "speakers unknown";

    /// <summary>In some fold a text is in test and was heard in training or validation.</summary>
    public const string TextDependent = "text-dependent";

    /// <summary>Validation is the test part.</summary>
    public const string Optimistic = "optimistic";

    /// <summary>In some fold a recording is in test and was heard in training or validation under another name.</summary>
    public const string IdenticalAudio = "identical audio";

    /// <summary>The upstream was pre-trained on this corpus.</summary>
    public const string SeenInPretraining = "seen in pre-training";
}
