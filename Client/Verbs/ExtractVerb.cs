using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Engine;
using Emotion2Vec.Engine.Features;
using Emotion2Vec.Engine.Upstreams;
using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Client.Verbs;

/// <summary>
/// <c>e2v extract</c>: the features of a corpus or of audio files, written as the emotion2vec repository does. The same job as
/// a grid's, so a grid finds the features afterwards, and this verb finds those of a grid.
/// </summary>
internal static class ExtractVerb
{
    private sealed record Wish(string[] Files, string? Corpus, string? Upstream, string? Checkpoint, FeatureRules Rules, string Out, string? Name);

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Audio files, instead of --corpus", Arity = ArgumentArity.ZeroOrMore };
        var corpus = new Option<string?>("--corpus") { Description = "Known corpus, or a manifest (.csv, .jsonl; labels are not needed)", HelpName = "NAME" };
        var upstream = new Option<string?>("--upstream") { Description = $"Upstream: {string.Join(", ", UpstreamCatalogue.Names)}", HelpName = "NAME" };
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Checkpoint of a model of any known family", HelpName = "PATH" };
        var layers = new Option<string>("--layers") { Description = "last, mean4 (mean of the last four), all, or the number of a layer", HelpName = "RULE", DefaultValueFactory = _ => FeatureRules.Last };
        var tokens = new Option<string>("--tokens") { Description = "frames, utt (the utterance tokens as frames), utt+frm (their mean appended to every frame)", HelpName = "RULE", DefaultValueFactory = _ => FeatureRules.Frames };
        var folder = new Option<string>("--out") { Description = "Folder for NAME.npy, NAME.lengths and NAME.emo", HelpName = "DIR", Required = true };
        var name = new Option<string?>("--name") { Description = "NAME of the files (default: the corpus)", HelpName = "NAME" };
        var command = new Command("extract", "Write the features of a corpus or of audio files") { files, corpus, upstream, checkpoint, layers, tokens, folder, name, CommonOptions.Device };
        command.SetAction((parse, ct) =>
        {
            var wish = new Wish(parse.GetValue(files) ?? [], parse.GetValue(corpus), parse.GetValue(upstream), parse.GetValue(checkpoint),
                new FeatureRules(parse.GetRequiredValue(layers), parse.GetRequiredValue(tokens)), parse.GetRequiredValue(folder), parse.GetValue(name));
            return Task.FromResult(Run(CommonOptions.Read(parse), wish, ct));
        });
        return command;
    }

    private static int Run(Settings settings, Wish wish, CancellationToken ct)
    {
        var name = Check(wish);
        var target = OutputPath.Folder(wish.Out);
        var home = new HomeFolder(settings.Home);
        var data = settings.Data.Length > 0 ? settings.Data : null;
        string? path = null;
        if (wish.Checkpoint is not null || UpstreamCatalogue.Find(name).Kind == UpstreamKind.Model)
        {
            path = wish.Checkpoint ?? ModelFiles.Find(name, data);
            PretrainedModel.Describe(name, path, wish.Rules);
        }
        var manifest = wish.Corpus is { } corpus ? DataVerb.Scan(settings, corpus, ct, labels: false) : Files(settings, home, wish.Files, ct);
        home.Create();
        ManifestFile.Save(manifest, home.Manifest(manifest.Hash));
        string? content = null;
        if (path is not null) CheckpointLinks.Save(home, content = CheckpointLinks.Hash(path), path);

        var spec = new ExtractSpec(manifest.Corpus, manifest.Hash, name, wish.Rules.Layers, content, Tokens: wish.Rules.Tokens == FeatureRules.Frames ? null : wish.Rules.Tokens);
        var key = spec.Key();
        var title = $"{manifest.Corpus} · {wish.Rules.Describe(name)}";
        var began = Stopwatch.GetTimestamp();
        var result = CanonicalJson.Read<ExtractResult>(Printer.WithProgress(title, "utterances", settings.Json,
            bar => new JobRunner(home, ProbeVerb.DeviceOf(settings)).Run(key, spec, p => bar?.Report((p.Done, p.Total)), ct)));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var features = new FeatureFile(home.Features(key));
        var written = FeatureExport.Write(features, manifest, target, wish.Name ?? FileName(manifest.Corpus), ct);

        if (settings.Json)
        {
            Printer.Json(new
            {
                key, manifest.Corpus, upstream = name, checkpoint = content, wish.Rules.Layers, wish.Rules.Tokens, manifest.Synthetic,
                result.Utterances, result.Frames, layerCount = features.Layers, result.Dimension, result.AudioSeconds, seconds, files = written,
            });
            return ExitCode.Done;
        }
        var size = features.Layers == 1 ? $"{result.Dimension}" : $"{features.Layers} layers × {result.Dimension}";
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{title}: {result.Utterances} utterances, {result.Frames} frames × {size}, {Say.Duration(result.AudioSeconds, days: false)} of speech in {Say.Duration(seconds, days: false)}"));
        foreach (var file in written) Console.Out.WriteLine(Settings.Shown(file));
        return ExitCode.Done;
    }

    /// <summary>What can be said of a wish before anything is read; returns the name of the upstream.</summary>
    private static string Check(Wish wish)
    {
        if (wish.Corpus is null == (wish.Files.Length == 0)) throw new InputException("extract: name either a corpus (--corpus NAME) or audio files");
        if (wish.Corpus is { } corpus && !CorpusCatalogue.IsManifest(corpus)) CorpusCatalogue.Find(corpus);
        if (wish.Upstream is null && wish.Checkpoint is null) throw new InputException($"extract: name an upstream (--upstream: {string.Join(", ", UpstreamCatalogue.Names)}) or a checkpoint (--checkpoint PATH)");
        wish.Rules.CheckLayers().CheckTokens();
        if (wish.Name is { } name && (name.Length == 0 || name != Path.GetFileName(name))) throw new InputException($"extract: --name: '{name}' is no name of a file");
        if (wish.Upstream is not { } upstream) return Path.GetFileNameWithoutExtension(wish.Checkpoint!);
        var known = UpstreamCatalogue.Find(upstream);
        if (known.Kind == UpstreamKind.Imported) throw new InputException($"extract: {upstream}: features from files; they are read in grids, not extracted");
        if (known.Kind == UpstreamKind.Signal && wish.Checkpoint is not null) throw new InputException($"extract: {upstream} is signal processing and has no checkpoint");
        known.Check(wish.Rules);
        return upstream;
    }

    private static Manifest Files(Settings settings, HomeFolder home, string[] files, CancellationToken ct)
    {
        var index = new AudioIndex(home.AudioIndex);
        var manifest = Printer.WithBar("reading", settings.Json, bar => GeneralManifest.OfFiles(files, index, bar, ct));
        index.Save();
        return manifest;
    }

    /// <summary>A corpus that is named by its manifest gives the manifest's name.</summary>
    private static string FileName(string corpus) => CorpusCatalogue.IsManifest(corpus) ? Path.GetFileNameWithoutExtension(corpus) : corpus;
}
