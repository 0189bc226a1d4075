using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Emotion2Vec.Grains.Tests.Store;

/// <summary>
/// A process that lives through <see cref="StoreScript"/> on a store and prints the number of each step once it is
/// acknowledged, until it dies: at its n-th store operation by SIGKILL, or, where the file-size limit of the process ends
/// in the midst of a write, by SIGXFSZ with half of that write done.
/// </summary>
internal static partial class KilledRecorder
{
    public const string Name = "recorder";

    /// <summary>The child: FILE, <c>operation</c> or <c>bytes</c>, N.</summary>
    public static async Task<int> Live(string[] arguments)
    {
        var (file, at) = (arguments[0], int.Parse(arguments[2]));
        if (arguments[1] == "bytes") LimitFiles(at);
        await using var test = new TestStore(file: file, time: new FixedTime(), interceptors: new OperationCounter(n =>
        {
            if (arguments[1] != "operation" || n != at) return;
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }).Interceptors);
        for (var step = 0; step < StoreScript.Steps.Count; step++)
        {
            await StoreScript.Steps[step](test.Store);
            Console.Out.WriteLine(step);
        }
        return 0;
    }

    /// <summary>Runs the child to its end; returns its exit status and how many steps it had acknowledged.</summary>
    public static (int Exit, int Acknowledged) Run(string file, string how, int at)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[typeof(KilledRecorder).Assembly.Location, Name, file, how, $"{at}"]) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using var child = Process.Start(start)!;
        var acknowledged = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        child.WaitForExit();
        return (child.ExitCode, acknowledged);
    }

    private static void LimitFiles(int bytes)
    {
        const int fileSize = 1, core = 4;
        var (files, none) = (new Limit((nuint)bytes, (nuint)bytes), new Limit(0, 0));
        if (SetLimit(core, in none) != 0 || SetLimit(fileSize, in files) != 0) throw new InvalidOperationException("setrlimit failed");
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(nuint Soft, nuint Hard);
}
