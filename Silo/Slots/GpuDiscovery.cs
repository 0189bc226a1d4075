using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Silo.Slots;

/// <summary>GPUs of this machine.</summary>
/// <param name="Gpus">Those that may be used.</param>
/// <param name="Problem">Why none could be listed although a driver is installed; null where nothing is wrong.</param>
public sealed record FoundGpus(ImmutableArray<Gpu> Gpus, string? Problem = null);

/// <summary>Asks the driver's own program, <c>nvidia-smi</c> on PATH, for the GPUs of this machine. Without that program there are none.</summary>
public static class GpuDiscovery
{
    private static readonly string[] Query = ["--query-gpu=index,name,memory.total", "--format=csv,noheader,nounits"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The GPUs that a user chose.</summary>
    /// <param name="choice"><c>all</c>, <c>none</c>, or numbers: <c>0,2</c>. Numbers count without nvidia-smi, too: their memory is then not known.</param>
    /// <param name="cancel">Ends the waiting for nvidia-smi.</param>
    /// <exception cref="InputException">Another text, or a number that nvidia-smi does not list.</exception>
    public static async Task<FoundGpus> Find(string choice = "all", CancellationToken cancel = default)
    {
        if (choice == "none") return new([]);
        var wanted = choice == "all" ? null : choice.Split(',').Select(Number).Distinct().ToArray();
        var (found, there) = await List(cancel);
        if (wanted is null || found.Problem is not null) return found;
        if (!there) return new([.. wanted.Select(n => new Gpu(n, "GPU", 0))]);
        if (wanted.FirstOrDefault(n => found.Gpus.All(g => g.Index != n), -1) is >= 0 and var absent)
            throw new InputException($"--gpus: there is no GPU {absent}; nvidia-smi lists {(found.Gpus.IsEmpty ? "none" : string.Join(", ", found.Gpus.Select(g => g.Index)))}");
        return new([.. found.Gpus.Where(g => wanted.Contains(g.Index))]);

        static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            ? n : throw new InputException($"--gpus: '{text}' is neither all, none nor the number of a GPU");
    }

    private static async Task<(FoundGpus Found, bool There)> List(CancellationToken cancel)
    {
        var start = new ProcessStartInfo("nvidia-smi", Query) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        Process program;
        try
        {
            program = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            return (new([]), false);
        }
        using (program)
        {
            try
            {
                var (output, errors) = (program.StandardOutput.ReadToEndAsync(patience.Token), program.StandardError.ReadToEndAsync(patience.Token));
                await program.WaitForExitAsync(patience.Token);
                var text = await output;
                if (program.ExitCode != 0) return (Failed(FirstLine(await errors) ?? FirstLine(text) ?? $"it ended with status {program.ExitCode}"), true);
                return (Parse(text), true);
            }
            catch (OperationCanceledException)
            {
                // A driver in trouble can keep it waiting for ever.
                program.Kill(entireProcessTree: true);
                cancel.ThrowIfCancellationRequested();
                return (Failed($"it gave no answer within {Patience.TotalSeconds:F0} s"), true);
            }
        }
    }

    private static FoundGpus Parse(string text)
    {
        var gpus = ImmutableArray.CreateBuilder<Gpu>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // A name may hold commas; memory is MiB, or [N/A] where the GPU has none of its own.
            var (first, last) = (line.IndexOf(','), line.LastIndexOf(','));
            if (first < 0 || last == first || !int.TryParse(line[..first], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return line.StartsWith("No devices", StringComparison.OrdinalIgnoreCase) ? new([]) : Failed($"its answer cannot be read: {line}");
            gpus.Add(new Gpu(index, line[(first + 1)..last].Trim(), long.TryParse(line[(last + 1)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes) ? mebibytes << 20 : 0));
        }
        return new(gpus.ToImmutable());
    }

    private static FoundGpus Failed(string reason) => new([], $"nvidia-smi: {reason}; no GPU is used");

    private static string? FirstLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
}
