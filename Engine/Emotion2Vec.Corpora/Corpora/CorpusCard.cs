using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Corpora;

/// <summary>A row of the paper's Table 1.</summary>
/// <param name="Utterances">#Utts.</param>
/// <param name="Speakers">Spk; a lower bound where the table has a plus.</param>
/// <param name="Emotions">Emo: number of categories.</param>
/// <param name="Hours">#Hours.</param>
public sealed record TableOne(int Utterances, int Speakers, int Emotions, double Hours);

/// <summary>What EmoBox has of a corpus.</summary>
/// <param name="Dataset">Its name there.</param>
/// <param name="Utterances">Utterances in its lists.</param>
/// <param name="Folds">Published folds.</param>
public sealed record EmoBoxFacts(string Dataset, int Utterances, int Folds);

/// <summary>What is known of a corpus before it is read: facts for people, and the counts that its reading is checked against.</summary>
public sealed record CorpusCard
{
    /// <summary>Name and publication.</summary>
    public required string Title { get; init; }

    public required string Language { get; init; }

    /// <summary>Where the speech comes from: acted, a TV series, …</summary>
    public required string Source { get; init; }

    public required string Licence { get; init; }

    /// <summary>Where to get it or ask for it.</summary>
    public required string Request { get; init; }

    /// <summary>Folders and files as published, below the corpus folder.</summary>
    public required string Layout { get; init; }

    /// <summary>Classes in the order of logits (alphabetical), each with its published utterances; null where none are published.</summary>
    public required ImmutableArray<(string Label, int? Utterances)> Published { get; init; }

    /// <summary>Published utterances, unlabelled ones included; by default the sum over classes; null where the publisher gives no number.</summary>
    public int? Utterances
    {
        get => field ?? (Published.Any(c => c.Utterances is null) ? null : Published.Sum(c => c.Utterances!.Value));
        init;
    }

    /// <summary>Speakers that file names or annotations tell apart: 0 where they tell none, null where their number is not published.</summary>
    public int? Speakers { get; init; }

    /// <summary>Recording sessions that annotations tell apart; null where there are none.</summary>
    public int? Sessions { get; init; }

    /// <summary>Hours of speech, for plans without data; by default the paper's figure; null where nobody tells.</summary>
    public double? Hours
    {
        get => field ?? Paper?.Hours;
        init;
    }

    /// <summary>The paper's figures; null where the paper does not have the corpus.</summary>
    public TableOne? Paper { get; init; }

    /// <summary>Part of Emo-262, what the paper's model was pre-trained on (Table 1, column Pretrain).</summary>
    public bool InEmo262 { get; init; }

    public EmoBoxFacts? EmoBox { get; init; }

    /// <summary>Ids of utterances that were published with identical audio, group by group.</summary>
    public ImmutableArray<ImmutableArray<string>> Duplicates { get; init; } = [];

    /// <summary>Ids of published utterances whose audio is absent or damaged in every copy; they are left out.</summary>
    public ImmutableArray<string> Unusable { get; init; } = [];

    /// <summary>Protocols to use it with: the paper's first, one that keeps speakers apart behind it, EmoBox's last.</summary>
    public required ImmutableArray<string> Protocols { get; init; }

    /// <summary>What a reader of figures should know: merges, why counts differ.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>How counts differ from the paper's Table 1, in words; empty where they do not.</summary>
    /// <param name="found">Utterances found, for corpora without a published number.</param>
    public ImmutableArray<string> DifferencesFromPaper(int? found = null)
    {
        if (Paper is null) return [];
        var differences = ImmutableArray.CreateBuilder<string>();
        if ((Utterances ?? found) is { } utterances && utterances != Paper.Utterances) differences.Add($"{Counted.Of(utterances, "utterance")}, {Paper.Utterances} in the paper");
        if (Speakers == 0) differences.Add($"speakers not told apart, {Paper.Speakers} in the paper");
        else if (Speakers is { } speakers && speakers != Paper.Speakers) differences.Add($"{speakers} speakers, {Paper.Speakers} in the paper");
        if (Published.Length != Paper.Emotions) differences.Add($"{Published.Length} classes, {Paper.Emotions} in the paper");
        return differences.DrainToImmutable();
    }
}
