using System.Text.Encodings.Web;
using System.Text.Unicode;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains;
using Emotion2Vec.Grains.Store;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Artefacts;
using Emotion2Vec.Silo.Joining;
using Emotion2Vec.Silo.Observability;
using Emotion2Vec.Silo.Pages;
using Emotion2Vec.Silo.Results;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Silo.Slots;
using Emotion2Vec.Silo.Submissions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion2Vec.Silo;

/// <summary>A running silo: grains, store, HTTP API and the slot host with its worker processes.</summary>
public sealed class SiloHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly HomeLock home;
    private readonly StoreOwner? owner;

    private SiloHost(WebApplication application, HomeLock home, StoreOwner? owner, Uri address, string? newToken)
    {
        this.application = application;
        this.home = home;
        this.owner = owner;
        Address = address;
        NewToken = newToken;
    }

    /// <summary>Where the API answers.</summary>
    public Uri Address { get; }

    /// <summary>The token where this start made it: to be shown once. Null where it was known before, or none is needed.</summary>
    public string? NewToken { get; }

    /// <summary>Why the silo stopped by itself; null where it did not.</summary>
    public string? StoppedBecause { get; private set; }

    /// <summary>Starts a silo; returns once its API answers.</summary>
    /// <exception cref="InputException">The home is in use or cannot be used, or the address is taken.</exception>
    public static async Task<SiloHost> StartAsync(SiloOptions options, CancellationToken cancel = default)
    {
        var listening = Listening.Of(options);
        await GrainHosting.Check(options);
        var folder = new HomeFolder(options.Home);
        var home = new HomeLock(folder, options.Cluster?.Name);
        WebApplication? application = null;
        StoreOwner? owner = null;
        SiloHost? host = null;
        try
        {
            var store = StoreProvider.Of(options.Store, folder.Store);
            owner = await store.Own(lost: () =>
            {
                if (host is not null) host.StoppedBecause = $"{store.Name}: another silo took it while it was out of reach";
                application?.Lifetime.StopApplication();
            }, options.Cluster?.Name);
            var token = listening.Guarded ? AccessToken.Open(folder, options.NewToken) : null;
            application = Build(options, listening, token, folder, store, owner);
            application.Services.GetRequiredService<SiloMetrics>();
            await LeaseRecovery.Run(application.Services, cancel);
            await Start(application, options.Listen, cancel);
            await LeaseRecovery.Renew(application.Services, cancel);
            Uri[] addresses = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))];
            // A guarded silo has a side door for this machine.
            if (token is not null) application.Services.GetRequiredService<Guard>().SideDoorPort = addresses[^1].Port;
            home.Announce(addresses[^1]);
            await application.Services.GetRequiredService<SlotHost>().StartWorkers(addresses[^1]);
            return host = new SiloHost(application, home, owner, addresses[0], token is { Made: true } ? token.Text : null);
        }
        catch
        {
            if (application is not null) await application.DisposeAsync();
            if (owner is not null) await owner.DisposeAsync();
            home.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the process is asked to stop or <paramref name="cancel"/> fires.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancel = default) => application.WaitForShutdownAsync(cancel);

    /// <summary>Stops the workers, whose jobs go back into the queue, then the API and the grains.</summary>
    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
        if (owner is not null) await owner.DisposeAsync();
        home.Dispose();
    }

    private static WebApplication Build(SiloOptions options, Listening listening, AccessToken? token, HomeFolder home, StoreProvider store, StoreOwner? owner)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = home.Root });
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new FileLoggerProvider(home.SiloLog(options.Cluster?.Name), options.JsonLogs));
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
        builder.WebHost.UseUrls(listening.Guarded ? [listening.Address, Listening.SideDoor] : [listening.Address]);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.Body;
            if (listening.Certificate is { } certificates)
                kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (certificates[0], certificates));
        });
        Limits.AddTo(builder.Services);
        builder.Services.AddSingleton(services => new Guard(token, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<SignIn>();
        builder.UseGrains(options);
        builder.Services.Configure<LeaseOptions>(lease => (lease.Lease, lease.Heartbeat, lease.FreeLosses) = (options.Lease, options.Heartbeat, options.FreeLosses));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(home);
        builder.Services.AddSingleton<QueueSignal>();
        builder.Services.AddStore(store);
        builder.Services.AddSingleton<SubmissionService>();
        builder.Services.AddSingleton<ExperimentReports>();
        builder.Services.AddSingleton<RowReader>();
        builder.Services.AddSingleton<LeaderboardReports>();
        builder.Services.AddSingleton<ComparisonReports>();
        builder.Services.AddSingleton<GapReports>();
        builder.Services.AddSingleton<PaperReports>();
        builder.Services.AddDashboard();
        builder.Services.AddSingleton<JoinedMachines>();
        builder.Services.AddSingleton<FileHashes>();
        builder.Services.AddSingleton<JobInputs>();
        builder.Services.AddSingleton<SlotPictures>();
        builder.Services.AddSingleton<Watchdog>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Watchdog>());
        builder.Services.AddSingleton<SiloMetrics>();
        builder.Services.AddSingleton<SlotHost>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SlotHost>());
        if (options.Cluster is not { ApiOnly: true }) builder.Services.AddHostedService<LeaseWatch>();
        if (options.Cluster is { } member)
        {
            builder.Services.AddSingleton(services => new AbandonedAttempts(
                services.GetRequiredService<JobStore>(), owner!, member.Name, ClusterWatch.Grace(options.Lease), services.GetRequiredService<TimeProvider>()));
            builder.Services.AddHostedService<ClusterWatch>();
        }
        options.Services?.Invoke(builder.Services);
        builder.Services.AddOpenApi();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.DefaultIgnoreCondition = CanonicalJson.Options.DefaultIgnoreCondition;
            json.SerializerOptions.RespectNullableAnnotations = true;
            // Letters of every script as they are; what could be markup is escaped.
            json.SerializerOptions.Encoder = JavaScriptEncoder.Create(UnicodeRanges.All);
            foreach (var converter in CanonicalJson.Options.Converters) json.SerializerOptions.Converters.Add(converter);
        });

        var application = builder.Build();
        Headers.Use(application);
        application.UseErrorLines();
        Guard.Use(application);
        application.MapOpenApi();
        application.MapExperiments();
        application.MapJobs();
        application.MapResults();
        application.MapHealth();
        application.MapWorkers();
        application.MapJoiners();
        application.MapArtefacts();
        application.MapDashboard();
        return application;
    }

    private static async Task Start(WebApplication application, string listen, CancellationToken cancel)
    {
        try
        {
            await application.StartAsync(cancel);
        }
        catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new InputException($"{listen}: the address is in use", error);
        }
    }
}
