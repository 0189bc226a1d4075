using Xunit.Abstractions;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Every fixture folder that can be found, run by its kind: the known prefix of its case.</summary>
public sealed class FixtureParityTests(ITestOutputHelper output)
{
    private static readonly (string Prefix, Action<ParityFixture, Comparison> Check)[] Kinds =
    [
        ("d2v2", Data2Vec2Parity.Check),
        ("data2vec2", Data2Vec2Parity.Check),
        ("emotion2vec", Data2Vec2Parity.Check),
        ("data2vec1", Data2Vec1Parity.Check),
        ("wav2vec2", SpeechTransformerParity.Wav2Vec2),
        ("hubert", SpeechTransformerParity.Hubert),
        ("wavlm", SpeechTransformerParity.WavLm),
        ("wav2vec_", Wav2VecParity.Wav2Vec),
        ("vq_wav2vec_", Wav2VecParity.VqWav2Vec),
        ("whisper", WhisperParity.Check),
        ("alibi", UnitParity.Alibi),
        ("make_targets", UnitParity.Targets),
        ("masks", UnitParity.Masks),
        ("schedules", UnitParity.Schedules),
    ];

    /// <summary>Fixtures of other parts of the platform, which have tests of their own.</summary>
    private static readonly string[] Elsewhere = ["metrics", "downstream_trainer", "checkpoints", "kaldi", "statistics"];

    public static TheoryData<string> Folders()
    {
        var folders = new TheoryData<string>();
        foreach (var (folder, name) in FixtureFolders.All())
            if (!Elsewhere.Any(e => name.StartsWith(e, StringComparison.Ordinal))) folders.Add(folder);
        return folders;
    }

    [SkippableTheory]
    [MemberData(nameof(Folders))]
    public void Equals_the_reference(string folder)
    {
        var fixture = new ParityFixture(folder);
        var check = Kinds.FirstOrDefault(k => fixture.Case.StartsWith(k.Prefix, StringComparison.Ordinal)).Check;
        Skip.If(check is null, $"no model for fixture '{fixture.Case}' yet");
        using var scope = TorchSharp.torch.NewDisposeScope();
        var comparison = new Comparison();
        check!(fixture, comparison);
        comparison.Assert(output);
    }
}
