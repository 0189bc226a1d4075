using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.InProcess;

/// <summary>A grain class and what its attributes say.</summary>
internal sealed class GrainClass
{
    private readonly ObjectFactory _create;

    public GrainClass(Type type, GrainCollectionOptions collection)
    {
        Type = type;
        GrainType = GrainType.Create(type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? NameOf(type));
        Interfaces = [.. type.GetInterfaces().Where(IsGrainInterface)];
        Reentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        MayInterleave = PredicateOf(type);
        var limit = type.GetCustomAttribute<CollectionAgeLimitAttribute>();
        CollectionAge = type.IsDefined(typeof(KeepAliveAttribute)) || limit?.AlwaysActive == true ? TimeSpan.MaxValue
            : limit?.AgeLimit ?? (collection.ClassSpecificCollectionAge.TryGetValue(type.FullName!, out var age) ? age : collection.CollectionAge);
        _create = ActivatorUtilities.CreateFactory(type, []);
    }

    public Type Type { get; }
    public GrainType GrainType { get; }
    public Type[] Interfaces { get; }
    public bool Reentrant { get; }

    /// <summary>Activations per key of a stateless worker; 0 for other classes.</summary>
    public int MaxWorkers { get; }
    public Func<object, IInvokable, bool>? MayInterleave { get; }
    public TimeSpan CollectionAge { get; }

    public object Create(IServiceProvider services) => _create(services, []);

    public static bool IsGrainClass(Type type) =>
        type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }
        && !type.IsAssignableTo(typeof(GrainReference))
        && type.GetInterfaces().Any(IsGrainInterface);

    /// <summary>An interface that grains implement and callers use; not one of the markers of this assembly.</summary>
    public static bool IsGrainInterface(Type type) =>
        type.IsInterface && type.IsAssignableTo(typeof(IGrain)) && type.Assembly != typeof(IGrain).Assembly;

    private static string NameOf(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > "grain".Length ? name[..^"grain".Length] : name;
    }

    private static Func<object, IInvokable, bool>? PredicateOf(Type type)
    {
        if (type.GetCustomAttribute<MayInterleaveAttribute>()?.Predicate is not { } name)
            return null;
        var method = type.GetMethod(
            name, BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy, [typeof(IInvokable)]);
        if (method is null || method.ReturnType != typeof(bool))
            throw new OrleansConfigurationException($"[MayInterleave] of {type}: there is no method bool {name}(IInvokable).");
        if (method.IsStatic)
        {
            var predicate = method.CreateDelegate<Func<IInvokable, bool>>();
            return (_, call) => predicate(call);
        }

        return (grain, call) => (bool)method.Invoke(grain, [call])!;
    }
}
