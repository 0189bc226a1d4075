using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>
/// Waveforms of all utterances of a training, at 16 kHz and normalised to mean 0 and variance 1, each over its whole length.
/// They are decoded when they are first asked for and kept while memory for them lasts; the longest unused goes first.
/// </summary>
internal sealed class SpeechClips
{
    private readonly Utterance[] utterances;
    private readonly LinkedListNode<(int Index, float[] Samples)>?[] kept;
    private readonly LinkedList<(int Index, float[] Samples)> byUse = new();
    private readonly long capacity;
    private long held;

    /// <param name="utterances">Of all corpora; their order numbers them.</param>
    /// <param name="capacity">Bytes of waveforms to keep.</param>
    public SpeechClips(IEnumerable<Utterance> utterances, long capacity)
    {
        this.utterances = [.. utterances];
        this.capacity = capacity;
        kept = new LinkedListNode<(int, float[])>?[this.utterances.Length];
    }

    public int Count => utterances.Length;

    /// <summary>Samples at 16 kHz as far as the manifest tells; resampling may add or drop one.</summary>
    public int Length(int index) => (int)Math.Min(int.MaxValue, utterances[index].Seconds * AudioFile.Rate);

    /// <summary>The waveform; not to be changed.</summary>
    /// <exception cref="InputException">The file is gone, or its audio is not what the manifest describes.</exception>
    public float[] Read(int index)
    {
        if (kept[index] is { } node)
        {
            byUse.Remove(node);
            byUse.AddLast(node);
            return node.Value.Samples;
        }
        var utterance = utterances[index];
        var clip = AudioFile.ReadNative(utterance.Path, utterance.Start, utterance.End);
        if (utterance.Audio.Length > 0 && clip.Hash() != utterance.Audio)
            throw new InputException($"{utterance.Path}: the audio of '{utterance.Id}' is not what the manifest describes; scan the corpus again");
        var samples = Normalised(clip.ToMono());
        var bytes = samples.Length * sizeof(float);
        if (bytes > capacity) return samples;
        while (held + bytes > capacity && byUse.First is { } oldest)
        {
            byUse.RemoveFirst();
            kept[oldest.Value.Index] = null;
            held -= oldest.Value.Samples.Length * sizeof(float);
        }
        held += bytes;
        kept[index] = byUse.AddLast((index, samples));
        return samples;
    }

    /// <summary>(x − mean) / √(variance + 1e-5), the biased variance: what the public code's layer norm over the signal does.</summary>
    internal static float[] Normalised(ReadOnlySpan<float> samples)
    {
        double sum = 0, squares = 0;
        foreach (var x in samples) sum += x;
        var mean = sum / samples.Length;
        foreach (var x in samples) squares += (x - mean) * (x - mean);
        var scale = 1 / Math.Sqrt(squares / samples.Length + 1e-5);
        var normalised = new float[samples.Length];
        for (var i = 0; i < samples.Length; i++) normalised[i] = (float)((samples[i] - mean) * scale);
        return normalised;
    }
}
