using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data verify [CORPUS]</c>: decode every file and compare counts with the published ones.</summary>
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
            var manifests = corpora.Select(c => DataVerb.Scan(settings, c.Name, ct)).ToArray();
            if (settings.Json)
            {
                Printer.Json(manifests.Select(m => new { m.Corpus, ok = m.Warnings.IsEmpty, m.Hash, m.Warnings }));
            }
            else
            {
                foreach (var m in manifests)
                {
                    Console.Out.WriteLine($"{m.Corpus}: {(m.Warnings.IsEmpty ? $"as published, {m.Utterances.Length} utterances" : $"{m.Utterances.Length} utterances, {Outcome.Count(m.Warnings.Length, "remark")}")}");
                    foreach (var warning in m.Warnings) Console.Out.WriteLine($"  {warning}");
                }
            }
            // A remark may be in the published corpus itself (one recording under two names): only other counts are a failure.
            var different = manifests.Zip(corpora).Any(p => p.Second.Published.Any(c => p.First.Utterances.Count(u => u.Label == c.Label) != c.Utterances));
            return Task.FromResult(different ? ExitCode.Failed : ExitCode.Done);
        });
        return command;
    }

    private static ICorpus[] Corpora(Settings settings, string[] names)
    {
        if (names.Length > 0) return [.. names.Select(CorpusCatalogue.Find)];
        if (settings.Data.Length == 0) throw new InputException("data verify: no data folder is named (--data or E2V_DATA)");
        var found = CorpusCatalogue.All.Where(c => c.Find(settings.Data) is not null).ToArray();
        return found.Length > 0 ? found : throw new InputException($"{settings.Data}: none of the known corpora is here ({string.Join(", ", CorpusCatalogue.Names)})");
    }
}
