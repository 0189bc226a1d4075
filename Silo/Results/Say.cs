using System.Globalization;

namespace Emotion2Vec.Silo.Results;

/// <summary>Numbers and spans as people read them, on pages and in the terminal.</summary>
public static class Say
{
    /// <summary>A span of time.</summary>
    /// <param name="days">Whether days follow on hours; the terminal counts on in hours, the unit in which corpora are measured.</param>
    public static string Duration(double seconds, bool days = true)
    {
        var whole = (long)Math.Max(0, Math.Round(seconds));
        return whole switch
        {
            < 60 => $"{whole} s",
            < 3600 => $"{whole / 60} min {whole % 60:00} s",
            >= 86400 when days => $"{whole / 86400} d {whole % 86400 / 3600} h",
            _ => $"{whole / 3600} h {whole % 3600 / 60:00} min",
        };
    }

    public static string Count(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : noun.EndsWith('x') ? "es" : "s")}");

    public static string Percent(double? value, int digits = 1) => value is null ? "–" : value.Value.ToString("F" + digits, CultureInfo.InvariantCulture);

    /// <summary>A difference in points, always with its sign.</summary>
    public static string Signed(double? points) => points is null ? "–" : points.Value.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    public static string P(double? p) => p is null ? "–" : p < 0.001 ? "< 0.001" : p.Value.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 30):0.0} GiB"),
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024:0} KiB"),
    };
}
