using System.CommandLine;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v retry ID</c>: queue what ended without a result once more.</summary>
internal static class RetryVerb
{
    public static Command Create() => CancelVerb.ChangeCommand("retry", "Queue the failed, poisoned and blocked jobs of an experiment again",
        "queued again", (silo, id, ct) => silo.RetryAsync(id, ct));
}
