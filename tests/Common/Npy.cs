using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Emotion2Vec.Tests;

/// <summary>Reads .npy files (format 1.0, C order, little-endian float32 or int32) and fixtures made of them.</summary>
internal sealed record Npy(int[] Shape, float[] Values)
{
    public static Npy Load(params string[] fixture)
    {
        var path = TestData.Fixture(fixture);
        var bytes = File.ReadAllBytes(path);
        var length = BitConverter.ToUInt16(bytes, 8);
        var header = Encoding.ASCII.GetString(bytes, 10, length);
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal)) throw new InvalidDataException($"{path}: not in C order");
        int[] shape = [.. Regex.Match(header, @"'shape': \(([^)]*)\)").Groups[1].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
        var data = bytes.AsSpan(10 + length);
        var values = new float[data.Length / 4];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = header.Contains("'<f4'", StringComparison.Ordinal) ? BitConverter.ToSingle(data[(4 * i)..])
                : header.Contains("'<i4'", StringComparison.Ordinal) ? BitConverter.ToInt32(data[(4 * i)..])
                : throw new InvalidDataException($"{path}: neither float32 nor int32: {header}");
        }
        return new Npy(shape, values);
    }

    public int[] Integers => [.. Values.Select(v => (int)v)];
}
