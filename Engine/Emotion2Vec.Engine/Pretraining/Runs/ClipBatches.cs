using System.Collections.Immutable;
using Emotion2Vec.Corpora.Pretraining;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>
/// Which utterances stand together, as in the reference: sorted by length (cropped to the longest allowed), longest first,
/// equal ones shuffled; then as many together as fit into the samples of a micro-batch, each counted as long as the longest;
/// then the batches shuffled. Every epoch anew, from the seed and the epoch's number, so that a run needs to remember only
/// how many it has seen.
/// </summary>
internal sealed class ClipBatches
{
    private readonly PretrainBatches limits;
    private readonly int seed;
    private readonly (int Index, int Samples)[] clips;
    private (long Epoch, ImmutableArray<int>[] Batches)? current;

    /// <param name="lengths">Samples of every utterance.</param>
    public ClipBatches(IReadOnlyList<int> lengths, PretrainBatches limits, int seed)
    {
        (this.limits, this.seed) = (limits, seed);
        clips = [.. lengths.Select((n, i) => (i, Math.Min(n, limits.LongestClip))).Where(c => lengths[c.i] >= limits.ShortestClip)];
        PerEpoch = Epoch(0).Length;
    }

    /// <summary>Utterances that are long enough.</summary>
    public int Utterances => clips.Length;

    /// <summary>Batches of an epoch; every epoch has the same number, since only equally long utterances change places.</summary>
    public int PerEpoch { get; }

    /// <summary>The utterances of one micro-batch of the endless sequence.</summary>
    /// <param name="number">From 0.</param>
    public ImmutableArray<int> this[long number]
    {
        get
        {
            var (epoch, position) = Math.DivRem(number, PerEpoch);
            if (current?.Epoch != epoch) current = (epoch, Epoch(epoch));
            return current.Value.Batches[position];
        }
    }

    private ImmutableArray<int>[] Epoch(long epoch)
    {
        var random = RandomStreams.Of("pretrain/order", seed, epoch);
        var order = clips.ToArray();
        random.Shuffle<(int, int)>(order);
        order = [.. order.OrderByDescending(c => c.Samples)]; // stable: equal ones stay shuffled
        var batches = new List<ImmutableArray<int>>();
        for (var first = 0; first < order.Length;)
        {
            // The first is the longest.
            var most = Math.Max(1, limits.Samples / order[first].Samples);
            if (limits.Utterances > 0) most = Math.Min(most, limits.Utterances);
            var count = Math.Min(most, order.Length - first);
            batches.Add([.. order.AsSpan(first, count).ToArray().Select(c => c.Index)]);
            first += count;
        }
        var shuffled = batches.ToArray();
        random.Shuffle<ImmutableArray<int>>(shuffled);
        return shuffled;
    }
}
