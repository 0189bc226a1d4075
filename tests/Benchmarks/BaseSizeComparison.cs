using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Engine;
using TorchSharp;

namespace Emotion2Vec.Benchmarks;

/// <summary>
/// <see cref="BaseSize"/> beside base_size.py, both kept running and asked in turn, so that whatever else the machine does
/// meets both alike. Same libtorch, BLAS, kernels, thread count and allocator settings: both inherit this environment.
/// </summary>
internal static class BaseSizeComparison
{
    private const int Rounds = 5;
    private const double ClipSeconds = 5;

    /// <summary>Median of five interleaved steps each, and their ratio.</summary>
    /// <param name="together">Keeps both processes; else each step is the second of a process of its own, for steps that need most of the memory.</param>
    public static async Task Run(string what, int clips, bool together)
    {
        Describe();
        string[]? python = Python();
        using var ours = new Runs([.. Own(), "child-" + what], together);
        using var theirs = python is null ? null : new Runs([.. python, what], together);
        for (var round = 0; round < Rounds; round++)
        {
            await ours.Add();
            if (theirs is not null) await theirs.Add();
        }
        await Print("here", ours, clips);
        if (theirs is null) return;
        await Print("plain PyTorch", theirs, clips);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ratio of medians: processor {ours.Cpu / theirs.Cpu:0.000}, wall {ours.Wall / theirs.Wall:0.000}"));
    }

    /// <summary>Features by one process, and by two at once.</summary>
    public static async Task Workers()
    {
        Describe();
        using var first = new Stepper([.. Own(), "child-inference"]);
        using var second = new Stepper([.. Own(), "child-inference"]);
        await Task.WhenAll(first.Ready(), second.Ready());
        const int steps = 8;
        List<double> alone = [], together = [], cpuAlone = [], cpuTogether = [];
        for (var round = 0; round < Rounds; round++)
        {
            var one = await Many(first);
            alone.Add(steps / one.Wall);
            cpuAlone.Add(one.Cpu / steps);
            var began = Stopwatch.GetTimestamp();
            var both = await Task.WhenAll(Many(first), Many(second));
            together.Add(2 * steps / Stopwatch.GetElapsedTime(began).TotalSeconds);
            cpuTogether.Add(both.Average(b => b.Cpu) / steps);
        }
        await Task.WhenAll(first.End(), second.End());
        // Processor time tells how much the two slow each other down even where other programs take their share of the cores.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"clips per second, medians of {Rounds}: one process {Median(alone):0.00}, two {Median(together):0.00}, ratio {Median(together) / Median(alone):0.00}; by processor time per clip ({Median(cpuAlone):0.000} and {Median(cpuTogether):0.000} s) {2 * Median(cpuAlone) / Median(cpuTogether):0.00}"));

        static async Task<(double Cpu, double Wall)> Many(Stepper stepper)
        {
            var (cpu, began) = (0.0, Stopwatch.GetTimestamp());
            for (var i = 0; i < steps; i++) cpu += (await stepper.Step()).Cpu;
            return (cpu, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
    }

    private static void Describe()
    {
        using var a = torch.ones(2, 2);
        a.mm(a).Dispose(); // loads the BLAS library, which then tells what it is
        var run = RunInfos.Current(0, 0, "cpu");
        Console.WriteLine($"libtorch {run.Versions["libtorch"]}, {run.Versions["blas"]}");
    }

    private static async Task Print(string who, Runs runs, int clips)
    {
        var peak = await runs.Peak();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{who}: processor {runs.Cpu:0.000} s, wall {runs.Wall:0.000} s per step, {runs.Cpu / (clips * ClipSeconds):0.000} × real time, peak {peak} MiB; wall of each {string.Join(" ", runs.Times.Select(r => r.Wall.ToString("0.00", CultureInfo.InvariantCulture)))}"));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static string[] Own() => ["dotnet", Path.Combine(AppContext.BaseDirectory, "Benchmarks.dll")];

    /// <summary>Debian's Python with python3-torch; null where it is not installed.</summary>
    private static string[]? Python()
    {
        const string python = "/usr/bin/python3";
        if (File.Exists(python))
        {
            using var probe = Process.Start(new ProcessStartInfo(python, ["-c", "import torch"]) { RedirectStandardError = true })!;
            probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            if (probe.ExitCode == 0) return [python, Path.Combine(AppContext.BaseDirectory, "base_size.py")];
        }
        Console.WriteLine("python3-torch is not installed: nothing to compare with");
        return null;
    }

    /// <summary>The steps of one program.</summary>
    private sealed class Runs(string[] command, bool together) : IDisposable
    {
        private Stepper? stepper;
        private long peak;

        public List<(double Cpu, double Wall)> Times { get; } = [];

        public double Cpu => Median(Times.Select(t => t.Cpu));

        public double Wall => Median(Times.Select(t => t.Wall));

        public async Task Add()
        {
            if (stepper is null)
            {
                stepper = new Stepper(command);
                await stepper.Ready();
            }
            Times.Add(await stepper.Step());
            if (!together) await Peak();
        }

        /// <summary>Ends the process and tells the most memory that one had, MiB.</summary>
        public async Task<long> Peak()
        {
            if (stepper is not null) peak = Math.Max(peak, await stepper.End());
            Dispose();
            return peak;
        }

        public void Dispose()
        {
            stepper?.Dispose();
            stepper = null;
        }
    }

    /// <summary>A process that takes a step when it is asked to.</summary>
    private sealed class Stepper : IDisposable
    {
        private readonly Process process;

        public Stepper(string[] command)
        {
            var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            foreach (var (name, value) in new[] { ("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"), ("MALLOC_MMAP_THRESHOLD_", "1073741824"), ("MALLOC_TRIM_THRESHOLD_", "1073741824") })
                start.Environment[name] = value;
            process = Process.Start(start)!;
        }

        public async Task Ready()
        {
            if (await Line() != "ready") throw new InvalidOperationException("the step does not start");
        }

        public async Task<(double Cpu, double Wall)> Step()
        {
            await process.StandardInput.WriteLineAsync("step");
            await process.StandardInput.FlushAsync();
            var times = (await Line()).Split(' ');
            return (double.Parse(times[0], CultureInfo.InvariantCulture), double.Parse(times[1], CultureInfo.InvariantCulture));
        }

        /// <summary>Peak memory, MiB.</summary>
        public async Task<long> End()
        {
            process.StandardInput.Close();
            return long.Parse((await Line()).Split(' ')[1], CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            if (!process.WaitForExit(TimeSpan.FromSeconds(2))) process.Kill();
            process.Dispose();
        }

        private async Task<string> Line() => await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended");
    }
}
