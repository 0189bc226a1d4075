using System.Diagnostics;
using System.Text;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>What a run of the program left.</summary>
internal sealed record Ran(int Exit, string Output, string Errors)
{
    /// <summary>The lines on stderr.</summary>
    public string[] ErrorLines => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public Ran Succeeded()
    {
        Assert.True(Exit == 0, $"exit {Exit}\n{Output}\n{Errors}");
        return this;
    }
}

/// <summary>The built program, as a process of its own with nothing inherited from the tester's settings.</summary>
internal sealed class E2v : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);
    private readonly StringBuilder output = new(), errors = new();

    private E2v(string home, string[] arguments, Dictionary<string, string>? environment = null, string? program = null)
    {
        var start = new ProcessStartInfo(program ?? "dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() };
        if (program is null) start.ArgumentList.Add(Path.Combine(Folder, "e2v.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var name in (string[])["E2V_DATA", "E2V_SILO", "E2V_STORE", "E2V_DEBUG", "E2V_TOKEN", "E2V_CA"]) start.Environment.Remove(name);
        start.Environment["E2V_HOME"] = home;
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        Process = Process.Start(start)!;
        Process.OutputDataReceived += (_, line) => Append(output, line.Data);
        Process.ErrorDataReceived += (_, line) => Append(errors, line.Data);
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    /// <summary>Where the client was built, in the configuration of the tests.</summary>
    public static string Folder { get; } = FindFolder();

    public Process Process { get; }

    public string Output => Text(output);

    public string Errors => Text(errors);

    public static E2v Start(string home, params string[] arguments) => new(home, arguments);

    /// <summary>As <see cref="Start"/>, with the store in a PostgreSQL database.</summary>
    public static E2v StartOn(string store, string home, params string[] arguments) => StartWith(new() { ["E2V_STORE"] = store }, home, arguments);

    /// <summary>As <see cref="Start"/>, with further variables in its environment.</summary>
    public static E2v StartWith(Dictionary<string, string> environment, string home, params string[] arguments) => new(home, arguments, environment);

    /// <summary>Another program that starts this one.</summary>
    public static E2v StartProgram(string program, Dictionary<string, string> environment, string home, params string[] arguments) => new(home, arguments, environment, program);

    public static async Task<Ran> RunAsync(string home, params string[] arguments)
    {
        using var e2v = new E2v(home, arguments);
        return await e2v.EndAsync();
    }

    /// <summary>Waits for the end of the process.</summary>
    public async Task<Ran> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await Process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Process.Kill(entireProcessTree: true);
            Assert.Fail($"no end after {Patience}\n{Output}\n{Errors}");
        }
        return new Ran(Process.ExitCode, Output, Errors);
    }

    /// <summary>Polls until something is so.</summary>
    public static async Task UntilAsync(Func<bool> so, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!so())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"never: {what}");
            await Task.Delay(20);
        }
    }

    /// <summary>Sends a signal such as INT or KILL.</summary>
    public static void Signal(string signal, int pid)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{pid}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            if (line is not null) text.Append(line).Append('\n');
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    // artifacts/bin/EndToEnd.Tests/<configuration>/ → artifacts/bin/Emotion2Vec.Client/<configuration>/
    private static string FindFolder()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "Emotion2Vec.Client", own.Name);
    }
}
