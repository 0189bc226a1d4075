using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace TorchSharp.Tests.Surface;

/// <summary>
/// Public signatures in one spelling, whether read from an assembly or from a list: names of types without what they
/// are nested in, no modifiers, no nullability, no names in tuples.
/// </summary>
internal static partial class Signatures
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance |
                                          BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The members that a type shows to other assemblies, each as one normal form.</summary>
    internal static IEnumerable<string> Of(Type type)
    {
        if (type.IsEnum)
            return Enum.GetNames(type).Select(name =>
                $"{name} = {Convert.ToInt64(Enum.Parse(type, name), CultureInfo.InvariantCulture)}");
        return type.GetMembers(Declared).Where(Shown).Select(member => member switch
        {
            FieldInfo field => $"{Name(field.FieldType)} {field.Name}",
            PropertyInfo property => Property(property),
            ConstructorInfo constructor => $"{Simple(type)}({Parameters(constructor)})",
            MethodInfo method => $"{Name(method.ReturnType)} {method.Name}{Generic(method)}({Parameters(method)})",
            _ => throw new InvalidOperationException($"{member} of {type}"),
        });
    }

    /// <summary>The normal form of a signature that is written in C#.</summary>
    internal static string Normal(string line)
    {
        var text = line.Trim().TrimEnd(';', ',').Trim();
        text = Modifiers().Replace(text, "");
        text = Qualifiers().Replace(text, "");
        text = text.Replace("?", "", StringComparison.Ordinal);
        text = Regex.Replace(text, @"ValueTuple<((?:[^<>]|<[^<>]*>)*)>", "($1)");
        return Regex.Replace(WithoutTupleNames(text), @"\s+", " ");
    }

    /// <summary>A bracket that follows no name holds the elements of a tuple; what stands behind their types are names.</summary>
    private static string WithoutTupleNames(string text)
    {
        var result = new StringBuilder();
        var tuples = new Stack<bool>();
        var nesting = new Stack<int>();
        var generics = 0;
        var skipping = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '(')
            {
                tuples.Push(i == 0 || !(char.IsLetterOrDigit(text[i - 1]) || text[i - 1] is '_' or '>'));
                nesting.Push(generics);
                generics = 0;
            }
            else if (c is ')' or ',' && generics == 0) skipping = false;
            else if (c == '<') generics++;
            else if (c == '>') generics--;
            else if (c == ' ' && tuples.TryPeek(out var tuple) && tuple && generics == 0 && text[i - 1] != ',') skipping = true;
            if (!skipping) result.Append(c);
            if (c == ')')
            {
                tuples.Pop();
                generics = nesting.Pop();
            }
        }
        return result.ToString();
    }

    /// <summary>The name of a type as lists spell it: <c>torch.nn.Module&lt;T, TResult&gt;</c>.</summary>
    internal static string Path(Type type) =>
        type.IsNested ? $"{Path(type.DeclaringType!)}.{Simple(type)}{Arguments(type)}" : Simple(type) + Arguments(type);

    private static bool Shown(MemberInfo member) => member switch
    {
        Type => false,
        FieldInfo field => (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(true).Any(accessor => Visible(accessor) && accessor.GetBaseDefinition() == accessor),
        ConstructorInfo constructor => Visible(constructor),
        MethodInfo method => Visible(method) && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
            && method.GetBaseDefinition() == method, // an override shows nothing that its base does not
        _ => true,
    };

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Property(PropertyInfo property)
    {
        var indices = property.GetIndexParameters();
        var name = indices.Length == 0 ? property.Name : $"this[{string.Join(", ", indices.Select(Parameter))}]";
        var get = property.GetMethod is { } g && Visible(g) ? " get;" : "";
        var set = property.SetMethod is { } s && Visible(s) ? " set;" : "";
        return $"{Name(property.PropertyType)} {name} {{{get}{set} }}";
    }

    private static string Generic(MethodInfo method) => method.IsGenericMethodDefinition
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>"
        : "";

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "") + string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var kind = parameter.IsOut ? "out " : type.IsByRef ? "ref " : parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : "";
        var text = $"{kind}{Name(type.IsByRef ? type.GetElementType()! : type)} {parameter.Name}";
        return parameter.HasDefaultValue ? $"{text} = {Default(parameter)}" : text;
    }

    private static string Default(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var value = parameter.RawDefaultValue;
        if (type.IsEnum && value is not null) return Enum.ToObject(type, value).ToString()!;
        return value switch
        {
            null => parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
            bool flag => flag ? "true" : "false",
            float number => number.ToString(CultureInfo.InvariantCulture) + "f",
            char letter => $"'{letter}'",
            string text => $"\"{text}\"",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
    }

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner) return Name(inner);
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsGenericParameter) return type.Name;
        if (type is { IsGenericType: true, Namespace: "System" } && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal))
            return $"({string.Join(", ", type.GetGenericArguments().Select(Name))})";
        return Keywords.TryGetValue(type, out var keyword) ? keyword : Simple(type) + Arguments(type);
    }

    private static string Simple(Type type) => type.Name.Split('`')[0];

    private static string Arguments(Type type)
    {
        // A nested type repeats the arguments of the types around it.
        var inherited = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        var own = type.GetGenericArguments().Skip(inherited).Select(Name).ToArray();
        return own.Length == 0 ? "" : $"<{string.Join(", ", own)}>";
    }

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(string)] = "string", [typeof(object)] = "object", [typeof(char)] = "char",
    };

    [GeneratedRegex(@"\b(public|protected|internal|private|static|virtual|override|abstract|sealed|readonly|new|const)\s+")]
    private static partial Regex Modifiers();

    [GeneratedRegex(@"(?<![\w.])([A-Za-z_]\w*\.)+(?=[A-Za-z_])")]
    private static partial Regex Qualifiers();
}
