using System.Text;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A worker process as /proc shows it.</summary>
internal sealed record WorkerProcess(int Pid, string Slot)
{
    public bool Alive => Workers.Arguments(Pid).Contains("worker");
}

internal static class Workers
{
    /// <summary>The workers that a silo process has started and that live.</summary>
    public static List<WorkerProcess> Of(int silo)
    {
        var found = new List<WorkerProcess>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid) || Parent(pid) != silo) continue;
            var arguments = Arguments(pid);
            var slot = Array.IndexOf(arguments, "--slot");
            if (arguments.Contains("worker") && slot >= 0) found.Add(new WorkerProcess(pid, arguments[slot + 1]));
        }
        return found;
    }

    /// <summary>Command line of a process; empty once it has ended.</summary>
    public static string[] Arguments(int pid) => Encoding.UTF8.GetString(Read(pid, "cmdline")).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static int Parent(int pid)
    {
        // pid (name) state ppid …; the name may hold spaces and brackets.
        var stat = Encoding.UTF8.GetString(Read(pid, "stat"));
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 1 ? int.Parse(fields[1]) : -1;
    }

    private static byte[] Read(int pid, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/{file}");
        }
        catch (IOException)
        {
            return [];
        }
    }
}
