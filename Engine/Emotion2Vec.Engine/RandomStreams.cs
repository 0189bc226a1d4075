using System.Globalization;
using System.Text;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Engine;

/// <summary>
/// Generators by name, so that what one draws depends on nothing that ran before it or beside it: SplitMix64 from the FNV-1a
/// hash of <c>purpose/number/number…</c>.
/// </summary>
internal static class RandomStreams
{
    internal static SplitMix64 Of(string purpose, params ReadOnlySpan<long> numbers) => new(Seed(purpose, numbers));

    internal static ulong Seed(string purpose, params ReadOnlySpan<long> numbers)
    {
        var name = new StringBuilder(purpose);
        foreach (var number in numbers) name.Append(CultureInfo.InvariantCulture, $"/{number}");
        var hash = 0xcbf29ce484222325;
        foreach (var b in Encoding.ASCII.GetBytes(name.ToString())) hash = (hash ^ b) * 0x100000001b3;
        return hash;
    }
}
