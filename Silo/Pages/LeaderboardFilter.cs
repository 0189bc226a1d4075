using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Store;
using Microsoft.AspNetCore.Http;

namespace Emotion2Vec.Silo.Pages;

/// <summary>What a link to the leaderboard asks for; null = all.</summary>
/// <param name="Task">What the classes are: <c>emotion</c> or <c>sentiment</c>.</param>
/// <param name="Speakers"><c>independent</c> or <c>dependent</c>.</param>
/// <param name="Head">As tables name it.</param>
/// <param name="Sort">Column; null = WA.</param>
internal sealed record LeaderboardFilter(string? Experiment, string? Corpus, string? Protocol, string? Task, string? Speakers, string? Upstream, string? Head, string? Sort)
{
    public const string Independent = "independent", Dependent = "dependent";
    public static readonly string[] Sorts = ["wa", "ua", "wf1", "macro_f1", "upstream", "folds"];

    /// <exception cref="InputException">A value that there is not.</exception>
    public static LeaderboardFilter From(HttpContext context)
    {
        var filter = new LeaderboardFilter(context.Asked("experiment"), context.Asked("corpus"), context.Asked("protocol"), context.Asked("task"), context.Asked("speakers"),
            context.Asked("upstream"), context.Asked("head"), context.Asked("sort"));
        if (filter.Sort is { } sort && !Sorts.Contains(sort)) throw new InputException($"unknown column '{sort}'{Nearest.Hint(sort, Sorts)}; there are {string.Join(", ", Sorts)}");
        if (filter.Speakers is not (null or Independent or Dependent)) throw new InputException($"speakers are '{Independent}' or '{Dependent}', not '{filter.Speakers}'");
        return filter;
    }

    /// <summary>The address that asks for this.</summary>
    public string Link(string path = "/leaderboard", int page = 1) => PageAddress.Link(path, ("experiment", Experiment), ("corpus", Corpus), ("protocol", Protocol), ("task", Task),
        ("speakers", Speakers), ("upstream", Upstream), ("head", Head), ("sort", Sort), ("page", page == 1 ? null : $"{page}"));

    /// <summary>Which of the rows it lets through.</summary>
    /// <param name="names">All rows.</param>
    /// <param name="badges">Of a corpus and protocol.</param>
    public IEnumerable<RowName> Choose(IEnumerable<RowName> names, Func<string, string, IReadOnlyCollection<string>> badges) => names.Where(n =>
        (Corpus is null || n.Corpus == Corpus) && (Protocol is null || n.Protocol == Protocol) && (Upstream is null || n.Upstream == Upstream)
        && (Head is null || HeadOf(n) == Head) && (Task is null || TaskOf(n.Corpus) == Task)
        && (Speakers is null || badges(n.Corpus, n.Protocol).Contains(Emotion2Vec.Corpora.Protocols.Badges.SpeakerIndependent) == (Speakers == Independent)));

    /// <summary>A head as tables name it.</summary>
    public static string HeadOf(RowName name) => HeadCatalogue.Describe(CanonicalJson.Read<HeadSpec>(name.Head));

    /// <summary>What the classes of a corpus are.</summary>
    public static string TaskOf(string corpus) => CorpusCatalogue.All.FirstOrDefault(c => c.Name == corpus) is SentimentCorpus ? "sentiment" : "emotion";
}
