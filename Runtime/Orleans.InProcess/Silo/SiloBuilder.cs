using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>Its presence says that some clustering was configured, which the real silo requires.</summary>
internal sealed class ClusteringMarker;

internal sealed class SiloBuilder : ISiloBuilder
{
    /// <summary>Switches the strict mode on: AppContext switch of this name, or configuration key with colons for dots.</summary>
    private const string StrictSwitch = "Orleans.InProcess.Strict";

    private SiloBuilder(IServiceCollection services, IConfiguration configuration) => (Services, Configuration) = (services, configuration);

    public IServiceCollection Services { get; }
    public IConfiguration Configuration { get; }

    /// <summary>The one builder of these services; registers the silo the first time.</summary>
    public static SiloBuilder For(IServiceCollection services, IConfiguration configuration)
    {
        if (services.FirstOrDefault(d => d.ServiceType == typeof(SiloBuilder))?.ImplementationInstance is SiloBuilder existing)
            return existing;
        var builder = new SiloBuilder(services, configuration);
        services.AddSingleton(builder);
        services.AddLogging();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<GrainTypeOptions>().Configure(options => options.Classes.UnionWith(FindGrainClasses()));
        if (AppContext.TryGetSwitch(StrictSwitch, out var strict) && strict || configuration.GetValue(StrictSwitch.Replace('.', ':'), false))
            services.AddSingleton<StrictCopier>();
        services.AddSingleton(provider => new InProcessSilo(provider, provider.GetService<StrictCopier>()));
        services.AddSingleton<IGrainFactory>(provider => provider.GetRequiredService<InProcessSilo>());
        services.AddSingleton<IClusterClient>(provider => provider.GetRequiredService<InProcessSilo>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<InProcessSilo>());
        services.AddSingleton<IGrainContextAccessor, ContextAccessor>();
        services.AddTransient<IGrainContext>(_ => Activation.Current!);
        return builder;
    }

    /// <summary>Grain classes of every assembly of the program that uses this one.</summary>
    private static IEnumerable<Type> FindGrainClasses()
    {
        var here = typeof(SiloBuilder).Assembly.GetName().Name;
        var seen = new Dictionary<string, Assembly>();
        var left = new Stack<Assembly>(AppDomain.CurrentDomain.GetAssemblies());
        while (left.TryPop(out var assembly))
        {
            if (assembly.IsDynamic || IsOfThePlatform(assembly.GetName().Name!) || !seen.TryAdd(assembly.FullName!, assembly))
                continue;
            foreach (var name in assembly.GetReferencedAssemblies().Where(n => !IsOfThePlatform(n.Name!) && !seen.ContainsKey(n.FullName)))
            {
                try
                {
                    left.Push(Assembly.Load(name));
                }
                catch (IOException)
                {
                    // A reference that is not shipped with the program cannot hold its grains.
                }
            }
        }

        return seen.Values
            .Where(a => a.GetReferencedAssemblies().Any(n => n.Name == here))
            .SelectMany(a => a.GetTypes())
            .Where(GrainClass.IsGrainClass);
    }

    private static bool IsOfThePlatform(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
        || name is "System" or "mscorlib" or "netstandard" or "testhost" || name.StartsWith("xunit", StringComparison.Ordinal);

    private sealed class ContextAccessor : IGrainContextAccessor
    {
        public IGrainContext GrainContext => Activation.Current!;
    }
}
