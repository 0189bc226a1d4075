using Emotion2Vec.Corpora.Audio;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Audio;

public sealed class AudioFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Put(byte[] content, string name = "a.wav")
    {
        var path = folder.File(name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private string Error(byte[] content, string name = "a.wav")
    {
        var path = Put(content, name);
        var message = Assert.Throws<InputException>(() => AudioFile.Read(path)).Message;
        Assert.StartsWith(path + ": ", message);
        Assert.DoesNotContain('\n', message);
        return message[(path.Length + 2)..];
    }

    [Fact]
    public void Sixteen_kilohertz_mono_passes_bit_for_bit()
    {
        short[] samples = [0, 1, -1, 32767, -32768, 12345];
        Assert.Equal(samples.Select(s => s / 32768f), AudioFile.Read(Put(Wave.Pcm16(16000, 1, samples))));
    }

    [Fact]
    public void Eight_bits_are_unsigned_and_24_and_32_bits_scale_to_one()
    {
        Assert.Equal([0f, -1f, 127 / 128f], AudioFile.Read(Put(Wave.File(16000, 1, Wave.Pcm, 8, [128, 0, 255]))));
        Assert.Equal([1 / 8388608f, -1f, 0.5f], AudioFile.Read(Put(Wave.File(16000, 1, Wave.Pcm, 24, [1, 0, 0, 0, 0, 0x80, 0, 0, 0x40]))));
        Assert.Equal([-1f, 0.25f], AudioFile.Read(Put(Wave.File(16000, 1, Wave.Pcm, 32, [0, 0, 0, 0x80, 0, 0, 0, 0x20]))));
        Assert.Equal([0.1f, -3.5f], AudioFile.Read(Put(Wave.Float32(16000, 1, 0.1f, -3.5f))));
    }

    [Fact]
    public void Channels_are_averaged()
    {
        Assert.Equal([0.25f, -0.5f], AudioFile.Read(Put(Wave.Float32(16000, 2, 0.5f, 0f, 0f, -1f))));
        Assert.Equal([0.5f], AudioFile.Read(Put(Wave.Float32(16000, 3, 1f, 0.25f, 0.25f))));
        var native = AudioFile.ReadNative(Put(Wave.Float32(16000, 2, 0.5f, 0f, 0f, -1f)));
        Assert.Equal((16000, 2, 2), (native.Rate, native.Channels, native.Frames));
        Assert.Equal([0.5f, 0f, 0f, -1f], native.Samples);
    }

    [Fact]
    public void Chunks_around_the_samples_are_passed_over()
    {
        byte[] before = [.. Wave.Chunk("FLLR", new byte[4033]), .. Wave.Chunk("bext", new byte[602]), .. Wave.Chunk("PAD ", [1, 2, 3])];
        byte[] after = [.. Wave.Chunk("LIST", [.. "INFOISFT"u8, 2, 0, 0, 0, (byte)'x', 0]), .. Wave.Chunk("_PMX", "<x/>"u8.ToArray())];
        var content = Wave.File(16000, 1, Wave.Pcm, 16, [0, 0x40, 0, 0xC0], before, after);
        Assert.Equal([0.5f, -0.5f], AudioFile.Read(Put(content)));
    }

    [Fact]
    public void The_content_decides_the_format_not_the_name()
    {
        short[] samples = [100, -200, 300];
        Assert.Equal(samples.Select(s => s / 32768f), AudioFile.Read(Put(Wave.Aiff(16000, samples))));
        foreach (var name in (string[])["a.raw", "a.mp3", "a.gsm", "a.vox", "a"])
            Assert.Equal(samples.Select(s => s / 32768f), AudioFile.Read(Put(Wave.Pcm16(16000, 1, samples), name)));
    }

    [Theory]
    [InlineData(44100, 1000)]
    [InlineData(48000, 440)]
    [InlineData(22050, 3000)]
    [InlineData(24414, 250)]
    [InlineData(96000, 6000)]
    [InlineData(8000, 1000)]
    public void A_resampled_sine_keeps_frequency_amplitude_and_phase(int rate, double hertz)
    {
        var samples = AudioFile.Read(Put(Wave.Pcm16(rate, 1, Wave.Sine16(rate, hertz, 0.5))));
        Assert.InRange(samples.Length, 7999, 8001);
        // Away from the ends, where the filter sees silence, only the 16-bit rounding of the input is left.
        for (var n = 1000; n < 7000; n++)
            Assert.InRange(samples[n] - 0.5 * 32767 / 32768 * Math.Sin(2 * Math.PI * hertz * n / 16000), -4e-5, 4e-5);
    }

    [Fact]
    public void What_16_kilohertz_cannot_hold_is_filtered_out()
    {
        var samples = AudioFile.Read(Put(Wave.Pcm16(48000, 1, Wave.Sine16(48000, 10000, 0.5))));
        Assert.All(samples[1000..7000], s => Assert.InRange(s, -3e-5f, 3e-5f));
    }

    [Fact]
    public void Resampling_gives_the_same_bits_each_time_and_on_any_thread()
    {
        var path = Put(Wave.Pcm16(44100, 1, Wave.Sine16(44100, 777, 0.5)));
        var first = AudioFile.Read(path);
        Parallel.For(0, 16, _ => Assert.True(first.AsSpan().SequenceEqual(AudioFile.Read(path))));
    }

    [Fact]
    public void A_stretch_begins_and_ends_at_the_nearest_frame()
    {
        var path = Put(Wave.Pcm16(16000, 1, [.. Enumerable.Range(0, 16000).Select(n => (short)n)]));
        Assert.Equal(Enumerable.Range(4000, 8000).Select(n => n / 32768f), AudioFile.Read(path, 0.25, 0.75));
        Assert.Equal(Enumerable.Range(15999, 1).Select(n => n / 32768f), AudioFile.Read(path, start: 0.9999375));
        Assert.Equal(16, AudioFile.Read(path, end: 0.001).Length);
        Assert.Equal(8000, AudioFile.Read(path, 0.5, 1.005).Length);
    }

    [Theory]
    [InlineData(0.5, 1.5, "no audio from 0.5 s to 1.5 s: the file is 1 s long")]
    [InlineData(2.0, null, "no audio from 2 s to its end: the file is 1 s long")]
    [InlineData(0.5, 0.5, "no audio from 0.5 s to 0.5 s: the file is 1 s long")]
    [InlineData(-1.0, 0.5, "start is -1, not a time in seconds")]
    [InlineData(0.0, double.NaN, "end is NaN, not a time in seconds")]
    public void A_stretch_outside_the_file_is_an_error(double start, double? end, string message)
    {
        var path = Put(Wave.Pcm16(16000, 1, new short[16000]));
        Assert.Equal($"{path}: {message}", Assert.Throws<InputException>(() => AudioFile.Read(path, start, end)).Message);
    }

    [Fact]
    public void The_hash_is_of_rate_channels_and_samples_alone()
    {
        short[] samples = [1, 2, -3, 4];
        string Hash(byte[] content, double? start = null) => AudioFile.ReadNative(Put(content), start).Hash();
        var wave = Hash(Wave.Pcm16(16000, 1, samples));
        Assert.Matches("^[0-9a-f]{64}$", wave);
        Assert.Equal(wave, Hash(Wave.Aiff(16000, samples)));
        Assert.Equal(wave, Hash(Wave.File(16000, 1, Wave.Pcm, 16, [1, 0, 2, 0, 0xFD, 0xFF, 4, 0], Wave.Chunk("PAD ", [9]))));
        Assert.Equal(wave, Hash(Wave.File(16000, 1, Wave.Pcm, 24, [0, 1, 0, 0, 2, 0, 0, 0xFD, 0xFF, 0, 4, 0])));
        Assert.NotEqual(wave, Hash(Wave.Pcm16(8000, 1, samples)));
        Assert.NotEqual(wave, Hash(Wave.Pcm16(16000, 2, samples)));
        Assert.NotEqual(wave, Hash(Wave.Pcm16(16000, 1, 1, 2, -3, 5)));
        Assert.Equal(Hash(Wave.Pcm16(16000, 1, 2, -3, 4)), Hash(Wave.Pcm16(16000, 1, samples), start: 1.0 / 16000));
    }

    [Fact]
    public void A_stream_of_unknown_length_is_read_to_its_end() =>
        Assert.Equal([0.5f, -0.5f], AudioFile.Read(Put(Wave.File(16000, 1, Wave.Pcm, 16, [0, 0x40, 0, 0xC0], dataSize: uint.MaxValue))));

    [Fact]
    public void A_file_that_was_cut_off_is_an_error_wherever_it_was_cut()
    {
        var whole = Wave.Pcm16(16000, 1, Wave.Sine16(16000, 440, 0.1));
        Assert.Equal("truncated: 3200 bytes of audio announced, 3198 there", Error(whole[..^2]));
        var aiff = Wave.Aiff(16000, Wave.Sine16(16000, 440, 0.1));
        Assert.Equal("truncated: 3208 bytes of audio announced, 1008 there", Error(aiff[..^2200]));
        foreach (var length in (int[])[1, 4, 11, 12, 20, 36, 44, 45, 100]) Error(whole[..length]);
    }

    [Fact]
    public void What_is_not_audio_is_an_error()
    {
        Assert.Equal("the file is empty", Error([]));
        Assert.StartsWith("not an audio file", Error("The quick brown fox jumps over the lazy dog."u8.ToArray()));
        Assert.StartsWith("not an audio file", Error(new byte[4096]));
        Assert.StartsWith("not an audio file", Error("x"u8.ToArray(), "a.flac"));
        var random = new byte[5000];
        new Random(1).NextBytes(random);
        Error(random);
    }

    [Fact]
    public void A_bad_file_does_not_disturb_the_reading_of_others()
    {
        var good = Put(Wave.Pcm16(16000, 1, Wave.Sine16(16000, 440, 0.05)), "good.wav");
        var bad = Put("no audio at all"u8.ToArray(), "bad.wav");
        var expected = AudioFile.Read(good);
        Parallel.For(0, 2000, i =>
        {
            if (i % 2 == 0) Assert.True(expected.AsSpan().SequenceEqual(AudioFile.Read(good)));
            else Assert.StartsWith($"{bad}: not an audio file", Assert.Throws<InputException>(() => AudioFile.Read(bad)).Message);
        });
    }

    [Fact]
    public void No_samples_and_no_numbers_are_errors()
    {
        Assert.Equal("holds no samples", Error(Wave.Pcm16(16000, 1)));
        Assert.Equal("sample 1 is not a finite number", Error(Wave.Float32(16000, 2, 0, 0, 0, float.NaN)));
        Assert.Equal("sample 0 is not a finite number", Error(Wave.Float32(16000, 1, float.PositiveInfinity)));
    }

    [Fact]
    public void An_absent_file_and_a_folder_are_errors()
    {
        var path = folder.File("none.wav");
        Assert.Equal($"{path}: no such audio file", Assert.Throws<InputException>(() => AudioFile.Read(path)).Message);
        Assert.StartsWith(folder.Path, Assert.Throws<InputException>(() => AudioFile.Read(folder.Path)).Message);
    }

    [Fact]
    public void A_missing_native_library_is_named_with_its_package() => Assert.Equal(
        "libnone.so.9 is not installed: run 'sudo apt-get install libnone9'",
        Assert.Throws<InputException>(() => NativeLibraries.Require("libnone.so.9", "libnone9")).Message);
}
