using System.Security.Cryptography;
using System.Text;
using Emotion2Vec.Silo.Figures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Style sheet, script and icon: part of the program, under addresses that change with their content.</summary>
internal static class Assets
{
    private static readonly Dictionary<string, (byte[] Content, string Type, string Version)> Files = new[]
    {
        File("dashboard.css", "text/css; charset=utf-8", FigureStyle.Properties + FigureStyle.ForPages),
        File("dashboard.js", "text/javascript; charset=utf-8"),
        File("icon.svg", "image/svg+xml"),
    }.ToDictionary();

    public static string Address(string name) => $"/assets/{name}?v={Files[name].Version}";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/assets/{name}", (string name, HttpResponse response) =>
    {
        if (!Files.TryGetValue(name, out var file)) return (IResult)TypedResults.NotFound();
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(file.Content, file.Type);
    }).ExcludeFromDescription();

    private static KeyValuePair<string, (byte[], string, string)> File(string name, string type, string before = "")
    {
        using var stream = typeof(Assets).Assembly.GetManifestResourceStream($"assets/{name}") ?? throw new InvalidOperationException($"{name} is not part of the program");
        using var reader = new StreamReader(stream);
        var content = Encoding.UTF8.GetBytes(before + reader.ReadToEnd());
        return new(name, (content, type, Convert.ToHexStringLower(SHA256.HashData(content))[..12]));
    }
}
