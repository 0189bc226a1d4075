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
    private static readonly HashSet<Type> OnClasses =
    [
        typeof(CollectionAgeLimitAttribute), typeof(GrainTypeAttribute), typeof(ImmovableAttribute), typeof(KeepAliveAttribute),
        typeof(MayInterleaveAttribute), typeof(ReentrantAttribute), typeof(StatelessWorkerAttribute),
        typeof(ActivationCountBasedPlacementAttribute), typeof(HashBasedPlacementAttribute), typeof(PreferLocalPlacementAttribute),
        typeof(RandomPlacementAttribute), typeof(ResourceOptimizedPlacementAttribute), typeof(SiloRoleBasedPlacementAttribute),
    ];

    private static readonly HashSet<Type> OnInterfaces = [typeof(AliasAttribute)];

    private static readonly HashSet<Type> OnInterfaceMethods =
    [
        typeof(AliasAttribute), typeof(IdAttribute), typeof(AlwaysInterleaveAttribute), typeof(OneWayAttribute), typeof(ReadOnlyAttribute),
        typeof(ResponseTimeoutAttribute), typeof(UnorderedAttribute),
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
            var type = grainClass.Type;
            Check(type, type.FullName!, OnClasses);
            foreach (var method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                Check(method, $"{type}.{method.Name} (what concerns calls is written on the interface)", []);
            foreach (var parameter in type.GetConstructors().SelectMany(c => c.GetParameters()))
                Check(parameter, $"the constructor of {type}", []);
            foreach (var grainInterface in grainClass.Interfaces)
            {
                Check(grainInterface, grainInterface.FullName!, OnInterfaces);
                try
                {
                    foreach (var method in ProxyTypes.Methods(grainInterface))
                        Check(method.Method, method.ToString(), OnInterfaceMethods);
                }
                catch (Exception error) when (error is NotSupportedException or ArgumentException)
                {
                    throw new OrleansConfigurationException(error.Message, error);
                }
            }
        }
    }

    private static void Check(ICustomAttributeProvider member, string where, HashSet<Type> honoured)
    {
        foreach (var type in member.GetCustomAttributes(inherit: true).Select(a => a.GetType()))
        {
            var ofOrleans = type.IsAssignableTo(typeof(PlacementAttribute)) || $"{type.Namespace}.".StartsWith("Orleans.", StringComparison.Ordinal);
            if (ofOrleans && !honoured.Contains(type))
                throw new OrleansConfigurationException($"[{type.FullName}] is not implemented by the in-process silo on {where}.");
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
