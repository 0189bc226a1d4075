using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>A published model: the tensors its checkpoint holds.</summary>
/// <param name="Name">Such as <c>emotion2vec_base</c>.</param>
/// <param name="Family">Such as <c>emotion2vec</c>; sizes of one family share their names' pattern.</param>
/// <param name="Tensors">Names (fairseq's) and shapes.</param>
public sealed record Architecture(string Name, string Family, ImmutableArray<TensorSpec> Tensors)
{
    /// <summary>All parameters, with those that only pre-training uses.</summary>
    public long Parameters { get; } = Tensors.Where(t => !Architectures.IsBuffer(t.Name)).Sum(t => t.Count);
}

/// <summary>
/// The catalogue's models as checkpoints, by the pattern of their family. The counts agree with running the reference code:
/// emotion2vec base 93,790,988, data2vec 2.0 base 93,783,308 (both with decoder), data2vec 1.0 93,754,880.
/// </summary>
public static class Architectures
{
    private static readonly ImmutableArray<string> Distinctive = [.. ModelFamily.All.SelectMany(f => f.Distinctive)], Buffers = [.. ModelFamily.All.SelectMany(f => f.Buffers)];

    /// <summary>What features do without, by the beginning of its name.</summary>
    internal static ImmutableArray<string> PretrainingPrefixes { get; } = [.. ModelFamily.All.SelectMany(f => f.OnlyForPretraining).Distinct()];

    /// <summary>All models of the catalogue whose network is their own, in its order.</summary>
    public static ImmutableArray<Architecture> All { get; } =
        [.. UpstreamCatalogue.All.Where(u => u.Network is not null).Select(u => new Architecture(u.Name, u.Network!.Family, [.. ModelFamily.Find(u.Network.Family).Tensors(u, u.Network)]))];

    /// <summary>True for tensors that only pre-training uses: feature extraction does without.</summary>
    public static bool OnlyForPretraining(string name) => Begins(name, PretrainingPrefixes);

    /// <summary>True for what is stored but not learned. Parameter counts leave it out.</summary>
    public static bool IsBuffer(string name) => Buffers.Contains(name);

    /// <exception cref="InputException">There is none of this name.</exception>
    public static Architecture Find(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new InputException($"unknown architecture '{name}'{Nearest.Hint(name, All.Select(a => a.Name))}; there are {string.Join(", ", All.Select(a => a.Name))}");

    /// <summary>
    /// What a checkpoint is, by its names: the published model if its names and shapes are those (those that only pre-training
    /// uses may be missing), else its family; <c>unknown</c> where no family has such names.
    /// </summary>
    /// <param name="file">For messages.</param>
    /// <param name="tensors">Under any of the known names.</param>
    /// <exception cref="InputException">Two names mean the same tensor.</exception>
    public static (string Family, Architecture? Published) Detect(string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var shapes = Shapes(file, tensors);
        if (ModelFamily.Of(shapes.Keys) is not { } family) return ("unknown", null);
        // Where names do not tell two families apart, what is around them may, then the sizes.
        var undecided = !shapes.Keys.Any(IsDistinctive);
        var wrapped = undecided ? StateDictNames.WrappedAs(tensors) : null;
        if (wrapped?.LooksLike == family.Name) family = wrapped!;
        var published = All.FirstOrDefault(a => a.Family == family.Name && HasAll(a, shapes));
        if (published is null && undecided && wrapped is null) published = All.FirstOrDefault(a => ModelFamily.Find(a.Family).LooksLike == family.Name && HasAll(a, shapes));
        return (published?.Family ?? family.Name, published);
    }

    /// <summary>Whether a checkpoint can be that model: it has all of its tensors but perhaps those that only pre-training uses, and neither of those nor around its names anything that tells of another.</summary>
    /// <inheritdoc cref="Detect"/>
    public static bool Fits(Architecture architecture, string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var shapes = Shapes(file, tensors);
        var own = architecture.Tensors.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return HasAll(architecture, shapes) && shapes.Keys.All(n => own.Contains(n) || !IsDistinctive(n))
            && StateDictNames.WrappedAs(tensors)?.IsAlike(ModelFamily.Find(architecture.Family)) != true;
    }

    private static Dictionary<string, ImmutableArray<long>> Shapes(string file, IReadOnlyCollection<CheckpointTensor> tensors) =>
        StateDictNames.ToFairseq(file, tensors).ToDictionary(t => t.Name, t => t.Shape, StringComparer.Ordinal);

    private static bool HasAll(Architecture architecture, Dictionary<string, ImmutableArray<long>> shapes) => architecture.Tensors.All(t =>
        shapes.TryGetValue(t.Name, out var shape) ? shape.SequenceEqual(t.Shape) : OnlyForPretraining(t.Name));

    private static bool IsDistinctive(string name) => Begins(name, Distinctive);

    private static bool Begins(string name, ImmutableArray<string> prefixes) => prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal));
}
