using Emotion2Vec.Grains.Slots;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>All slots as they stand: those of this machine, then those that joined; in a cluster those of its other silos too.</summary>
internal sealed class SlotPictures(SlotHost host, SiloOptions options, IGrainFactory grains)
{
    public async Task<IReadOnlyList<SlotPicture>> All()
    {
        var own = host.Slots.Select(s => s.Name).ToArray();
        var pictures = await Task.WhenAll(own.Select(Picture));
        if (options.Cluster is null) return pictures;
        var others = (await grains.GetGrain<ISlotDirectoryGrain>(ISlotDirectoryGrain.Key).All()).Except(own);
        return [.. pictures, .. (await Task.WhenAll(others.Select(PictureOrNone))).OfType<SlotPicture>()];
    }

    private Task<SlotPicture> Picture(string slot) => grains.GetGrain<IGpuSlotGrain>(slot).Picture();

    // Its silo may have died just now.
    private async Task<SlotPicture?> PictureOrNone(string slot)
    {
        try
        {
            return await Picture(slot).WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (Exception)
        {
            return null;
        }
    }
}
