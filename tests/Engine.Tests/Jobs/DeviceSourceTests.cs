using System.Text.RegularExpressions;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Engine.Tests.Jobs;

/// <summary>The engine computes where its job says: no source of it names a device, but for what is by design about main memory.</summary>
public sealed partial class DeviceSourceTests
{
    /// <summary>File, how often, and why.</summary>
    private static readonly (string File, int Times, string Reason)[] Allowed =
    [
        ("Emotion2Vec.Corpora/Jobs/JobNeeds.cs", 2, "the names of the kinds of device that a job may ask for"),
        ("Emotion2Vec.Engine/Checkpoints/Pickle/PickleWriter.cs", 1, "torch's file format names the device that a storage is loaded to"),
        ("Emotion2Vec.Engine/Checkpoints/TorchTensors.cs", 2, "bytes of a checkpoint are in main memory"),
        ("Emotion2Vec.Engine/Devices.cs", 1, "asks whether a device can be used"),
        ("Emotion2Vec.Engine/Heads/FrameSource.cs", 1, "the features file is mapped into main memory; where that is not the job's device they are copied"),
        ("Emotion2Vec.Engine/Heads/FramePooling.cs", 1, "vector instructions of the processor, for a head whose device it is"),
        ("Emotion2Vec.Engine/Heads/TemporalStreams.cs", 1, "vector instructions of the processor, for a head whose device it is"),
        ("Emotion2Vec.Engine/Heads/Head.cs", 1, "weights of the best epoch are kept in main memory"),
        ("Emotion2Vec.Engine/Upstreams/Layers.cs", 1, "a convolution by matrix product, for tensors that are on the processor"),
        ("Emotion2Vec.Engine/Upstreams/ModelUpstream.cs", 1, "features go into a file"),
    ];

    [Fact]
    public void No_source_of_the_engine_names_a_device_but_for_a_stated_reason()
    {
        var engine = Path.Combine(TestData.Repository, "Engine");
        var found = Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: Path.GetRelativePath(engine, file).Replace('\\', '/'), Lines: File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("///", StringComparison.Ordinal))))
            .Where(f => !f.File.Contains("/obj/"))
            .Select(f => (f.File, Times: f.Lines.Sum(line => Device().Count(line)))).Where(f => f.Times > 0);
        Assert.Equal(Allowed.Select(a => (a.File, a.Times)).Order(), found.Order());
        Assert.All(Allowed, a => Assert.NotEmpty(a.Reason));
    }

    [Theory]
    [InlineData("new JobRunner(home, \"cpu\")")]
    [InlineData("tensor.to(torch.CPU)")]
    [InlineData("torch.device(DeviceType.CUDA, 0)")]
    [InlineData("x.cuda()")]
    [InlineData("x.cpu()")]
    [InlineData("torch.device($\"cuda:{n}\")")]
    public void What_it_looks_for(string source) => Assert.Matches(Device(), source);

    [GeneratedRegex(@"""(cpu|cuda|mps)\b|\btorch\.(CPU|CUDA|MPS)\b|\bDeviceType\.(CPU|CUDA|MPS)\b|\.(cpu|cuda)\(")]
    private static partial Regex Device();
}
