using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// What the checkpoints of one kind of network have in common: their names and shapes, by what they are known, what only pre-training uses. One class
/// per family, in the file of its network and made without arguments: <see cref="All"/> finds it by its type, so that no list names it.
/// </summary>
/// <param name="name">As in <see cref="UpstreamNetwork.Family"/>.</param>
/// <param name="title">For messages: <c>wav2vec 2.0</c>.</param>
public abstract class ModelFamily(string name, string title)
{
    /// <summary>All families, by title.</summary>
    public static ImmutableArray<ModelFamily> All { get; } = [.. OwnClasses.Of<ModelFamily>().OrderBy(f => f.Title, StringComparer.OrdinalIgnoreCase)];

    /// <summary>Families with one of their sets of marks, larger sets first.</summary>
    private static ImmutableArray<(ModelFamily Family, ImmutableArray<string> Marks)> BySize { get; } =
        [.. All.SelectMany(family => family.Marks.Select(marks => (family, marks))).OrderByDescending(f => f.marks.Length)];

    public string Name { get; } = name;

    public string Title { get; } = title;

    /// <summary>
    /// Beginnings of names, in one or several sets: a checkpoint that has all of a set is of this family, unless it has a larger set of another one. A network
    /// that is another one and something more lists the other's marks and those of what it has more. Equally large sets are those of no checkpoint at once.
    /// </summary>
    public abstract ImmutableArray<ImmutableArray<string>> Marks { get; }

    /// <summary>Beginnings of the names that features do without: decoders, prediction heads, quantizers of targets, what stands for masked frames.</summary>
    public virtual ImmutableArray<string> OnlyForPretraining => [];

    /// <summary>Of these, the ones that no other family of the same network has: a checkpoint with them is of this family alone.</summary>
    public virtual ImmutableArray<string> Distinctive => [];

    /// <summary>The family that its checkpoints look like when what only pre-training uses is missing; null = they are known without it.</summary>
    public virtual string? LooksLike => null;

    /// <summary>Whether names may be the same but for what only pre-training uses.</summary>
    public bool IsAlike(ModelFamily other) => this != other && (LooksLike == other.Name || other.LooksLike == Name);

    /// <summary>Stored but not learned: parameter counts leave it out.</summary>
    public virtual ImmutableArray<string> Buffers => [];

    /// <summary>What wraps the model in checkpoints of task models: beginnings that its names do not have themselves, and that tell whose they are.</summary>
    public virtual ImmutableArray<string> Wrappers => [];

    /// <summary>Whether files of a published model have a tensor that its own checkpoint lacks; the network then uses it.</summary>
    public virtual bool MayHave(string name) => false;

    /// <summary>A tensor as checkpoints of today have it, where older ones spell or shape it otherwise; others as they are.</summary>
    /// <param name="tensor">Under fairseq's name, of any family.</param>
    public virtual CheckpointTensor Modern(CheckpointTensor tensor) => tensor;

    /// <summary>Its names at Hugging Face; null where it is not there.</summary>
    public virtual HuggingFaceNames? HuggingFace => null;

    /// <summary>Names (fairseq's; OpenAI's for Whisper) and shapes of a model.</summary>
    /// <param name="model">Of the catalogue; <see cref="Upstream.Network"/> says what width and layers do not.</param>
    public abstract IEnumerable<TensorSpec> Tensors(Upstream model, UpstreamNetwork network);

    /// <exception cref="InvalidOperationException">There is none of this name.</exception>
    public static ModelFamily Find(string name) => All.FirstOrDefault(f => f.Name == name) ?? throw new InvalidOperationException($"no family '{name}'");

    /// <summary>The family of which a checkpoint has most marks; null where it has those of none, or as many of two.</summary>
    /// <param name="names">Of its tensors, fairseq's.</param>
    public static ModelFamily? Of(IReadOnlyCollection<string> names)
    {
        var found = BySize.Where(f => f.Marks.All(mark => names.Any(n => n.StartsWith(mark, StringComparison.Ordinal)))).ToArray();
        return found.TakeWhile(f => f.Marks.Length == found[0].Marks.Length).Select(f => f.Family).Distinct().ToArray() is [var only] ? only : null;
    }
}
