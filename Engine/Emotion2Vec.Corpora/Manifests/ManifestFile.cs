using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Manifests;

/// <summary>
/// A manifest on disk: JSONL, a line about the corpus and a line per utterance, canonical JSON, with the local audio
/// paths. A file that exists is complete.
/// </summary>
public static class ManifestFile
{
    private sealed record Header(string Corpus, ImmutableArray<string> Classes, bool Synthetic, ImmutableArray<string> Warnings, int Utterances, string Hash);

    /// <summary>Writes the manifest; replaces what was there.</summary>
    public static void Save(Manifest manifest, string path) => AtomicFile.Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(CanonicalJson.Write(new Header(
            manifest.Corpus, manifest.Classes, manifest.Synthetic, manifest.Warnings, manifest.Utterances.Length, manifest.Hash)));
        foreach (var utterance in manifest.Utterances) writer.WriteLine(CanonicalJson.Write(utterance));
    });

    /// <summary>Reads a manifest back and checks its hash.</summary>
    /// <exception cref="InputException">No such file, or it is damaged.</exception>
    public static Manifest Load(string path)
    {
        var number = 0;
        try
        {
            Header? header = null;
            var utterances = new List<Utterance>();
            foreach (var line in File.ReadLines(path))
            {
                number++;
                if (header is null) header = CanonicalJson.Read<Header>(line);
                else utterances.Add(CanonicalJson.Read<Utterance>(line));
            }
            if (header is null) throw new InputException($"{path}: the manifest is empty");
            if (utterances.Count != header.Utterances) throw new InputException($"{path}: the manifest is damaged: {header.Utterances} utterances announced, {utterances.Count} there");
            var manifest = new Manifest(header.Corpus, header.Classes, utterances, header.Synthetic, header.Warnings);
            return manifest.Hash == header.Hash ? manifest : throw new InputException($"{path}: the manifest is damaged: its hash does not match");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}:{number}: the manifest is damaged: {e.Message.Split('\n')[0]}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such manifest", e);
        }
    }
}
