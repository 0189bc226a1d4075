using System.Globalization;
using System.Text;
using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Engine.Jobs;

/// <summary>Features of one corpus by one upstream, utterance by utterance.</summary>
internal static class ExtractStep
{
    /// <summary>Makes the features file of a job, or finds it complete and unchanged.</summary>
    public static ExtractResult Run(HomeFolder home, string key, ExtractSpec spec, string device, Action<JobProgress> report, CancellationToken cancel)
    {
        var path = home.Features(key);
        Remember(home, key, spec);
        if (Existing(path) is { } existing) return existing;
        if (spec.Imported is not null && spec.With is null) return FeatureSteps.Import(home, path, spec, report, cancel);
        if (spec.With is not null)
        {
            foreach (var part in spec.Parts) Run(home, part.Key(), part, device, report, cancel);
            return FeatureSteps.Join(home, path, spec, [.. spec.Parts.Select(p => home.Features(p.Key()))], report, cancel);
        }
        var manifest = ManifestFile.Load(home.Manifest(spec.Manifest));
        var progress = new ProgressGate(report);
        using var upstream = UpstreamFactory.Create(home, spec, device);
        long frames = 0, bytes = 0, samples = 0;
        var hash = FeatureFileWriter.Write(path, manifest.Utterances.Length, upstream.Layers, upstream.Dimension, file =>
        {
            for (var i = 0; i < manifest.Utterances.Length; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var waveform = Read(manifest.Utterances[i]);
                file.Append(Extract(upstream, manifest.Utterances[i], waveform), waveform.Length);
                samples += waveform.Length;
                progress.Report(i + 1, manifest.Utterances.Length);
            }
            frames = file.Frames;
        });
        bytes = new FileInfo(path).Length;
        return new ExtractResult(hash, bytes, manifest.Utterances.Length, frames, upstream.Dimension, samples / (double)AudioFile.Rate);
    }

    /// <summary>The job that makes the features of a fold. Signal processing is told by the fold itself, a model was remembered by its extraction; else null.</summary>
    public static ExtractSpec? Of(HomeFolder home, FoldSpec fold) =>
        new[] { FeatureRules.Last, FeatureRules.All }.Select(layers => new ExtractSpec(fold.Corpus, fold.Manifest, fold.Upstream, layers)).FirstOrDefault(spec => spec.Key() == fold.Features)
        ?? Remembered(home, fold.Features);

    private static ExtractSpec? Remembered(HomeFolder home, string key)
    {
        try
        {
            var path = home.ExtractSpec(key);
            return File.Exists(path) && JobSpec.FromJson(ExtractSpec.Name, File.ReadAllText(path)) is ExtractSpec spec && spec.Key() == key ? spec : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Remember(HomeFolder home, string key, ExtractSpec spec)
    {
        if (spec is not { Checkpoint: null, Pretrain: null, Imported: null, With: null } && Remembered(home, key) is null)
            AtomicFile.Write(home.ExtractSpec(key), stream => stream.Write(Encoding.UTF8.GetBytes(spec.ToJson())));
    }

    /// <summary>What a complete, unchanged file says of itself; null where there is none. Reads it all.</summary>
    private static ExtractResult? Existing(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var file = new FeatureFile(path);
            return new ExtractResult(file.Verify(), file.Bytes, file.Utterances, file.Frames, file.Dimension, file.AudioSeconds);
        }
        catch (DamagedFeaturesException)
        {
            return null;
        }
    }

    /// <summary>16 kHz mono samples, if the audio is still what the manifest says.</summary>
    private static float[] Read(Utterance utterance)
    {
        var clip = AudioFile.ReadNative(utterance.Path, utterance.Start, utterance.End);
        if (utterance.Audio.Length > 0 && clip.Hash() != utterance.Audio)
            throw new InputException($"{utterance.Path}: the audio of '{utterance.Id}' is not what the manifest describes; scan the corpus again");
        return clip.ToMono();
    }

    private static float[] Extract(IUpstream upstream, Utterance utterance, float[] waveform)
    {
        if (waveform.Length < upstream.MinimumSamples)
        {
            throw new InputException(string.Create(CultureInfo.InvariantCulture,
                $"{utterance.Path}: '{utterance.Id}' is {waveform.Length / 16.0:0.#} ms long, but {upstream.Name} needs at least {upstream.MinimumSamples / 16.0:0.#} ms"));
        }
        var features = upstream.Extract(waveform);
        foreach (var value in features)
            if (!float.IsFinite(value)) throw new InvalidOperationException($"{upstream.Name} gave a value that is not finite for '{utterance.Id}'");
        return features;
    }
}
