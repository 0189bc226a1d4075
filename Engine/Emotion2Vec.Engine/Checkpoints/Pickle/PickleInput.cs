using System.Text;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Engine.Checkpoints.Pickle;

/// <summary>Reads a pickle from a part of a file through a small buffer; never past the part's end or the pickle limit.</summary>
internal sealed class PickleInput(CheckpointSource source, long start, long length)
{
    /// <summary>The largest pickle that is read. The pickle of a checkpoint holds names, shapes and settings: some 100 kB.</summary>
    public const int Limit = 32 << 20;

    private readonly byte[] buffer = new byte[1 << 14];
    private int filled, at;
    private long read;

    /// <summary>The file's path, for messages.</summary>
    public string File => source.Path;

    /// <summary>Byte of the file that comes next.</summary>
    public long Position => start + read - (filled - at);

    private long Remaining => length - read + (filled - at);

    public byte Byte()
    {
        if (at == filled) Fill();
        return buffer[at++];
    }

    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)Remaining) throw Fail($"ends inside a value of {count} bytes");
        if (count > Limit) throw Fail($"holds a value of {count} bytes; no more than {Limit} are read");
        var bytes = new byte[count];
        for (var done = 0; done < bytes.Length;)
        {
            if (at == filled) Fill();
            var n = Math.Min(filled - at, bytes.Length - done);
            buffer.AsSpan(at, n).CopyTo(bytes.AsSpan(done));
            at += n;
            done += n;
        }
        return bytes;
    }

    /// <summary>Text up to the end of the line, which is consumed (the text opcodes of protocol 0).</summary>
    public string Line()
    {
        var line = new List<byte>();
        for (var b = Byte(); b != '\n'; b = Byte())
        {
            if (line.Count == 1 << 16) throw Fail("holds a line of over 65,536 bytes");
            line.Add(b);
        }
        return Text([.. line]);
    }

    /// <summary>UTF-8, as torch reads text; bytes that are none (text of Python 2) as Latin-1.</summary>
    public static string Text(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    public InputException Fail(string what) => source.Fail($"damaged or no checkpoint: the pickle {what} (at byte {Position})");

    private void Fill()
    {
        var n = (int)Math.Min(buffer.Length, length - read);
        if (n <= 0) throw Fail("ends before it is complete");
        if (read >= Limit) throw source.Fail($"its pickle is over {Limit >> 20} MB: this is no checkpoint of a model");
        source.Read(start + read, buffer.AsSpan(0, n));
        read += n;
        filled = n;
        at = 0;
    }
}
