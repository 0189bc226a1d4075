using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emotion2Vec.Corpora.Protocols;

namespace Emotion2Vec.Corpora.Synthesis;

/// <summary>
/// A small corpus spoken by espeak-ng, so that everything can be tried without any data: 8 voices say 12 sentences in 4
/// emotions, which differ in pitch, pitch range, rate and loudness. Each utterance strays from its emotion's prosody by
/// a random amount, so that emotions overlap. It says nothing about how well a model does on human speech.
/// </summary>
public static class SynthCorpus
{
    private const string Program = "espeak-ng";
    private const int Version = 1;
    private const ulong Seed = 1;

    /// <summary>espeak-ng's own units: pitch 0–99, pitch range in % of the voice's, words per minute, amplitude 0–200.</summary>
    private sealed record Prosody(string Emotion, double Pitch, double Range, double Rate, double Amplitude);

    private sealed record Utterance(string File, string Voice, string Sentence, int Text, string Emotion, int Pitch, int Range, int Rate, int Amplitude);

    private static readonly string[] Voices = ["en-us+m1", "en-us+m3", "en-gb+m4", "en-us+m7", "en-us+f1", "en-us+f2", "en-gb+f4", "en-gb+f5"];

    private static readonly Prosody[] Emotions =
    [
        new("angry", 55, 55, 222, 138),
        new("happy", 86, 55, 190, 115),
        new("neutral", 41, -28, 165, 100),
        new("sad", 17, -75, 120, 67),
    ];

    /// <summary>Standard deviations of one utterance around its emotion.</summary>
    private static readonly Prosody Stray = new("", 11, 21, 12.5, 20);

    private static readonly string[] Sentences =
    [
        "The parcel is still lying on the kitchen table.",
        "She will bring the papers back on Monday.",
        "We walked along the river before breakfast.",
        "There are seven letters in the blue box.",
        "He left his coat hanging behind the door.",
        "The train to the coast leaves at half past nine.",
        "They painted the garden fence last summer.",
        "My neighbour has bought another bicycle.",
        "The meeting has been moved to the small room.",
        "You can find the keys under the flower pot.",
        "It has been raining since early afternoon.",
        "Nobody has opened the window in the hall.",
    ];

    /// <summary>Utterances of the corpus.</summary>
    public static int Count => Voices.Length * Emotions.Length * Sentences.Length;

    /// <summary>Utterances of each emotion.</summary>
    internal static int PerEmotion => Voices.Length * Sentences.Length;

    internal static IEnumerable<string> Labels => Emotions.Select(e => e.Emotion);

    internal static int Speakers => Voices.Length;

    /// <summary>
    /// Makes the corpus in <paramref name="folder"/>: <c>wav/</c>, <c>manifest.csv</c>, <c>README.txt</c>. The same
    /// espeak-ng makes the same bytes.
    /// </summary>
    /// <returns>False where the complete corpus was there already.</returns>
    /// <exception cref="InputException">espeak-ng is missing or fails, or the folder holds something else.</exception>
    public static bool Make(string folder, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellation = default)
    {
        var utterances = Utterances();
        var manifest = Path.Combine(folder, "manifest.csv");
        var readme = Path.Combine(folder, "README.txt");
        var table = Table(utterances);
        if (File.Exists(manifest) && File.ReadAllText(manifest) == table && utterances.All(u => File.Exists(Path.Combine(folder, u.File)))) return false;
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !(File.Exists(readme) && File.ReadLines(readme).First() == Title))
            throw new InputException($"{folder} is not empty and is not a synthetic corpus; name another folder");
        var program = Find();

        Directory.CreateDirectory(Path.Combine(folder, "wav"));
        File.Delete(manifest); // it comes last: a folder with a manifest is complete
        AtomicFile.Write(readme, stream => stream.Write(Encoding.UTF8.GetBytes(Readme())));
        var done = 0;
        try
        {
            Parallel.ForEach(utterances, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, utterance =>
            {
                Speak(program, utterance, Path.Combine(folder, utterance.File));
                progress?.Report((Interlocked.Increment(ref done), utterances.Length));
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<InputException>().FirstOrDefault() is { } first)
        {
            throw new InputException(first.Message, e);
        }
        AtomicFile.Write(manifest, stream => stream.Write(Encoding.UTF8.GetBytes(table)));
        return true;
    }

    private static string Title => $"Synthetic speech, made by espeak-ng, recipe {Version}.";

    private static string Readme() => $"""
        {Title}
        No human speaks here. {Voices.Length} voices x {Emotions.Length} "emotions" x {Sentences.Length} sentences = {Count} utterances; an emotion is
        nothing but a setting of pitch, pitch range, rate and loudness, around which each utterance varies. It serves
        to try the platform out. Results on it say nothing about speech emotion recognition.
        manifest.csv: path, label, speaker, text (number of the sentence).

        """;

    private static Utterance[] Utterances()
    {
        var utterances = new List<Utterance>();
        foreach (var voice in Voices)
        foreach (var emotion in Emotions)
        for (var text = 0; text < Sentences.Length; text++)
        {
            var random = SplitMix64.Stream(Seed, (ulong)utterances.Count);
            int Draw(double mean, double deviation, int lowest, int highest) => Math.Clamp((int)Math.Round(mean + deviation * Normal(random)), lowest, highest);
            utterances.Add(new Utterance(
                $"wav/{Speaker(voice)}_{emotion.Emotion}_{text + 1:d2}.wav", voice, Sentences[text], text + 1, emotion.Emotion,
                Draw(emotion.Pitch, Stray.Pitch, 0, 99), Draw(emotion.Range, Stray.Range, -80, 80),
                Draw(emotion.Rate, Stray.Rate, 80, 260), Draw(emotion.Amplitude, Stray.Amplitude, 20, 180)));
        }
        return [.. utterances];
    }

    /// <summary>Nearly a standard normal deviate, from sums and products alone: the same on every machine.</summary>
    private static double Normal(SplitMix64 random)
    {
        const int Terms = 12, Steps = 1 << 16;
        var sum = 0;
        for (var i = 0; i < Terms; i++) sum += random.Below(Steps);
        return (double)sum / Steps - Terms / 2.0;
    }

    private static string Speaker(string voice) => voice[(voice.IndexOf('+') + 1)..];

    private static string Table(Utterance[] utterances) => string.Concat(
        utterances.Select(u => $"{u.File},{u.Emotion},{Speaker(u.Voice)},{u.Text}\n").Prepend("path,label,speaker,text\n"));

    private static void Speak(string program, Utterance utterance, string path)
    {
        var temporary = path + ".tmp";
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, UseShellExecute = false };
        var culture = CultureInfo.InvariantCulture;
        foreach (var argument in (string[])
        [
            "-v", utterance.Voice, "-p", utterance.Pitch.ToString(culture), "-s", utterance.Rate.ToString(culture), "-a", utterance.Amplitude.ToString(culture),
            "-z", "-w", temporary, "-m", string.Create(culture, $"<speak><prosody range=\"{utterance.Range:+0;-0}%\">{utterance.Sentence}</prosody></speak>"),
        ])
        {
            start.ArgumentList.Add(argument);
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || !File.Exists(temporary))
            throw new InputException($"{Program} failed with exit code {process.ExitCode} on {path}: {errors.Trim().Split('\n')[^1]}");
        File.Move(temporary, path, overwrite: true);
    }

    private static string Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, Program))
        .FirstOrDefault(File.Exists)
        ?? throw new InputException($"{Program} is not on PATH: run 'sudo apt-get install {Program}'");
}
