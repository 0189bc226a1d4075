using System.Runtime.InteropServices;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>The few functions of libsndfile that reading needs.</summary>
internal static partial class SndFile
{
    private const string Library = "libsndfile.so.1";
    private const int ReadMode = 0x10;
    private const int UnrecognisedFormat = 1;
    private const int DuplicateCloseOnExec = 1030;

    private static readonly Lock Opening = new();

    /// <summary>SF_INFO of sndfile.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Info
    {
        public long Frames;
        public int Rate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }

    internal sealed class Handle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => sf_close(handle) == 0;
    }

    /// <summary>
    /// Opens a descriptor at its beginning. No name goes in, so that the content alone decides the format.
    /// Null when the content is of no format that libsndfile knows; <paramref name="error"/> is its message.
    /// </summary>
    internal static Handle? Open(int descriptor, out Info info, out string error, out bool unknownFormat)
    {
        NativeLibraries.Require(Library, "libsndfile1");
        info = default;
        // The error of a failed opening is global in libsndfile.
        lock (Opening)
        {
            // When opening fails, libsndfile closes the descriptor whatever it is told: it gets one of its own.
            var handle = sf_open_fd(fcntl(descriptor, DuplicateCloseOnExec, 0), ReadMode, ref info, closeDescriptor: 1);
            unknownFormat = handle.IsInvalid && sf_error(0) == UnrecognisedFormat;
            error = handle.IsInvalid ? Message(0) : "";
            if (!handle.IsInvalid) return handle;
            handle.Dispose();
            return null;
        }
    }

    internal static bool Seek(Handle file, long frame) => sf_seek(file, frame, whence: 0) == frame;

    /// <summary>Reads interleaved samples scaled to ±1; returns whole frames.</summary>
    internal static unsafe long Read(Handle file, Span<float> samples, int channels)
    {
        fixed (float* first = samples) return sf_readf_float(file, first, samples.Length / channels);
    }

    private static string Message(nint file) => (Marshal.PtrToStringUTF8(sf_strerror(file)) ?? "unknown error").TrimEnd(' ', '.', '\n');

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport(Library)]
    private static partial Handle sf_open_fd(int descriptor, int mode, ref Info info, int closeDescriptor);

    [LibraryImport(Library)]
    private static partial int sf_close(nint file);

    [LibraryImport(Library)]
    private static partial int sf_error(nint file);

    [LibraryImport(Library)]
    private static partial nint sf_strerror(nint file);

    [LibraryImport(Library)]
    private static partial long sf_seek(Handle file, long frames, int whence);

    [LibraryImport(Library)]
    private static unsafe partial long sf_readf_float(Handle file, float* samples, long frames);
}
