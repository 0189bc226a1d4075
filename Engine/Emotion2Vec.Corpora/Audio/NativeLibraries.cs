using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>Turns a missing shared library into one line that says what to install.</summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, bool> Found = new();

    /// <exception cref="InputException">The library cannot be loaded.</exception>
    internal static void Require(string library, string debianPackage)
    {
        if (!Found.GetOrAdd(library, name => NativeLibrary.TryLoad(name, out _)))
            throw new InputException($"{library} is not installed: run 'sudo apt-get install {debianPackage}'");
    }
}
