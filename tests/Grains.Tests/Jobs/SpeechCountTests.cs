using System.Diagnostics.Metrics;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;

namespace Emotion2Vec.Grains.Tests.Jobs;

public sealed class SpeechCountTests
{
    [Fact]
    public async Task Seconds_of_speech_are_counted_once_per_accepted_extraction()
    {
        await using var silo = await TestSilo.Start();
        var meter = silo.Store.Telemetry.Meter;
        var counted = 0.0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == meter && instrument.Name == "e2v.audio") l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Assert.Equal("extract", tags[0].Value);
            counted += seconds;
        });
        listener.Start();
        var jobs = TestStore.ExtractAndFolds(1);
        await silo.Store.Submit("a", "a", "", jobs);
        var extract = (await silo.Store.Claim("s0"))!;
        var grain = silo.Grains.Job(extract.Kind, extract.Key);
        await grain.Complete(1, """{"audioSeconds":12.5}""", CanonicalJson.Write(TestStore.Run));
        var fold = (await silo.Store.Claim("s0"))!;
        await silo.Grains.Job(fold.Kind, fold.Key).Complete(1, TestStore.FoldResult(0.5), CanonicalJson.Write(TestStore.Run));
        Assert.Equal(12.5, counted);
    }
}
