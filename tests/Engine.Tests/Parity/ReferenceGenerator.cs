using System.Text;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>
/// The numbers from which the reference was run: a SplitMix64 stream per name, uniform with a given mean and deviation. Any
/// language with IEEE doubles makes the same ones bit for bit, so that fixtures of full size need no file of weights.
/// </summary>
internal static class ReferenceGenerator
{
    /// <summary>Element i comes of state FNV-1a(name) + (i + 1)·0x9E3779B97F4A7C15, its 24 highest bits scaled.</summary>
    internal static float[] Values(string name, long count, double deviation, double mean)
    {
        var seed = 0xCBF29CE484222325;
        foreach (var value in Encoding.UTF8.GetBytes(name)) seed = (seed ^ value) * 0x100000001B3;
        var values = new float[count];
        var width = 2 * Math.Sqrt(3) * deviation;
        for (var i = 0; i < values.Length; i++)
        {
            var z = seed + (ulong)(i + 1) * 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(mean + ((z >> 40) * (1.0 / (1 << 24)) - 0.5) * width);
        }
        return values;
    }

    internal static Tensor Tensor(string name, long[] shape, double deviation, double mean) =>
        tensor(Values(name, shape.Aggregate(1L, (a, b) => a * b), deviation, mean), shape);

    /// <summary>The initial value of a parameter, by rules on its name and shape, checked in this order.</summary>
    internal static Tensor Parameter(string name, long[] shape)
    {
        var (deviation, mean) = name switch
        {
            _ when name.Contains("alibi_scale", StringComparison.Ordinal) || name.EndsWith("grep_a", StringComparison.Ordinal) => (0.2, 1.0),
            _ when name.Contains("extra_tokens", StringComparison.Ordinal) => (1, 0),
            _ when name.EndsWith("mask_emb", StringComparison.Ordinal) => (0.5, 0),
            _ when name.EndsWith("weight_g", StringComparison.Ordinal) => (0.1, 1),
            _ when name.Contains("relative_attention_bias", StringComparison.Ordinal) => (1, 0),
            _ when shape.Length >= 2 => (1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b)), 0),
            _ when name.EndsWith("weight", StringComparison.Ordinal) => (0.1, 1),
            _ => (0.05, 0),
        };
        return Tensor(name, shape, deviation, mean);
    }
}
