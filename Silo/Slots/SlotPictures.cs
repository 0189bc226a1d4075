using System.Globalization;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Silo.Joining;
using Orleans;

namespace Emotion2Vec.Silo.Slots;

/// <summary>All slots as they stand: those of this machine, then those that joined; in a cluster those of its other silos too.</summary>
internal sealed class SlotPictures(SlotHost host, JoinedMachines joined, SiloOptions options, IGrainFactory grains)
{
    public async Task<IReadOnlyList<SlotPicture>> All()
    {
        (string Slot, TimeSpan? Away)[] known = [.. host.Slots.Select(s => (s.Name, (TimeSpan?)null)), .. joined.Slots()];
        var pictures = await Task.WhenAll(known.Select(async s => Seen(await Picture(s.Slot), s.Away)));
        if (options.Cluster is null) return pictures;
        var others = (await grains.GetGrain<ISlotDirectoryGrain>(ISlotDirectoryGrain.Key).All()).Except(known.Select(s => s.Slot));
        return [.. pictures, .. (await Task.WhenAll(others.Select(PictureOrNone))).OfType<SlotPicture>()];
    }

    private static SlotPicture Seen(SlotPicture picture, TimeSpan? away) => away is { } silence
        ? picture with { State = "away", Reason = string.Create(CultureInfo.InvariantCulture, $"its machine was last heard {silence.TotalSeconds:F0} s ago") } : picture;

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
