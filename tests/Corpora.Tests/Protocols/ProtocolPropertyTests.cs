using System.Collections.Immutable;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Protocols;

/// <summary>What the computed protocols promise, over many generated corpora.</summary>
public sealed class ProtocolPropertyTests
{
    private static readonly Protocol Random10 = ProtocolCatalogue.Find("random10");
    private static readonly Protocol SpeakerOut = ProtocolCatalogue.Find("leave-one-speaker-out");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Random10IsExhaustiveDisjointAndEven(bool duplicates)
    {
        foreach (var (seed, manifest) in GeneratedManifests.Many(120, 1, 20, duplicates, leastUtterances: 12))
        {
            var folds = Random10.Split(manifest, "").Folds;
            var n = manifest.Utterances.Length;
            Assert.Equal(10, folds.Length);
            Assert.Equal(Enumerable.Range(0, n), folds.SelectMany(f => f.Test).Order());
            foreach (var fold in folds)
            {
                AssertPartition(fold, n);
                if (!duplicates) Assert.Equal(Math.Max(1, n / 10), fold.Validation.Length);
            }
            var sizes = folds.Select(f => f.Test.Length).ToArray();
            if (!duplicates || Singles(manifest) > n / 2) Assert.True(sizes.Max() - sizes.Min() <= 1, $"seed {seed}: test parts of {string.Join(", ", sizes)}");
        }
    }

    /// <summary>A class too large for test and validation together is in every training part, and no warning says otherwise.</summary>
    [Fact]
    public void Random10KeepsEveryClassThatCannotVanish()
    {
        var kept = 0;
        foreach (var (_, manifest) in GeneratedManifests.Many(120, 1, 20, duplicates: false))
        {
            foreach (var fold in Random10.Split(manifest, "").Folds)
            {
                for (var label = 0; label < manifest.Classes.Length; label++)
                {
                    var trained = fold.Train.Any(p => manifest.LabelIndices[p] == label);
                    var size = manifest.LabelIndices.Count(l => l == label);
                    if (size > fold.Test.Length + fold.Validation.Length)
                    {
                        Assert.True(trained);
                        kept++;
                    }
                    Assert.Equal(!trained, fold.Warnings.Any(w => w.StartsWith($"class '{manifest.Classes[label]}' is absent from training", StringComparison.Ordinal)));
                }
            }
        }
        Assert.True(kept > 1000);
    }

    [Theory]
    [InlineData("random10")]
    [InlineData("leave-one-speaker-out")]
    public void FoldsDependOnNeitherOrderNorLabels(string name)
    {
        var protocol = ProtocolCatalogue.Find(name);
        foreach (var (seed, manifest) in GeneratedManifests.Many(40, 4, 30, duplicates: true, leastUtterances: 120))
        {
            if (Groups(manifest) < 3) continue;
            var folds = protocol.Split(manifest, "");
            AssertSame(folds, protocol.Split(manifest, ""));
            AssertSame(folds, protocol.Split(manifest.Permuted((ulong)seed), ""));
            AssertSame(folds, protocol.Split(manifest.Relabelled((ulong)seed), ""));
            Assert.Equal(folds.Hash, protocol.Split(manifest.Permuted((ulong)seed), "").Hash);
        }
    }

    [Theory]
    [InlineData("random10")]
    [InlineData("leave-one-speaker-out")]
    public void IdenticalAudioIsOnOneSide(string name)
    {
        var protocol = ProtocolCatalogue.Find(name);
        var torn = 0;
        foreach (var (_, manifest) in GeneratedManifests.Many(120, 3, 40, duplicates: true, leastUtterances: 60))
        {
            if (Groups(manifest) < 3) continue;
            foreach (var fold in protocol.Split(manifest, "").Folds)
            {
                var parts = Parts(fold, manifest.Utterances.Length);
                foreach (var same in Enumerable.Range(0, parts.Length).GroupBy(p => manifest.Utterances[p].Audio).Where(g => g.Count() > 1))
                {
                    Assert.Single(same.Select(p => parts[p]).Distinct());
                    torn++;
                }
                Assert.DoesNotContain(fold.Warnings, w => w.StartsWith("identical audio", StringComparison.Ordinal));
            }
        }
        Assert.True(torn > 1000, "too few duplicates were generated");
    }

    [Fact]
    public void LeaveOneSpeakerOutLeavesOneSpeakerOut()
    {
        foreach (var (_, manifest) in GeneratedManifests.Many(60, 3, 12, duplicates: false))
        {
            var speakers = manifest.Utterances.Select(u => u.Speaker!).Distinct().Order(StringComparer.Ordinal).ToArray();
            var set = SpeakerOut.Split(manifest, "");
            Assert.Equal(speakers.Select(s => "speaker " + s), set.Folds.Select(f => f.Name));
            Assert.Equal(["speaker-independent"], set.Badges.AsEnumerable());
            for (var i = 0; i < speakers.Length; i++)
            {
                AssertPartition(set.Folds[i], manifest.Utterances.Length);
                Assert.All(set.Folds[i].Test, p => Assert.Equal(speakers[i], manifest.Utterances[p].Speaker));
                Assert.All(set.Folds[i].Validation, p => Assert.Equal(speakers[(i + 1) % speakers.Length], manifest.Utterances[p].Speaker));
            }
        }
    }

    [Fact]
    public void ManySpeakersMakeTenBalancedGroups()
    {
        foreach (var (seed, manifest) in GeneratedManifests.Many(60, 13, 60, duplicates: false))
        {
            var folds = SpeakerOut.Split(manifest, "").Folds;
            Assert.Equal(10, folds.Length);
            Assert.Equal(Enumerable.Range(0, manifest.Utterances.Length), folds.SelectMany(f => f.Test).Order());
            foreach (var fold in folds)
            {
                AssertPartition(fold, manifest.Utterances.Length);
                var (test, validation, train) = (Speakers(fold.Test), Speakers(fold.Validation), Speakers(fold.Train));
                Assert.False(test.Overlaps(train) || test.Overlaps(validation) || validation.Overlaps(train));
            }
            // Joining the emptiest group keeps any two groups within the size of the largest speaker.
            var largest = manifest.Utterances.GroupBy(u => u.Speaker).Max(g => g.Count());
            var sizes = folds.Select(f => f.Test.Length).ToArray();
            Assert.True(sizes.Max() - sizes.Min() <= largest, $"seed {seed}: test parts of {string.Join(", ", sizes)}, largest speaker {largest}");

            HashSet<string> Speakers(ImmutableArray<int> positions) => [.. positions.Select(p => manifest.Utterances[p].Speaker!)];
        }
    }

    private static void AssertPartition(Fold fold, int n)
    {
        Assert.Equal(Enumerable.Range(0, n), fold.Train.Concat(fold.Validation).Concat(fold.Test).Order());
        Assert.All([fold.Train, fold.Validation, fold.Test], part =>
        {
            Assert.NotEmpty(part);
            Assert.Equal(part.Order(), part);
        });
    }

    private static void AssertSame(FoldSet a, FoldSet b)
    {
        Assert.Equal(a.Folds.Length, b.Folds.Length);
        foreach (var (x, y) in a.Folds.Zip(b.Folds))
        {
            Assert.Equal(x.Name, y.Name);
            Assert.Equal(x.Train.AsEnumerable(), y.Train.AsEnumerable());
            Assert.Equal(x.Validation.AsEnumerable(), y.Validation.AsEnumerable());
            Assert.Equal(x.Test.AsEnumerable(), y.Test.AsEnumerable());
        }
    }

    private static char[] Parts(Fold fold, int n)
    {
        var parts = new char[n];
        foreach (var p in fold.Train) parts[p] = 't';
        foreach (var p in fold.Validation) parts[p] = 'v';
        foreach (var p in fold.Test) parts[p] = 'x';
        return parts;
    }

    private static int Singles(Manifest manifest) => manifest.Utterances.GroupBy(u => u.Audio).Count(g => g.Count() == 1);

    /// <summary>Speakers that remain apart when those with a common recording are joined.</summary>
    private static int Groups(Manifest manifest)
    {
        var group = manifest.Utterances.Select(u => u.Speaker!).Distinct().ToDictionary(s => s, s => s);
        foreach (var same in manifest.Utterances.GroupBy(u => u.Audio))
        {
            var joined = same.Select(u => group[u.Speaker!]).ToHashSet();
            foreach (var speaker in group.Keys.Where(s => joined.Contains(group[s])).ToArray()) group[speaker] = joined.Min()!;
        }
        return group.Values.Distinct().Count();
    }
}
