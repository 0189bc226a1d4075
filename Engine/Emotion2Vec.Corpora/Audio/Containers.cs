using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>
/// What has to be known about containers besides decoding. libsndfile quietly shortens a WAV, AIFF or Ogg file that
/// was cut off, so their own lengths are checked here; FLAC announces its samples and needs no help.
/// </summary>
internal static class Containers
{
    /// <summary>Why the file cannot be whole; null where nothing speaks against it.</summary>
    internal static string? Truncated(SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[12];
        if (RandomAccess.Read(file, head, 0) < head.Length) return null;
        return Tag(head) switch
        {
            "RIFF" when Tag(head[8..]) == "WAVE" => TruncatedChunk(file, "data", BinaryPrimitives.ReadUInt32LittleEndian),
            "FORM" when Tag(head[8..]) is "AIFF" or "AIFC" => TruncatedChunk(file, "SSND", BinaryPrimitives.ReadUInt32BigEndian),
            "OggS" => TruncatedOgg(file),
            _ => null,
        };
    }

    /// <summary>Name of a container that ffmpeg reads and libsndfile does not; null for anything else.</summary>
    internal static string? NeedsFfmpeg(SafeFileHandle file)
    {
        Span<byte> head = stackalloc byte[16];
        head = head[..RandomAccess.Read(file, head, 0)];
        if (head.Length < 12) return null;
        if (Tag(head[4..]) == "ftyp") return "MP4";
        if (Tag(head) == "RIFF" && Tag(head[8..]) == "AVI ") return "AVI";
        if (Tag(head) == "OggS") return "Ogg";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return "Matroska";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x30, 0x26, 0xB2, 0x75])) return "ASF";
        if (head.StartsWith("FLV"u8)) return "FLV";
        if (head.StartsWith("#!AMR"u8)) return "AMR";
        if (head.StartsWith("ID3"u8)) return "MPEG audio";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x00, 0x00, 0x01, 0xBA])) return "MPEG";
        if (head[0] == 0xFF && (head[1] & 0xF6) == 0xF0) return "AAC";
        return null;
    }

    private static string? TruncatedChunk(SafeFileHandle file, string name, Func<ReadOnlySpan<byte>, uint> readSize)
    {
        var length = RandomAccess.GetLength(file);
        var head = new byte[8];
        for (var at = 12L; RandomAccess.Read(file, head, at) == head.Length;)
        {
            var size = readSize(head.AsSpan(4));
            at += 8;
            if (Tag(head) == name)
            {
                // Writers that cannot seek back leave a placeholder of about 2 or 4 GiB.
                var placeholder = size is >= 0xFFFFF000 or (>= 0x7FFFF000 and <= 0x7FFFFFFF);
                return at + size > length && !placeholder ? $"{size} bytes of audio announced, {length - at} there" : null;
            }
            at += size + (size & 1);
        }
        return null;
    }

    /// <summary>The last page must be whole and carry the end-of-stream flag (RFC 3533, section 6).</summary>
    private static string? TruncatedOgg(SafeFileHandle file)
    {
        const int LargestPage = 65307, HeaderSize = 27, EndOfStream = 4;
        var length = RandomAccess.GetLength(file);
        var tail = new byte[Math.Min(length, LargestPage)];
        var read = RandomAccess.Read(file, tail, length - tail.Length);
        var page = tail.AsSpan(0, read).LastIndexOf("OggS"u8);
        if (page < 0 || read - page < HeaderSize) return "the last Ogg page is incomplete";
        var last = tail.AsSpan(page, read - page);
        var segments = last[26];
        if (last.Length < HeaderSize + segments) return "the last Ogg page is incomplete";
        var body = 0;
        foreach (var size in last.Slice(HeaderSize, segments)) body += size;
        if (last.Length < HeaderSize + segments + body) return "the last Ogg page is incomplete";
        return (last[5] & EndOfStream) == 0 ? "the Ogg stream does not end" : null;
    }

    private static string Tag(ReadOnlySpan<byte> bytes) => System.Text.Encoding.Latin1.GetString(bytes[..4]);
}
