using System.Collections.Immutable;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Grids;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Leaderboards;
using Emotion2Vec.Corpora.Metrics;
using Emotion2Vec.Corpora.Papers;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Statistics;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;

namespace Emotion2Vec.Silo.Results;

/// <summary>Tables of publications beside what the store has.</summary>
internal sealed class PaperReports(RowReader reader)
{
    /// <summary>The table of a grid file.</summary>
    /// <exception cref="InputException">The file has an error, or no table.</exception>
    /// <exception cref="KeyNotFoundException">No experiment has this id.</exception>
    public async Task<PaperAnswer> Table(PaperRequest request)
    {
        var grid = GridFile.Parse(request.Grid, request.File);
        var paper = grid.Paper ?? throw new InputException($"{request.File}: has no 'paper': it is a grid without a table of a publication");
        // Asked for row by row, so that the index finds them among everything else that a store has of the same corpora.
        (PaperRow Row, PaperColumn Column, FoldFilter Filter)[] wanted =
        [
            .. from row in paper.Rows where row.Missing is null from column in paper.Columns
               select (row, column, new FoldFilter(request.Experiment, column.Corpus, row.Upstream, row.Protocol ?? column.Protocol, CanonicalJson.Write(row.Head))),
        ];
        var rows = await reader.Rows([.. wanted.Select(w => w.Filter).Distinct()]);
        var chosen = wanted.Select(w => (Cell: (w.Row, w.Column), Ours: Best(rows, w.Row, w.Column))).Where(w => w.Ours is not null).ToDictionary(w => w.Cell, w => w.Ours!);
        ImmutableArray<AggregatedRow> distinct = [.. chosen.Values.Distinct()];
        var statistics = distinct.Zip(await reader.Statistics(distinct)).ToDictionary(r => r.First, r => r.Second);
        return new(
            grid.Name, paper.Title, paper.Caption, paper.Tolerance,
            [.. paper.Columns.Select(c => new PaperAnswerColumn(c.Key, c.Name, c.Part, c.Corpus, c.Protocol, c.Metrics))],
            [.. paper.Rows.Select(r => new PaperAnswerRow(r.Name, r.Group, [.. r.Details.Select(d => new PaperDetail(d.Name, d.Text))], r.Upstream, r.Upstream is null ? null : HeadCatalogue.Describe(r.Head), r.Missing,
                [.. paper.Columns.Select(c => chosen.TryGetValue((r, c), out var ours) ? Cell(paper, r, c, ours, statistics[ours]) : Empty(paper, r, c))]))],
            paper.Notes, paper.Corrections);
    }

    /// <summary>
    /// The row of the store that stands against a row of the table. One name may stand for several (other data, folds or models under it): the one with most
    /// results is taken, of equal ones the one asked for last; its badges tell which it is.
    /// </summary>
    private static AggregatedRow? Best(ImmutableArray<AggregatedRow> rows, PaperRow row, PaperColumn column) => rows
        .Where(r => r.Corpus == column.Corpus && r.Protocol == (row.Protocol ?? column.Protocol) && r.Upstream == row.Upstream && r.Head == HeadCatalogue.Describe(row.Head))
        .OrderByDescending(r => r.FoldsDone).ThenByDescending(r => r.Entries.Max(e => e.Job)).FirstOrDefault();

    private static PaperCell Cell(PaperTable paper, PaperRow row, PaperColumn column, AggregatedRow ours, RowStatistics? statistics)
    {
        var done = ours.FoldsDone == ours.FoldsExpected;
        return new(
            column.Key, ours.Protocol, done ? "done" : ours.FoldsDone > 0 ? "partial" : "none", ours.Seeds, ours.FoldsDone, ours.FoldsExpected,
            Figures(row, column, metric =>
            {
                var figure = metric switch
                {
                    PaperMetrics.Wa => Of(ours.Wa, s => s.Wa, i => i.Wa),
                    PaperMetrics.Ua => Of(ours.Ua, s => s.Ua, i => i.Ua),
                    PaperMetrics.Wf1 => Of(ours.Wf1, s => s.Wf1, i => i.Wf1),
                    _ => Of(ours.MacroF1, s => s.MacroF1, i => i.MacroF1),
                };
                return (figure, done ? paper.Tolerance : null);
            }),
            ours.Badges, ours.Warnings);

        Figure? Of(FoldStatistics? overFolds, Func<Scores, double> pooled, Func<Intervals, Interval> interval) => LeaderboardReports.Figure(overFolds, statistics, pooled, interval);
    }

    private static PaperCell Empty(PaperTable paper, PaperRow row, PaperColumn column)
    {
        var protocol = row.Protocol ?? column.Protocol;
        return new(column.Key, protocol, row.Missing is null ? "none" : "not available", 0, 0,
            row.Missing is not null ? 0 : CorpusCatalogue.IsManifest(column.Corpus) ? null : ProtocolCatalogue.Find(protocol).PublishedFolds(CorpusCatalogue.Find(column.Corpus).Card),
            Figures(row, column, _ => (null, paper.Tolerance)), [], []);
    }

    /// <param name="ours">Our figure, and the tolerance where it can be judged.</param>
    private static ImmutableArray<PaperFigure> Figures(PaperRow row, PaperColumn column, Func<string, (Figure? Ours, double? Tolerance)> ours) =>
    [
        .. column.Metrics.Select((metric, i) =>
        {
            var printed = row.Values.TryGetValue(column.Key, out var values) ? values[i] : null;
            var (figure, tolerance) = ours(metric);
            var difference = figure?.Mean - printed;
            return new PaperFigure(metric, printed, figure, difference, difference is { } d && tolerance is { } within ? Math.Abs(d) <= within : null);
        }),
    ];
}
