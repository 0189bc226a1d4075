using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Slots;
using Orleans;

namespace Emotion2Vec.Silo.Joining;

/// <summary>
/// The machines that have joined this silo, by what they tell. Only in memory: a silo that restarts hears of them within
/// seconds. Their jobs have leases like all others; whether a machine is heard decides only what is shown and handed out.
/// </summary>
internal sealed partial class JoinedMachines(JobStore store, IGrainFactory grains, SiloOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Joined> machines = new(StringComparer.Ordinal);

    /// <summary>A machine lives.</summary>
    /// <exception cref="InputException">A name that another joiner has, slots that are not its own, or another version of the computations.</exception>
    public async Task<JoinAnswer> Heard(string machine, JoinRequest request)
    {
        Check(machine, request);
        var known = machines.GetValueOrDefault(machine);
        if (known is not null && known.Request.Id != request.Id && Silence(known) < options.Lease)
            throw new InputException($"{machine}: another joiner has this name; choose one with --name");
        machines[machine] = new Joined(request, time.GetTimestamp());
        var offers = request.Slots.ToDictionary(s => s.Name, s => new SlotOffer(s.Device, s.Memory, AllAudio: false, request.Audio), StringComparer.Ordinal);
        if (known is null || !Same(known.Request, request))
            foreach (var slot in request.Slots) await grains.GetGrain<IGpuSlotGrain>(slot.Name).Offer(offers[slot.Name], slot.Quarantine);
        var work = new List<string>();
        foreach (var group in request.Slots.GroupBy(s => (s.Device.Split(':')[0], s.Memory)))
            if (await store.AnyQueued(offers[group.First().Name])) work.AddRange(group.Select(s => s.Name));
        return new JoinAnswer([.. work], await Wanted(request.Audio));
    }

    /// <summary>A machine goes, and with it its slots.</summary>
    public void Left(string machine, string id)
    {
        if (machines.TryGetValue(machine, out var known) && known.Request.Id == id) machines.TryRemove(new(machine, known));
    }

    /// <summary>Whether a slot's machine has told what it has.</summary>
    public bool Knows(string slot) => machines.TryGetValue(Slot.MachineOf(slot), out var machine) && machine.Request.Slots.Any(s => s.Name == slot);

    /// <summary>The slots of all machines, with how long each machine has been silent where that is too long.</summary>
    public IEnumerable<(string Slot, TimeSpan? Away)> Slots()
    {
        foreach (var (name, machine) in machines.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var silence = Silence(machine);
            if (silence > Forgotten) machines.TryRemove(new(name, machine));
            else foreach (var slot in machine.Request.Slots) yield return (slot.Name, silence > options.Lease ? silence : null);
        }
    }

    // A machine that has crashed should still be missed when somebody looks an hour later.
    private TimeSpan Forgotten => 180 * options.Lease;

    private TimeSpan Silence(Joined machine) => time.GetElapsedTime(machine.Heard);

    private static bool Same(JoinRequest a, JoinRequest b) => a.Id == b.Id && a.Slots.SequenceEqual(b.Slots) && a.Audio.SequenceEqual(b.Audio);

    private async Task<ImmutableArray<WantedAudio>> Wanted(ImmutableArray<string> has)
    {
        var wanted = (await store.QueuedNeeds()).SelectMany(n => n.Audio ?? []).Distinct().Except(has).ToArray();
        if (wanted.Length == 0) return [];
        var datasets = await store.Datasets();
        return [.. wanted.Where(datasets.ContainsKey).Select(m => new WantedAudio(m, datasets[m].Corpus))];
    }

    private static void Check(string machine, JoinRequest request)
    {
        if (!MachineName().IsMatch(machine) || machine == Slot.Local)
            throw new InputException($"'{machine}' is no name for a machine: letters, digits, '.', '_' and '-', at most 64, and not '{Slot.Local}'");
        if (request.Recipes != JobSpec.Recipes)
            throw new InputException($"{machine}: its build computes {request.Recipes}, the silo's {JobSpec.Recipes}; use the same version on both");
        if (request.Slots.Length > 1024) throw new InputException($"{machine}: more than 1024 slots");
        if (request.Slots.FirstOrDefault(s => !s.Name.StartsWith(machine + "/", StringComparison.Ordinal) || s.Memory < 0) is { } foreign)
            throw new InputException($"{machine}: '{foreign.Name}' is no slot of it");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex MachineName();

    private sealed record Joined(JoinRequest Request, long Heard);
}
