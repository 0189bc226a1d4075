using System.Text.Json;
using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests;

/// <summary>
/// fbank and mfcc against torchaudio. The fixtures are its float32 figures and, per array, how far they lie from the
/// same code run on float64 waveforms. Ours are computed in double, so they may differ from the fixture by that noise
/// and by 1e-5: one unit in the last place of a float32 logarithm in the mel table moves a triangle's flank by 7e-6.
/// </summary>
public sealed class KaldiTests
{
    private static readonly JsonElement Cases = JsonDocument.Parse(File.ReadAllText(TestData.Fixture("kaldi", "index.json"))).RootElement.GetProperty("cases");

    public static TheoryData<string> Names => [.. Cases.EnumerateObject().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Filter_bank_equals_torchaudio(string name)
    {
        using var upstream = new Fbank();
        var waveform = Npy.Load("kaldi", $"{name}.waveform.npy").Values;
        Compare(name, "fbank.raw", [.. upstream.Raw(waveform).Select(v => (float)v)]);
        Compare(name, "fbank", upstream.Extract(waveform));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cepstra_and_deltas_equal_torchaudio(string name)
    {
        using var upstream = new Mfcc();
        var waveform = Npy.Load("kaldi", $"{name}.waveform.npy").Values;
        Compare(name, "mfcc.raw", [.. upstream.Raw(waveform).Select(v => (float)v)]);
        Compare(name, "mfcc", upstream.Extract(waveform));
    }

    [Theory]
    [InlineData("fbank")]
    [InlineData("mfcc")]
    public void Frames_lie_wholly_in_the_signal(string name)
    {
        using var upstream = UpstreamFactory.Signal(name);
        Assert.Equal(560, upstream.MinimumSamples);
        foreach (var (samples, frames) in new[] { (560, 2), (719, 2), (720, 3), (16000, 98) })
        {
            var features = upstream.Extract(Noise(samples));
            Assert.Equal(frames * 80, features.Length);
            Assert.All(features, v => Assert.True(float.IsFinite(v)));
        }
    }

    [Theory]
    [InlineData("fbank")]
    [InlineData("mfcc")]
    public void Features_are_normalised_per_channel_and_silence_is_zero(string name)
    {
        using var upstream = UpstreamFactory.Signal(name);
        var features = upstream.Extract(Noise(8000));
        for (var c = 0; c < 80; c++)
        {
            var channel = features.Where((_, i) => i % 80 == c).Select(v => (double)v).ToArray();
            Assert.Equal(0, channel.Average(), 6);
            Assert.Equal(1, Math.Sqrt(channel.Sum(v => v * v) / (channel.Length - 1)), 3);
        }
        Assert.All(upstream.Extract(new float[8000]), v => Assert.InRange(v, -1e-7f, 1e-7f));
    }

    [Fact]
    public void The_same_waveform_gives_the_same_bits_whatever_came_before()
    {
        using var upstream = new Mfcc();
        var first = upstream.Extract(Noise(5000));
        upstream.Extract(Noise(900));
        Assert.Equal(first, upstream.Extract(Noise(5000)));
    }

    [Fact]
    public void Every_signal_upstream_of_the_catalogue_can_be_made()
    {
        foreach (var known in Corpora.Upstreams.UpstreamCatalogue.All.Where(u => u.Kind == Corpora.Upstreams.UpstreamKind.Signal))
        {
            using var upstream = UpstreamFactory.Signal(known.Name);
            Assert.Equal((known.Name, known.Dimension, known.Layers), (upstream.Name, upstream.Dimension, upstream.Layers));
        }
    }

    [Fact]
    public void Unknown_names_are_refused_with_the_nearest_one()
    {
        Assert.Contains("did you mean 'mfcc'", Assert.Throws<InputException>(() => UpstreamFactory.Signal("mfc")).Message);
        Assert.Contains("layer rule 'lst'", Assert.Throws<InputException>(() => UpstreamFactory.Signal("mfcc", "lst")).Message);
    }

    private static float[] Noise(int samples)
    {
        var random = new Corpora.Protocols.SplitMix64(7);
        return [.. Enumerable.Range(0, samples).Select(_ => (random.Next() >> 40) * (0.2f / (1 << 24)) - 0.1f)];
    }

    private static void Compare(string name, string array, float[] actual)
    {
        var expected = Npy.Load("kaldi", $"{name}.{array}.npy");
        var allowed = Cases.GetProperty(name).GetProperty("noise").GetProperty(array).GetDouble() + 1e-5;
        Assert.Equal(expected.Values.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.True(Math.Abs(expected.Values[i] - actual[i]) <= allowed,
                $"{name} {array}, frame {i / 80}, channel {i % 80}: {actual[i]:R} instead of {expected.Values[i]:R}, allowed {allowed:0.0e0}");
        }
    }
}
