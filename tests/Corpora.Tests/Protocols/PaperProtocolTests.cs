using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Tests.Protocols;

/// <summary>The protocols of the paper's tables, and what their figures have to carry.</summary>
public sealed class PaperProtocolTests
{
    // Five sessions of two speakers each, like IEMOCAP; 15 utterances a speaker.
    private static readonly Manifest Sessions = new("c", ["x", "y"], Enumerable.Range(0, 150).Select(i => new Utterance(
        $"u{i:D3}", "/p", i % 2 == 0 ? "x" : "y", $"s{i % 10}", Text: $"t{i % 30}", Session: $"{i % 10 / 2}", Dialogue: $"d{i % 10 / 2}")));

    private static FoldSet Split(string protocol, Manifest? manifest = null) => ProtocolCatalogue.Find(protocol).Split(manifest ?? Sessions, null);

    private static string Error(string protocol, Manifest manifest)
    {
        var message = Assert.Throws<InputException>(() => Split(protocol, manifest)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    [Fact]
    public void Names_are_different_and_every_rule_has_a_source()
    {
        Assert.Equal(ProtocolCatalogue.All.Length, ProtocolCatalogue.Names.Distinct().Count());
        Assert.All(ProtocolCatalogue.All, p => Assert.False(string.IsNullOrWhiteSpace(p.Source) || string.IsNullOrWhiteSpace(p.Description)));
    }

    [Theory]
    [InlineData("leave-one-session-out", 24)]
    [InlineData("leave-one-session-out-10", 12)]
    public void A_session_tests_and_a_share_of_the_others_validates(string protocol, int validation)
    {
        var set = Split(protocol);
        Assert.Equal(["session 0", "session 1", "session 2", "session 3", "session 4"], set.Folds.Select(f => f.Name));
        Assert.Equal(Enumerable.Range(0, 150), set.Folds.SelectMany(f => f.Test).Order());
        foreach (var (fold, k) in set.Folds.Select((f, k) => (f, k)))
        {
            Assert.All(fold.Test, p => Assert.Equal($"{k}", Sessions.Utterances[p].Session));
            Assert.Equal(validation, fold.Validation.Length);
            Assert.Equal(Enumerable.Range(0, 150), fold.Train.Concat(fold.Validation).Concat(fold.Test).Order());
        }
        Assert.NotEqual(set.Folds[0].Validation.AsEnumerable(), set.Folds[1].Validation);
        Assert.Contains("speaker-independent", set.Badges);
        Assert.DoesNotContain("optimistic", set.Badges);
    }

    /// <summary>IEMOCAP's numbers: the paper's code trains on ⌊0.8 n⌋ of four sessions, and validates on the others.</summary>
    [Theory]
    [InlineData("leave-one-session-out", "3556/890/1085 3606/902/1023 3504/876/1151 3600/900/1031 3432/858/1241")]
    [InlineData("leave-one-session-out-10", "4001/445/1085 4057/451/1023 3942/438/1151 4050/450/1031 3861/429/1241")]
    [InlineData("leave-one-session-out-optimistic", "4446/1085/1085 4508/1023/1023 4380/1151/1151 4500/1031/1031 4290/1241/1241")]
    public void Parts_are_rounded_as_the_papers_code_does(string protocol, string expected)
    {
        int[] sizes = [1085, 1023, 1151, 1031, 1241];
        var manifest = new Manifest("c", ["x"], sizes.SelectMany((size, s) => Enumerable.Range(0, size).Select(i => new Utterance($"{s}-{i:D4}", "/p", "x", $"{s}", Session: $"{s + 1}"))));
        Assert.Equal(expected, string.Join(' ', Split(protocol, manifest).Folds.Select(f => $"{f.Train.Length}/{f.Validation.Length}/{f.Test.Length}")));
    }

    [Theory]
    [InlineData("random10-optimistic", "random10", 10)]
    [InlineData("leave-one-session-out-optimistic", "leave-one-session-out", 5)]
    [InlineData("leave-one-speaker-out-optimistic", "leave-one-speaker-out", 10)]
    public void Optimistic_variants_validate_on_the_test_part(string protocol, string sober, int folds)
    {
        var set = Split(protocol);
        Assert.Equal(folds, set.Folds.Length);
        Assert.All(set.Folds, f => Assert.Equal(f.Test.AsEnumerable(), f.Validation));
        Assert.All(set.Folds, f => Assert.Equal(Enumerable.Range(0, 150), f.Train.Concat(f.Test).Order()));
        Assert.Equal(Split(sober).Folds.Select(f => string.Join(' ', f.Test)), set.Folds.Select(f => string.Join(' ', f.Test)));
        Assert.Contains("optimistic", set.Badges);
        Assert.NotEqual(Split(sober).Hash, set.Hash);
    }

    [Fact]
    public void Leave_one_speaker_out_is_eight_one_one()
    {
        var set = Split("leave-one-speaker-out");
        Assert.Equal(10, set.Folds.Length);
        Assert.All(set.Folds, f => Assert.Equal((120, 15, 15), (f.Train.Length, f.Validation.Length, f.Test.Length)));
        Assert.Equal("speaker-independent", set.Badges[0]);
    }

    [Fact]
    public void Random5_cuts_fifths_and_validates_on_a_fifth_of_training()
    {
        var set = Split("random5");
        Assert.Equal(Enumerable.Range(0, 150), set.Folds.SelectMany(f => f.Test).Order());
        Assert.All(set.Folds, f => Assert.Equal((96, 24, 30), (f.Train.Length, f.Validation.Length, f.Test.Length)));
        Assert.Equal(["speaker-dependent", "text-dependent"], set.Badges.AsEnumerable());
    }

    [Fact]
    public void Holdout_is_eight_to_two_with_a_tenth_for_validation()
    {
        var fold = Assert.Single(Split("holdout").Folds);
        Assert.Equal((108, 12, 30), (fold.Train.Length, fold.Validation.Length, fold.Test.Length));
        Assert.Equal(Enumerable.Range(0, 150), fold.Train.Concat(fold.Validation).Concat(fold.Test).Order());
    }

    /// <summary>Folds of a version never change.</summary>
    [Theory]
    [InlineData("random5", "11c126ccf4ed3426")]
    [InlineData("holdout", "fd02c6ea80c3b0d0")]
    [InlineData("leave-one-session-out", "483d7d780e92339a")]
    [InlineData("leave-one-session-out-10", "7ed4e5341742b309")]
    [InlineData("leave-one-session-out-optimistic", "509226ad512b4859")]
    [InlineData("leave-one-speaker-out-optimistic", "93f3ae8c14a7fdc6")]
    public void A_version_gives_the_same_folds_for_ever(string protocol, string hash) => Assert.StartsWith(hash, Split(protocol).Hash);

    [Fact]
    public void Identical_audio_is_on_one_side_of_everything_that_is_computed()
    {
        string[] published = ["fixed", "emobox"];
        var joined = 0;
        foreach (var (_, drawn) in GeneratedManifests.Many(40, 4, 12, duplicates: true, leastUtterances: 120))
        {
            // Copies stay in the session and with the speaker of the recording, but for those of two of six: 0 and 1 have recordings in common.
            var recordings = new HashSet<string>();
            string Owner(Utterance u) => $"{int.Parse(u.Audio.AsSpan("audio-".Length), CultureInfo.InvariantCulture) % 6}" is var own && recordings.Add(u.Audio) ? own : own == "0" ? "1" : own;
            var manifest = new Manifest(drawn.Corpus, drawn.Classes, drawn.Utterances.Select(u => (u, Owner: Owner(u))).Select(o => o.u with { Session = o.Owner, Speaker = o.Owner }));
            foreach (var protocol in ProtocolCatalogue.Names.Except(published))
            {
                var set = Split(protocol, manifest);
                Assert.DoesNotContain("identical audio", set.Badges);
                foreach (var fold in set.Folds)
                {
                    var test = fold.Test.Select(p => manifest.Utterances[p].Audio).ToHashSet();
                    var validation = fold.Validation.Select(p => manifest.Utterances[p].Audio).ToHashSet();
                    Assert.DoesNotContain(fold.Train, p => test.Contains(manifest.Utterances[p].Audio) || validation.Contains(manifest.Utterances[p].Audio));
                    Assert.Equal(set.Badges.Contains("optimistic"), test.Overlaps(validation));
                }
            }
            string[] names = [.. Split("leave-one-session-out", manifest).Folds.Select(f => f.Name)];
            Assert.Equal(["session 2", "session 3", "session 4", "session 5"], names[^4..]);
            if (names[0] == "sessions 0, 1") joined++;
        }
        Assert.True(joined >= 20, "too few sessions share audio");
    }

    [Fact]
    public void Texts_on_both_sides_are_a_badge()
    {
        Manifest Texts(Func<int, string?> text) => new("c", ["x"], Enumerable.Range(0, 40).Select(i => new Utterance($"u{i:D2}", "/p", "x", $"s{i % 4}", text(i))));
        Assert.Equal(["speaker-independent", "text-dependent"], Split("leave-one-speaker-out", Texts(i => i < 2 ? "same" : null)).Badges.AsEnumerable());
        Assert.Equal(["speaker-independent"], Split("leave-one-speaker-out", Texts(i => $"{i}")).Badges.AsEnumerable());
        Assert.Equal(["speaker-independent"], Split("leave-one-speaker-out", Texts(_ => null)).Badges.AsEnumerable());
    }

    [Fact]
    public void Identical_audio_of_published_parts_is_a_badge_and_a_warning()
    {
        var manifest = new Manifest("c", ["x"], Enumerable.Range(0, 20).Select(i => new Utterance($"u{i:D2}", "/p", "x", $"s{i}", Split: i < 15 ? "train" : "test", Audio: i is 2 or 16 ? "same" : $"a{i}")));
        var set = Split("fixed", manifest);
        Assert.Equal(["speaker-independent", "identical audio"], set.Badges.AsEnumerable());
        Assert.Equal(["identical audio in test and in training or validation: 'u16' and 'u02'"], set.Warnings.AsEnumerable());
    }

    [Fact]
    public void Dialogues_on_both_sides_are_a_warning()
    {
        Assert.Equal(["1 of 1 dialogues of the test part are also in training or validation"], Split("leave-one-speaker-out").Warnings.AsEnumerable());
        Assert.Empty(Split("leave-one-session-out").Warnings);
    }

    [Fact]
    public void Utterances_without_label_are_in_no_fold()
    {
        var manifest = new Manifest("c", ["x"], Enumerable.Range(0, 60).Select(i => new Utterance($"u{i:D2}", "/p", i % 3 == 0 ? "" : "x", $"s{i % 4}", Session: $"{i % 4}", Split: i < 45 ? "train" : "test")));
        var without = new Manifest("c", ["x"], manifest.Utterances.Where(u => u.Label.Length > 0));
        foreach (var protocol in new[] { "random10", "random5", "leave-one-speaker-out", "leave-one-session-out", "holdout", "fixed" })
        {
            var set = Split(protocol, manifest);
            Assert.DoesNotContain(set.Folds.SelectMany(f => (int[])[.. f.Train, .. f.Validation, .. f.Test]), p => p % 3 == 0);
            Assert.Empty(set.Warnings);
            Assert.Equal(manifest.Hash, set.Manifest);
            Assert.Equal(Ids(Split(protocol, without), without), Ids(set, manifest));
        }
        Assert.Equal("c: no utterance has a label; without labels it serves for pre-training only", Error("random10", new Manifest("c", [], manifest.Utterances.Select(u => u with { Label = "" }))));

        static string Ids(FoldSet set, Manifest of) => string.Join('|', set.Folds.Select(f => string.Join(' ', f.Test.Concat(f.Validation).Select(p => of.Utterances[p].Id))));
    }

    [Fact]
    public void What_a_rule_lacks_is_one_line()
    {
        Manifest Of(int n, Func<int, Utterance> make) => new("c", [.. Enumerable.Range(0, n).Select(i => make(i).Label).Distinct().Order(StringComparer.Ordinal)], Enumerable.Range(0, n).Select(make));
        Assert.Equal("c: leave-one-session-out needs the session of every utterance; 'u03' has none",
            Error("leave-one-session-out", Of(20, i => new($"u{i:D2}", "/p", "x", Session: i == 3 ? null : $"{i % 3}"))));
        Assert.Equal("c: leave-one-session-out-10 needs 2 to 20 sessions; there are 1", Error("leave-one-session-out-10", Of(20, i => new($"u{i:D2}", "/p", "x", Session: "1"))));
        Assert.Equal("c: leave-one-session-out needs 2 to 20 sessions; there are 1", Error("leave-one-session-out", Of(20, i => new($"u{i:D2}", "/p", "x", Session: $"{i % 2}", Audio: i < 2 ? "same" : $"a{i}"))));
        Assert.Equal("c: leave-one-session-out needs 2 to 20 sessions; there are 30", Error("leave-one-session-out", Of(30, i => new($"u{i:D2}", "/p", "x", Session: $"{i}"))));
        Assert.Equal("c: leave-one-speaker-out-optimistic needs the speaker of every utterance; 'u00' has none", Error("leave-one-speaker-out-optimistic", Of(20, i => new($"u{i:D2}", "/p", "x"))));
        Assert.Equal("c: leave-one-speaker-out-optimistic needs at least 2 speakers (test, training); there are 1", Error("leave-one-speaker-out-optimistic", Of(20, i => new($"u{i:D2}", "/p", "x", "a"))));
        Assert.Equal("c: random5 needs at least 5 utterances with different audio; there are 4", Error("random5", Of(4, i => new($"u{i}", "/p", "x"))));
        Assert.Equal("c: class 'y' has 9 utterances, fewer than the 10 folds of random10; leave it out or merge it", Error("random10", Of(60, i => new($"u{i:D2}", "/p", i < 9 ? "y" : "x"))));
        Assert.Equal("c: class 'y' has 1 utterance, fewer than the 10 folds of random10; leave it out or merge it", Error("random10", Of(60, i => new($"u{i:D2}", "/p", i < 1 ? "y" : "x"))));
        Assert.Equal("c: class 'y' has 3 utterances, fewer than the 4 folds of leave-one-speaker-out; leave it out or merge it", Error("leave-one-speaker-out", Of(60, i => new($"u{i:D2}", "/p", i < 3 ? "y" : "x", $"s{i % 4}"))));
        Assert.Equal(4, Split("leave-one-speaker-out", Of(60, i => new($"u{i:D2}", "/p", i < 4 ? "y" : "x", $"s{i % 4}"))).Folds.Length);
    }
}
