using Emotion2Vec.Silo.Figures;

namespace Emotion2Vec.Silo.Pages;

/// <summary>One page, rendered. Parts that may change while somebody looks are registered, so that a stream can send them anew.</summary>
/// <param name="title">Its heading, and the window's title.</param>
/// <param name="section">The entry of the navigation that it belongs to.</param>
internal sealed class Page(string title, string section)
{
    private readonly List<(string Id, Html Content)> live = [];

    public string Title { get; } = title;

    public string Section { get; } = section;

    /// <summary>Everything below the heading.</summary>
    public Html Body { get; set; }

    /// <summary>Way back: address and name.</summary>
    public (string Href, string Name)? Parent { get; init; }

    /// <summary>HTTP status.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Parts that may change, by their element's id.</summary>
    public IReadOnlyList<(string Id, Html Content)> LiveParts => live;

    /// <summary>A part that may change.</summary>
    public Html Live(string id, Html content)
    {
        live.Add((id, content));
        return Html.Of($"""<div id="{id}" data-live>{content}</div>""");
    }
}
