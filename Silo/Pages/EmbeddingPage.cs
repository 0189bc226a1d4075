using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Utterances of a corpus as an upstream sees them, in two dimensions: the kind of figure that the paper's Figures 3 and 5 are.</summary>
internal sealed class EmbeddingPage(JobStore store, Manifests manifests, Embeddings embeddings)
{
    public const string Emotion = "emotion", Arousal = "arousal", Speaker = "speaker";
    private const int SpeakersNamed = 10;
    private static readonly string[] Colours = [Emotion, Arousal, Speaker];

    // Russell's circumplex: the half of high activation, and of low.
    private static readonly HashSet<string> High = ["angry", "anger", "happy", "happiness", "joy", "excited", "fear", "fearful", "surprise", "surprised", "disgust"];
    private static readonly HashSet<string> Low = ["sad", "sadness", "neutral", "calm", "boredom", "bored", "tired"];

    public async Task<Page> Render(HttpContext context)
    {
        var all = await store.Features();
        var colour = Colour(context.Asked("colour"));
        var page = new Page("Embedding", Layout.Embedding);
        if (context.Asked("fold") is { } job)
        {
            var (shown, test) = await Fold(job);
            var map = await Map(shown, embeddings.OfFold(shown.Key, test), colour, PageAddress.Link("/api/figures/umap", ("fold", shown.Key), ("colour", colour)));
            page.Body = Html.Of($"""
                <form class="filters" action="/embedding" data-auto><input type="hidden" name="fold" value="{shown.Key}">{Colouring(colour)}</form>
                {page.Live("map", Html.Of($"""<section class="card map">{map}</section>"""))}
                <p class="muted small">Each point is an utterance of the test part: what the first linear layer of <a href="/jobs/{shown.Key}">this fold's head</a> makes of it, as in Figures 3 and 5 of the paper; every dimension standardised, projected by UMAP (15 neighbours, minimal distance 0.1).</p>
                """);
            return page;
        }
        if (all.Count == 0)
        {
            page.Body = Html.Of($"""<div class="empty"><p>There are no features yet: a grid that has been run makes them.</p></div>""");
            return page;
        }
        var chosen = context.Asked("features") is { } key ? all.FirstOrDefault(f => f.Key == key) ?? throw new KeyNotFoundException("there are no such features in this store") : all[0];
        var content = await Map(chosen, embeddings.Of(chosen.Key), colour, PageAddress.Link("/api/figures/umap", ("features", chosen.Key), ("colour", colour)));
        page.Body = Html.Of($"""
            <form class="filters" action="/embedding" data-auto>
            <label>Features<select name="features">{all.Select(f => Html.Of($"""<option value="{f.Key}"{(f == chosen ? " selected" : "")}>{f.Corpus} · {f.Upstream}</option>"""))}</select></label>
            {Colouring(colour)}</form>
            {page.Live("map", Html.Of($"""<section class="card map">{content}</section>"""))}
            <p class="muted small">Each point is an utterance: the mean of its frames (of their positive parts where the upstream brings every mean to 0), every dimension standardised, projected by UMAP (15 neighbours, minimal distance 0.1). Point at one to see which it is, click to hear it. Near means alike; distances between clusters and directions mean nothing.</p>
            """);
        return page;
    }

    private static Html Colouring(string colour) => Html.Of($"""
        <label>Colour<select name="colour">{Colours.Select(c => Html.Of($"""<option value="{c}"{(c == colour ? " selected" : "")}>{c}</option>"""))}</select></label>
        <button type="submit">Show</button>
        """);

    private async Task<Html> Map(StoredFeatures features, Task<Embedding> asked, string colour, string file)
    {
        try
        {
            return await embeddings.Now(features.Key, asked) is { } embedding
                ? Html.Of($"""{Draw(features, embedding, colour, $"/audio/{features.Manifest}").Inline()}<p class="actions"><a class="button" href="{file}" download="umap.svg">SVG</a></p>""")
                : Html.Of($"""<p class="note" role="status">Projecting; this takes some seconds the first time and appears by itself.</p>""");
        }
        catch (InputException e)
        {
            return Html.Of($"""<p class="note bad">{e.Message}</p>""");
        }
    }

    /// <summary>A fold by the beginning of its key: how its picture is titled, and what it tested.</summary>
    private async Task<(StoredFeatures Shown, ImmutableArray<int> Test)> Fold(string key)
    {
        var picture = await JobPage.Find(store, key);
        if (picture.Job.Kind != FoldSpec.Name) throw new InputException($"{picture.Job.Title}: a job of the kind {picture.Job.Kind} has no hidden layer; folds have");
        if (picture.Result is not { } result) throw new InputException($"{picture.Job.Title}: has no result yet");
        var spec = CanonicalJson.Read<FoldSpec>(picture.Job.Spec);
        return (new(picture.Job.Key, spec.Corpus, spec.Manifest, $"hidden layer of {picture.Job.Title[(picture.Job.Title.IndexOf(" · ", StringComparison.Ordinal) + 3)..]}"), CanonicalJson.Read<FoldResult>(result.Result).Test);
    }

    /// <summary>For a file.</summary>
    /// <exception cref="InputException">No such features or fold, or no such colour.</exception>
    public async Task<Drawing> Figure(string? features, string? corpus, string? upstream, string? fold, string? colour)
    {
        var by = Colour(colour);
        if (fold is not null)
        {
            var (shown, test) = await Fold(fold);
            return Draw(shown, await embeddings.OfFold(shown.Key, test), by, null);
        }
        var all = await store.Features();
        var chosen = all.FirstOrDefault(f => (features is null || f.Key == features) && (corpus is null || f.Corpus == corpus) && (upstream is null || f.Upstream == upstream || f.Upstream.StartsWith(upstream + " · ", StringComparison.Ordinal)))
            ?? throw new InputException(all.Count == 0 ? "there are no features in this store yet" : $"no features fit; there are {string.Join(", ", all.Select(f => $"{f.Corpus}/{f.Upstream}").Distinct())}");
        return Draw(chosen, await embeddings.Of(chosen.Key), by, null);
    }

    private Drawing Draw(StoredFeatures features, Embedding embedding, string colour, string? sounds)
    {
        var manifest = manifests.Find(features.Manifest);
        string[] of = [.. embedding.Utterances.Select(u => Category(manifest.Utterances[u], colour))];
        string[] categories = colour == Arousal ? [.. new[] { "low arousal", "high arousal", "other" }.Where(of.Contains)] : [.. of.Distinct().Order(StringComparer.Ordinal)];
        var many = categories.Length > SpeakersNamed && colour == Speaker;
        var points = embedding.Utterances.Select((u, i) =>
        {
            var utterance = manifest.Utterances[u];
            return new ScatterPoint(embedding.Positions[2 * i], embedding.Positions[(2 * i) + 1], Array.IndexOf(categories, of[i]),
                string.Join(", ", new[] { utterance.Id, utterance.Label, utterance.Speaker is { } s ? $"speaker {s}" : "" }.Where(t => t.Length > 0)), u);
        }).ToArray();
        var title = $"{features.Corpus} · {features.Upstream} by {colour}{(many ? $" ({categories.Length}; colours repeat)" : "")}";
        return ScatterChart.Draw(title, categories, points, sounds);
    }

    private static string Category(Utterance utterance, string colour) => colour switch
    {
        Speaker => utterance.Speaker ?? "unknown",
        Arousal => High.Contains(utterance.Label) ? "high arousal" : Low.Contains(utterance.Label) ? "low arousal" : "other",
        _ => utterance.Label.Length == 0 ? "no label" : utterance.Label,
    };

    private static string Colour(string? asked) => asked is null ? Emotion : Colours.Contains(asked) ? asked
        : throw new InputException($"unknown colour '{asked}'{Nearest.Hint(asked, Colours)}; there are {string.Join(", ", Colours)}");
}
