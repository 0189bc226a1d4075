using Emotion2Vec.Corpora;
using Microsoft.Win32.SafeHandles;

namespace Emotion2Vec.Engine.Checkpoints;

/// <summary>
/// The bytes of a checkpoint file, read where they are asked for. Positional reads rather than a memory map: a file that
/// shrinks meanwhile is then an error in one line and not a signal that ends the process.
/// </summary>
internal sealed class CheckpointSource : IDisposable
{
    private readonly SafeFileHandle handle;

    private CheckpointSource(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <exception cref="InputException">The file does not exist or cannot be read.</exception>
    public static CheckpointSource Open(string path)
    {
        if (Directory.Exists(path)) throw new InputException($"{path}: is a folder, not a checkpoint file");
        try
        {
            return new CheckpointSource(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: there is no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Fills <paramref name="target"/> from <paramref name="offset"/>.</summary>
    public void Read(long offset, Span<byte> target)
    {
        try
        {
            while (target.Length > 0)
            {
                var n = RandomAccess.Read(handle, target, offset);
                if (n == 0) throw Fail($"ends at byte {offset} where more was expected");
                target = target[n..];
                offset += n;
            }
        }
        catch (IOException e)
        {
            throw new InputException($"{Path}: cannot be read: {e.Message}", e);
        }
    }

    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    public InputException Fail(string what) => new($"{Path}: {what}");

    public void Dispose() => handle.Dispose();
}
