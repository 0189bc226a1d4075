using System.CommandLine;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Output;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Manifests;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v data …</c>: corpora, without a silo.</summary>
internal static class DataVerb
{
    public static Command Create() => new("data", "Corpora: list, scan, verify, folds, export, synthesize")
    {
        DataListVerb.Create(), DataScanVerb.Create(), DataVerifyVerb.Create(), DataFoldsVerb.Create(), DataExportVerb.Create(), DataSynthVerb.Create(),
    };

    /// <summary>Scans a corpus by name or manifest path with a bar on a terminal; hashes go to the index of the home.</summary>
    /// <param name="gridFolder">Where a relative manifest path is looked for first.</param>
    /// <param name="labels">Whether every utterance of a manifest must have a label.</param>
    public static Manifest Scan(Settings settings, string nameOrPath, CancellationToken ct, string? gridFolder = null, bool labels = true)
    {
        var index = new AudioIndex(new HomeFolder(settings.Home).AudioIndex);
        var data = settings.Data.Length > 0 ? settings.Data : null;
        return Printer.WithBar($"reading {nameOrPath}", settings.Json, progress => CorpusCatalogue.Scan(nameOrPath, data, index, progress, ct, gridFolder, labels));
    }
}
