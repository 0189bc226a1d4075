using System.Globalization;
using Emotion2Vec.Client.CommandLine;
using Emotion2Vec.Client.Silos;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Results;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Emotion2Vec.Client.Output;

/// <summary>Follows an experiment until it has ended: bars that move on a terminal, else a plain line every few seconds.</summary>
internal static class ProgressView
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200), LineEvery = TimeSpan.FromSeconds(5);

    /// <returns>The status it ended with.</returns>
    public static async Task<ExperimentStatus> FollowAsync(SiloClient silo, string experiment, bool json, CancellationToken ct)
    {
        var status = await silo.ExperimentAsync(experiment, ct);
        if (Ended(status)) return status;
        return Printer.Terminal && !json
            ? await BarsAsync(silo, status, ct)
            : await LinesAsync(silo, status, Printer.Notes(json), ct);
    }

    /// <summary>One line: how far, how fast, how long still.</summary>
    public static string Line(ExperimentStatus s)
    {
        var parts = new List<string> { $"{s.Succeeded}/{s.Total} jobs" };
        if (s.Running > 0) parts.Add($"{s.Running} running");
        if (Broken(s) is > 0 and var broken) parts.Add($"{broken} without result");
        if (s.Cancelled > 0) parts.Add($"{s.Cancelled} cancelled");
        if (!Ended(s) && s.JobsPerMinute is { } rate) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:F1} jobs/min"));
        if (!Ended(s) && s.SecondsLeft is { } left) parts.Add($"{Say.Duration(left, days: false)} left");
        if (!Ended(s) && s.JobsPerMinute is null && s.Current is [{ Progress: { } first } job, ..]) parts.Add($"{job.Title}: {Steps(first)}");
        return string.Join(" · ", parts);
    }

    /// <summary>Jobs that ended without a result.</summary>
    public static int Broken(ExperimentStatus s) => s.Failed + s.Poisoned + s.Blocked;

    public static bool Ended(ExperimentStatus s) => s.State != "running";

    private static async Task<ExperimentStatus> LinesAsync(SiloClient silo, ExperimentStatus status, TextWriter output, CancellationToken ct)
    {
        var (shown, next) = ("", TimeProvider.System.GetTimestamp());
        for (; !Ended(status); status = await silo.ExperimentAsync(status.Id, ct))
        {
            await AssertSlotAsync(silo, status, ct);
            if (TimeProvider.System.GetElapsedTime(next) >= TimeSpan.Zero && Line(status) is var line && line != shown)
            {
                await output.WriteLineAsync(line);
                shown = line;
                next = TimeProvider.System.GetTimestamp() + (long)(LineEvery.TotalSeconds * TimeProvider.System.TimestampFrequency);
            }
            await Task.Delay(Poll, ct);
        }
        await output.WriteLineAsync(Line(status));
        return status;
    }

    private static async Task<ExperimentStatus> BarsAsync(SiloClient silo, ExperimentStatus status, CancellationToken ct)
    {
        await AnsiConsole.Live(Picture(status)).AutoClear(false).StartAsync(async context =>
        {
            while (!Ended(status))
            {
                await AssertSlotAsync(silo, status, ct);
                await Task.Delay(Poll, ct);
                status = await silo.ExperimentAsync(status.Id, ct);
                context.UpdateTarget(Picture(status));
            }
        });
        return status;
    }

    // Jobs that wait for slots of which none will ever ask again would be waited for in vain.
    private static async Task AssertSlotAsync(SiloClient silo, ExperimentStatus status, CancellationToken ct)
    {
        if (status.Running > 0 || status.Queued == 0) return;
        var slots = await silo.SlotsAsync(ct);
        if (slots.Length > 0 && Array.TrueForAll(slots, s => s.State == "quarantined"))
            throw new WorkFailedException($"every slot is quarantined; {slots[0].Name}: {slots[0].Reason}; restart the silo when the cause is mended");
    }

    private static Rows Picture(ExperimentStatus s)
    {
        var lines = new List<IRenderable> { new Markup($"{Bar(s.Succeeded, s.Total, 36, "green")} {Markup.Escape(Line(s))}") };
        foreach (var job in s.Current.Take(Math.Max(1, Console.WindowHeight - 4)))
        {
            var bar = job.Progress is { Total: > 0 } p ? Bar(p.Done, p.Total, 18, "blue") : Bar(0, 1, 18, "blue");
            var steps = job.Progress is { } progress ? Steps(progress) : Say.Duration(job.Seconds, days: false);
            lines.Add(new Markup($"{bar} {Markup.Escape(job.Title)} [grey]{Markup.Escape($"{job.Slot} · {steps}")}[/]") { Overflow = Overflow.Ellipsis });
        }
        return new Rows(lines);
    }

    private static string Steps(JobProgress p) => $"{p.Done}/{p.Total}{(p.Message is null ? "" : " " + p.Message)}";

    internal static string Bar(int done, int total, int width, string colour)
    {
        var full = total == 0 ? width : (int)((long)Math.Clamp(done, 0, total) * width / total);
        return $"[{colour}]{new string('━', full)}[/][grey]{new string('━', width - full)}[/]";
    }
}
