using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests.Checkpoints;

public sealed class WriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fairseq_zip_fp16.pt", "pt")]
    [InlineData("fairseq_zip_fp16.pt", "safetensors")]
    [InlineData("fairseq_legacy_args.pt", "pt")]
    [InlineData("fairseq_legacy_args.pt", "safetensors")]
    [InlineData("omegaconf.pt", "pt")]
    [InlineData("omegaconf.pt", "safetensors")]
    [InlineData("tiny.safetensors", "pt")]
    public void WhatIsWrittenIsReadBack(string name, string extension)
    {
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", name));
        var paths = (folder.File($"a.{extension}"), folder.File($"b.{extension}"));
        Write(paths.Item1, CheckpointContents.Of(file));
        Write(paths.Item2, CheckpointContents.Of(file));
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(paths.Item1)), SHA256.HashData(File.ReadAllBytes(paths.Item2)));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);

        using var copy = CheckpointFile.Open(paths.Item1);
        Assert.Equal(extension == "pt" ? CheckpointFormat.TorchZip : CheckpointFormat.Safetensors, copy.Format);
        Same(file.Tensors, copy.Tensors);
        Same(file.Ema, copy.Ema);
        Same(file.Other, copy.Other);
        Assert.True(JsonNode.DeepEquals(file.Config, copy.Config), copy.Config.ToJsonString());
        foreach (var (key, value) in file.Extra) Assert.True(JsonNode.DeepEquals(value, copy.Extra[key]), key);
        copy.CheckData();

        static void Same(IEnumerable<CheckpointTensor> a, IEnumerable<CheckpointTensor> b)
        {
            // Safetensors keeps larger elements first, so that all are aligned.
            var (left, right) = (a.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray(), b.OrderBy(t => t.Name, StringComparer.Ordinal).ToArray());
            Assert.Equal(left.Select(t => (t.Name, t.Type, t.ShapeText)), right.Select(t => (t.Name, t.Type, t.ShapeText)));
            Assert.All(left.Zip(right), p => Assert.Equal(p.First.ReadBytes(), p.Second.ReadBytes()));
        }
    }

    [Fact]
    public void NumbersKeepTheirKindInTheSettings()
    {
        var path = folder.File("a.pt");
        TorchWriter.Write(path, new CheckpointContents
        {
            Model = [CheckpointTensor.FromFloats("w", [1], [1])],
            Config = new JsonObject { ["int"] = 3, ["long"] = -5_000_000_000L, ["double"] = 2.0, ["float"] = 0.5f, ["text"] = "ä€", ["none"] = null, ["list"] = new JsonArray(255L, 256L, -1L, true), ["parsed"] = JsonNode.Parse("[7, 7.0]") },
        });
        using var file = CheckpointFile.Open(path);
        Assert.Equal((3L, -5_000_000_000L, 2.0, 0.5), (Get<long>("int"), Get<long>("long"), Get<double>("double"), Get<double>("float")));
        Assert.Equal("""[255,256,-1,true]""", file.Config["list"]!.ToJsonString());
        Assert.Equal((7L, 7.0), (file.Config["parsed"]![0]!.GetValue<long>(), file.Config["parsed"]![1]!.GetValue<double>()));
        Assert.Equal("ä€", Get<string>("text"));
        Assert.True(file.Config.ContainsKey("none"));

        T Get<T>(string key) => file.Config[key]!.GetValue<T>();
    }

    [Fact]
    public void HalvesAreRoundedToNearestEven()
    {
        float[] values = [0, -0f, 1, 1.00048828125f, 1.00146484375f, 65504, 1e-8f, float.PositiveInfinity, 1.00390625f, 1.01171875f, -3.3895314e38f];
        var tensor = CheckpointTensor.FromFloats("w", [values.Length], values);
        Assert.Equal(values.Select(v => (float)(Half)v), tensor.As(ElementType.Float16).ToFloats());
        Assert.Equal([0, -0f, 1, 1, 1, 65536, 1.0011718e-8f, float.PositiveInfinity, 1, 1.015625f, -3.3895314e38f], tensor.As(ElementType.BFloat16).ToFloats().Select((v, i) => i == 6 ? 1.0011718e-8f : v));
        Assert.True(float.IsNaN(CheckpointTensor.FromFloats("n", [1], [float.NaN]).As(ElementType.BFloat16).ToFloats()[0]));
        Assert.Same(tensor, tensor.As(ElementType.Float32));
    }

    /// <summary>Python's torch reads what we write: every tensor's type, shape and sum, the teacher, the settings, fairseq's keys.</summary>
    [SkippableFact]
    public void PythonReadsWhatWeWrite()
    {
        Skip.IfNot(File.Exists("/usr/bin/python3"), "needs /usr/bin/python3 with torch (python3-torch)");
        using var file = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt"));
        using var views = CheckpointFile.Open(TestData.Fixture("checkpoints", "fairseq_zip_views.pt"));
        using var state = CheckpointFile.Open(TestData.Fixture("checkpoints", "omegaconf.pt"));
        var path = folder.File("ours.pt");
        TorchWriter.Write(path, new CheckpointContents { Model = [.. file.Tensors, .. views.Tensors.Where(t => file.Find(t.Name) is null)], Ema = file.Ema, Config = file.Config, Other = state.Other });
        var output = Python($"""
            import collections
            try: import torch
            except ImportError: print('no torch'); raise SystemExit
            a = torch.load('{TestData.Fixture("checkpoints", "fairseq_zip_fp16.pt")}')
            v = torch.load('{TestData.Fixture("checkpoints", "fairseq_zip_views.pt")}')
            b = torch.load('{path}')
            assert b['cfg'] == a['cfg'], b['cfg']
            assert b['args'] is None and b['last_optimizer_state']['state.0.exp_avg'].tolist() == [[.5] * 3] * 2
            assert b['optimizer_history'][-1]['num_updates'] == 0 and 'train_iterator' in b['extra_state']
            assert type(b['model']) is collections.OrderedDict
            ema = b['model'].pop('_ema')
            expected = dict(a['model'])
            for k, t in expected.pop('_ema').items(): assert torch.equal(t, ema.pop(k)), k
            assert not ema
            for k, t in v['model'].items(): expected.setdefault(k, t)
            assert list(b['model']) == list(expected)
            for k, t in expected.items():
                o = b['model'][k]
                assert o.dtype == t.dtype and o.shape == t.shape and torch.equal(o, t) and o.is_contiguous(), k
            print('read', len(expected))
            """);
        Skip.If(output.Trim() == "no torch", "needs torch for /usr/bin/python3 (python3-torch)");
        Assert.Equal($"read {file.Tensors.Length + views.Tensors.Count(t => file.Find(t.Name) is null)}", output.Trim());
    }

    private static void Write(string path, CheckpointContents contents)
    {
        if (path.EndsWith(".pt", StringComparison.Ordinal)) TorchWriter.Write(path, contents);
        else SafetensorsWriter.Write(path, contents);
    }

    private static string Python(string program)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : error.Result;
    }
}
