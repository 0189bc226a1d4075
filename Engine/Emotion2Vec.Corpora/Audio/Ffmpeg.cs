using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Emotion2Vec.Corpora.Audio;

/// <summary>Decodes what libsndfile does not know with the ffmpeg program, where it is installed.</summary>
internal static class Ffmpeg
{
    /// <summary>The first audio stream of a file as a float32 WAV, in a temporary file that goes away when it is closed.</summary>
    /// <exception cref="InputException">ffmpeg is not on PATH or cannot decode the file.</exception>
    internal static SafeFileHandle ToWave(string path, string container, string? searchPath = null)
    {
        var program = Find(searchPath ?? Environment.GetEnvironmentVariable("PATH") ?? "")
            ?? throw new InputException($"{path}: {container} is read through ffmpeg, which is not on PATH: run 'sudo apt-get install ffmpeg'");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // Files only: a container may name others, and an address is none.
        foreach (var argument in (string[])["-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", "file:" + Path.GetFullPath(path), "-vn", "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "wav", "-"])
            start.ArgumentList.Add(argument);
        var temporary = Path.Combine(Path.GetTempPath(), $"e2v-{Guid.NewGuid():N}.wav");
        try
        {
            using (var process = Process.Start(start)!)
            {
                var errors = process.StandardError.ReadToEndAsync();
                using (var wave = new FileStream(temporary, FileMode.CreateNew)) process.StandardOutput.BaseStream.CopyTo(wave);
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new InputException($"{path}: ffmpeg cannot decode it: {errors.Result.Trim().Split('\n')[^1]}");
            }
            return File.OpenHandle(temporary, options: FileOptions.DeleteOnClose);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    internal static string? Find(string searchPath) => searchPath
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "ffmpeg"))
        .FirstOrDefault(File.Exists);
}
