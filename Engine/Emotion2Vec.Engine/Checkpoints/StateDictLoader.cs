using System.Collections.Immutable;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>What a model and a checkpoint may have that the other lacks; names by their beginning.</summary>
/// <param name="MayMiss">Of the model: what it keeps at its initial value, such as <c>modality_encoders.AUDIO.extra_tokens</c> when it starts from data2vec 2.0.</param>
/// <param name="MayIgnore">Of the checkpoint: what is not loaded, such as <c>modality_encoders.AUDIO.decoder.</c> for features only.</param>
public sealed record MatchRules(ImmutableArray<string> MayMiss, ImmutableArray<string> MayIgnore)
{
    /// <summary>Both sides must have the same names.</summary>
    public static MatchRules Exact { get; } = new([], []);

    /// <summary>For a model that only extracts features: what pre-training or a classifier on top uses is not loaded.</summary>
    public static MatchRules Features { get; } = new([], [.. Architectures.PretrainingPrefixes, "proj."]);
}

/// <summary>Where a model's names and shapes and a checkpoint's differ; names are fairseq's.</summary>
public sealed record StateDictDifference(ImmutableArray<string> Missing, ImmutableArray<string> Unexpected, ImmutableArray<string> WrongShape)
{
    public bool None => Missing.IsEmpty && Unexpected.IsEmpty && WrongShape.IsEmpty;

    /// <summary>All differences in one line.</summary>
    public override string ToString()
    {
        (string What, ImmutableArray<string> Names)[] kinds = [("missing", Missing), ("of wrong shape", WrongShape), ("unexpected", Unexpected)];
        return string.Join("; ", kinds.Where(k => !k.Names.IsEmpty).Select(k => $"{k.Names.Length} {k.What}: {NameList.Text(k.Names)}"));
    }
}

/// <summary>Finds for each tensor of a model its counterpart in a checkpoint.</summary>
public static class StateDictLoader
{
    /// <summary>The checkpoint's tensor for each target that it has, in the targets' order, named and shaped like it.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="tensors">A checkpoint's tensors, in names of fairseq or Hugging Face, with any of the known prefixes.</param>
    /// <param name="targets">The model's names (fairseq's) and shapes.</param>
    /// <param name="rules">What one side may have alone; null = nothing.</param>
    /// <exception cref="InputException">Tensors are missing, unexpected or of another shape: the message lists them all.</exception>
    public static ImmutableArray<CheckpointTensor> Match(string file, IReadOnlyCollection<CheckpointTensor> tensors, IReadOnlyCollection<TensorSpec> targets, MatchRules? rules = null)
    {
        var difference = Compare(file, tensors, targets, rules ?? MatchRules.Exact, out var matched);
        return difference.None ? matched : throw new InputException($"{file}: does not fit the model: {difference}");
    }

    /// <summary>Like <see cref="Match"/>, but says what differs instead of throwing.</summary>
    public static StateDictDifference Compare(
        string file, IReadOnlyCollection<CheckpointTensor> tensors, IReadOnlyCollection<TensorSpec> targets, MatchRules rules, out ImmutableArray<CheckpointTensor> matched)
    {
        var sources = StateDictNames.ToFairseq(file, tensors).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var found = ImmutableArray.CreateBuilder<CheckpointTensor>();
        var missing = ImmutableArray.CreateBuilder<string>();
        var wrong = ImmutableArray.CreateBuilder<string>();
        foreach (var target in targets)
        {
            if (!sources.Remove(target.Name, out var source))
            {
                if (!Begins(target.Name, rules.MayMiss)) missing.Add(target.Name);
                continue;
            }
            if (source.Shape.SequenceEqual(target.Shape)) found.Add(source);
            else wrong.Add($"{target.Name} ({source.ShapeText}, not {TensorSpec.Text(target.Shape)})");
        }
        matched = found.ToImmutable();
        var unexpected = sources.Keys.Where(n => !Begins(n, rules.MayIgnore)).Order(StringComparer.Ordinal);
        return new StateDictDifference(missing.ToImmutable(), [.. unexpected], wrong.ToImmutable());
    }

    private static bool Begins(string name, ImmutableArray<string> prefixes) => prefixes.Any(p => name.StartsWith(p, StringComparison.Ordinal));
}
