using System.Reflection;
using System.Text.RegularExpressions;

namespace Orleans.Tests;

/// <summary>Public types and members as lines of text, in the form of Data/orleans-surface.txt.</summary>
internal static partial class SurfaceText
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ushort)] = "ushort", [typeof(double)] = "double",
    };

    /// <summary>Types by full name with their kind and lines; what does not matter to callers is dropped from each line.</summary>
    public static Dictionary<string, (string Kind, HashSet<string> Members)> Parse(IEnumerable<string> lines)
    {
        var types = new Dictionary<string, (string, HashSet<string>)>();
        HashSet<string>? members = null;
        foreach (var line in lines.Where(l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal)))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                var parts = line[2..].Split(" : ", 2);
                members = [];
                types.Add(parts[0], (parts[1], members));
            }
            else
            {
                members!.Add(Normalise(line));
            }
        }

        return types;
    }

    public static string Normalise(string line) => Irrelevant().Replace(line, "").Replace("?", "", StringComparison.Ordinal).Trim();

    public static string FullName(Type type) => type.FullName!.Replace('+', '.');

    public static string Kind(Type type) =>
        type.IsInterface ? "interface" : type.IsEnum ? "enum" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    /// <summary>Every member that other assemblies can see, declared by the type itself.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}");
        return type.GetMembers(Declared).Select(Line).OfType<string>().Select(Normalise);
    }

    private static string? Line(MemberInfo member) => member switch
    {
        ConstructorInfo { IsStatic: false } c when Access(c) is { } access => $"{access} {c.DeclaringType!.Name}({Parameters(c)});",
        MethodInfo m when Access(m) is { } access && !IsAccessorOrObjects(m) =>
            $"{access} {(m.IsStatic ? "static " : "")}{Name(m.ReturnType)} {m.Name}{Generic(m.GetGenericArguments())}({Parameters(m)});",
        PropertyInfo p when (p.GetMethod ?? p.SetMethod) is { } accessor && Access(accessor) is { } access =>
            $"{access} {(accessor.IsStatic ? "static " : "")}{Name(p.PropertyType)} {p.Name} {{ get;{(p.SetMethod is { IsPublic: true } ? " set;" : "")} }};",
        FieldInfo f when f.IsPublic => $"public {(f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name};",
        _ => null,
    };

    private static string? Access(MethodBase method) => method.IsPublic ? "public" : method.IsFamily || method.IsFamilyOrAssembly ? "protected" : null;

    private static bool IsAccessorOrObjects(MethodInfo method) =>
        (method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal))
        || method.Name is nameof(Equals) or nameof(GetHashCode) or nameof(ToString);

    private static string Parameters(MethodBase method)
    {
        var extension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute));
        return string.Join(", ", method.GetParameters().Select((p, i) =>
            $"{(extension && i == 0 ? "this " : "")}{(p.IsOut ? "out " : "")}{Name(p.ParameterType)} {p.Name}{Default(p)}"));
    }

    private static string Default(ParameterInfo parameter) => !parameter.HasDefaultValue ? "" : " = " + parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        string text => $"\"{text}\"",
        Enum value => $"{value.GetType().Name}.{value}",
        var value => $"{value}",
    };

    private static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying);
        if (Keywords.TryGetValue(type, out var keyword))
            return keyword;
        var name = type.IsNested && !type.IsGenericParameter ? $"{type.DeclaringType!.Name}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name[..name.IndexOf('`')]}{Generic(type.GetGenericArguments())}" : name;
    }

    private static string Generic(Type[] arguments) => arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";

    [GeneratedRegex(@"\b(abstract|virtual|override|sealed|readonly|params) ")]
    private static partial Regex Irrelevant();
}
