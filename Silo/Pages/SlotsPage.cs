using System.Collections.Concurrent;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Figures;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Slots;
using Orleans;

namespace Emotion2Vec.Silo.Pages;

/// <summary>Slots: what each does, and how busy it was.</summary>
internal sealed class SlotsPage(SlotPictures pictures, JobStore store, IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<int, (long Time, double Cpu)> before = new();

    public async Task<Page> Render()
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var slots = await pictures.All();
        var uses = (await store.SlotUses(now - (long)Window.TotalMilliseconds, now)).ToDictionary(u => u.Slot);
        var running = (await store.RunningAttempts()).ToDictionary(a => a.Key, a => a.Kind);
        var live = new Dictionary<string, JobLive>();
        foreach (var slot in slots)
            if (slot.Job is { } key && running.TryGetValue(key, out var kind)) live[key] = await grains.Job(kind, key).Live();
        var page = new Page("Slots", Layout.Slots);
        page.Body = Html.Of($"""
            {page.Live("slots", slots.Count == 0
                ? Html.Of($"""<div class="empty"><p>This silo has no slots.</p></div>""")
                : Html.Of($"""<section class="card">{Table(slots, uses, live)}</section>"""))}
            <p class="muted small">A slot runs one job at a time in a process of its own, which is started when there is work. Busy: share of the last hour in which it held a job.</p>
            """);
        return page;
    }

    private Html Table(IReadOnlyList<SlotPicture> slots, Dictionary<string, SlotUse> uses, Dictionary<string, JobLive> live) => Pieces.Table(
        "Slots", Pieces.Heads("Slot", "Device", "State", "Job", ">For", "Busy", ">Processor", ">Memory"),
        slots.Select(s =>
        {
            var use = uses.GetValueOrDefault(s.Name);
            var busy = Math.Min(1, (use?.BusySeconds ?? 0) / Window.TotalSeconds);
            var job = s.Job is { } key ? live.GetValueOrDefault(key) : null;
            var (cpu, memory) = s.WorkerPid == 0 || Slot.MachineOf(s.Name) != Slot.Local ? (null, null) : Process(s.WorkerPid);
            return Html.Of($"""
                <tr><th scope="row">{s.Name}</th><td>{s.Offer.ToString()}</td><td>{Pieces.State(s.State)}{(s.Reason is { } reason ? Html.Of($"""<br><span class="error">{reason}</span>""") : Html.Empty)}</td>
                <td class="wide">{(s.Job is { } k ? Html.Of($"""<a href="/jobs/{k}">{s.Title}</a><br>{Pieces.Progress(job?.Progress is { } p ? CanonicalJson.Read<JobProgress>(p) : null)}""") : Html.Empty)}</td>
                <td class="number" data-name="for">{(job is null ? "–" : Say.Duration(job.Seconds))}</td>
                <td data-name="busy">{Pieces.Bar(1000, 0, (int)(1000 * busy), 0, $"busy {100 * busy:0} %")}<span class="small muted">{100 * busy:0} %, {Say.Count(use?.Attempts ?? 0, "attempt")}</span></td>
                <td class="number" data-name="processor">{(cpu is { } share ? $"{100 * share:0} %" : "–")}</td><td class="number" data-name="memory">{(memory is { } bytes ? Say.Bytes(bytes) : "–")}</td></tr>
                """);
        }), "list");

    /// <summary>Processor share since the last look, and resident memory, of a process on this machine; null where the system does not tell.</summary>
    private (double? Cpu, double? Memory) Process(int pid)
    {
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(pid);
            var (now, cpu) = (time.GetTimestamp(), process.TotalProcessorTime.TotalSeconds);
            var last = before.GetValueOrDefault(pid);
            before[pid] = (now, cpu);
            var span = last.Time == 0 ? 0 : time.GetElapsedTime(last.Time, now).TotalSeconds;
            return (span > 0 ? (cpu - last.Cpu) / span : null, process.WorkingSet64);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            before.TryRemove(pid, out _);
            return (null, null);
        }
    }
}
