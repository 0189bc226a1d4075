using System.Security.Cryptography;
using Emotion2Vec.Engine.Features;
using Tests.Common;

namespace Emotion2Vec.Tests;

public sealed class FeatureFileTests : IDisposable
{
    private static readonly float[][] Utterances = [.. Enumerable.Range(1, 5).Select(u => Enumerable.Range(0, u * 6).Select(i => u + i / 8f).ToArray())];

    private readonly TemporaryFolder folder = new();

    private string FilePath => Path.Combine(folder.Path, "features", "a.feat");

    [Fact]
    public void What_was_written_is_read_back()
    {
        var hash = Write();
        using var file = new FeatureFile(FilePath);
        Assert.Equal((5, 2, 3, 15L), (file.Utterances, file.Layers, file.Dimension, file.Frames));
        Assert.Equal(5 * 1600 / 16_000.0, file.AudioSeconds);
        for (var u = 0; u < 5; u++)
        {
            Assert.Equal(u + 1, file.FrameCount(u));
            Assert.Equal(Utterances[u], file[u].ToArray());
        }
        Assert.Equal(hash, file.Verify());
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(FilePath))));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.FrameCount(5));
    }

    [Fact]
    public void The_same_frames_give_the_same_file() => Assert.Equal(Write(), Write());

    [Fact]
    public void A_change_of_any_byte_is_detected()
    {
        Write();
        var bytes = File.ReadAllBytes(FilePath);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x10;
            File.WriteAllBytes(FilePath, bytes);
            bytes[at] ^= 0x10;
            Assert.Throws<DamagedFeaturesException>(() =>
            {
                using var file = new FeatureFile(FilePath);
                file.Verify();
            });
        }
    }

    [Fact]
    public void A_damaged_utterance_does_not_hide_behind_a_sound_one()
    {
        Write();
        var bytes = File.ReadAllBytes(FilePath);
        bytes[64 + 4 * 6] ^= 1; // first value of the second utterance
        File.WriteAllBytes(FilePath, bytes);
        using var file = new FeatureFile(FilePath);
        Assert.Equal(Utterances[0], file[0].ToArray());
        Assert.Contains("utterance 1", Assert.Throws<DamagedFeaturesException>(() => file[1].ToArray()).Message);
        Assert.Equal(Utterances[2], file[2].ToArray());
    }

    [Fact]
    public void Every_shorter_file_is_refused()
    {
        Write();
        var bytes = File.ReadAllBytes(FilePath);
        for (var length = 0; length < bytes.Length; length += 7)
        {
            File.WriteAllBytes(FilePath, bytes[..length]);
            Assert.Throws<DamagedFeaturesException>(() => new FeatureFile(FilePath).Dispose());
        }
    }

    [Fact]
    public void An_interrupted_writer_leaves_nothing()
    {
        Assert.Throws<OperationCanceledException>(() => FeatureFileWriter.Write(FilePath, 2, 1, 3, file =>
        {
            file.Append([1, 2, 3], 400);
            throw new OperationCanceledException();
        }));
        Assert.Throws<InvalidOperationException>(() => FeatureFileWriter.Write(FilePath, 2, 1, 3, file => file.Append([1, 2, 3], 400)));
        Assert.Empty(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    private string Write() => FeatureFileWriter.Write(FilePath, Utterances.Length, 2, 3, file =>
    {
        foreach (var frames in Utterances) file.Append(frames, 1600);
    });

    public void Dispose() => folder.Dispose();
}
