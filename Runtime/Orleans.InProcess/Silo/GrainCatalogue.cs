using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Placement;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>The grain classes of a silo, and which of them an interface means.</summary>
internal sealed class GrainCatalogue
{
    private static readonly HashSet<Type> Understood =
    [
        typeof(AliasAttribute), typeof(AlwaysInterleaveAttribute), typeof(CollectionAgeLimitAttribute), typeof(GrainTypeAttribute),
        typeof(IdAttribute), typeof(ImmovableAttribute), typeof(KeepAliveAttribute), typeof(MayInterleaveAttribute), typeof(OneWayAttribute),
        typeof(ReadOnlyAttribute), typeof(ReentrantAttribute), typeof(ResponseTimeoutAttribute), typeof(StatelessWorkerAttribute),
        typeof(UnorderedAttribute), typeof(ActivationCountBasedPlacementAttribute), typeof(HashBasedPlacementAttribute),
        typeof(PreferLocalPlacementAttribute), typeof(RandomPlacementAttribute), typeof(ResourceOptimizedPlacementAttribute),
        typeof(SiloRoleBasedPlacementAttribute),
    ];

    private readonly GrainClass[] _classes;
    private readonly Dictionary<GrainType, GrainClass> _byName = [];
    private readonly ConcurrentDictionary<(Type, string?), GrainClass> _byInterface = new();

    public GrainCatalogue(IEnumerable<Type> classes, GrainCollectionOptions collection)
    {
        _classes = [.. classes.Select(type => new GrainClass(type, collection))];
        foreach (var grainClass in _classes)
        {
            if (!_byName.TryAdd(grainClass.GrainType, grainClass))
                throw new OrleansConfigurationException(
                    $"{grainClass.Type} and {_byName[grainClass.GrainType].Type} have the same grain type '{grainClass.GrainType}': give one a [GrainType].");
        }
    }

    public GrainClass Named(GrainType name) =>
        _byName.TryGetValue(name, out var grainClass) ? grainClass : throw new ArgumentException($"There is no grain class of the type '{name}'.");

    public GrainClass Implementing(Type grainInterface, string? prefix) => _byInterface.GetOrAdd((grainInterface, prefix), Find);

    /// <summary>Attributes and methods this silo cannot honour stop it here, by name, instead of being ignored.</summary>
    public void ThrowIfUnsupported()
    {
        foreach (var grainClass in _classes)
        {
            Check(grainClass.Type, grainClass.Type.FullName!);
            foreach (var method in grainClass.Type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                Check(method, $"{grainClass.Type}.{method.Name}");
            foreach (var parameter in grainClass.Type.GetConstructors().SelectMany(c => c.GetParameters()))
                CheckAll(parameter.GetCustomAttributes(inherit: true), $"the constructor of {grainClass.Type}");
            foreach (var grainInterface in grainClass.Interfaces)
            {
                Check(grainInterface, grainInterface.FullName!);
                try
                {
                    foreach (var method in ProxyTypes.Methods(grainInterface))
                        Check(method.Method, method.ToString());
                }
                catch (Exception error) when (error is NotSupportedException or ArgumentException)
                {
                    throw new OrleansConfigurationException(error.Message, error);
                }
            }
        }

        static void Check(MemberInfo member, string where) => CheckAll(member.GetCustomAttributes(inherit: true), where);
    }

    private static void CheckAll(object[] attributes, string where)
    {
        foreach (var type in attributes.Select(a => a.GetType()))
        {
            var ofOrleans = type.IsAssignableTo(typeof(PlacementAttribute)) || type.Namespace == "Orleans" || type.Namespace?.StartsWith("Orleans.", StringComparison.Ordinal) == true;
            if (ofOrleans && !Understood.Contains(type))
                throw new OrleansConfigurationException($"[{type.FullName}] on {where} is not implemented by the in-process silo.");
        }
    }

    private GrainClass Find((Type Interface, string? Prefix) wanted)
    {
        GrainClass[] found = [.. _classes.Where(c => c.Type.IsAssignableTo(wanted.Interface))];
        if (wanted.Prefix is { Length: > 0 } prefix)
            found = [.. found.Where(c => c.Type.FullName!.StartsWith(prefix, StringComparison.Ordinal) || c.GrainType.ToString().StartsWith(prefix, StringComparison.Ordinal))];
        if (found.Length > 1)
            found = [.. found.Where(c => wanted.Interface.Name == $"I{c.Type.Name}")];
        return found is [var only]
            ? only
            : throw new ArgumentException($"Could not find {(found.Length == 0 ? "an" : "a single")} implementation for interface {wanted.Interface}.");
    }
}
