using System.Collections.Immutable;
using System.Globalization;
using Emotion2Vec.Corpora.Jobs;
using Orleans;

namespace Emotion2Vec.Grains.Slots;

/// <summary>What a slot has to offer to a job.</summary>
/// <param name="Device"><c>cpu</c>, or <c>cuda:N</c> with the number that the machine's driver gives the GPU.</param>
/// <param name="Memory">Bytes: of a GPU its own, of processor cores their share of the machine's; 0 = not known, which meets no job that asks for any.</param>
/// <param name="AllAudio">Whether it shares the home folder, and with it the paths of all audio that was scanned there.</param>
/// <param name="Audio">Else the hashes of the manifests whose audio its machine has.</param>
[GenerateSerializer, Alias("e2v.SlotOffer"), Immutable]
public sealed record SlotOffer(
    [property: Id(0)] string Device, [property: Id(1)] long Memory, [property: Id(2)] bool AllAudio, [property: Id(3)] ImmutableArray<string> Audio)
{
    /// <summary>Of a slot that nobody has described: processor cores on the silo's own machine.</summary>
    public static SlotOffer Unknown { get; } = new(JobNeeds.Cpu, 0, true, []);

    /// <summary>Whether a job that needs this can run here.</summary>
    public bool Meets(JobNeeds needs) => MeetsHardware(needs) && (AllAudio || needs.Audio is null || needs.Audio.Value.All(Audio.Contains));

    /// <summary>The same but for audio, which a machine may still find.</summary>
    public bool MeetsHardware(JobNeeds needs) => (needs.Device is null || needs.Device == Device.Split(':')[0]) && (needs.Memory is null || needs.Memory.Value * 1e9 <= Memory);

    /// <summary><c>cuda:0 with 24 GB</c>.</summary>
    public override string ToString() => Memory == 0 ? Device : string.Create(CultureInfo.InvariantCulture, $"{Device} with {Memory / 1e9:0.#} GB");
}
