using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Emotion2Vec.Corpora.Metrics;

namespace Emotion2Vec.Corpora.Statistics;

/// <summary>What only the predictions of a row tell. Figures 0–1.</summary>
/// <param name="Units">Speakers, or utterances without one, that were drawn.</param>
/// <param name="Pooled">Figures of all test parts together.</param>
/// <param name="Intervals">95 % intervals of the reported means; null where one unit only was tested.</param>
public sealed record RowStatistics(int Units, Scores Pooled, Intervals? Intervals)
{
    /// <summary>Raised whenever equal results would give other statistics.</summary>
    public const int Version = 1;

    /// <summary>Statistics of a row.</summary>
    public static RowStatistics Of(RowTally row) => new(row.Units, row.Pooled, Bootstrap.Of(row));
}

/// <summary>Reads the predictions out of a stored result, and nothing else: logits and losses are most of it.</summary>
public static class StoredPredictions
{
    /// <summary>The predictions of a fold.</summary>
    /// <param name="fold">Zero-based fold.</param>
    /// <param name="seed">Seed of training.</param>
    /// <param name="result">JSON of a <see cref="Jobs.FoldResult"/>.</param>
    /// <returns>The fold, and the number of classes.</returns>
    /// <exception cref="JsonException">It is no such JSON.</exception>
    public static (TestedFold Fold, int Classes) Read(int fold, int seed, string result)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(result));
        ImmutableArray<int> test = [], truth = [], predicted = [];
        var classes = 0;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("a result is an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("test"u8)) test = Integers(ref reader);
            else if (reader.ValueTextEquals("truth"u8)) truth = Integers(ref reader);
            else if (reader.ValueTextEquals("predicted"u8)) predicted = Integers(ref reader);
            else if (reader.ValueTextEquals("classes"u8))
            {
                reader.Read();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) classes++;
            }
            else
            {
                reader.Skip();
            }
        }
        if (classes == 0 || test.IsEmpty || test.Length != truth.Length || test.Length != predicted.Length) throw new JsonException("the result has no predictions, or not one for each utterance");
        return (new TestedFold(fold, seed, test, truth, predicted), classes);
    }

    private static ImmutableArray<int> Integers(ref Utf8JsonReader reader)
    {
        var values = ImmutableArray.CreateBuilder<int>();
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(reader.GetInt32());
        return values.DrainToImmutable();
    }
}
