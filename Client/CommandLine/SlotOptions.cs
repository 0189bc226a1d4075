using System.Collections.Immutable;
using System.CommandLine;
using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Slots;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>What slots a process brings.</summary>
/// <param name="Cpus">Slots on processor cores.</param>
/// <param name="Gpus">GPUs, a slot each.</param>
internal sealed record SlotChoice(int Cpus, ImmutableArray<Gpu> Gpus)
{
    public static SlotChoice None { get; } = new(0, []);

    /// <summary><c>2 CPU slots</c>, <c>1 GPU slot and 7 CPU slots</c>.</summary>
    public override string ToString() => Gpus.IsEmpty ? Counted.Of(Cpus, "CPU slot") : Cpus == 0 ? Counted.Of(Gpus.Length, "GPU slot") : $"{Counted.Of(Gpus.Length, "GPU slot")} and {Counted.Of(Cpus, "CPU slot")}";
}

/// <summary>The options that choose slots: <c>--slots</c> and <c>--gpus</c>.</summary>
internal sealed class SlotOptions
{
    private readonly int fewest;
    private readonly Option<int?> slots = new("--slots") { Description = "CPU worker slots (default: one per core that no GPU needs)", HelpName = "N" };
    private readonly Option<string?> gpus = new("--gpus") { Description = "GPUs that are slots: all (default), none, or numbers of nvidia-smi: 0,1", HelpName = "GPUS" };

    /// <param name="command">Gets the options.</param>
    /// <param name="fewest">Fewest CPU slots.</param>
    public SlotOptions(Command command, int fewest)
    {
        this.fewest = fewest;
        slots.Validators.Add(result =>
        {
            if (int.TryParse(result.Tokens.FirstOrDefault()?.Value, out var n) && (n > 1024 || n < fewest)) result.AddError($"--slots: {n} is not between {fewest} and 1024");
        });
        command.Options.Add(slots);
        command.Options.Add(gpus);
    }

    /// <summary>The slots that were chosen, or that the machine has. A driver in trouble is reported, and its GPUs are not used.</summary>
    /// <exception cref="InputException">There is no such GPU.</exception>
    public async Task<SlotChoice> ReadAsync(ParseResult parse, CancellationToken ct)
    {
        var found = await GpuDiscovery.Find(parse.GetValue(gpus) ?? "all", ct);
        if (found.Problem is { } problem) Console.Error.WriteLine($"e2v: {problem}");
        var cpus = parse.GetValue(slots) ?? Math.Max(found.Gpus.IsEmpty ? 1 : 0, Environment.ProcessorCount - found.Gpus.Length);
        return new SlotChoice(Math.Max(cpus, fewest), found.Gpus);
    }
}
