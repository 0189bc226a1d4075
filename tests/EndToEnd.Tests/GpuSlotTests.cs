using System.Text.Json.Nodes;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>GPU slots as a user meets them, with a program in the place of nvidia-smi: this machine need not have a GPU, and torch here has no CUDA.</summary>
public sealed class GpuSlotTests
{
    [Fact]
    public async Task A_GPU_that_torch_cannot_use_is_quarantined_with_the_reason_and_what_needs_one_is_refused_unless_it_waits()
    {
        using var home = new TestHome();
        using var folder = new TemporaryFolder();
        using var silo = StartSilo(home, folder, "echo '0, NVIDIA Test, 24576'", "--slots", "1");
        await E2v.UntilAsync(() => silo.Output.Contains("1 GPU slot and 1 CPU slot"), "the silo says what slots it has");
        var (cuda, large, plain) = (Grid(home, "cuda", "{device: cuda, memory: 20}"), Grid(home, "large", "{device: cuda, memory: 40}"), Grid(home, "plain", null));

        var refused = await home.RunAsync("submit", large);
        Assert.Equal(2, refused.Exit);
        Assert.Contains("2 jobs need a cuda device with 40 GB, and no slot has that: local/cuda0 (cuda:0 with 25.8 GB), local/cpu0", Assert.Single(refused.ErrorLines));
        Assert.Empty(home.Store.Rows("SELECT key FROM jobs"));

        (await home.RunAsync("submit", cuda)).Succeeded();
        await E2v.UntilAsync(() => Slots(home).Any(s => (string)s["state"]! == "quarantined"), "the GPU's slot is quarantined");
        Assert.Contains("CUDA is not available", (string)Slots(home).Single(s => (string)s["name"]! == "local/cuda0")["reason"]!);
        var why = (await home.RunAsync("why", home.Store.Rows("SELECT key FROM jobs")[0])).Succeeded().Output;
        Assert.Contains("It needs a cuda device with 20 GB: local/cuda0.", why);
        Assert.Contains("CUDA is not available", why);
        Assert.Contains("CUDA is not available", (await home.RunAsync("status")).Succeeded().Output);

        // The processor's slot runs what it can, and leaves alone what waits for the GPU.
        (await home.RunAsync("submit", plain, "--wait")).Succeeded();
        Assert.Equal(["cuda|Queued|2", "plain|Succeeded|2"],
            home.Store.Rows("SELECT e.name, j.state, count(*) FROM jobs j JOIN experiment_jobs l ON l.job_id = j.id JOIN experiments e ON e.id = l.experiment_id GROUP BY e.name, j.state ORDER BY 1"));

        Assert.Equal(2, (await home.RunAsync("submit", large)).Exit);
        var waits = (await home.RunAsync("submit", large, "--wait-for-slots")).Succeeded();
        Assert.Contains("no slot has that", waits.Output + waits.Errors);
        Assert.Equal(["4"], home.Store.Rows("SELECT count(*) FROM jobs WHERE state = 'Queued'"));
    }

    [Fact]
    public async Task A_driver_in_trouble_is_reported_and_the_processor_works()
    {
        using var home = new TestHome();
        using var folder = new TemporaryFolder();
        using var run = Start(home, folder, "echo 'NVIDIA-SMI has failed: no driver'; exit 9", "run", Grid(home, "plain", null), "--slots", "1");
        var ran = (await run.EndAsync()).Succeeded();
        Assert.Equal("e2v: nvidia-smi: NVIDIA-SMI has failed: no driver; no GPU is used", Assert.Single(ran.ErrorLines, l => l.StartsWith("e2v: nvidia", StringComparison.Ordinal)));
        Assert.Equal(["local/cpu0"], home.Store.Rows("SELECT DISTINCT slot FROM attempts"));
    }

    private static List<JsonNode> Slots(TestHome home) =>
        [.. JsonNode.Parse(home.RunAsync("status", "--json").GetAwaiter().GetResult().Succeeded().Output)!["slots"]!.AsArray().Select(s => s!)];

    private static string Grid(TestHome home, string name, string? needs) =>
        home.GridText(name, $"name: {name}\nnoop: {{jobs: 2, group: {name}}}\n{(needs is null ? "" : $"needs: {needs}\n")}");

    private static E2v StartSilo(TestHome home, TemporaryFolder folder, string script, params string[] options) => Start(home, folder, script, ["silo", .. options]);

    private static E2v Start(TestHome home, TemporaryFolder folder, string script, params string[] arguments)
    {
        var program = Path.Combine(folder.Path, "nvidia-smi");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        return E2v.StartWith(new() { ["PATH"] = $"{folder.Path}:{Environment.GetEnvironmentVariable("PATH")}" }, home.Path, [.. arguments, "--data", home.Data]);
    }
}
