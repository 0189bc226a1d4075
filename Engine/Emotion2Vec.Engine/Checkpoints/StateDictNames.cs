using System.Collections.Immutable;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// The names of fairseq (for Whisper those of OpenAI), to which all others are led back: wrappers' prefixes go, Hugging
/// Face's names are translated, spellings that changed over time become one. The engine's models use these names.
/// </summary>
public static class StateDictNames
{
    /// <summary>What wraps a model in checkpoints: data-parallel training, FunASR, task heads of Hugging Face and fairseq.</summary>
    private static readonly ImmutableArray<string> Wrappers = ["module.", "model.", "w2v_encoder.", "w2v_model.", .. ModelFamily.All.SelectMany(f => f.Wrappers)];

    /// <summary>The family whose wrapper is around the names (<c>hubert.encoder.…</c>); null where there is none, or those of several.</summary>
    /// <param name="tensors">As they are in the file.</param>
    public static ModelFamily? WrappedAs(IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var present = tensors.Select(t => t.Name).ToArray();
        return ModelFamily.All.Where(f => f.Wrappers.Any(w => present.Any(n => n.StartsWith(w, StringComparison.Ordinal) || n.Contains("." + w, StringComparison.Ordinal)))).ToArray() is [var only] ? only : null;
    }

    /// <summary>The tensors under fairseq's names, in the same order.</summary>
    /// <param name="file">For messages.</param>
    /// <exception cref="InputException">Two names become one.</exception>
    public static ImmutableArray<CheckpointTensor> ToFairseq(string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var stripped = tensors.Select(t => Strip(t.Name)).ToArray();
        var present = stripped.ToHashSet(StringComparer.Ordinal);
        // Which family it is, fairseq's names tell: here the rows of all that it may be are in use.
        var theirs = ModelFamily.All.Select(f => f.HuggingFace).OfType<HuggingFaceNames>().Where(names => names.Marks.Any(m => present.Any(n => n.StartsWith(m, StringComparison.Ordinal))));
        var translate = NameRow.ToFairseq(theirs.SelectMany(names => names.Rows(present.Contains)).Distinct());
        var renamed = tensors.Zip(stripped, (tensor, name) => ModelFamily.All.Aggregate(tensor.Renamed(Modern(translate(name))), (t, family) => family.Modern(t))).ToImmutableArray();
        var twins = tensors.Zip(renamed, (from, to) => (from.Name, To: to.Name)).GroupBy(n => n.To, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        if (twins is not null) throw new InputException($"{file}: tensors {string.Join(" and ", twins.Select(t => t.Name))} are the same tensor {twins.Key}");
        return renamed;
    }

    /// <summary>The tensors under Hugging Face's names (of the bare model, without a task's prefix); names it does not have stay.</summary>
    /// <exception cref="InputException">Hugging Face has no such model.</exception>
    public static ImmutableArray<CheckpointTensor> ToHuggingFace(string file, IReadOnlyCollection<CheckpointTensor> tensors)
    {
        var fairseq = ToFairseq(file, tensors);
        var present = fairseq.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var names = ModelFamily.Of(present)?.HuggingFace
            ?? throw new InputException($"{file}: there are Hugging Face names for {string.Join(", ", ModelFamily.All.Where(f => f.HuggingFace is not null).Select(f => f.Title))} only");
        var translate = NameRow.ToHuggingFace(names.Rows(present.Contains));
        return [.. fairseq.Select(t => t.Renamed(translate(t.Name)))];
    }

    private static string Strip(string name)
    {
        while (Wrappers.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal)) is { } prefix) name = name[prefix.Length..];
        return name;
    }

    /// <summary>Newer torch's weight norm, spelt as the older's.</summary>
    private static string Modern(string name) => name
        .Replace(".parametrizations.weight.original0", ".weight_g", StringComparison.Ordinal)
        .Replace(".parametrizations.weight.original1", ".weight_v", StringComparison.Ordinal);
}
