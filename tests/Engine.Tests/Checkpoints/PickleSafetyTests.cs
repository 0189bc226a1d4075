using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;
using static Emotion2Vec.Tests.Checkpoints.PickleFiles;

namespace Emotion2Vec.Tests.Checkpoints;

/// <summary>A pickle is a program; what a malicious one can do here is be refused.</summary>
public sealed class PickleSafetyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "exec")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("fairseq.data.dictionary", "Dictionary")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    public void AnyOtherNameIsRefusedByName(string module, string name)
    {
        var witness = folder.File("witness");
        var command = $"touch {witness}";
        foreach (var pickle in (byte[][])
        [
            Pickle("\u0080\u0002c", $"{module}\n{name}\n", "(", Text(command), "tR."),
            Pickle("\u0080\u0004", Text(module), Text(name), "\u0093(", Text(command), "tR."),
            Pickle("(", Text(command), $"i{module}\n{name}\n."),
            Pickle($"(c{module}\n{name}\n", Text(command), "o."),
            Pickle($"\u0080\u0002c{module}\n{name}\n)\u0081}}b."),
        ])
        {
            var path = Zip(folder, pickle);
            var message = Assert.Throws<InputException>(() => CheckpointFile.Open(path)).Message;
            Assert.StartsWith($"{path}: refused", message, StringComparison.Ordinal);
            Assert.Contains($"'{module}.{name}'", message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
        Assert.False(File.Exists(witness));
    }

    [Fact]
    public void TheOldFormatRefusesToo()
    {
        var path = folder.File("old.pt");
        File.WriteAllBytes(path, Pickle(
            new byte[] { 0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.' }, "\u0080\u0002M", 0xE9, 0x03, ".", "}.", "cos\nsystem\n(", Text("true"), "tR."));
        Assert.Contains("'os.system'", Assert.Throws<InputException>(() => CheckpointFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesThatAreNoFunctionsCannotBeCalled() =>
        Refused(Pickle("ctorch\nFloatStorage\n)R."), "which is no function");

    /// <summary>list(x) of a long list, again and again: 20 MB of opcodes would take 100 GB.</summary>
    [Fact]
    public void CopiesAreBounded()
    {
        var list = Pickle("](", string.Concat(Enumerable.Repeat("N", 100_000)), "eq\u0000");
        var copies = string.Concat(Enumerable.Repeat("c__builtin__\nlist\nh\u0000\u0085R", 1_000));
        Refused(Pickle(list, copies, "."), "copies over");
    }

    /// <summary>Each level holds the one before twice: 60 levels spell out 10^18 values.</summary>
    [Theory]
    [InlineData(50, "holds over")]
    [InlineData(5000, "nested over")]
    public void SharedAndDeepValuesAreBounded(int levels, string said)
    {
        var nest = new List<object> { "\u0080\u0002}", Text("model"), "}", Text("w"), TensorOf(), "s", "s", Text("x"), "]q\u0001" };
        for (var i = 0; i < levels; i++) nest.Add("0(h\u0001h\u0001lq\u0001");
        Refused(Pickle([.. nest, "s", "."]), said, ("0", new byte[4]));
    }

    [Fact]
    public void AValueThatHoldsItselfIsRefused() =>
        Refused(Pickle("\u0080\u0002}", Text("model"), "}", Text("w"), TensorOf(), "s", "s", Text("x"), "]q\u0001h\u0001a", "s."), "nested over", ("0", new byte[4]));

    [Fact]
    public void AnnouncedLengthsAreNotBelieved()
    {
        Refused(Pickle("X", U32(0xFFFFFFFF), "abc."), "ends inside a value");
        Refused(Pickle("\u008e", U32(0), U32(0x7FFFFFFF), "abc."), "ends inside a value");
        Refused(Pickle("\u008b", U32(0x7FFFFFFF), "abc."), "holds a number");
        Refused(Pickle("Nr", U32(0xFFFFFFFF), "0."), "stack");
    }

    [Theory]
    [InlineData("0.", "empty stack")]
    [InlineData("t.", "not opened")]
    [InlineData("h\u0005.", "never stored")]
    [InlineData("N)R.", "calls something")]
    [InlineData("NNa.", "no list")]
    [InlineData("}(Nu.", "without a value")]
    [InlineData("NQ.", "no tensor storage")]
    [InlineData("\u0080\u0009.", "protocol 9")]
    [InlineData("\u00ff.", "unknown opcode")]
    [InlineData("N", "ends before")]
    [InlineData("N.", "no dict")]
    [InlineData("}.", "no tensors")]
    public void WrongProgramsAreOneLine(string pickle, string said) => Refused(Pickle(pickle), said);

    [Theory]
    [InlineData("K\u0003", "K\u0002\u0085", "K\u0001\u0085", "needs 5 elements, 4 are stored")]
    [InlineData("K\u0000", "K\u0003K\u0003\u0086", "K\u0003K\u0001\u0086", "needs 9 elements")]
    [InlineData("J\u00ff\u00ff\u00ff\u00ff", "K\u0002\u0085", "K\u0001\u0085", "negative")]
    [InlineData("K\u0000", "J\u00ff\u00ff\u00ff\u007f\u0085", "K\u0000\u0085", "expands 4 stored elements")]
    [InlineData("K\u0000", "K\u0002\u0085", "K\u0001K\u0001\u0086", "1 dimensions and 2 strides")]
    [InlineData("K\u0000", "J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0087", "J\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007fJ\u00ff\u00ff\u00ff\u007f\u0087", "impossible")]
    public void ViewsOutsideTheirStorageAreRefused(string offset, string shape, string strides, string said) =>
        Refused(OneTensor(4, offset, Pickle(shape), Pickle(strides)), said, ("0", new byte[16]));

    [Fact]
    public void AStorageShorterThanAnnouncedIsTruncatedAndNamed() =>
        Refused(OneTensor(4, "K\u0000", Pickle("K\u0004\u0085"), Pickle("K\u0001\u0085")), "1 tensors is missing or incomplete: w", ("0", new byte[15]));

    [Fact]
    public void AnUntypedStorageIsReadWithTheTensorsType()
    {
        var path = Zip(folder, Pickle("\u0080\u0002}", Text("w"), "ctorch._utils\n_rebuild_tensor_v3\n((", Text("storage"), "ctorch.storage\nUntypedStorage\n", Text("0"), Text("cpu"),
            "K\u0004tQK\u0001K\u0001\u0085K\u0001\u0085\u0089)ctorch\nbfloat16\n}tRs."), ("0", [0, 0, 0x80, 0x3F]));
        using var file = CheckpointFile.Open(path);
        Assert.Equal([1f], file.Find("w")!.ToFloats());
    }

    private static byte[] TensorOf()
    {
        var whole = OneTensor(1, "K\u0000", Pickle("K\u0001\u0085"), Pickle("K\u0001\u0085"));
        var head = 3 + Text("w").Length;
        return whole[head..^2];
    }

    private void Refused(byte[] pickle, string said, params (string, byte[])[] storages)
    {
        var path = Zip(folder, pickle, storages);
        var message = Assert.Throws<InputException>(() => CheckpointFile.Open(path).Dispose()).Message;
        Assert.StartsWith(path + ": ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }
}
