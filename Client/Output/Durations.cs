namespace Emotion2Vec.Client.Output;

/// <summary>Spans of time as people say them.</summary>
internal static class Durations
{
    public static string Text(double seconds)
    {
        var whole = (long)Math.Max(0, Math.Round(seconds));
        return whole switch
        {
            < 60 => $"{whole} s",
            < 3600 => $"{whole / 60} min {whole % 60:00} s",
            _ => $"{whole / 3600} h {whole % 3600 / 60:00} min",
        };
    }
}
