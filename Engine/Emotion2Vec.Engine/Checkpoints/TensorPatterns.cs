namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>Names and shapes of the parts that networks are made of.</summary>
internal static class TensorPatterns
{
    /// <summary>Channels of an attention head, in all published models.</summary>
    internal const int HeadWidth = 64;

    internal static TensorSpec Spec(string name, params long[] shape) => new(name, [.. shape]);

    /// <summary>A norm: a scale and a shift.</summary>
    internal static IEnumerable<TensorSpec> Norm(string at, long size) => [Spec(at + ".weight", size), Spec(at + ".bias", size)];

    internal static IEnumerable<TensorSpec> Linear(string at, long to, long from) => [Spec(at + ".weight", to, from), Spec(at + ".bias", to)];

    internal static IEnumerable<TensorSpec> Convolution(string at, long to, long from, long kernel) => [Spec(at + ".weight", to, from, kernel), Spec(at + ".bias", to)];

    /// <summary>A part that stands several times, as <c>blocks.0.</c>, <c>blocks.1.</c>, …</summary>
    /// <param name="part">Of the prefix, with its index and a dot.</param>
    internal static IEnumerable<TensorSpec> Repeat(string at, int times, Func<string, IEnumerable<TensorSpec>> part) => Enumerable.Range(0, times).SelectMany(i => part($"{at}.{i}."));
}
