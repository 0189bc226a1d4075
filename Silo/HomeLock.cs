using System.Text.Json;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Silo;

/// <summary>
/// The right to be the one silo of a home. The lock is the operating system's on <c>silo.lock</c>, so it goes with the
/// process however that ends; <c>silo.json</c> beside it only tells others whom to talk to. Silos of a cluster share a
/// home, each with files of its own name.
/// </summary>
public sealed class HomeLock : IDisposable
{
    private readonly FileStream file;
    private readonly string addressFile;

    /// <param name="home">State folder.</param>
    /// <param name="member">Name of a silo of a cluster; null = the only one.</param>
    /// <exception cref="InputException">Another silo holds the home, or the home cannot be written.</exception>
    public HomeLock(HomeFolder home, string? member = null)
    {
        addressFile = AddressFile(home, member);
        var path = Path.ChangeExtension(addressFile, ".lock");
        try
        {
            home.Create();
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            home.SweepLeftovers();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException($"{home.Root}: cannot be written: {error.Message}", error);
        }
        catch (IOException error)
        {
            throw Find(home) is { } other
                ? new InputException($"{home.Root}: is in use by the silo with pid {other.Pid} at {other.Address}", error)
                : new InputException($"{home.Root}: cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Tells others where this silo listens.</summary>
    public void Announce(Uri address) =>
        File.WriteAllText(addressFile, JsonSerializer.Serialize(new Announcement(Environment.ProcessId, address.ToString(), Environment.MachineName, StartOf(Environment.ProcessId)), JsonSerializerOptions.Web));

    /// <summary>A silo that announced itself in a home and still lives; null where there is none.</summary>
    public static Announcement? Find(HomeFolder home)
    {
        try
        {
            return Directory.GetFiles(home.Root, "silo*.json").Order(StringComparer.Ordinal).Select(Living).FirstOrDefault(found => found is not null);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static Announcement? Living(string file)
    {
        try
        {
            var found = JsonSerializer.Deserialize<Announcement>(File.ReadAllText(file), JsonSerializerOptions.Web);
            // A home that machines share may announce silos of others, which only --silo can reach.
            if (found is { Machine: { } machine } && machine != Environment.MachineName) return null;
            if (found is null || found.Pid == Environment.ProcessId) return found;
            using var process = System.Diagnostics.Process.GetProcessById(found.Pid);
            // Numbers of processes come again, in containers soon: a silo that was killed must not live on in another program.
            return found.Started is { } started && StartOf(found.Pid) is { } start && start != started ? null : found;
        }
        catch (Exception error) when (error is IOException or JsonException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>When a process started, in ticks since the machine did; null where the system does not tell.</summary>
    internal static string? StartOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name before it, in parentheses, may have blanks.
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        // The folder may have been deleted meanwhile.
        if (File.Exists(addressFile)) File.Delete(addressFile);
        file.Dispose();
    }

    private static string AddressFile(HomeFolder home, string? member) => Path.Combine(home.Root, member is null ? "silo.json" : $"silo-{member.Replace(':', '-')}.json");
}

/// <summary>What a running silo tells about itself.</summary>
/// <param name="Started">Its process's start, which tells it from a later one of the same number; null where the system does not tell.</param>
public sealed record Announcement(int Pid, string Address, string? Machine = null, string? Started = null);
