using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Projections;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Features;

namespace Emotion2Vec.Silo.Results;

/// <summary>Utterances in two dimensions.</summary>
/// <param name="Utterances">Manifest positions.</param>
/// <param name="Positions">X and Y of each.</param>
public sealed record Embedding(ImmutableArray<int> Utterances, ImmutableArray<double> Positions);

/// <summary>
/// Projections of features: mean over the frames of each utterance, every dimension brought to mean 0 and deviation 1, then UMAP. Where an upstream brings the mean
/// of every utterance to 0, as MFCCs do, the mean of the positive parts stands for it: what a head's ReLU leaves. Of a fold, the hidden layer of its head on the test part,
/// which the worker kept. Computed once per file and kept in the home.
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
    public Task<Embedding> Of(string features) => Asked(features, () => Features(features));

    /// <summary>The projection of what the first linear layer of a fold's head makes of its test part: Figures 3 and 5 of the paper.</summary>
    /// <param name="job">Key of the fold job.</param>
    /// <param name="test">Manifest positions of the test part.</param>
    /// <exception cref="InputException">The hidden layer is not in the home any more, or damaged.</exception>
    public Task<Embedding> OfFold(string job, ImmutableArray<int> test) => Asked(job, () => Hidden(job, test));

    /// <summary>What became of one: null while it is computed.</summary>
    /// <param name="key">Of the job that it was asked of.</param>
    public async Task<Embedding?> Now(string key, Task<Embedding> task)
    {
        if (!task.IsCompleted) return null;
        if (!task.IsCompletedSuccessfully) asked.TryRemove(key, out _); // asked again, it may be there again
        return await task;
    }

    private Task<Embedding> Asked(string key, Func<Embedding> compute) => asked.GetOrAdd(key, _ => new(() => Task.Run(() => Load(key, compute)))).Value;

    private async Task<Embedding> Load(string key, Func<Embedding> compute)
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
            var made = compute();
            AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(CanonicalJson.Write(made))));
            return made;
        }
        finally
        {
            one.Release();
        }
    }

    private Embedding Features(string key)
    {
        var path = home.Features(key);
        if (!File.Exists(path)) throw new InputException("the features are not in the home any more; submitting their grid again makes them");
        try
        {
            using var file = new FeatureFile(path);
            var chosen = Sample([.. Enumerable.Range(0, file.Utterances)]);
            var dimension = file.Layers * file.Dimension;
            var (means, positive) = (new float[chosen.Length * dimension], new float[chosen.Length * dimension]);
            for (var i = 0; i < chosen.Length; i++) Pool(file[chosen[i]], means.AsSpan(i * dimension, dimension), positive.AsSpan(i * dimension, dimension));
            // Means that differ by rounding alone tell nothing of the utterances.
            var points = Spread(means, dimension) > 1e-4 * Math.Sqrt(positive.Average(p => (double)p * p)) ? means : positive;
            return Project(chosen, points, dimension);
        }
        catch (DamagedFeaturesException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    private Embedding Hidden(string job, ImmutableArray<int> test)
    {
        var path = home.Hidden(job);
        if (!File.Exists(path)) throw new InputException("the hidden layer of this fold is not in the home any more; './e2v probe … --hidden FILE.npy' computes it again");
        using var file = new ImportedFeatures(path);
        var chosen = Sample([.. test]);
        return Project(chosen, [.. chosen.SelectMany(u => file[u.ToString(CultureInfo.InvariantCulture)])], file.Dimension);
    }

    private static int[] Sample(int[] utterances)
    {
        if (utterances.Length <= LargestSample) return utterances;
        new SplitMix64(Seed).Shuffle<int>(utterances);
        return [.. utterances[..LargestSample].Order()];
    }

    private static Embedding Project(int[] utterances, float[] points, int dimension)
    {
        Standardise(points, utterances.Length, dimension);
        return new([.. utterances], [.. Umap.Project(points, utterances.Length, new UmapOptions(Seed: Seed)).Select(p => Math.Round(p, 4))]);
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
