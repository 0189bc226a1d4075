using Emotion2Vec.Grains.Slots;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>All slots as they stand: those of this machine, then those that joined.</summary>
internal sealed class SlotPictures(SlotHost host, IGrainFactory grains)
{
    public async Task<IReadOnlyList<SlotPicture>> All() => await Task.WhenAll(host.Slots.Select(s => grains.GetGrain<IGpuSlotGrain>(s.Name).Picture()));
}
