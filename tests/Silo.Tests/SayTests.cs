using Emotion2Vec.Silo.Results;

namespace Emotion2Vec.Silo.Tests;

/// <summary>Numbers as pages and the terminal show them.</summary>
public sealed class SayTests
{
    [Theory]
    [InlineData(-1, "0 s", "0 s")]
    [InlineData(59.4, "59 s", "59 s")]
    [InlineData(60, "1 min 00 s", "1 min 00 s")]
    [InlineData(3725, "1 h 02 min", "1 h 02 min")]
    [InlineData(86399, "23 h 59 min", "23 h 59 min")]
    [InlineData(97500, "1 d 3 h", "27 h 05 min")]
    public void Days_follow_on_hours_where_they_may(double seconds, string days, string hours) => Assert.Equal((days, hours), (Say.Duration(seconds), Say.Duration(seconds, days: false)));

    [Fact]
    public void Signs_and_significance()
    {
        Assert.Equal(["+1.3", "−0.3", "0.0", "–"], new double?[] { 1.25, -0.31, 0, null }.Select(Say.Signed));
        Assert.Equal(["< 0.001", "0.001", "0.050", "–"], new double?[] { 0.0009, 0.001, 0.05, null }.Select(Say.P));
    }
}
