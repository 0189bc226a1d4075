using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>Chooses how a type crosses. System.Text.Json itself handles simple values, arrays and the listed collections; all else is here.</summary>
internal sealed class CrossingConverters : JsonConverterFactory
{
    private static readonly HashSet<Type> Simple =
    [
        typeof(string), typeof(decimal), typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(TimeSpan), typeof(DateOnly),
        typeof(TimeOnly), typeof(Half), typeof(Int128), typeof(UInt128), typeof(Uri), typeof(Version),
    ];

    private static readonly HashSet<Type> Collections =
    [
        typeof(Nullable<>), typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Queue<>), typeof(Dictionary<,>), typeof(SortedDictionary<,>),
        typeof(KeyValuePair<,>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableQueue<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>), typeof(Memory<>), typeof(ReadOnlyMemory<>),
    ];

    public override bool CanConvert(Type type) =>
        !(type.IsPrimitive && type != typeof(nint) && type != typeof(nuint))
        && !type.IsEnum
        && !Simple.Contains(type)
        && !type.IsSZArray
        && !(type.IsGenericType && (Collections.Contains(type.GetGenericTypeDefinition()) || type.IsAssignableTo(typeof(ITuple))));

    public override JsonConverter CreateConverter(Type type, JsonSerializerOptions options)
    {
        Type? converter = null;
        if (type.IsAssignableTo(typeof(IAddressable)) || type.IsAssignableTo(typeof(Type)))
            converter = typeof(ByIdentity<>);
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
            return Create(typeof(OfImmutableArray<>), type.GetGenericArguments()[0]);
        else if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            converter = typeof(OfMembers<>);
        else if (type == typeof(object) || type.IsInterface || type.IsAbstract)
            converter = typeof(ByRuntimeType<>);
        return converter is not null ? Create(converter, type) : throw new RefusedTypeException(
            $"{type} is not marked [GenerateSerializer], nor a primitive, array or known collection.");

        static JsonConverter Create(Type converter, Type of) => (JsonConverter)Activator.CreateInstance(converter.MakeGenericType(of))!;
    }

    /// <summary>Grain references and types: the same object arrives.</summary>
    private sealed class ByIdentity<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => (T)StrictCopier.Table[reader.GetInt32()];

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            writer.WriteNumberValue(StrictCopier.Table.Count);
            StrictCopier.Table.Add(value is IGrainBase and IAddressable grain ? grain.AsReference(typeof(T)) : value!);
        }
    }

    /// <summary>A default array arrives as one; System.Text.Json cannot write it.</summary>
    private sealed class OfImmutableArray<T> : JsonConverter<ImmutableArray<T>>
    {
        public override bool HandleNull => true;

        public override ImmutableArray<T> Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<T[]>(ref reader, options) is { } items ? ImmutableArray.Create(items) : default;

        public override void Write(Utf8JsonWriter writer, ImmutableArray<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.IsDefault ? null : value.ToArray(), options);
    }

    /// <summary>A value declared as an interface, an abstract class or object: [its own type, the value].</summary>
    private sealed class ByRuntimeType<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            reader.Read();
            var own = (Type)StrictCopier.Table[reader.GetInt32()];
            reader.Read();
            var value = JsonSerializer.Deserialize(ref reader, own, options);
            reader.Read();
            return (T)value!;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var own = value!.GetType();
            if (own == typeof(object))
                throw new RefusedTypeException("an instance of System.Object itself has no serializer.");
            writer.WriteStartArray();
            writer.WriteNumberValue(StrictCopier.Table.Count);
            StrictCopier.Table.Add(own);
            JsonSerializer.Serialize(writer, value, own, options);
            writer.WriteEndArray();
        }
    }

    /// <summary>A [GenerateSerializer] type: [its own type, member, member, …].</summary>
    private sealed class OfMembers<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options)
        {
            reader.Read();
            var own = (Type)StrictCopier.Table[reader.GetInt32()];
            var value = own.IsValueType || own.GetConstructor(SerializedMembers.Own, []) is null
                ? RuntimeHelpers.GetUninitializedObject(own)
                : Activator.CreateInstance(own, nonPublic: true)!;
            foreach (var field in SerializedMembers.All(own))
            {
                reader.Read();
                field.SetValue(value, JsonSerializer.Deserialize(ref reader, field.FieldType, options));
            }

            reader.Read();
            return (T)value;
        }

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var own = value!.GetType();
            if (!own.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
                throw new RefusedTypeException($"{own}, derived from {typeof(T)}, is not marked [GenerateSerializer].");
            writer.WriteStartArray();
            writer.WriteNumberValue(StrictCopier.Table.Count);
            StrictCopier.Table.Add(own);
            foreach (var field in SerializedMembers.All(own))
                JsonSerializer.Serialize(writer, field.GetValue(value), field.FieldType, options);
            writer.WriteEndArray();
        }
    }
}
