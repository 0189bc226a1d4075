using System.Diagnostics.Metrics;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Slots;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Emotion2Vec.Silo.Observability;

/// <summary>The silo's metrics as a page of text: what its parts count, and what can only be observed at the moment of asking.</summary>
internal sealed class SiloMetrics : IDisposable
{
    private static readonly string[] SlotStates = ["free", "leased", "quarantined", "away"];

    private readonly SemaphoreSlim one = new(1);
    private readonly PrometheusText text = new();
    private readonly BaseExportingMetricReader reader;
    private readonly MeterProvider meters;
    private readonly TracerProvider? traces;
    private readonly JobStore store;
    private readonly SlotPictures slots;
    private IReadOnlyDictionary<JobState, int> jobs = new Dictionary<JobState, int>();
    private IReadOnlyList<SlotPicture> pictures = [];

    public SiloMetrics(JobStore store, SlotPictures slots, Watchdog watchdog, Telemetry telemetry, IMeterFactory factory, SiloOptions options, Corpora.HomeFolder home)
    {
        (this.store, this.slots) = (store, slots);
        telemetry.Meter.CreateObservableGauge("e2v.jobs", () => Enum.GetValues<JobState>().Select(s => Observed(jobs.GetValueOrDefault(s), JobReports.State(s))), null, "Jobs by state");
        telemetry.Meter.CreateObservableGauge("e2v.slots", () => SlotStates.Select(s => Observed(pictures.Count(p => p.State == s), s)), null, "Slots by state");
        telemetry.Meter.CreateObservableGauge("e2v.slot.utilisation", Utilisation, null, "Share of the slots in service that hold a lease, 0-1");
        telemetry.Meter.CreateObservableGauge("e2v.progress.age", () => telemetry.SinceProgress.TotalSeconds, "s", "Since an attempt began or ended");
        telemetry.Meter.CreateObservableGauge("e2v.stalled", () => watchdog.Stall is null ? 0 : 1, null, "1 while jobs are queued, slots are free and nothing moves");

        reader = new BaseExportingMetricReader(text);
        meters = Sdk.CreateMeterProviderBuilder()
            .AddMeter(Telemetry.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.Orleans", "System.Runtime")
            // Other hosts of this process have meters of the same names.
            .AddView(instrument => instrument.Meter.Scope is IMeterFactory other && other != factory ? MetricStreamConfiguration.Drop : null)
            .AddReader(reader)
            .Build();
        if (options.Traces)
        {
            traces = Sdk.CreateTracerProviderBuilder().AddSource(Telemetry.Name, "Microsoft.AspNetCore", "Microsoft.Orleans.*")
                .AddProcessor(new SimpleActivityExportProcessor(new TraceFile(Path.Combine(home.Root, "logs", "traces.jsonl")))).Build();
        }
    }

    /// <summary>All metrics as they are now.</summary>
    public async Task<string> Text()
    {
        await one.WaitAsync();
        try
        {
            (jobs, pictures) = (await store.Counts(), await slots.All());
            reader.Collect();
            return text.Text;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose()
    {
        meters.Dispose();
        traces?.Dispose();
        one.Dispose();
    }

    private double Utilisation()
    {
        var (leased, free) = (pictures.Count(p => p.State == "leased"), pictures.Count(p => p.State == "free"));
        return leased == 0 ? 0 : (double)leased / (leased + free);
    }

    private static Measurement<int> Observed(int count, string state) => new(count, new KeyValuePair<string, object?>("state", state));
}
