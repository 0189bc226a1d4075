using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orleans.Runtime;

/// <summary>The key part of a grain's identity, or any other name of one. Integer keys are upper-case hexadecimal, GUIDs 32 digits.</summary>
public readonly struct IdSpan : IEquatable<IdSpan>, IComparable<IdSpan>
{
    private readonly string? _value;

    private IdSpan(string value) => _value = value;

    public bool IsDefault => string.IsNullOrEmpty(_value);
    public static IdSpan Create(string id) => new(id);
    public int CompareTo(IdSpan other) => string.CompareOrdinal(_value, other._value);
    public bool Equals(IdSpan other) => string.Equals(_value, other._value, StringComparison.Ordinal);
    public override bool Equals(object? obj) => obj is IdSpan other && Equals(other);
    public override int GetHashCode() => _value?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public override string ToString() => _value ?? "";
    public static bool operator ==(IdSpan left, IdSpan right) => left.Equals(right);
    public static bool operator !=(IdSpan left, IdSpan right) => !left.Equals(right);
}

/// <summary>The name of a grain class: <see cref="GrainTypeAttribute"/>, else its name in lower case without "Grain".</summary>
public readonly struct GrainType : IEquatable<GrainType>, IComparable<GrainType>
{
    public GrainType(IdSpan id) => Value = id;

    public IdSpan Value { get; }
    public bool IsDefault => Value.IsDefault;
    public static GrainType Create(string value) => new(IdSpan.Create(value));
    public int CompareTo(GrainType other) => Value.CompareTo(other.Value);
    public bool Equals(GrainType other) => Value.Equals(other.Value);
    public override bool Equals(object? obj) => obj is GrainType other && Equals(other);
    public override int GetHashCode() => Value.GetHashCode();
    public override string ToString() => Value.ToString();
    public static bool operator ==(GrainType left, GrainType right) => left.Equals(right);
    public static bool operator !=(GrainType left, GrainType right) => !left.Equals(right);
}

/// <summary>Who a grain is: its type and its key, written <c>type/key</c>.</summary>
public readonly struct GrainId : IEquatable<GrainId>, IComparable<GrainId>
{
    public GrainId(GrainType type, IdSpan key) => (Type, Key) = (type, key);

    public GrainType Type { get; }
    public IdSpan Key { get; }
    public bool IsDefault => Type.IsDefault && Key.IsDefault;
    public static GrainId Create(string type, string key) => new(GrainType.Create(type), IdSpan.Create(key));
    public static GrainId Create(GrainType type, string key) => new(type, IdSpan.Create(key));
    public static GrainId Create(GrainType type, IdSpan key) => new(type, key);

    public static GrainId Parse(string value) =>
        TryParse(value, out var result) ? result : throw new FormatException($"'{value}' is not a grain id of the form type/key.");

    public static bool TryParse([NotNullWhen(true)] string? value, out GrainId result)
    {
        var slash = value?.IndexOf('/') ?? -1;
        result = slash > 0 ? Create(value![..slash], value[(slash + 1)..]) : default;
        return slash > 0;
    }

    public int CompareTo(GrainId other) => Type.CompareTo(other.Type) is var order && order != 0 ? order : Key.CompareTo(other.Key);
    public bool Equals(GrainId other) => Key.Equals(other.Key) && Type.Equals(other.Type);
    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(Type, Key);
    public override string ToString() => $"{Type}/{Key}";
    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);
    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);
}

/// <summary>How integer and GUID keys are written into <see cref="GrainId.Key"/>.</summary>
public static class GrainIdKeyExtensions
{
    public static IdSpan CreateIntegerKey(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

    public static IdSpan CreateGuidKey(Guid key) => IdSpan.Create(key.ToString("N"));

    public static long GetIntegerKey(this GrainId grainId) =>
        long.TryParse(grainId.Key.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var key)
            ? key
            : throw new InvalidOperationException($"The key of {grainId} is not an integer.");

    public static Guid GetGuidKey(this GrainId grainId) =>
        Guid.TryParseExact(grainId.Key.ToString(), "N", out var key)
            ? key
            : throw new InvalidOperationException($"The key of {grainId} is not a GUID.");
}
