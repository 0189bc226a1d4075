using Emotion2Vec.Corpora;
using Emotion2Vec.Silo.Slots;

namespace Emotion2Vec.Silo.Tests;

/// <summary>Changes PATH, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(GpuDiscoveryTests), DisableParallelization = true)]
public sealed class PathCollection;

/// <summary>What GPUs a machine has, by a program in the place of nvidia-smi.</summary>
[Collection(nameof(GpuDiscoveryTests))]
public sealed class GpuDiscoveryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("e2v-path-").FullName;
    private readonly string path = Environment.GetEnvironmentVariable("PATH")!;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", path);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Without_the_program_there_is_no_GPU_and_nothing_is_wrong()
    {
        Environment.SetEnvironmentVariable("PATH", folder);
        var found = await GpuDiscovery.Find();
        Assert.Empty(found.Gpus);
        Assert.Null(found.Problem);
        // Whoever names GPUs knows more; how much memory they have, nobody knows.
        Assert.Equal([new(0, "GPU", 0), new(3, "GPU", 0)], (await GpuDiscovery.Find("0,3")).Gpus.AsEnumerable());
    }

    [Theory]
    [InlineData("")]
    [InlineData("No devices were found")]
    public async Task No_GPU(string answer)
    {
        Stub($"echo '{answer}'");
        Assert.Equal((0, null), ((await GpuDiscovery.Find()).Gpus.Length, (await GpuDiscovery.Find()).Problem));
    }

    [Fact]
    public async Task One_GPU()
    {
        Stub("test \"$*\" = '--query-gpu=index,name,memory.total --format=csv,noheader,nounits' && echo '0, NVIDIA GeForce RTX 4090, 24564'");
        Assert.Equal(new Gpu(0, "NVIDIA GeForce RTX 4090", 24564L << 20), Assert.Single((await GpuDiscovery.Find()).Gpus));
    }

    [Fact]
    public async Task Four_GPUs_of_which_a_user_may_choose()
    {
        Stub("for i in 0 1 2 3; do echo \"$i, NVIDIA A100-SXM4-80GB, 81920\"; done");
        Assert.Equal([0, 1, 2, 3], (await GpuDiscovery.Find()).Gpus.Select(g => g.Index));
        Assert.Equal([1, 3], (await GpuDiscovery.Find("3,1")).Gpus.Select(g => g.Index));
        Assert.Empty((await GpuDiscovery.Find("none")).Gpus);
        Assert.Contains("there is no GPU 4; nvidia-smi lists 0, 1, 2, 3", (await Assert.ThrowsAsync<InputException>(() => GpuDiscovery.Find("0,4"))).Message);
        Assert.Contains("'two'", (await Assert.ThrowsAsync<InputException>(() => GpuDiscovery.Find("0,two"))).Message);

        var slots = Slot.Of("box", 2, (await GpuDiscovery.Find("1,2")).Gpus);
        Assert.Equal(["box/cuda1 cuda:1 cuda:0 sees 1", "box/cuda2 cuda:2 cuda:0 sees 2", "box/cpu0 cpu cpu sees ", "box/cpu1 cpu cpu sees "],
            slots.Select(s => $"{s.Name} {s.Device} {s.WorkerDevice} sees {s.VisibleGpus}"));
        Assert.Equal([81920L << 20, 81920L << 20], slots.Take(2).Select(s => s.Memory));
        Assert.All(slots, s => Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, s.MainMemory));
    }

    [Fact]
    public async Task A_GPU_without_memory_of_its_own()
    {
        Stub("echo '0, NVIDIA GB10, [N/A]'");
        Assert.Equal(new Gpu(0, "NVIDIA GB10", 0), Assert.Single((await GpuDiscovery.Find()).Gpus));
    }

    [Theory]
    [InlineData("echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9", "could not communicate with the NVIDIA driver")]
    [InlineData("echo 'Failed to initialize NVML: Driver/library version mismatch' >&2; exit 18", "Driver/library version mismatch")]
    [InlineData("exit 6", "status 6")]
    [InlineData("echo 'what is this'", "cannot be read: what is this")]
    public async Task A_driver_in_trouble_is_reported_in_its_own_words(string script, string problem)
    {
        Stub(script);
        var found = await GpuDiscovery.Find();
        Assert.Empty(found.Gpus);
        Assert.Contains(problem, found.Problem);
    }

    private void Stub(string script)
    {
        var program = Path.Combine(folder, "nvidia-smi");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        Environment.SetEnvironmentVariable("PATH", $"{folder}:{path}");
    }
}
