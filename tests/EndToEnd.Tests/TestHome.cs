using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A state folder, a tiny corpus and a grid on it, which go away with the test.</summary>
internal sealed class TestHome : IDisposable
{
    /// <summary>Jobs of the grid that <see cref="Grid"/> writes for one seed: two extractions and ten folds each.</summary>
    public const int Jobs = 22;

    private readonly TemporaryFolder folder = new();

    public TestHome()
    {
        Path = System.IO.Path.Combine(folder.Path, "home");
        Data = Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, "data")).FullName;
        Manifest = TinyCorpus.Write(Data);
    }

    public string Path { get; }

    public string Data { get; }

    public string Manifest { get; }

    public StoreFile Store => new(Path);

    /// <summary>Writes a grid over the tiny corpus; returns its path.</summary>
    public string Grid(string name = "tiny", int seeds = 1, int epochs = 40) => GridText(name,
        $$"""
        name: {{name}}
        corpora: [tiny.csv]
        upstreams: [fbank, mfcc]
        protocols: [random10]
        heads: [{name: linear, epochs: {{epochs}}}]
        seeds: [{{string.Join(", ", Enumerable.Range(1, seeds))}}]
        """);

    /// <summary>Writes any text as a grid beside the corpus.</summary>
    public string GridText(string name, string yaml)
    {
        var path = System.IO.Path.Combine(Data, name + ".yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    public E2v Start(params string[] arguments) => E2v.Start(Path, [.. arguments, "--data", Data]);

    public Task<Ran> RunAsync(params string[] arguments) => E2v.RunAsync(Path, [.. arguments, "--data", Data]);

    public void Dispose() => folder.Dispose();
}
