using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Synthesis;

/// <summary>The corpus that <see cref="SynthCorpus"/> makes, in the folder <c>synthetic</c> of the data root.</summary>
public sealed class Synthetic : ICorpus
{
    public string Name => "synthetic";

    public CorpusCard Card { get; } = new()
    {
        Title = "Synthetic speech by espeak-ng, for trying the platform out (not human)",
        Language = "English", Source = "espeak-ng",
        Licence = "none needed", Request = "e2v data synth",
        Layout = "synthetic/manifest.csv",
        Published = [.. SynthCorpus.Labels.Select(label => (label, (int?)SynthCorpus.PerEmotion))],
        Speakers = SynthCorpus.Speakers,
        Hours = 0.28,
        Protocols = ["random10", "leave-one-speaker-out"],
    };

    public string? Find(string dataRoot)
    {
        var folder = Path.Combine(Path.GetFullPath(dataRoot), Name);
        return File.Exists(Path.Combine(folder, "manifest.csv")) ? folder : null;
    }

    public CorpusSurvey Survey(string dataRoot) => Find(dataRoot) is { } folder
        ? new CorpusSurvey(folder, CorpusState.Complete, SynthCorpus.Count, SynthCorpus.Count, [])
        : new CorpusSurvey(null, CorpusState.Absent, 0, SynthCorpus.Count, []);

    public Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var folder = Find(dataRoot) ?? throw new InputException($"{Name}: no complete corpus in {Path.Combine(dataRoot, Name)}: make it with 'e2v data synth'");
        return GeneralManifest.Scan(Name, Path.Combine(folder, "manifest.csv"), synthetic: true, index, progress, cancellation);
    }
}
