using System.Diagnostics;
using Emotion2Vec.Grains.Store;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>A process that is one silo of a cluster on a store as far as the store can tell, and holds jobs until a test kills it.</summary>
internal sealed class KilledMember : IDisposable
{
    public const string Name = "member";

    private readonly Process child;

    private KilledMember(Process child) => this.child = child;

    /// <summary>The child: SILO SLOTS; the connection string comes by the environment.</summary>
    public static async Task<int> Live(string[] arguments)
    {
        var connection = Environment.GetEnvironmentVariable("E2V_STORE")!;
        await using var owner = await StoreProvider.Of(connection, "").Own(() => { }, arguments[0]);
        await using var test = new TestStore(connection);
        for (var i = 0; i < int.Parse(arguments[1]); i++) await test.Store.Claim($"{arguments[0]}/cpu{i}");
        Console.Out.WriteLine("holds");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    /// <summary>Starts it and waits until it has claimed a job in each slot.</summary>
    public static KilledMember Start(string connection, string silo, int slots)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, Environment = { ["E2V_STORE"] = connection } };
        foreach (var argument in (string[])[typeof(KilledMember).Assembly.Location, Name, silo, $"{slots}"]) start.ArgumentList.Add(argument);
        var child = Process.Start(start)!;
        Assert.Equal("holds", child.StandardOutput.ReadLine());
        return new KilledMember(child);
    }

    public int Pid => child.Id;

    public void Kill()
    {
        child.Kill();
        child.WaitForExit();
    }

    public void Dispose()
    {
        if (!child.HasExited) Kill();
        child.Dispose();
    }
}
