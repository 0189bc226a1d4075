using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Figures;

namespace Emotion2Vec.Silo.Pages;

/// <summary>What several pages are made of.</summary>
internal static class Pieces
{
    public static readonly Html Dash = Html.Text("–");

    /// <summary>A state as a word with its colour; the word alone tells it.</summary>
    public static Html State(string state)
    {
        var kind = state switch
        {
            "succeeded" => "good",
            "failed" or "poisoned" or "lost" or "outOfMemory" or "quarantined" => "bad",
            "running" or "leased" => "busy",
            "blocked" or "cancelled" or "superseded" => "warn",
            _ => "plain",
        };
        return Html.Of($"""<span class="state {kind}">{(state == "outOfMemory" ? "out of memory" : state)}</span>""");
    }

    public static Html Badge(string badge) => Html.Of($"""<span class="badge{(badge is "speaker-independent" ? " good" : badge.StartsWith("speaker-", StringComparison.Ordinal) || badge is "seen-in-pretraining" or "text-dependent" ? " warn" : "")}">{badge}</span> """);

    /// <summary>A bar of parts: done, running, without result; the rest is still to come.</summary>
    public static Html Bar(int total, int done, int running, int broken, string label)
    {
        double Percent(int n) => total == 0 ? 0 : 100.0 * n / total;
        return Html.Of(
            $"""<svg class="progress" role="img" aria-label="{label}" data-tip="{label}" width="100%" height="8"><rect class="f-raised" width="100%" height="8"/><rect class="f-good" width="{Percent(done):0.##}%" height="8"/><rect class="f-bad" x="{Percent(done):0.##}%" width="{Percent(broken):0.##}%" height="8"/><rect class="f-busy" x="{Percent(done + broken):0.##}%" width="{Percent(running):0.##}%" height="8"/></svg>""");
    }

    /// <summary>How far a running job is.</summary>
    public static Html Progress(JobProgress? progress) => progress is not { Total: > 0 } p
        ? Html.Of($"""<span class="muted">starting</span>""")
        : Html.Of($"""{Bar(p.Total, p.Done, 0, 0, $"{p.Done} of {p.Total}")}<span class="muted small">{p.Done} of {p.Total}{(p.Message is { Length: > 0 } message ? $" · {message}" : "")}</span>""");

    /// <summary>A moment; the script shows it in the reader's time zone.</summary>
    public static Html Time(DateTimeOffset time) => Html.Of($"""<time datetime="{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}">{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC</time>""");

    public static Html Time(long milliseconds) => Time(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    /// <summary>A table that scrolls by itself where it is wider than the window.</summary>
    public static Html Table(string caption, IEnumerable<Html> head, IEnumerable<Html> rows, string kind = "") => Html.Of(
        $"""<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>""");

    public static Html Head(string text, string kind = "") => Html.Of($"""<th scope="col" class="{kind}">{text}</th>""");

    public static Html[] Heads(params string[] texts) => [.. texts.Select(t => t.StartsWith('>') ? Head(t[1..], "number") : Head(t))];

    /// <summary>Links to the other pages of a list; nothing where it has one.</summary>
    /// <param name="address">The address of a page.</param>
    public static Html Pager(int page, int total, int size, Func<int, string> address)
    {
        var pages = Math.Max(1, (total + size - 1) / size);
        if (pages == 1) return Html.Empty;
        var first = ((page - 1) * size) + 1;
        return Html.Of($"""
            <nav class="pager" aria-label="Pages">{Step(page > 1, page - 1, "Previous")}<span>{first:N0}–{Math.Min(total, page * size):N0} of {total:N0}</span>{Step(page < pages, page + 1, "Next")}</nav>
            """);

        Html Step(bool there, int to, string name) => there ? Html.Of($"""<a class="button" href="{address(to)}">{name}</a>""") : Html.Of($"""<span class="button off">{name}</span>""");
    }

    /// <summary>A choice of a filter form.</summary>
    public static Html Select(string name, string label, IEnumerable<string> values, string? chosen, string any = "all") => Html.Of(
        $"""<label>{label}<select name="{name}"><option value="">{any}</option>{values.Select(v => Html.Of($"""<option value="{v}"{(v == chosen ? " selected" : "")}>{v}</option>"""))}</select></label>""");

    /// <summary>A name, a value, and so on.</summary>
    public static Html Facts(params IEnumerable<(string Name, Html Value)> facts) => Html.Of(
        $"""<dl class="facts">{facts.Where(f => !f.Value.IsEmpty).Select(f => Html.Of($"<div><dt>{f.Name}</dt><dd>{f.Value}</dd></div>"))}</dl>""");

    /// <summary>A box with a heading.</summary>
    public static Html Card(string title, Html content) => Html.Of($"""<section class="card"><h2>{title}</h2>{content}</section>""");
}
