using System.Diagnostics;
using Orleans.Runtime;
using Xunit.Abstractions;
namespace Orleans.Tests;

public interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Add(int amount);
    ValueTask<int> Get();
    Task<string> Who();
    Task<int> Slow(int amount);
}

public sealed class CounterGrain : Grain, ICounterGrain
{
    private int _value;
    public Task<int> Add(int amount) => Task.FromResult(_value += amount);
    public ValueTask<int> Get() => new(_value);
    public Task<string> Who() => Task.FromResult(this.GetPrimaryKeyString());
    public async Task<int> Slow(int amount) { var v = _value; await Task.Yield(); await Task.Delay(1); _value = v + amount; return _value; }
}

public sealed class SmokeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Calls()
    {
        await using var silo = await TestSilo.StartAsync();
        var grain = silo.Grains.GetGrain<ICounterGrain>("a");
        Assert.Equal(3, await grain.Add(3));
        Assert.Equal(3, await grain.Get());
        Assert.Equal("a", await grain.Who());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => grain.Slow(1)));
        Assert.Equal(53, await grain.Get());
        for (var rep = 0; rep < 3; rep++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 100_000; i++) await grain.Add(1);
            output.WriteLine($"sequential {100_000 / watch.Elapsed.TotalSeconds:F0}/s");
            watch.Restart();
            await Task.WhenAll(Enumerable.Range(0, 100_000).Select(i => grain.Add(1)));
            output.WriteLine($"burst {100_000 / watch.Elapsed.TotalSeconds:F0}/s");
        }
    }
}
