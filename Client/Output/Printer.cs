using System.Text.Json;
using Emotion2Vec.Corpora.Jobs;
using Spectre.Console;

namespace Emotion2Vec.Client.Output;

/// <summary>Results go to stdout; with <c>--json</c> what happens meanwhile goes to stderr, so that stdout stays JSON.</summary>
internal static class Printer
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);
    private static readonly JsonSerializerOptions Indented = new(CanonicalJson.Options) { WriteIndented = true };

    /// <summary>True when a person watches the standard output.</summary>
    public static bool Terminal => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public static TextWriter Notes(bool json) => json ? Console.Error : Console.Out;

    /// <summary>Does something countable; with a bar, rate and time left where a person watches.</summary>
    public static T WithBar<T>(string title, bool json, Func<IProgress<(int Done, int Total)>?, T> work)
    {
        if (!Terminal || json) return work(null);
        return AnsiConsole.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title));
                return work(new Report(step =>
                {
                    task.MaxValue = Math.Max(1, step.Total);
                    task.Value = step.Done;
                }));
            });
    }

    /// <summary>The same for work of minutes: where nobody watches, a line every five seconds instead of the bar.</summary>
    /// <param name="what">What is counted, such as <c>utterances</c>.</param>
    public static T WithProgress<T>(string title, string what, bool json, Func<IProgress<(int Done, int Total)>?, T> work)
    {
        if (Terminal && !json) return WithBar(title, json, work);
        var last = System.Diagnostics.Stopwatch.GetTimestamp();
        return work(new Report(step =>
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(last) < LineEvery) return;
            last = System.Diagnostics.Stopwatch.GetTimestamp();
            Notes(json).WriteLine($"{title}: {step.Done}/{step.Total} {what}");
        }));
    }

    /// <summary>Follows one job: a bar with its last message where a person watches, else a line every few seconds.</summary>
    public static T Follow<T>(string title, bool json, Func<Action<JobProgress>, T> work)
    {
        if (Terminal && !json)
        {
            var result = default(T)!;
            AnsiConsole.Live(new Text(title)).AutoClear(true).Start(context => result = work(p => context.UpdateTarget(new Rows(
                new Markup($"{ProgressView.Bar(p.Done, p.Total, 36, "green")} {Markup.Escape($"{title} {p.Done}/{p.Total}")}"),
                new Text(p.Message ?? "")))));
            return result;
        }
        var notes = Notes(json);
        var next = TimeProvider.System.GetTimestamp();
        return work(p =>
        {
            if (p.Done < p.Total && TimeProvider.System.GetElapsedTime(next) < TimeSpan.Zero) return;
            notes.WriteLine($"{title} {p.Done}/{p.Total}{(p.Message is null ? "" : $": {p.Message}")}");
            next = TimeProvider.System.GetTimestamp() + 5 * TimeProvider.System.TimestampFrequency;
        });
    }

    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Indented));

    /// <summary>Unlike <see cref="Progress{T}"/> it reports on the caller's thread, so nothing comes late.</summary>
    private sealed class Report(Action<(int Done, int Total)> report) : IProgress<(int Done, int Total)>
    {
        void IProgress<(int Done, int Total)>.Report((int Done, int Total) value) => report(value);
    }
}
