using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests.Checkpoints;

/// <summary>Whatever happened to a file: a message in one line, or a result; never another exception.</summary>
public sealed class DamagedFileTests
{
    private static readonly string[] Names = ["fairseq_zip_views.pt", "fairseq_legacy_args.pt", "with_parameter.bin", "tiny.safetensors", "omegaconf.pt"];

    public static TheoryData<string> Files => [.. Names];

    [Theory]
    [MemberData(nameof(Files))]
    public void TruncatedAnywhere(string name)
    {
        using var folder = new TemporaryFolder();
        var whole = File.ReadAllBytes(TestData.Fixture("checkpoints", name));
        var path = folder.File(name);
        var cuts = Enumerable.Range(0, 300).Select(i => (int)((long)i * whole.Length / 300)).Concat(Enumerable.Range(0, Math.Min(200, whole.Length))).Append(whole.Length - 1).Distinct();
        foreach (var cut in cuts)
        {
            File.WriteAllBytes(path, whole[..cut]);
            var message = Assert.Throws<InputException>(() => CheckpointFile.Open(path).Dispose()).Message;
            Assert.StartsWith(path + ": ", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
    }

    [Theory]
    [InlineData("fairseq_legacy_args.pt", 20_000, "14 tensors")]
    [InlineData("tiny.safetensors", 265, "2 tensors is missing or incomplete: h, i")]
    public void TruncatedTensorsAreListed(string name, int cut, string said)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File(name);
        File.WriteAllBytes(path, File.ReadAllBytes(TestData.Fixture("checkpoints", name))[..cut]);
        var message = Assert.Throws<InputException>(() => CheckpointFile.Open(path)).Message;
        Assert.Contains($"truncated at {cut} bytes", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    /// <summary>2,000 files with up to eight wrong bytes, most of them in the small parts that are parsed.</summary>
    [Fact]
    public void RandomlyDamaged()
    {
        using var folder = new TemporaryFolder();
        var files = Names.Select(n => (n, File.ReadAllBytes(TestData.Fixture("checkpoints", n)))).ToArray();
        var random = new Random(20231206);
        var (opened, refused) = (0, 0);
        for (var i = 0; i < 2_000; i++)
        {
            var (name, whole) = files[i % files.Length];
            var bytes = whole.ToArray();
            for (var flips = random.Next(1, 9); flips > 0; flips--)
            {
                var at = random.Next(4) == 0 ? random.Next(bytes.Length) : random.Next(2) == 0 ? random.Next(Math.Min(4096, bytes.Length)) : bytes.Length - 1 - random.Next(Math.Min(2500, bytes.Length));
                bytes[at] = (byte)random.Next(256);
            }
            var path = folder.File("damaged");
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = CheckpointFile.Open(path);
                foreach (var tensor in file.Tensors.Concat(file.Ema)) Assert.Equal(tensor.Count, tensor.ToFloats().Length);
                file.CheckData();
                Architectures.Detect(path, file.Tensors);
                opened++;
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"round {i} on {name}: {e}");
            }
        }
        // Both endings must have been exercised.
        Assert.True(opened > 20 && refused > 500, $"{opened} opened, {refused} refused");
    }

    [Fact]
    public void WrongDataIsFoundByTheChecksum()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.pt");
        TorchWriter.Write(path, new CheckpointContents { Model = [CheckpointTensor.FromFloats("w", [1024], [.. Enumerable.Range(0, 1024).Select(i => (float)i)])] });
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(512f))] ^= 1;
        File.WriteAllBytes(path, bytes);
        using var file = CheckpointFile.Open(path);
        Assert.Contains("checksum", Assert.Throws<InputException>(file.CheckData).Message, StringComparison.Ordinal);
        Assert.Contains("checksum", Assert.Throws<InputException>(() => file.Find("w")!.ToFloats()).Message, StringComparison.Ordinal);
    }
}
