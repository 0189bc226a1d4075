using Emotion2Vec.Benchmarks;
using Emotion2Vec.Engine.Upstreams;

// dotnet run -c Release --project tests/Benchmarks -- NAME
var benchmarks = new Dictionary<string, Func<Task>>
{
    ["overhead"] = SchedulingOverhead.Run,
    ["many"] = SchedulingOverhead.Many,
    ["joined"] = JoinedSpeedup.Run,
    ["leaderboard"] = LeaderboardLoad.Run,
    ["pages"] = PagesLoad.Run,
    ["features"] = () => BaseSizeComparison.Run("inference", clips: 1, together: true),
    ["lengths"] = () => BaseSizeComparison.Run("lengths", clips: 1, together: true),
    ["hubert"] = () => BaseSizeComparison.Run("hubert", clips: 1, together: true),
    ["wavlm"] = () => BaseSizeComparison.Run("wavlm", clips: 1, together: true),
    ["update"] = () => BaseSizeComparison.Run("pretraining", clips: 3, together: false),
    ["workers"] = BaseSizeComparison.Workers,
    ["memory"] = ExtractionMemory.Run,
    ["pretrain-memory"] = PretrainMemory.Run,
    // What the others start, one step for every line of input.
    ["child-inference"] = () => BaseSize.Inference(shorter: 0),
    ["child-lengths"] = () => BaseSize.Inference(shorter: 320),
    ["child-hubert"] = () => BaseSize.Encoder(new Hubert(SpeechTransformerSizes.Base)),
    ["child-wavlm"] = () => BaseSize.Encoder(new WavLm(SpeechTransformerSizes.Base with { Buckets = 320, MaximumDistance = 800 })),
    ["child-pretraining"] = BaseSize.Pretraining,
};
if (args.Length != 1 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project tests/Benchmarks -- {string.Join('|', benchmarks.Keys)}");
    return 2;
}
await run();
return 0;
