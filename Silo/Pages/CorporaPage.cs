using System.Collections.Immutable;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Corpora: those that this store has read, and those that are known.</summary>
internal sealed class CorporaPage(JobStore store, Manifests manifests)
{
    private const int SpeakersShown = 60;

    public async Task<Page> List()
    {
        var (datasets, foldSets) = (await store.Datasets(), (await store.FoldSets()).Values.ToLookup(f => f.Manifest));
        var read = datasets.Values.OrderBy(d => d.Corpus, StringComparer.Ordinal).ThenByDescending(d => d.Scanned).ToArray();
        var names = read.Select(d => d.Corpus).ToHashSet(StringComparer.Ordinal);
        return new Page("Corpora", Layout.Corpora)
        {
            Body = Html.Of($"""
                {(read.Length == 0 ? Html.Of($"""<div class="empty"><p>No corpus has been read yet; submitting a grid reads those that it names.</p></div>""") : Html.Empty)}
                <div class="cards">{read.Select(d => Card(d, [.. foldSets[d.Manifest]]))}</div>
                {Pieces.Card("Known, not read yet", Pieces.Table("Known corpora", Pieces.Heads("Corpus", "", "Language", "Source", ">Utterances", ">Speakers", "Licence", "Where to get it"),
                    CorpusCatalogue.All.Where(c => !names.Contains(c.Name)).Select(c => Html.Of($"""
                        <tr><th scope="row">{c.Name}</th><td>{c.Card.Title}</td><td>{c.Card.Language}</td><td>{c.Card.Source}</td><td class="number">{c.Card.Utterances:N0}</td><td class="number">{(c.Card.Speakers is > 0 and var speakers ? $"{speakers}" : "–")}</td><td class="small">{c.Card.Licence}</td><td class="small">{c.Card.Request}</td></tr>
                        """))))}
                """),
        };
    }

    public async Task<Page> Render(HttpContext context)
    {
        var hash = context.Route("manifest");
        var dataset = (await store.Datasets()).GetValueOrDefault(hash) ?? throw new KeyNotFoundException($"this store has no corpus {hash}");
        var manifest = manifests.Find(hash);
        var card = CorpusCatalogue.All.FirstOrDefault(c => c.Name == dataset.Corpus)?.Card;
        var folds = (await store.FoldSets()).Values.Where(f => f.Manifest == hash).OrderBy(f => f.Protocol, StringComparer.Ordinal).ToArray();
        var draw = context.AskedPage("examples");
        return new Page(dataset.Corpus, Layout.Corpora)
        {
            Parent = ("/corpora", "Corpora"),
            Body = Html.Of($"""
                <section class="card">{(card is null ? Html.Empty : Html.Of($"<p>{card.Title}</p>"))}
                {Pieces.Facts(
                    ("Utterances", Html.Of($"{dataset.Utterances:N0}")), ("Speakers", Html.Text(dataset.Speakers == 0 ? "not known" : $"{dataset.Speakers}")), ("Speech", Html.Text(Say.Duration(dataset.Seconds))),
                    ("Language", Html.Text(card?.Language)), ("Source", Html.Text(card?.Source)), ("Licence", Html.Text(card?.Licence)), ("Read", Pieces.Time(dataset.Scanned)), ("Manifest", Html.Of($"<code>{hash[..12]}</code>")))}
                {(dataset.Synthetic ? Html.Of($"""<p class="note warn">Synthetic speech: figures on it show that the platform works, not how a model does on people.</p>""") : Html.Empty)}
                {Warnings(dataset).Select(w => Html.Of($"""<p class="note warn">{w}</p>"""))}{(card?.Notes ?? []).Select(n => Html.Of($"""<p class="note">{n}</p>"""))}{(card?.DifferencesFromPaper() ?? []).Select(n => Html.Of($"""<p class="note">Differs from the paper's table: {n}</p>"""))}</section>
                {Classes(manifest, card, hash, draw)}
                {folds.Select(Folds)}
                {Speakers(manifest)}
                """),
        };
    }

    private static ImmutableArray<string> Warnings(DatasetRow dataset) => CanonicalJson.Read<ImmutableArray<string>>(dataset.Warnings);

    private static Html Card(DatasetRow d, FoldSetRow[] folds)
    {
        var classes = CanonicalJson.Read<ImmutableSortedDictionary<string, int>>(d.Classes);
        var most = Math.Max(1, classes.Values.DefaultIfEmpty(0).Max());
        return Html.Of($"""
            <section class="card"><h2><a href="/corpora/{d.Manifest}">{d.Corpus}</a>{(d.Synthetic ? Html.Of($""" {Pieces.Badge("synthetic speech")}""") : Html.Empty)}</h2>
            <p class="muted">{Say.Count(d.Utterances, "utterance")}, {(d.Speakers == 0 ? "speakers not known" : Say.Count(d.Speakers, "speaker"))}, {Say.Duration(d.Seconds)}{(Warnings(d) is { Length: > 0 } w ? $", {Say.Count(w.Length, "warning")}" : "")}</p>
            {Bars([.. classes.Select(c => (c.Key, c.Value))], most)}
            <p>{folds.OrderBy(f => f.Protocol, StringComparer.Ordinal).Select(f => Html.Of($"""<span class="badge">{f.Protocol}: {Say.Count(f.Folds, "fold")}</span> """))}</p></section>
            """);
    }

    private static Html Bars(IReadOnlyList<(string Name, int Count)> classes, int most)
    {
        const double row = 20, left = 92;
        return Html.Of($"""
            <svg class="drawing" viewBox="0 0 340 {classes.Count * row:0}" role="img" aria-label="{string.Join(", ", classes.Select(c => $"{c.Name} {c.Count}"))}">{classes.Select((c, i) => Html.Of(
                $"""<text class="f-text f-small f-ink" x="{left - 8:0}" y="{(i * row) + 14:0}" text-anchor="end">{c.Name}</text><rect class="f-d{i % FigureStyle.Series}" x="{left:0}" y="{(i * row) + 4:0}" width="{200.0 * c.Count / most:0.#}" height="13" rx="2"/><text class="f-text f-small f-muted" x="{left + (200.0 * c.Count / most) + 6:0.#}" y="{(i * row) + 14:0}">{c.Count:N0}</text>"""))}</svg>
            """);
    }

    private static Html Classes(Manifest manifest, CorpusCard? card, string hash, int draw)
    {
        var positions = manifest.LabelIndices.Select((label, i) => (label, i)).ToLookup(p => p.label, p => p.i);
        return Pieces.Card("Classes", Html.Of($"""
            {Pieces.Table("Classes with an example each", Pieces.Heads("Class", ">Utterances", ">Published", "Example"), manifest.Classes.Select((name, c) =>
            {
                var of = positions[c].ToArray();
                var published = card?.Published.FirstOrDefault(p => p.Label == name).Utterances;
                var example = of.Length == 0 ? -1 : of[(int)((((draw - 1L) * 7919) + (c * 131)) % of.Length)];
                return Html.Of($"""<tr><th scope="row">{name}</th><td class="number">{of.Length:N0}</td><td class="number{(published is { } p && p != of.Length ? " bad" : "")}">{(published is null ? "–" : $"{published}")}</td><td>{Example(manifest, hash, example)}</td></tr>""");
            }))}
            <p><a class="button" href="/corpora/{hash}?examples={draw + 1}">Other examples</a></p>
            """));
    }

    private static Html Example(Manifest manifest, string hash, int position)
    {
        if (position < 0) return Html.Empty;
        var utterance = manifest.Utterances[position];
        var player = File.Exists(utterance.Path)
            ? Html.Of($"""<audio controls preload="none" src="/audio/{hash}/{position}" aria-label="{utterance.Label}, utterance {utterance.Id}"></audio>""")
            : Html.Of($"""<span class="badge warn">its audio is not on this machine any more</span>""");
        return Html.Of($"""<div class="meter">{player}<span class="small muted">{utterance.Id}{(utterance.Speaker is { } s ? $", speaker {s}" : "")}, {utterance.Seconds:0.0} s</span></div>""");
    }

    private Html Folds(FoldSetRow row)
    {
        var badges = CanonicalJson.Read<ImmutableArray<string>>(row.Badges);
        var heading = Html.Of($"""{row.Protocol}: {Say.Count(row.Folds, "fold")} {badges.Select(Pieces.Badge)}""");
        if (manifests.Folds(row.Hash) is not { } found) return Html.Of($"""<section class="card"><h2>{heading}</h2><p class="muted">The fold file is not in the home any more; submitting the grid again makes it.</p></section>""");
        return Html.Of($"""
            <details class="card"><summary>{heading}</summary>
            {found.Folds.Warnings.Select(w => Html.Of($"""<p class="note warn">{w}</p>"""))}
            {Pieces.Table($"Folds of {row.Protocol}", Pieces.Heads("Fold", ">Training", ">Validation", ">Test", ">Test speakers", ">heard before", ">Test texts", ">heard before", ">Same recordings"),
                found.Overlaps.Select(o => Html.Of($"""
                    <tr><th scope="row">{o.Fold}</th><td class="number">{o.Train:N0}</td><td class="number">{o.Validation:N0}</td><td class="number">{o.Test:N0}</td><td class="number">{o.TestSpeakers.Length}</td>
                    {Shared(o.SharedSpeakers.Length)}<td class="number">{o.TestTexts}</td>{Shared(o.SharedTexts.Length)}{Shared(o.IdenticalAudio.Length)}</tr>
                    """)))}</details>
            """);

        static Html Shared(int count) => Html.Of($"""<td class="number{(count > 0 ? " bad" : "")}">{count}</td>""");
    }

    private static Html Speakers(Manifest manifest)
    {
        var speakers = manifest.Utterances.Where(u => u.Speaker is not null).GroupBy(u => u.Speaker!).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        return speakers.Length == 0 ? Html.Empty : Html.Of($"""
            <details class="card"><summary>{Say.Count(speakers.Length, "speaker")}</summary>
            {Pieces.Table("Utterances by speaker", [Pieces.Head("Speaker"), Pieces.Head("Utterances", "number"), .. manifest.Classes.Select(c => Pieces.Head(c, "number"))],
                speakers.Take(SpeakersShown).Select(g => Html.Of($"""<tr><th scope="row">{g.Key}</th><td class="number">{g.Count():N0}</td>{manifest.Classes.Select(c => Html.Of($"""<td class="number">{g.Count(u => u.Label == c)}</td>"""))}</tr>""")))}
            {(speakers.Length > SpeakersShown ? Html.Of($"""<p class="muted">and {speakers.Length - SpeakersShown} more</p>""") : Html.Empty)}</details>
            """);
    }
}
