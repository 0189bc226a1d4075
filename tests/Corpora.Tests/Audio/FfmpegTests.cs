using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Audio;

/// <summary>The way through ffmpeg, with a stand-in program on a search path of its own.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class FfmpegTests : IDisposable
{
    private static readonly byte[] Mp4 = [0, 0, 0, 32, .. "ftypM4A "u8, .. new byte[64]];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Program(string script)
    {
        var path = folder.File("bin/ffmpeg");
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return Path.GetDirectoryName(path)!;
    }

    private string Clip()
    {
        var path = folder.File("clip.m4a");
        File.WriteAllBytes(path, Mp4);
        return path;
    }

    [Fact]
    public void Containers_are_told_by_content()
    {
        string? Container(byte[] content)
        {
            File.WriteAllBytes(folder.File("x"), content);
            using var file = File.OpenHandle(folder.File("x"));
            return Containers.NeedsFfmpeg(file);
        }
        Assert.Equal("MP4", Container(Mp4));
        Assert.Equal("Matroska", Container([0x1A, 0x45, 0xDF, 0xA3, .. new byte[32]]));
        Assert.Equal("AVI", Container([.. "RIFF"u8, 0, 0, 0, 0, .. "AVI LIST"u8]));
        Assert.Null(Container("a text file, and nothing else"u8.ToArray()));
        Assert.Null(Container([0, 0]));
    }

    [Fact]
    public void Without_ffmpeg_the_file_and_the_command_are_named()
    {
        var clip = Clip();
        Assert.Equal($"{clip}: MP4 is read through ffmpeg, which is not on PATH: run 'sudo apt-get install ffmpeg'",
            Assert.Throws<InputException>(() => Ffmpeg.ToWave(clip, "MP4", folder.Path)).Message);
    }

    [Fact]
    public void What_ffmpeg_writes_is_read()
    {
        var clip = Clip();
        var wave = Wave.File(16000, 1, Wave.Float, 32, [.. BitConverter.GetBytes(0.5f), .. BitConverter.GetBytes(-0.25f)], dataSize: uint.MaxValue);
        File.WriteAllBytes(folder.File("out.wav"), wave);
        File.Delete(folder.File("arguments"));
        var path = Program($"echo \"$@\" > '{folder.File("arguments")}'; cat '{folder.File("out.wav")}'");
        using var decoded = Ffmpeg.ToWave(clip, "MP4", path);
        Assert.Equal(wave.Length, RandomAccess.GetLength(decoded));
        Assert.Contains($"-i file:{clip} ", File.ReadAllText(folder.File("arguments")));
    }

    [Fact]
    public void The_last_line_of_a_failing_ffmpeg_is_reported()
    {
        var clip = Clip();
        var path = Program("echo 'moov atom not found' >&2; exit 1");
        Assert.Equal($"{clip}: ffmpeg cannot decode it: moov atom not found",
            Assert.Throws<InputException>(() => Ffmpeg.ToWave(clip, "MP4", path)).Message);
    }
}
