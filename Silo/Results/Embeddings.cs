using System.Collections.Concurrent;
using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Projections;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Engine.Features;

namespace Emotion2Vec.Silo.Results;

/// <summary>Utterances in two dimensions.</summary>
/// <param name="Utterances">Manifest positions.</param>
/// <param name="Positions">X and Y of each.</param>
public sealed record Embedding(ImmutableArray<int> Utterances, ImmutableArray<double> Positions);

/// <summary>
/// Projections of features: mean over the frames of each utterance, every dimension brought to mean 0 and deviation 1, then UMAP. Where an upstream brings the mean
/// of every utterance to 0, as MFCCs do, the mean of the positive parts stands for it: what a head's ReLU leaves. Computed once per features file and kept in the home.
/// </summary>
internal sealed class Embeddings(HomeFolder home)
{
    /// <summary>Raised whenever the same features give other positions.</summary>
    private const int Version = 1;

    /// <summary>Of a larger corpus as many are drawn: exact neighbours of more would take minutes.</summary>
    private const int LargestSample = 4000;

    private const ulong Seed = 1;
    private readonly ConcurrentDictionary<string, Lazy<Task<Embedding>>> asked = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim one = new(1);

    /// <summary>The projection of an extraction's features; kept, or computed now.</summary>
    /// <param name="features">Key of the extract job.</param>
    /// <exception cref="InputException">Its file is not in the home any more, or damaged.</exception>
    public Task<Embedding> Of(string features) => asked.GetOrAdd(features, key => new(() => Task.Run(() => Load(key)))).Value;

    /// <summary>What became of it: null while it is computed.</summary>
    public async Task<Embedding?> Now(string features)
    {
        var task = Of(features);
        if (!task.IsCompleted) return null;
        if (!task.IsCompletedSuccessfully) asked.TryRemove(features, out _); // asked again, it may be there again
        return await task;
    }

    private async Task<Embedding> Load(string key)
    {
        var path = home.Embedding(CanonicalJson.Hash($"{Version} {Seed} {key}"));
        try
        {
            if (File.Exists(path)) return CanonicalJson.Read<Embedding>(await File.ReadAllTextAsync(path));
        }
        catch (System.Text.Json.JsonException)
        {
            // Damaged: it can be made again, the same.
        }
        await one.WaitAsync();
        try
        {
            var made = Compute(key);
            AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(CanonicalJson.Write(made))));
            return made;
        }
        finally
        {
            one.Release();
        }
    }

    private Embedding Compute(string key)
    {
        var path = home.Features(key);
        if (!File.Exists(path)) throw new InputException("the features are not in the home any more; submitting their grid again makes them");
        try
        {
            using var file = new FeatureFile(path);
            int[] chosen = [.. Enumerable.Range(0, file.Utterances)];
            if (chosen.Length > LargestSample)
            {
                new SplitMix64(Seed).Shuffle<int>(chosen);
                chosen = [.. chosen[..LargestSample].Order()];
            }
            var dimension = file.Layers * file.Dimension;
            var (means, positive) = (new float[chosen.Length * dimension], new float[chosen.Length * dimension]);
            for (var i = 0; i < chosen.Length; i++) Pool(file[chosen[i]], means.AsSpan(i * dimension, dimension), positive.AsSpan(i * dimension, dimension));
            // Means that differ by rounding alone tell nothing of the utterances.
            var points = Spread(means, dimension) > 1e-4 * Math.Sqrt(positive.Average(p => (double)p * p)) ? means : positive;
            Standardise(points, chosen.Length, dimension);
            return new([.. chosen], [.. Umap.Project(points, chosen.Length, new UmapOptions(Seed: Seed)).Select(p => Math.Round(p, 4))]);
        }
        catch (DamagedFeaturesException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    private static void Pool(ReadOnlySpan<float> frames, Span<float> mean, Span<float> positive)
    {
        var count = Math.Max(1, frames.Length / mean.Length);
        for (var d = 0; d < mean.Length; d++)
        {
            var (sum, above) = (0.0, 0.0);
            for (var at = d; at < frames.Length; at += mean.Length)
            {
                sum += frames[at];
                above += Math.Max(0, frames[at]);
            }
            mean[d] = (float)(sum / count);
            positive[d] = (float)(above / count);
        }
    }

    /// <summary>Root of the mean variance over points.</summary>
    private static double Spread(float[] points, int dimension)
    {
        var variance = 0.0;
        for (var d = 0; d < dimension; d++)
        {
            var (sum, squares, count) = (0.0, 0.0, 0);
            for (var at = d; at < points.Length; at += dimension, count++)
            {
                sum += points[at];
                squares += (double)points[at] * points[at];
            }
            variance += Math.Max(0, (squares / count) - Math.Pow(sum / count, 2));
        }
        return Math.Sqrt(variance / dimension);
    }

    private static void Standardise(float[] points, int count, int dimension)
    {
        for (var d = 0; d < dimension; d++)
        {
            var (sum, squares) = (0.0, 0.0);
            for (var i = 0; i < count; i++) sum += points[(i * dimension) + d];
            var mean = sum / count;
            for (var i = 0; i < count; i++) squares += Math.Pow(points[(i * dimension) + d] - mean, 2);
            var deviation = Math.Sqrt(squares / count);
            for (var i = 0; i < count; i++) points[(i * dimension) + d] = deviation > 1e-8 ? (float)((points[(i * dimension) + d] - mean) / deviation) : 0;
        }
    }
}
