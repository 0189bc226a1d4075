using System.Collections.Concurrent;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Experiments;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Grains.Slots;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo;
using Emotion2Vec.Tests;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>
/// Clusters, in a build with the Orleans packages: Orleans' own test cluster, and silos as processes of their own. All
/// that differs from a build with the stand-in is in this file.
/// </summary>
public sealed class ClusterTests
{
    private const string Grid = "name: c\nnoop: {jobs: 60, milliseconds: 500, group: c}\n";

    [SkippableFact]
    public async Task Slot_grains_live_on_the_silo_of_their_name_whoever_asks()
    {
        await using var cluster = await Deploy(PostgresServer.Shared.NewDatabase());
        foreach (var silo in cluster.Silos)
        {
            for (var slot = 0; slot < 5; slot++)
            {
                var grain = cluster.Client.GetGrain<IGpuSlotGrain>($"{silo.Name}/cpu{slot}");
                await grain.Picture();
                Assert.Equal(silo.SiloAddress, await Where(cluster, grain));
            }
        }
        // The slot of a machine that is no silo lives somewhere.
        Assert.Equal("free", (await cluster.Client.GetGrain<IGpuSlotGrain>("gpu-box/gpu0").Picture()).State);
    }

    [SkippableFact]
    public async Task Silos_killed_one_after_the_other_lose_no_job_and_double_no_result()
    {
        const int jobs = 400;
        await using var cluster = await Deploy(PostgresServer.Shared.NewDatabase());
        var store = Store(cluster.Silos[0]);
        var specs = Enumerable.Range(0, jobs).Select(i => new NoOpSpec("k", i)).ToArray();
        await cluster.Client.GetGrain<IExperimentGrain>("k").Submit("k", "", [.. specs.Select(s => new NewJob(s.Key(), s.Kind, "k", s.ToJson(), [], null))]);

        // Workers, as far as grains can tell: of each silo two, which end with it.
        var dead = new ConcurrentDictionary<string, bool>();
        var workers = cluster.Silos.SelectMany(s => new[] { 0, 1 }.Select(i => Task.Run(() => Work(cluster, s, i, dead, store)))).ToList();
        foreach (var victim in new[] { cluster.Silos[2], cluster.Silos[1] })
        {
            var before = await Done(store);
            await E2v.UntilAsync(() => Done(store).Result > before + 20, "twenty more results");
            dead[victim.Name] = true;
            await cluster.KillSiloAsync(victim);
            await cluster.WaitForLivenessToStabilizeAsync(didKill: true);
            foreach (var left in (await store.RunningAttempts()).Where(a => a.Slot.StartsWith(victim.Name + "/", StringComparison.Ordinal)))
                await store.Release(left.Key, left.Attempt, "its silo was killed");
        }
        await E2v.UntilAsync(() => Done(store).Result == jobs, "all results");
        await Task.WhenAll(workers);
        Assert.Equal(jobs, (await store.Counts())[JobState.Succeeded]);
        Assert.Empty(await store.RunningAttempts());
    }

    [SkippableFact]
    public async Task Three_processes_share_a_store_and_one_that_is_killed_costs_no_result()
    {
        var store = PostgresServer.Shared.NewDatabase();
        using var home = new TestHome();
        await Disturbed(store, home, (port, gateway, primary) => ["--cluster", "localhost", "--cluster-port", $"{port}", "--gateway-port", $"{gateway}", "--cluster-primary", $"{primary}"]);
    }

    /// <summary>The way of a real cluster: E2V_ORLEANS_SQL names the folder with Orleans' scripts PostgreSQL-Main.sql and PostgreSQL-Clustering.sql.</summary>
    [SkippableFact]
    public async Task The_same_with_membership_in_the_database()
    {
        var scripts = Environment.GetEnvironmentVariable("E2V_ORLEANS_SQL");
        Skip.If(scripts is null, "E2V_ORLEANS_SQL does not name a folder with Orleans' PostgreSQL scripts");
        var store = PostgresServer.Shared.NewDatabase();
        using var home = new TestHome();

        var refused = await E2v.RunAsync(home.Path, "silo", "--cluster", store);
        Assert.Equal(2, refused.Exit);
        Assert.Contains("PostgreSQL-Clustering.sql", Assert.Single(refused.ErrorLines));
        Assert.DoesNotContain(PostgresServer.Shared.Password, refused.Errors);

        foreach (var script in (string[])["PostgreSQL-Main.sql", "PostgreSQL-Clustering.sql"])
            PostgresServer.Shared.Rows(PostgresServer.Database(store), await File.ReadAllTextAsync(Path.Combine(scripts!, script)));
        await Disturbed(null, home, (port, gateway, _) => ["--cluster", store, "--cluster-port", $"{port}", "--gateway-port", $"{gateway}"], store);
        foreach (var log in Directory.EnumerateFiles(Path.Combine(home.Path, "logs")))
            Assert.DoesNotContain(PostgresServer.Shared.Password, await File.ReadAllTextAsync(log));
    }

    private static async Task Disturbed(string? store, TestHome home, Func<int, int, int, string[]> cluster, string? database = null)
    {
        var ports = FreePorts(6);
        var silos = new List<E2v>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                string[] arguments = ["silo", "--slots", "1", .. cluster(ports[2 * i], ports[2 * i + 1], ports[0])];
                silos.Add(store is null ? E2v.Start(home.Path, arguments) : E2v.StartOn(store, home.Path, arguments));
                var started = silos[i];
                await E2v.UntilAsync(() => started.Output.Contains("silo at http://") || started.Process.HasExited, "the silo says where it listens");
                Assert.True(!started.Process.HasExited, started.Errors);
            }
            // A client of the cluster has the API and no slots.
            string[] client = ["silo", "--api-only", .. cluster(ports[0], ports[1], ports[0])];
            var api = store is null ? E2v.Start(home.Path, client) : E2v.StartOn(store, home.Path, client);
            silos.Add(api);
            await E2v.UntilAsync(() => api.Output.Contains("0 CPU slots") || api.Process.HasExited, "the API says where it listens");
            Assert.True(!api.Process.HasExited, api.Errors);
            var address = api.Output.Split(' ', ',').First(w => w.StartsWith("http", StringComparison.Ordinal));
            (await E2v.RunAsync(home.Path, "submit", home.GridText("c", Grid), "--silo", address)).Succeeded();

            var name = PostgresServer.Database((store ?? database)!);
            List<string> Rows(string sql) => PostgresServer.Shared.Rows(name, sql);
            var third = $"{Environment.MachineName}:{ports[4]}";
            await E2v.UntilAsync(() => Rows($"SELECT count(*) FROM attempts WHERE slot LIKE '{third}/%' AND state = 'Succeeded'")[0] != "0"
                && Rows($"SELECT count(*) FROM attempts WHERE slot LIKE '{third}/%' AND state = 'Running'")[0] != "0", "the third silo works");
            E2v.Signal("KILL", silos[2].Process.Id);
            await silos[2].EndAsync();
            await E2v.UntilAsync(() => Rows("SELECT count(*) FROM results")[0] == "60", "all results");
            Assert.Empty(Rows($"SELECT slot, state, error FROM attempts WHERE state NOT IN ('Succeeded', 'Cancelled') OR state = 'Cancelled' AND slot NOT LIKE '{third}/%'"));
            Assert.Equal(["Succeeded|60|0"], Rows("SELECT state, count(*), sum(losses) FROM jobs GROUP BY state"));
            Assert.Equal(["60|60"], Rows("SELECT count(*), count(DISTINCT job_key) FROM results"));
            Assert.Contains("60/60", (await E2v.RunAsync(home.Path, "status", "--silo", address)).Succeeded().Output);
        }
        finally
        {
            silos.Reverse();
            foreach (var silo in silos)
            {
                if (!silo.Process.HasExited) E2v.Signal("INT", silo.Process.Id);
                await silo.EndAsync();
                silo.Dispose();
            }
        }
    }

    private static async Task Work(InProcessTestCluster cluster, InProcessSiloHandle silo, int slot, ConcurrentDictionary<string, bool> dead, JobStore store)
    {
        var name = $"{silo.Name}/cpu{slot}";
        var grains = silo.ServiceProvider.GetRequiredService<IGrainFactory>();
        while (!dead.ContainsKey(silo.Name))
        {
            try
            {
                if (await grains.GetGrain<IGpuSlotGrain>(name).Lease() is not { } job)
                {
                    if ((await store.Counts()).GetValueOrDefault(JobState.Queued) == 0 && (await store.RunningAttempts()).Count == 0) return;
                    await Task.Delay(50);
                    continue;
                }
                await Task.Delay(20);
                await grains.Job(job.Kind, job.Key).Complete(job.Attempt, "{}", CanonicalJson.Write(Information));
                await grains.GetGrain<IGpuSlotGrain>(name).Free(job.Key, job.Attempt);
            }
            catch (Exception error) when (error is OrleansException or TimeoutException or ObjectDisposedException or OperationCanceledException)
            {
                // What was asked of a silo that has just died; asked again, as workers do.
                await Task.Delay(200);
            }
        }
    }

    private static RunInfo Information { get; } = new(0.1, 0.1, "cpu", "here", System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);

    private static async Task<int> Done(JobStore store) => (await store.Counts()).GetValueOrDefault(JobState.Succeeded);

    private static JobStore Store(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<JobStore>();

    private static async Task<SiloAddress> Where(InProcessTestCluster cluster, IGpuSlotGrain grain) =>
        (await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(grain))!;

    private static async Task<InProcessTestCluster> Deploy(string connection)
    {
        var builder = new InProcessTestClusterBuilder(3);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.UseSlotPlacement();
            silo.Configure<Orleans.Configuration.ClusterMembershipOptions>(o => (o.ProbeTimeout, o.NumMissedProbesLimit, o.NumVotesForDeathDeclaration) = (TimeSpan.FromSeconds(1), 2, 1));
            silo.Services.AddSingleton(TimeProvider.System);
            silo.Services.AddSingleton<QueueSignal>();
            silo.Services.AddStore(StoreProvider.Of(connection, ""));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(l => ((System.Net.IPEndPoint)l.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }
}
