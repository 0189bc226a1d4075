using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data verify [CORPUS]</c>: decode every file and compare the corpus with the published one.</summary>
internal static class DataVerifyVerb
{
    public static Command Create()
    {
        var names = new Argument<string[]>("CORPUS") { Description = "Known corpora (default: all in the data folder)", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("verify", "Decode every file and compare a corpus with its published counts") { names };
        command.SetAction((parse, ct) =>
        {
            var settings = CommonOptions.Read(parse);
            var checks = Corpora(settings, parse.GetValue(names) ?? []).Select(corpus => Check(settings, corpus, ct)).ToArray();
            if (settings.Json)
            {
                Printer.Json(checks.Select(c => new { corpus = c.Corpus.Name, ok = c.Check.Failures.IsEmpty, c.Manifest?.Hash, c.Check.Failures, c.Check.Remarks }));
            }
            else
            {
                foreach (var (corpus, manifest, check) in checks)
                {
                    var verdict = !check.Failures.IsEmpty ? "NOT as published" : corpus.Card.Utterances is null ? "nothing wrong, no number of utterances is published" : "as published";
                    Console.Out.WriteLine($"{corpus.Name}: {verdict}, {(manifest is null ? "cannot be read" : Counted.Of(manifest.Utterances.Length, "utterance"))}");
                    foreach (var failure in check.Failures) Console.Out.WriteLine($"  wrong   {failure}");
                    foreach (var remark in check.Remarks) Console.Out.WriteLine($"  remark  {remark}");
                }
            }
            return Task.FromResult(checks.All(c => c.Check.Failures.IsEmpty) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    /// <summary>What is wrong with one corpus keeps no other from being looked at; a corpus that is not there is the caller's mistake.</summary>
    private static (ICorpus Corpus, Manifest? Manifest, CorpusCheck Check) Check(Settings settings, ICorpus corpus, CancellationToken ct)
    {
        try
        {
            var manifest = DataVerb.Scan(settings, corpus.Name, ct);
            return (corpus, manifest, CorpusCheck.Of(corpus, manifest, settings.Data));
        }
        catch (InputException e) when (IsThere(corpus, settings.Data))
        {
            return (corpus, null, CorpusCheck.Of(corpus, e, settings.Data));
        }
    }

    private static bool IsThere(ICorpus corpus, string data) => corpus.Survey(data).State == CorpusState.Ambiguous || corpus.Find(data) is not null;

    private static ICorpus[] Corpora(Settings settings, string[] names)
    {
        if (names.FirstOrDefault(CorpusCatalogue.IsManifest) is { } manifest) throw new InputException($"data verify: {manifest} is a manifest, and nothing is published of it; 'e2v data scan {manifest}' decodes its files");
        ICorpus[] named = [.. names.Select(CorpusCatalogue.Find)];
        if (settings.Data.Length == 0) throw new InputException("data verify: no data folder is named (--data or E2V_DATA)");
        if (named.Length > 0) return named;
        var found = CorpusCatalogue.All.Where(c => IsThere(c, settings.Data)).ToArray();
        return found.Length > 0 ? found : throw new InputException($"{settings.Data}: none of the known corpora is here ({string.Join(", ", CorpusCatalogue.Names)})");
    }
}
