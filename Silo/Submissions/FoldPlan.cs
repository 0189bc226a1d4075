using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Grains.Experiments;

namespace Emotion2Vec.Silo.Submissions;

/// <summary>What folds and extraction by signal processing will take where nothing like them was measured in this store.</summary>
internal sealed class FoldPlan(IEnumerable<NewJob> jobs, ExtractPlan extractions)
{
    /// <summary>
    /// Seconds per frame, value, epoch and 256 hidden units: EmoDB and RAVDESS speech, 80 and 192 values, 100 epochs, one core of an AMD EPYC (Zen 5). Everything
    /// around the products is in it.
    /// </summary>
    private const double SecondsPerValue = 1e-8;

    /// <summary>The same of timnet, per frame, epoch, temporal-aware block and square of its channels: its work does not depend on the width of the features.</summary>
    private const double SecondsPerBlock = 7e-10;

    /// <summary>Seconds per second of speech of <c>fbank</c> and <c>mfcc</c> on the same core, decoding included.</summary>
    private const double SignalSeconds = 1.5e-3;

    private readonly Dictionary<string, ExtractSpec> extracts = jobs.Where(j => j.Kind == ExtractSpec.Name)
        .ToDictionary(j => j.Key, j => (ExtractSpec)JobSpec.FromJson(j.Kind, j.Spec), StringComparer.Ordinal);

    /// <summary>Seconds of a job on one core; null for kinds that this knows nothing of.</summary>
    /// <param name="speechOf">Seconds of speech by manifest hash.</param>
    public double? Seconds(NewJob job, Func<string, double> speechOf) => job.Kind switch
    {
        ExtractSpec.Name => SignalSeconds * speechOf(extracts[job.Key].Manifest),
        FoldSpec.Name when JobSpec.FromJson(job.Kind, job.Spec) is FoldSpec fold => fold.Head.Epochs * (fold.Head.Blocks is { } blocks
            ? SecondsPerBlock * Frames(extracts[fold.Features], speechOf) * blocks * fold.Head.Hidden * fold.Head.Hidden
            : SecondsPerValue * Values(extracts[fold.Features], speechOf) * fold.Head.Hidden / 256),
        _ => null,
    };

    private double Values(ExtractSpec spec, Func<string, double> speechOf)
    {
        // An utterance is one frame, and about four seconds of speech.
        if (spec.With is not null) return spec.Parts.Sum(p => speechOf(p.Manifest) / 4 * (extractions.Size(p.Upstream)?.Width ?? 768));
        var known = UpstreamCatalogue.All.FirstOrDefault(u => u.Name == spec.Upstream);
        var (width, layers) = extractions.Size(spec.Upstream) ?? (known?.Dimension ?? 80, 1);
        return Frames(spec, speechOf) * width
            * (spec.Layers == FeatureRules.All ? layers + 1 : 1) * (spec.Tokens == FeatureRules.UtteranceAndFrames ? 2 : 1);
    }

    private static double Frames(ExtractSpec spec, Func<string, double> speechOf) =>
        speechOf(spec.Manifest) * (UpstreamCatalogue.All.FirstOrDefault(u => u.Name == spec.Upstream)?.FrameRate ?? 50);
}
