using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>A life of a store in which every kind of change happens once or more; the same rows every time.</summary>
internal static class StoreScript
{
    public static IReadOnlyList<Func<JobStore, Task>> Steps { get; } = [.. Make()];

    private static IEnumerable<Func<JobStore, Task>> Make()
    {
        var (folds, noOps) = (TestStore.ExtractAndFolds(3), TestStore.NoOps(2));
        var (extract, first, second, third) = (folds[0].Key, folds[1].Key, folds[2].Key, folds[3].Key);
        yield return store => store.Submit("a", "a", "grid a", folds);
        yield return store => store.Submit("b", "b", "grid b", [.. folds, .. noOps]);
        yield return store => store.Claim("s0");
        yield return store => store.Complete(extract, 1, "{}", TestStore.Run);
        yield return store => store.Claim("s0");
        yield return store => store.Claim("s1");
        yield return store => store.Complete(first, 1, TestStore.FoldResult(0.5), TestStore.Run);
        yield return store => store.Lose(second, 1, "signal 9");
        yield return store => store.Claim("s2");
        yield return store => store.Complete(second, 1, TestStore.FoldResult(0.25), TestStore.Run);
        yield return store => store.Complete(second, 2, TestStore.FoldResult(0.75), TestStore.Run);
        yield return store => store.Claim("s0");
        yield return store => store.Fail(third, 1, "no such file", outOfMemory: false, halve: false);
        yield return store => store.Retry("a");
        yield return store => store.Claim("s0");
        yield return store => store.Claim("s1");
        yield return store => store.Cancel("b");
        yield return store => store.Release(noOps[0].Key, 1, "cancelled");
        yield return store => store.Release(third, 2, "the silo ended");
        yield return store => store.Keep(new Dictionary<string, string> { ["rows"] = "{}" });
    }
}

/// <summary>A clock that stands still, so that two runs write the same rows.</summary>
internal sealed class FixedTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50);
}
