using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Audio;

/// <summary>A few files exactly as published, with their odd headers, where they are on this machine.</summary>
public sealed class OriginalFilesTests
{
    [SkippableTheory]
    [InlineData("emodb/03a01Fa.wav", 16000, 1)]
    [InlineData("emodb/14a07Aa.wav", 16000, 1)]
    [InlineData("emodb/14a07Fd.wav", 16000, 1)]
    [InlineData("urdu/SM1_F10_A010.wav", 44100, 1)]
    [InlineData("urdu/SM1_F11_A011.wav", 44100, 1)]
    [InlineData("ravdess_speech/03-01-01-01-01-01-01.wav", 48000, 1)]
    [InlineData("ravdess_speech/03-01-02-01-01-02-01.wav", 48000, 2)]
    [InlineData("odd/aiff_named_wav.wav", 0, 0)]
    public void Are_read(string name, int rate, int channels)
    {
        var path = Path.Combine(TestData.NeedShared("originals"), name);
        var native = AudioFile.ReadNative(path);
        if (rate > 0) Assert.Equal((rate, channels), (native.Rate, native.Channels));
        var samples = AudioFile.Read(path);
        Assert.InRange(samples.Length, native.Seconds * 16000 - 1, native.Seconds * 16000 + 1);
        Assert.InRange(samples.Max(), 0.01f, 1.2f);
    }

    [SkippableTheory]
    [InlineData("03a01Fa")]
    [InlineData("14a07Aa")]
    [InlineData("14a07Fd")]
    public void A_FLAC_of_the_same_samples_has_the_same_hash(string id)
    {
        var wave = AudioFile.ReadNative(Path.Combine(TestData.NeedShared("originals"), "emodb", id + ".wav"));
        var flac = AudioFile.ReadNative(Path.Combine(TestData.NeedShared("emodb"), "wav", id + ".flac"));
        Assert.Equal(wave.Samples, flac.Samples);
        Assert.Equal(wave.Hash(), flac.Hash());
    }

    /// <summary>Another resampler made the 16 kHz files; both must describe the same sound.</summary>
    [SkippableTheory]
    [InlineData("urdu/SM1_F10_A010", "urdu/Angry")]
    [InlineData("ravdess_speech/03-01-01-01-01-01-01", "ravdess_speech/Actor_01")]
    [InlineData("ravdess_speech/03-01-02-01-01-02-01", "ravdess_speech/Actor_01")]
    public void Resampled_and_mixed_it_is_the_converted_corpus(string original, string folder)
    {
        var ours = AudioFile.Read(Path.Combine(TestData.NeedShared("originals"), original + ".wav"));
        var theirs = AudioFile.Read(Path.Combine(TestData.NeedShared(folder), Path.GetFileName(original) + ".flac"));
        Assert.InRange(ours.Length, theirs.Length - 1, theirs.Length + 1);
        var both = ours.Zip(theirs).ToArray();
        var difference = Math.Sqrt(both.Average(s => Math.Pow(s.First - s.Second, 2)));
        var level = Math.Sqrt(both.Average(s => Math.Pow(s.Second, 2)));
        Assert.InRange(difference / level, 0, 0.02);
    }

    [SkippableFact]
    public void A_FLAC_that_was_cut_off_is_an_error()
    {
        var content = File.ReadAllBytes(Path.Combine(TestData.NeedShared("emodb"), "wav", "03a01Fa.flac"));
        using var folder = new TemporaryFolder();
        var path = folder.File("03a01Fa.flac");
        foreach (var length in (int[])[content.Length - 1, content.Length / 2, 200, 20])
        {
            File.WriteAllBytes(path, content[..length]);
            Assert.StartsWith(path, Assert.Throws<InputException>(() => AudioFile.Read(path)).Message);
        }
    }
}
