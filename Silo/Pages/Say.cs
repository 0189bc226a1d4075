using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Numbers and spans as people read them.</summary>
internal static class Say
{
    public static string Duration(double seconds)
    {
        var whole = (long)Math.Max(0, Math.Round(seconds));
        return whole switch
        {
            < 60 => $"{whole} s",
            < 3600 => $"{whole / 60} min {whole % 60:00} s",
            < 86400 => $"{whole / 3600} h {whole % 3600 / 60:00} min",
            _ => $"{whole / 86400} d {whole % 86400 / 3600} h",
        };
    }

    public static string Count(long count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : noun.EndsWith('x') ? "es" : "s")}");

    public static string Percent(double? value, int digits = 1) => value is null ? "–" : value.Value.ToString("F" + digits, CultureInfo.InvariantCulture);

    public static string Signed(double value) => value.ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture);

    public static string P(double? p) => p is null ? "–" : p < 0.001 ? "< 0.001" : p.Value.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1L << 30):0.0} GiB"),
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024:0} KiB"),
    };

    /// <summary>An address with a query of the values that are there.</summary>
    public static string Link(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        foreach (var (name, value) in query)
            if (!string.IsNullOrEmpty(value)) path = QueryHelpers.AddQueryString(path, name, value);
        return path;
    }

    /// <summary>A value of the query; null where it is absent or empty.</summary>
    public static string? Asked(this HttpContext context, string name) => context.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>The page of a list that is asked for, from 1.</summary>
    public static int AskedPage(this HttpContext context, string name = "page") =>
        int.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var page) ? Math.Clamp(page, 1, 1_000_000) : 1;

    /// <summary>A part of the address.</summary>
    public static string Route(this HttpContext context, string name) => (string)context.Request.RouteValues[name]!;
}
