using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Security;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>What all pages have around them.</summary>
internal static class Layout
{
    public const string Experiments = "Experiments", Leaderboard = "Leaderboard", Paper = "Paper tables", Corpora = "Corpora", Slots = "Slots", Pretraining = "Pre-training", Embedding = "Embedding";

    private static readonly (string Name, string Href)[] Sections =
    [
        (Experiments, "/"), (Leaderboard, "/leaderboard"), (Paper, "/paper"), (Corpora, "/corpora"), (Slots, "/slots"), (Pretraining, "/pretraining"), (Embedding, "/embedding"),
    ];

    public static Html Render(Page page, HttpRequest request) => Html.Of(
        $"""
        <!doctype html>
        <html lang="en"{Theme(request)}>
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{page.Title} · emotion2vec platform</title>
        <link rel="icon" href="{Assets.Address("icon.svg")}" type="image/svg+xml">
        <link rel="stylesheet" href="{Assets.Address("dashboard.css")}">
        <script type="module" src="{Assets.Address("dashboard.js")}"></script>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
        <a class="brand" href="/"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path class="f-line f-s0" d="M2 12h3l2-6 3 13 3-16 3 14 2-5h4"/></svg><span>emotion2vec</span></a>
        <nav aria-label="Sections">{Sections.Select(s => Html.Of($"""<a href="{s.Href}"{Current(s.Name == page.Section)}>{s.Name}</a>"""))}</nav>
        <span class="connection" id="connection" role="status"></span>
        <button type="button" class="quiet" id="theme" hidden>Theme</button>
        {(Caller.Of(request.HttpContext).SignedIn ? Html.Of($"""<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>""") : Html.Empty)}
        </header>
        <main id="content" tabindex="-1">
        {(page.Parent is { } parent ? Html.Of($"""<p class="crumb"><a href="{parent.Href}">{parent.Name}</a></p>""") : Html.Empty)}
        <h1>{page.Title}</h1>
        {page.Body}
        </main>
        <div id="tip" role="tooltip" hidden></div>
        </body>
        </html>

        """);

    private static Html Theme(HttpRequest request) => request.Cookies["theme"] is ("light" or "dark") and var theme ? Html.Of($""" data-theme="{theme}" """) : Html.Empty;

    private static Html Current(bool current) => current ? Html.Of($""" aria-current="page" """) : Html.Empty;
}
