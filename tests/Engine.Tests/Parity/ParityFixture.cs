using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>A folder of numbers that the public reference code gave: index.json and one .npy per tensor.</summary>
internal sealed class ParityFixture
{
    private readonly string folder;
    private readonly JsonElement index;
    private readonly Dictionary<string, (string File, long[] Shape)> tensors = new(StringComparer.Ordinal);

    internal ParityFixture(string folder)
    {
        this.folder = folder;
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "index.json")));
        index = document.RootElement.Clone();
        Case = CaseOf(index) ?? Path.GetFileName(folder);
        if (!index.TryGetProperty("tensors", out var listed)) return;
        foreach (var item in listed.EnumerateObject())
            tensors[item.Name] = (item.Value.GetProperty("file").GetString()!, Longs(item.Value.GetProperty("shape")));
    }

    internal string Case { get; }

    internal IEnumerable<string> Names => tensors.Keys;

    internal IEnumerable<string> Scalars => index.TryGetProperty("scalars", out var scalars) ? scalars.EnumerateObject().Select(s => s.Name) : [];

    internal static string? CaseOf(JsonElement index) => index.TryGetProperty("case", out var name) ? name.GetString() : null;

    internal bool Has(string name) => tensors.ContainsKey(name);

    /// <summary>The first of these names that there is.</summary>
    internal string? First(params string[] names) => names.FirstOrDefault(Has);

    internal double? Scalar(string name) =>
        index.TryGetProperty("scalars", out var scalars) && scalars.TryGetProperty(name, out var scalar) && scalar.GetProperty("value") is { ValueKind: JsonValueKind.Number } value
            ? value.GetDouble() : null;

    internal JsonElement ScalarElement(string name) => index.GetProperty("scalars").GetProperty(name).GetProperty("value");

    /// <summary>A number of config or extra_config.</summary>
    internal double? Setting(string key) => Find(key) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

    internal int Setting(string key, int standard) => (int)(Setting(key) ?? standard);

    internal string? Text(string key) => Find(key) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    internal bool Flag(string key) => Find(key) is { ValueKind: JsonValueKind.True } || Setting(key) is > 0;

    internal double[]? Settings(string key) => Find(key) is { ValueKind: JsonValueKind.Array } value ? [.. value.EnumerateArray().Select(v => v.GetDouble())] : null;

    internal string Description => index.TryGetProperty("description", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";

    /// <summary>config and extra_config.</summary>
    internal IEnumerable<JsonObject> SettingParts => Sections.Where(s => index.TryGetProperty(s, out var part) && part.ValueKind == JsonValueKind.Object).Select(s => JsonObject.Create(index.GetProperty(s))!);

    private static readonly string[] Sections = ["config", "extra_config", "extra"];

    private JsonElement? Find(string key)
    {
        foreach (var section in Sections)
            if (index.TryGetProperty(section, out var settings) && settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(key, out var value)) return value;
        return null;
    }

    /// <summary>Shapes of parameters that the fixture tells: param_spec, params, and tensors that are weights, gradients or updated parameters.</summary>
    internal Dictionary<string, long[]> ParameterShapes()
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        if (index.TryGetProperty("param_spec", out var spec))
            foreach (var item in spec.EnumerateArray()) shapes[item[0].GetString()!] = Longs(item[1]);
        if (index.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object)
            foreach (var item in parameters.EnumerateObject()) shapes[item.Name] = Longs(item.Value);
        foreach (var (name, (_, shape)) in tensors)
            if (Regex.Match(name, @"^(pretrain\.)?(w|(step\d+\.)?grad\d*|param\d+)\.(.+)$") is { Success: true } match) shapes.TryAdd(match.Groups[4].Value, shape);
        return shapes;
    }

    /// <summary>Whether all parameters of the model are listed.</summary>
    internal bool ListsParameters => index.TryGetProperty("param_spec", out _) || index.TryGetProperty("params", out _);

    internal long[] Shape(string name) => tensors[name].Shape;

    /// <summary>float32, float64, int32 and uint8 come as such; all in C order.</summary>
    internal Tensor Load(string name)
    {
        var bytes = File.ReadAllBytes(Path.Combine(folder, tensors[name].File));
        var wide = bytes[6] > 1;
        var start = wide ? 12 + BitConverter.ToInt32(bytes, 8) : 10 + BitConverter.ToUInt16(bytes, 8);
        var header = Encoding.ASCII.GetString(bytes, 10, start - 10);
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal)) throw new InvalidDataException($"{name}: not in C order");
        long[] shape = [.. Regex.Match(header, @"'shape': \(([^)]*)\)").Groups[1].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
        return Regex.Match(header, "'descr': '[<|]([a-z][0-9])'").Groups[1].Value switch
        {
            "f4" => tensor(Values<float>(bytes, start, 4), shape),
            "f8" => tensor(Values<double>(bytes, start, 8), shape),
            "i4" => tensor(Values<int>(bytes, start, 4), shape),
            "i8" => tensor(Values<long>(bytes, start, 8), shape),
            "u1" or "b1" => tensor(Values<byte>(bytes, start, 1), shape),
            var other => throw new InvalidDataException($"{name}: unknown type '{other}' in {header}"),
        };
    }

    internal static bool[] Flags(Tensor values)
    {
        using var bytes = values.to(ScalarType.Byte);
        return [.. bytes.data<byte>().ToArray().Select(b => b != 0)];
    }

    private static T[] Values<T>(byte[] bytes, int start, int size)
    {
        var values = new T[(bytes.Length - start) / size];
        Buffer.BlockCopy(bytes, start, values, 0, values.Length * size);
        return values;
    }

    private static long[] Longs(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetInt64())];
}
