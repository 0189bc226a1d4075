using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;

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
            var corpora = Corpora(settings, parse.GetValue(names) ?? []);
            if (settings.Data.Length == 0) throw new InputException("data verify: no data folder is named (--data or E2V_DATA)");
            var checks = corpora.Select(c =>
            {
                var manifest = DataVerb.Scan(settings, c.Name, ct);
                return (Manifest: manifest, Check: CorpusCheck.Of(c, manifest, settings.Data));
            }).ToArray();
            if (settings.Json)
            {
                Printer.Json(checks.Select(c => new { c.Manifest.Corpus, ok = c.Check.Failures.IsEmpty, c.Manifest.Hash, c.Check.Failures, c.Check.Remarks }));
            }
            else
            {
                foreach (var (manifest, check) in checks)
                {
                    var verdict = check.Failures.IsEmpty ? "as published" : "NOT as published";
                    Console.Out.WriteLine($"{manifest.Corpus}: {verdict}, {manifest.Utterances.Length} utterances");
                    foreach (var failure in check.Failures) Console.Out.WriteLine($"  wrong   {failure}");
                    foreach (var remark in check.Remarks) Console.Out.WriteLine($"  remark  {remark}");
                }
            }
            return Task.FromResult(checks.All(c => c.Check.Failures.IsEmpty) ? ExitCode.Done : ExitCode.Failed);
        });
        return command;
    }

    private static ICorpus[] Corpora(Settings settings, string[] names)
    {
        if (names.FirstOrDefault(CorpusCatalogue.IsManifest) is { } manifest) throw new InputException($"data verify: {manifest} is a manifest, and nothing is published of it; 'e2v data scan {manifest}' decodes its files");
        if (names.Length > 0) return [.. names.Select(CorpusCatalogue.Find)];
        if (settings.Data.Length == 0) throw new InputException("data verify: no data folder is named (--data or E2V_DATA)");
        var found = CorpusCatalogue.All.Where(c => c.Find(settings.Data) is not null).ToArray();
        return found.Length > 0 ? found : throw new InputException($"{settings.Data}: none of the known corpora is here ({string.Join(", ", CorpusCatalogue.Names)})");
    }
}
