using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Heads;

namespace Emotion2Vec.Engine.Jobs;

/// <summary>Features that no upstream computes: read from files, or joined from two files of features.</summary>
internal static class FeatureSteps
{
    /// <summary>Copies imported features; every row is a frame.</summary>
    public static ExtractResult Import(HomeFolder home, string path, ExtractSpec spec, Action<JobProgress> report, CancellationToken cancel)
    {
        var manifest = ManifestFile.Load(home.Manifest(spec.Manifest));
        using var source = ImportedFeatures.Open(CheckpointLinks.Find(home, spec.Imported!), manifest);
        return Write(path, manifest, source.Dimension, u => source[manifest.Utterances[u].Id], report, cancel);
    }

    /// <summary>One frame per utterance: the mean over the frames of the first features, then of the second.</summary>
    /// <param name="parts">Features of the same manifest.</param>
    public static ExtractResult Join(HomeFolder home, string path, ExtractSpec spec, string[] parts, Action<JobProgress> report, CancellationToken cancel)
    {
        var manifest = ManifestFile.Load(home.Manifest(spec.Manifest));
        using var first = new FeatureFile(parts[0]);
        using var second = new FeatureFile(parts[1]);
        return Write(path, manifest, Row(first) + Row(second), u => [.. FrameMean.Of(first[u], Row(first)), .. FrameMean.Of(second[u], Row(second))], report, cancel);

        static int Row(FeatureFile file) => file.Layers * file.Dimension;
    }

    private static ExtractResult Write(string path, Manifest manifest, int dimension, Func<int, float[]> framesOf, Action<JobProgress> report, CancellationToken cancel)
    {
        var progress = new ProgressGate(report);
        var (frames, count) = (0L, manifest.Utterances.Length);
        var hash = FeatureFileWriter.Write(path, count, 1, dimension, file =>
        {
            for (var u = 0; u < count; u++)
            {
                cancel.ThrowIfCancellationRequested();
                file.Append(framesOf(u), 0);
                progress.Report(u + 1, count);
            }
            frames = file.Frames;
        });
        return new ExtractResult(hash, new FileInfo(path).Length, count, frames, dimension, 0);
    }
}
