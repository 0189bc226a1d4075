using Emotion2Vec.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- NAME
var benchmarks = new Dictionary<string, Func<Task>>
{
    ["overhead"] = SchedulingOverhead.Run,
    ["features"] = () => BaseSizeComparison.Run("inference", clips: 1, together: true),
    ["update"] = () => BaseSizeComparison.Run("pretraining", clips: 3, together: false),
    ["workers"] = BaseSizeComparison.Workers,
    ["memory"] = ExtractionMemory.Run,
    // What the others start.
    ["inference"] = BaseSize.Inference,
    ["pretraining"] = BaseSize.Pretraining,
    ["pretrain-memory"] = PretrainMemory.Run,
};
if (args.Length != 1 || !benchmarks.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"usage: dotnet run -c Release --project tests/Benchmarks -- {string.Join('|', benchmarks.Keys)}");
    return 2;
}
await run();
return 0;
