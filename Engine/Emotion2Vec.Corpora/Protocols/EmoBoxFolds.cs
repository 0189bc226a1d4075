using System.Collections.Immutable;
using Emotion2Vec.Corpora.EmoBox;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Corpora.Protocols;

/// <summary>
/// <c>emobox</c>: the fold files of the EmoBox benchmark, under the data root as
/// <c>emobox/DATASET/fold_K/DATASET_{train,valid,test}_fold_K.jsonl</c> or <c>.json</c> (<see cref="EmoBoxFile"/>,
/// <see cref="EmoBoxFolder"/>, <see cref="EmoBoxKeys"/>).
/// Where a fold has no validation file, a random fifth of its training part (rounded down) validates: EmoBox's own rule
/// is a random 80/20 split too, but by Python's generator.
/// </summary>
public sealed class EmoBoxFolds : Protocol
{
    private const ulong Seed = 1;

    public override string Name => "emobox";
    public override string Source => "EmoBox (Ma et al., 2024): its fold files";
    public override string Description => "EmoBox's published folds; a random fifth of training validates where there is no validation file";

    public override int? PublishedFolds(CorpusCard card) => card.EmoBox?.Folds;

    protected override ImmutableArray<Fold> MakeFolds(Manifest manifest, string? dataRoot)
    {
        var folder = EmoBoxFolder.Find(manifest.Corpus, dataRoot ?? throw new InputException($"{Name}: no data folder is named (--data or E2V_DATA)"));
        var dataset = Path.GetFileName(folder);
        var numbers = EmoBoxFolder.FoldNumbers(folder);
        if (numbers.Length == 0) throw new InputException($"{folder}: no folder fold_1, fold_2, …");
        var published = CorpusCatalogue.All.FirstOrDefault(c => c.Name == manifest.Corpus) is { } corpus ? PublishedFolds(corpus.Card) : null;
        if (Enumerable.Range(1, numbers[^1]).Except(numbers).FirstOrDefault() is > 0 and var missing)
            throw new InputException($"{folder}: fold_{missing} is missing; there are {string.Join(", ", numbers)}" + (published is null ? "" : $" of {published}"));
        if (numbers.Length != (published ?? numbers.Length))
            throw new InputException($"{folder}: folds 1 to {numbers.Length}, where EmoBox has {published} of {manifest.Corpus}");
        var keys = new EmoBoxKeys(manifest, dataset);
        return [.. numbers.Select(k => ReadFold(manifest, keys, folder, dataset, k))];
    }

    private static Fold ReadFold(Manifest manifest, EmoBoxKeys keys, string folder, string dataset, int number)
    {
        var partOf = new Dictionary<int, string>();
        int[] Read(string part, bool required)
        {
            var stem = Path.Combine(folder, $"fold_{number}", $"{dataset}_{part}_fold_{number}");
            var file = new[] { stem + ".jsonl", stem + ".json" }.FirstOrDefault(File.Exists);
            if (file is null) return required ? throw new InputException($"{stem}.jsonl: no such file") : [];
            var entries = EmoBoxFile.Read(file);
            var unknown = entries.Where(e => keys.Find(e) is null).ToArray();
            if (unknown.Length > 0)
                throw new InputException($"{unknown[0].Where}: '{unknown[0].Key}' is no utterance of {manifest.Corpus}" + (unknown.Length > 1 ? $", nor {(unknown.Length > 2 ? "are" : "is")} {Counted.Of(unknown.Length - 1, "more key")} of {entries.Count}" : ""));
            foreach (var entry in entries)
            {
                var position = keys.Find(entry)!.Value;
                if (!partOf.TryAdd(position, part))
                    throw new InputException($"{entry.Where}: utterance '{manifest.Utterances[position].Id}' is {(partOf[position] == part ? "twice" : $"in {partOf[position]} and")} in {part}");
            }
            return [.. entries.Select(e => keys.Find(e)!.Value).Order()];
        }

        var (train, validation, test) = (Read("train", true), Read("valid", false), Read("test", true));
        if (validation.Length == 0) (validation, train) = DrawValidation(manifest, train, train.Length / 5, SplitMix64.Stream(Seed, (ulong)number));
        return new Fold($"fold {number}", [.. train], [.. validation], [.. test], []);
    }
}
