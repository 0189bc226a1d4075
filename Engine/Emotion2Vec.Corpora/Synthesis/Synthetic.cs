using System.Collections.Immutable;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Synthesis;

/// <summary>The corpus that <see cref="SynthCorpus"/> makes, in the folder <c>synthetic</c> of the data root.</summary>
public sealed class Synthetic : ICorpus
{
    public string Name => "synthetic";

    public string Title => "Synthetic speech by espeak-ng, English, for trying the platform out (not human)";

    public ImmutableArray<(string Label, int Utterances)> Published { get; } = [.. SynthCorpus.Labels.Select(label => (label, SynthCorpus.PerEmotion))];

    public int Speakers => SynthCorpus.Speakers;

    public string? Find(string dataRoot)
    {
        var folder = Path.Combine(Path.GetFullPath(dataRoot), Name);
        return File.Exists(Path.Combine(folder, "manifest.csv")) ? folder : null;
    }

    public Manifest Scan(string dataRoot, AudioIndex index, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var folder = Find(dataRoot) ?? throw new InputException($"{Name}: no complete corpus in {Path.Combine(dataRoot, Name)}: make it with 'e2v data synth'");
        return GeneralManifest.Scan(Name, Path.Combine(folder, "manifest.csv"), synthetic: true, index, progress, cancellation);
    }
}
