using System.Collections.Immutable;
using Emotion2Vec.Corpora.Metrics;

namespace Emotion2Vec.Corpora.Statistics;

/// <summary>
/// A row's predictions as counts per unit, fold and seed: all that a resample needs, so that drawing speakers never goes through
/// utterances again.
/// </summary>
public sealed class RowTally
{
    private readonly ImmutableArray<TalliedFold> folds;

    /// <summary>Counts the predictions of a row.</summary>
    /// <param name="tested">Folds of one fold set, in any order; each fold and seed once, at least one.</param>
    /// <param name="units">What is drawn.</param>
    /// <param name="classes">Number of classes.</param>
    /// <exception cref="ArgumentException">No fold, a fold and seed twice, or seeds of a fold that tested different utterances.</exception>
    public RowTally(IEnumerable<TestedFold> tested, ResamplingUnits units, int classes)
    {
        Classes = classes;
        var byFold = tested.GroupBy(t => t.Fold).OrderBy(g => g.Key).Select(g => g.OrderBy(t => t.Seed).ToArray()).ToArray();
        if (byFold.Length == 0) throw new ArgumentException("no fold to count");
        foreach (var seeds in byFold)
        {
            if (seeds.DistinctBy(s => s.Seed).Count() < seeds.Length) throw new ArgumentException($"fold {seeds[0].Fold} is there twice with one seed");
            if (seeds.Any(s => !s.Test.SequenceEqual(seeds[0].Test) || !s.Truth.SequenceEqual(seeds[0].Truth)))
                throw new ArgumentException($"fold {seeds[0].Fold} has other test utterances or labels with another seed");
        }
        Folds = [.. byFold.Select(seeds => seeds[0])];
        Seeds = byFold.SelectMany(seeds => seeds.Select(s => s.Seed)).Distinct().Count();
        // Numbered anew, in manifest order: only units that were tested are drawn.
        var drawn = byFold.SelectMany(seeds => seeds[0].Test).Select(p => units.Of[p]).Distinct().Order().Select((unit, i) => (unit, i)).ToDictionary(u => u.unit, u => u.i);
        Units = drawn.Count;
        folds = [.. byFold.Select(seeds => Count(seeds, p => drawn[units.Of[p]]))];
        Mean = Resample([.. Enumerable.Repeat(1, Units)], new int[classes * classes]);
        FoldMeans = [.. folds.Select(f => Average(f, [.. Enumerable.Repeat(1, Units)], new int[classes * classes]))];
        Pooled = Pool(byFold);
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Units of the test parts together.</summary>
    public int Units { get; }

    /// <summary>Different seeds.</summary>
    public int Seeds { get; }

    /// <summary>One seed's predictions of each fold: which folds there are, and what they tested.</summary>
    public ImmutableArray<TestedFold> Folds { get; }

    /// <summary>Figures of each fold, averaged over its seeds, in the order of <see cref="Folds"/>.</summary>
    public ImmutableArray<Scores> FoldMeans { get; }

    /// <summary>The reported figures: the mean over folds of <see cref="FoldMeans"/>. With every seed in every fold it is the mean over seeds as well.</summary>
    public Scores Mean { get; }

    /// <summary>Figures of all test parts together, seed by seed, averaged over seeds.</summary>
    public Scores Pooled { get; }

    /// <summary>
    /// The reported figures if every unit had occurred so often. A fold none of whose units occurs has no figure and is left out; one whose units
    /// occur more often than once on average counts as much more, so that with a speaker in every fold drawing speakers is drawing folds.
    /// Where all units are in every fold, folds count alike.
    /// </summary>
    /// <param name="times">How often each unit occurs; not all 0.</param>
    /// <param name="confusion">Scratch space, classes × classes.</param>
    internal Scores Resample(int[] times, int[] confusion)
    {
        var sum = default(Scores);
        var weights = 0.0;
        foreach (var fold in folds)
        {
            var occurrences = 0;
            foreach (var unit in fold.Units) occurrences += times[unit];
            if (occurrences == 0) continue;
            var weight = (double)occurrences / fold.Units.Length;
            sum += Average(fold, times, confusion) * weight;
            weights += weight;
        }
        return sum * (1 / weights);
    }

    private Scores Average(TalliedFold fold, int[] times, int[] confusion)
    {
        var sum = default(Scores);
        foreach (var seed in fold.Seeds)
        {
            Array.Clear(confusion);
            foreach (var entry in seed) confusion[entry.Cell] += times[entry.Unit] * entry.Count;
            sum += Scores.Of(confusion, Classes);
        }
        return sum * (1.0 / fold.Seeds.Length);
    }

    private TalliedFold Count(TestedFold[] seeds, Func<int, int> unitOf)
    {
        int[] units = [.. seeds[0].Test.Select(unitOf)];
        return new([.. units.Distinct().Order()], [.. seeds.Select(seed =>
        {
            var counts = new SortedDictionary<(int Unit, int Cell), int>();
            for (var i = 0; i < units.Length; i++)
            {
                var key = (units[i], seed.Truth[i] * Classes + seed.Predicted[i]);
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
            return counts.Select(c => new Entry(c.Key.Unit, c.Key.Cell, c.Value)).ToArray();
        })]);
    }

    private Scores Pool(TestedFold[][] byFold)
    {
        var seeds = byFold.SelectMany(f => f).GroupBy(t => t.Seed).OrderBy(g => g.Key).ToArray();
        var sum = default(Scores);
        foreach (var seed in seeds)
        {
            var confusion = new int[Classes * Classes];
            foreach (var fold in seed)
                for (var i = 0; i < fold.Test.Length; i++) confusion[fold.Truth[i] * Classes + fold.Predicted[i]]++;
            sum += Scores.Of(confusion, Classes);
        }
        return sum * (1.0 / seeds.Length);
    }

    private readonly record struct Entry(int Unit, int Cell, int Count);

    /// <param name="Units">Units of the test part, ascending.</param>
    /// <param name="Seeds">Of each seed: how often a unit has a truth and prediction.</param>
    private sealed record TalliedFold(int[] Units, Entry[][] Seeds);
}
