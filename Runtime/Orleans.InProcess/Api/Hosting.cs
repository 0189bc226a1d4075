using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.InProcess;

namespace Orleans.Configuration
{
    public class ClusterOptions
    {
        public string ClusterId { get; set; } = "default";
        public string ServiceId { get; set; } = "default";
    }

    public abstract class MessagingOptions
    {
        /// <summary>How long a caller waits for an answer; default 30 s. Afterwards it gets a <see cref="TimeoutException"/>.</summary>
        public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

        /// <summary>A call that timed out while it waited is not run; default true.</summary>
        public bool DropExpiredMessages { get; set; } = true;

        /// <summary>A time-out cancels the callee's <see cref="CancellationToken"/>; default false.</summary>
        public bool CancelRequestOnTimeout { get; set; }
    }

    public class SiloMessagingOptions : MessagingOptions;

    public class GrainCollectionOptions
    {
        public static readonly TimeSpan DEFAULT_COLLECTION_QUANTUM = TimeSpan.FromMinutes(1);
        public static readonly TimeSpan DEFAULT_ACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);
        public static readonly TimeSpan DEFAULT_DEACTIVATION_TIMEOUT = TimeSpan.FromSeconds(30);

        /// <summary>How often idle activations are looked for; less than <see cref="CollectionAge"/>.</summary>
        public TimeSpan CollectionQuantum { get; set; } = DEFAULT_COLLECTION_QUANTUM;

        /// <summary>How long an activation may be idle; default 15 min.</summary>
        public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

        /// <summary>Ages by the full name of grain classes.</summary>
        public Dictionary<string, TimeSpan> ClassSpecificCollectionAge { get; set; } = [];

        public TimeSpan ActivationTimeout { get; set; } = DEFAULT_ACTIVATION_TIMEOUT;
        public TimeSpan DeactivationTimeout { get; set; } = DEFAULT_DEACTIVATION_TIMEOUT;
    }

    public class SchedulingOptions
    {
        public static readonly TimeSpan DEFAULT_ACTIVATION_SCHEDULING_QUANTUM = TimeSpan.FromMilliseconds(100);
        public static readonly TimeSpan DEFAULT_TURN_WARNING_THRESHOLD = TimeSpan.FromMilliseconds(1000);

        /// <summary>How long an activation with work keeps its thread before others get it.</summary>
        public TimeSpan ActivationSchedulingQuantum { get; set; } = DEFAULT_ACTIVATION_SCHEDULING_QUANTUM;

        /// <summary>Longer turns are logged as warnings.</summary>
        public TimeSpan TurnWarningLengthThreshold { get; set; } = DEFAULT_TURN_WARNING_THRESHOLD;
    }

    public class SiloOptions
    {
        public string SiloName { get; set; } = "silo";
    }

    /// <summary>The grain classes of this silo: at first, all that are found in the program's assemblies.</summary>
    public class GrainTypeOptions
    {
        public HashSet<Type> Classes { get; } = [];
        public HashSet<Type> Interfaces { get; } = [];
    }
}

namespace Orleans.Hosting
{
    public interface ISiloBuilder
    {
        IServiceCollection Services { get; }
        IConfiguration Configuration { get; }
    }

    public static class SiloBuilderExtensions
    {
        public static ISiloBuilder ConfigureServices(this ISiloBuilder builder, Action<IServiceCollection> configureDelegate)
        {
            configureDelegate(builder.Services);
            return builder;
        }

        public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, Action<TOptions> configureOptions) where TOptions : class =>
            ConfigureServices(builder, services => services.Configure(configureOptions));

        public static ISiloBuilder Configure<TOptions>(this ISiloBuilder builder, IConfiguration configuration) where TOptions : class =>
            ConfigureServices(builder, services => services.Configure<TOptions>(configuration));

        public static ISiloBuilder ConfigureLogging(this ISiloBuilder builder, Action<ILoggingBuilder> configureLogging) =>
            ConfigureServices(builder, services => services.AddLogging(configureLogging));
    }

    public static class CoreHostingExtensions
    {
        /// <summary>One silo on this machine. The ports are accepted and not opened: nothing leaves the process.</summary>
        public static ISiloBuilder UseLocalhostClustering(
            this ISiloBuilder builder,
            int siloPort = 11111,
            int gatewayPort = 30000,
            IPEndPoint? primarySiloEndpoint = null,
            string serviceId = "dev",
            string clusterId = "dev")
        {
            builder.Services.AddSingleton<ClusteringMarker>();
            return builder.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (serviceId, clusterId));
        }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class OrleansSiloGenericHostExtensions
    {
        public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            configureDelegate(SiloBuilder.For(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }

        public static HostApplicationBuilder UseOrleans(this HostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            configureDelegate(SiloBuilder.For(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }

        public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<ISiloBuilder> configureDelegate) =>
            UseOrleans(hostBuilder, (_, builder) => configureDelegate(builder));

        public static IHostBuilder UseOrleans(this IHostBuilder hostBuilder, Action<HostBuilderContext, ISiloBuilder> configureDelegate) =>
            hostBuilder.ConfigureServices((context, services) => configureDelegate(context, SiloBuilder.For(services, context.Configuration)));
    }
}
