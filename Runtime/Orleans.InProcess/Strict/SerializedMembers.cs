using System.Collections.Concurrent;
using System.Reflection;

namespace Orleans.InProcess;

/// <summary>The fields of a [GenerateSerializer] type that cross: behind members with [Id], and behind a record's primary-constructor parameters.</summary>
internal static class SerializedMembers
{
    public const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Cache = new();

    /// <summary>Of the type and its bases.</summary>
    public static FieldInfo[] All(Type type) => Cache.GetOrAdd(type, static t =>
    {
        var fields = new List<FieldInfo>();
        for (var level = t; level is not null && level != typeof(object) && level != typeof(ValueType); level = level.BaseType)
        {
            if (level.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
                fields.AddRange(Declared(level));
            else if (level.GetFields(Own).Length > 0)
                throw new RefusedTypeException($"{level}, a base of {t}, is not marked [GenerateSerializer].");
        }

        return [.. fields];
    });

    /// <summary>Of this type alone. A member without [Id] would be lost on the way and is refused.</summary>
    public static IEnumerable<FieldInfo> Declared(Type type)
    {
        var parameters = PrimaryConstructorParameters(type);
        var ids = new HashSet<uint>();
        foreach (var field in type.GetFields(Own).Where(f => !f.IsDefined(typeof(NonSerializedAttribute))))
        {
            var name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
            var property = field.Name.StartsWith('<') ? type.GetProperty(name, Own) : null;
            var id = field.GetCustomAttribute<IdAttribute>() ?? property?.GetCustomAttribute<IdAttribute>();
            if (id is null && !parameters.Contains(name))
                throw new RefusedTypeException($"{type}.{name} has no [Id].");
            // Parameters and members are numbered apart.
            if (id is not null && !ids.Add(id.Id))
                throw new RefusedTypeException($"{type}.{name}: [Id({id.Id})] is used twice.");
            yield return field;
        }
    }

    private static HashSet<string> PrimaryConstructorParameters(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$") is not null
            || type.GetMethod("PrintMembers", Own)?.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)) == true;
        var attribute = type.GetCustomAttribute<GenerateSerializerAttribute>();
        if (!isRecord && attribute?.IncludePrimaryConstructorParameters != true)
            return [];
        // The primary constructor is the one whose parameters all have members of their names.
        var members = type.GetProperties(Own).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        return type.GetConstructors(Own)
            .Select(c => c.GetParameters().Select(p => p.Name!).ToHashSet(StringComparer.Ordinal))
            .Where(names => names.IsSubsetOf(members))
            .MaxBy(names => names.Count) ?? [];
    }
}
