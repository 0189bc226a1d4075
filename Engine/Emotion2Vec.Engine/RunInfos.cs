using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Emotion2Vec.Corpora.Jobs;
using TorchSharp;

namespace Emotion2Vec.Engine;

/// <summary>Describes what computes here: libraries, their versions, the commit.</summary>
public static class RunInfos
{
    private static readonly Lazy<ImmutableSortedDictionary<string, string>> Libraries = new(Describe);

    /// <summary>The information to store beside a result.</summary>
    /// <param name="wallSeconds">From start to result.</param>
    /// <param name="cpuSeconds">Processor time meanwhile.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
    public static RunInfo Current(double wallSeconds, double cpuSeconds, string device) =>
        new(wallSeconds, cpuSeconds, device, Environment.MachineName, Libraries.Value);

    private static ImmutableSortedDictionary<string, string> Describe()
    {
        var torchAssembly = typeof(torch).Assembly.GetName();
        var own = typeof(RunInfos).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
        var versions = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        versions["libtorch"] = torch.__version__;
        versions["torch"] = $"{torchAssembly.Name} {torchAssembly.Version}";
        versions["blas"] = Blas();
        versions["pooling"] = Heads.FramePooling.ProcessorName;
        versions["os"] = RuntimeInformation.OSDescription;
        versions["dotnet"] = RuntimeInformation.FrameworkDescription;
        versions["architecture"] = RuntimeInformation.ProcessArchitecture.ToString();
        versions["commit"] = own.Contains('+') ? own[(own.IndexOf('+') + 1)..] : own;
        return versions.ToImmutable();
    }

    /// <summary>What does torch's matrix products in this process: OpenBLAS tells its version and kernel, others their file name.</summary>
    private static string Blas()
    {
        // Torch links libblas.so.3; which library stands behind the name only the process's memory map tells.
        if (!File.Exists("/proc/self/maps")) return "unknown";
        var loaded = File.ReadLines("/proc/self/maps")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 6)
            .Select(fields => fields[5])
            .Where(path => Path.GetFileName(path) is var name && (name.Contains("blas", StringComparison.Ordinal) || name.Contains("mkl", StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        foreach (var path in loaded)
        {
            if (NativeLibrary.TryLoad(path, out var library) && NativeLibrary.TryGetExport(library, "openblas_get_config", out var config))
            {
                unsafe
                {
                    return Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)config)())?.Trim() ?? "OpenBLAS";
                }
            }
        }
        return loaded.Length > 0 ? string.Join(", ", loaded.Select(Path.GetFileName)) : "built into libtorch";
    }
}
