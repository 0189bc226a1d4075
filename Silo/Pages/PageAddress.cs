using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Addresses of pages, and what is asked in them.</summary>
internal static class PageAddress
{
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
