using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Slots;

namespace Emotion2Vec.Silo.Slots;

/// <summary>A place that runs one job at a time in a worker process of its own: a GPU, or a share of a machine's processor cores.</summary>
/// <param name="Machine">Unique among the machines of a silo; the silo's own is <see cref="Local"/>.</param>
/// <param name="Device"><c>cpu</c>, or <c>cuda:N</c> with the number that the driver gives the GPU.</param>
/// <param name="Number">Among the machine's slots of this kind; of a GPU its own.</param>
/// <param name="Memory">Bytes that a job may ask for: of a GPU its own (0 = not known), of processor cores their share.</param>
/// <param name="MainMemory">Bytes of main memory for the worker: the machine's, divided by its slots.</param>
public sealed record Slot(string Machine, string Device, int Number, long Memory, long MainMemory)
{
    public const string Local = "local";

    /// <summary><c>local/cpu0</c>, <c>gpubox-3f2a/cuda1</c>.</summary>
    public string Name => $"{Machine}/{Device.Split(':')[0]}{Number}";

    /// <summary>What its worker may see of the GPUs (CUDA_VISIBLE_DEVICES): the one, or none.</summary>
    public string VisibleGpus => Device == JobNeeds.Cpu ? "" : $"{Number}";

    /// <summary>The device as its worker knows it: of the GPUs it sees one only.</summary>
    public string WorkerDevice => Device == JobNeeds.Cpu ? Device : $"{JobNeeds.Cuda}:0";

    /// <summary>What it offers on a machine that has all audio.</summary>
    public SlotOffer Offer => new(Device, Memory, AllAudio: true, []);

    /// <summary>The slots of a machine: its GPUs, then shares of its cores.</summary>
    public static ImmutableArray<Slot> Of(string machine, int cpus, ImmutableArray<Gpu> gpus)
    {
        var share = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / Math.Max(1, cpus + gpus.Length);
        return [.. gpus.Select(g => new Slot(machine, $"{JobNeeds.Cuda}:{g.Index}", g.Index, g.Memory, share)),
            .. Enumerable.Range(0, cpus).Select(i => new Slot(machine, JobNeeds.Cpu, i, share, share))];
    }

    /// <summary>The machine of a slot by its name.</summary>
    public static string MachineOf(string name) => name.Split('/')[0];
}

/// <summary>A GPU as the driver lists it.</summary>
/// <param name="Index">Its number, in the order of the PCI bus.</param>
/// <param name="Memory">Bytes; 0 = not known.</param>
public sealed record Gpu(int Index, string Name, long Memory);
