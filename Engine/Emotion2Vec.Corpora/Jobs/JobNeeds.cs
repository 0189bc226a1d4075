using System.Collections.Immutable;
using System.Globalization;

namespace Emotion2Vec.Corpora.Jobs;

/// <summary>
/// What a slot must have to run a job. No part of the job or its key: a result does not depend on where it was computed,
/// which is recorded beside it.
/// </summary>
/// <param name="Device">Kind of device, <c>cpu</c> or <c>cuda</c>; null = any.</param>
/// <param name="Memory">Least memory in GB (10⁹ bytes): of a GPU its own, of processor cores their share of the machine's; null = any.</param>
/// <param name="Audio">Hashes, sorted, of what the job reads that does not travel: manifests for their audio files, files of imported features; null = nothing.</param>
public sealed record JobNeeds(string? Device = null, double? Memory = null, ImmutableArray<string>? Audio = null)
{
    public const string Cpu = "cpu", Cuda = "cuda";

    /// <summary>What a slot of any kind on the silo's own machine has.</summary>
    public static JobNeeds None { get; } = new();

    /// <summary>What meets both.</summary>
    /// <exception cref="InputException">They ask for different devices.</exception>
    public JobNeeds And(JobNeeds other)
    {
        if (Device is not null && other.Device is not null && Device != other.Device)
            throw new InputException($"one job is asked to run on {Device} and on {other.Device}: 'needs' differ between the blocks that use it");
        return new JobNeeds(Device ?? other.Device, Memory is { } a && other.Memory is { } b ? Math.Max(a, b) : Memory ?? other.Memory,
            Audio is null ? other.Audio : other.Audio is null ? Audio : [.. Audio.Value.Concat(other.Audio.Value).Distinct().Order(StringComparer.Ordinal)]);
    }

    /// <summary>With the manifests whose audio is read.</summary>
    public JobNeeds WithAudio(IEnumerable<string> manifests) => this with { Audio = manifests.Any() ? [.. manifests.Distinct().Order(StringComparer.Ordinal)] : null };

    /// <summary>Canonical JSON; null where nothing is needed.</summary>
    public string? ToJson() => Device is null && Memory is null && Audio is null ? null : CanonicalJson.Write(this);

    /// <summary>What <see cref="ToJson"/> wrote.</summary>
    public static JobNeeds FromJson(string? json) => json is null ? None : CanonicalJson.Read<JobNeeds>(json);

    /// <summary>Device and memory in words: <c>a cuda device with 8 GB</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"a {(Device is null ? "slot" : $"{Device} device")}{(Memory is { } gb ? $" with {gb:0.##} GB" : "")}");
}
