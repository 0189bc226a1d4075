using Emotion2Vec.Engine.Upstreams;

namespace Emotion2Vec.Tests;

/// <summary>mfcc39 against librosa's definition, computed once by NumPy and SciPy (tests/fixtures/librosa).</summary>
public sealed class Mfcc39Tests
{
    [Theory]
    [InlineData("voiced")]
    [InlineData("loud")]
    [InlineData("quiet")]
    [InlineData("half-silent")]
    public void Equals_librosas_definition(string name)
    {
        using var upstream = new Mfcc39();
        var waveform = Npy.Load("kaldi", $"{name}.waveform.npy").Values;
        var expected = Npy.Load("librosa", $"{name}.mfcc39.npy").Values;
        var actual = upstream.Extract(waveform);
        Assert.Equal((1 + waveform.Length / 372) * 39, actual.Length);
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], 0.001);
    }

    [Fact]
    public void Shortest_utterance_has_three_frames_and_silence_is_finite()
    {
        using var upstream = UpstreamFactory.Signal("mfcc39");
        Assert.Equal(744, upstream.MinimumSamples);
        var features = upstream.Extract(new float[744]);
        Assert.Equal(3 * 39, features.Length);
        for (var i = 0; i < features.Length; i++) Assert.Equal(i % 39 == 0 ? -100 * Math.Sqrt(128) : 0, features[i], 0.001);
    }
}
