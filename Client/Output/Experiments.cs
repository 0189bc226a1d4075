using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Client.Output;

/// <summary>Finds the experiment that a person means.</summary>
internal static class Experiments
{
    /// <summary>By id, unambiguous beginning of an id, or name (its newest submission); without a text the newest of all.</summary>
    /// <exception cref="InputException">None or several fit.</exception>
    public static async Task<ExperimentStatus> ResolveAsync(SiloClient silo, string? text, CancellationToken ct)
    {
        var all = (await silo.ExperimentsAsync(ct)).OrderByDescending(e => e.Submitted).ToArray();
        if (all.Length == 0) throw new InputException("no experiment has been submitted yet");
        if (text is null) return all[0];
        if (all.FirstOrDefault(e => e.Id == text) is { } exact) return exact;
        if (all.FirstOrDefault(e => e.Name == text) is { } named) return named;
        var beginning = all.Where(e => e.Id.StartsWith(text, StringComparison.OrdinalIgnoreCase)).ToArray();
        return beginning switch
        {
            [var one] => one,
            [] => throw new InputException($"no experiment '{text}'{Nearest.Hint(text, all.SelectMany(e => new[] { e.Id, e.Name }))}; 'e2v status' lists them"),
            _ => throw new InputException($"'{text}' fits {beginning.Length} experiments: {string.Join(", ", beginning.Take(5).Select(e => e.Id))}"),
        };
    }
}
