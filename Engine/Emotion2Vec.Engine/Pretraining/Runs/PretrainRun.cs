using System.Diagnostics;
using System.Globalization;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Manifests;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Checkpoints;
using Emotion2Vec.Engine.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>A training that will give no good model: the reason, and where the last state before it lies.</summary>
public sealed class PretrainStoppedException(string message) : Exception(message);

/// <summary>
/// A pre-training in progress (Ma et al., section 3; SPEC 2). Its state lies in a folder of its own, so that a run that ended
/// anywhere, by whatever, is taken up where it last saved, with the numbers it would have had: what an update draws (crops,
/// masks, noise, dropout) depends on the seed and the update's number alone. It holds that folder until it is disposed.
/// </summary>
public sealed class PretrainRun : IDisposable
{
    /// <summary>Updates over which the relative error is averaged before a run is stopped for it.</summary>
    private const int RecentUpdates = 50;

    private const int UpdatesPerCollection = 20;

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(30), ShortestInterval = TimeSpan.FromSeconds(1);

    private readonly PretrainSpec spec;
    private readonly PretrainRecipe recipe;
    private readonly Device device;
    private readonly FileStream held;
    private readonly SpeechClips clips;
    private readonly ClipBatches batches;
    private readonly PretrainModel model;
    private readonly FairseqAdam optimizer;
    private readonly PretrainState state;
    private readonly PretrainCurve curve;
    private readonly ILearningRate learningRate;
    private readonly TeacherDecay decay;
    private readonly Queue<double> recent;
    private readonly RunPosition start;
    private double audioSeconds;
    private int savedUpdates;
    private (long Time, TimeSpan Took) saved = (Stopwatch.GetTimestamp(), TimeSpan.Zero);

    /// <summary>Begins a run, or takes it up where it was.</summary>
    /// <param name="home">Where manifests, checkpoints and the run's folder lie.</param>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …</param>
    /// <param name="cancel">Stops waiting for another process that holds the run.</param>
    /// <param name="memory">Bytes of main memory for this process, a quarter of which keeps decoded speech; null = all that the machine has.</param>
    /// <exception cref="InputException">The recipe is wrong, a corpus or checkpoint is missing or does not fit, or another process holds the run.</exception>
    public PretrainRun(HomeFolder home, PretrainSpec spec, string device, CancellationToken cancel = default, long? memory = null)
    {
        PretrainRecipes.Check(spec.Training);
        (this.spec, recipe, this.device) = (spec, spec.Training, torch.device(device));
        var folder = Directory.CreateDirectory(home.Pretraining(spec.Key())).FullName;
        held = Hold(Path.Combine(folder, "lock"), cancel);
        try
        {
            clips = new SpeechClips(spec.Corpora.SelectMany(c => ManifestFile.Load(home.Manifest(c.Manifest)).Utterances),
                (memory ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) / 4);
            batches = new ClipBatches([.. Enumerable.Range(0, clips.Count).Select(clips.Length)], recipe.Batches, recipe.Seed);
            model = PretrainModel.Create(recipe, this.device);
            var (a, t) = (recipe.Adam, recipe.Teacher);
            optimizer = new FairseqAdam(model.Student.named_parameters(), a.Beta1, a.Beta2, a.Epsilon, a.WeightDecay);
            learningRate = RecipeParts.LearningRate(recipe);
            decay = RecipeParts.Decay(t);
            state = new PretrainState(folder);
            start = state.Load(model, optimizer) ?? RunPosition.Start with { Warnings = [.. Initialise(home)] };
            (Updates, savedUpdates, audioSeconds, recent) = (start.Updates, start.Updates, start.AudioSeconds, new Queue<double>(start.Recent));
            curve = new PretrainCurve(Path.Combine(folder, "curves.csv"), recipe.Updates, Updates, audioSeconds, start.Curve, start.Open);
        }
        catch
        {
            model?.Dispose();
            optimizer?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>Updates made.</summary>
    public int Updates { get; private set; }

    /// <summary>Trains on.</summary>
    /// <param name="until">Updates after which to stop; at most those of the recipe, whose schedules do not change.</param>
    /// <param name="report">Called with progress, at most about five times per second.</param>
    /// <param name="cancel">Checked before every micro-batch; the state of the last whole update is then saved.</param>
    /// <param name="everyUpdate">Saves after each update, instead of when 50 times the duration of the last saving have passed.</param>
    /// <exception cref="InputException">No utterance is long enough, or audio is gone or has changed.</exception>
    /// <exception cref="PretrainStoppedException">A loss is not finite, or the run has collapsed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the state is saved.</exception>
    public void Train(int until, Action<JobProgress> report, CancellationToken cancel, bool everyUpdate = false)
    {
        torch.set_num_threads(1);
        var goal = Math.Min(until, recipe.Updates);
        if (Updates < goal && batches.Utterances == 0)
            throw new InputException(string.Create(CultureInfo.InvariantCulture, $"no utterance of {string.Join(", ", spec.Corpora.Select(c => c.Corpus))} has the {recipe.Batches.ShortestClip / 16000.0:0.##} s of batches: shortest_clip"));
        var progress = new ProgressGate(report);
        var rate = new RateMeter(Updates, audioSeconds);
        try
        {
            while (Updates < goal)
            {
                var figures = Update(cancel);
                Updates++;
                curve.Add(Updates, figures, audioSeconds, last: Updates == recipe.Updates);
                Watch(figures);
                // Beside hundreds of megabytes of speech the collector lets garbage grow to gigabytes before it looks; looking takes milliseconds.
                if (Updates % UpdatesPerCollection == 0) GC.Collect();
                progress.Report(Updates, goal, () => Text(figures, rate.Read(Updates, audioSeconds)));
                if (everyUpdate || Updates < goal && Stopwatch.GetElapsedTime(saved.Time) is var since && since > ShortestInterval && since > 50 * saved.Took) Save();
            }
            if (Updates < recipe.Updates) Save();
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            Save();
            throw;
        }
    }

    /// <summary>Writes the model as it stands: a checkpoint with fairseq's keys.</summary>
    public PretrainResult Write(string path)
    {
        var parameters = model.Student.parameters().Sum(p => p.numel());
        List<string> warnings = [.. start.Warnings];
        if (clips.Count > batches.Utterances)
            warnings.Add(string.Create(CultureInfo.InvariantCulture, $"{clips.Count - batches.Utterances} of {clips.Count} utterances are shorter than {recipe.Batches.ShortestClip / 16000.0:0.##} s and were left out"));
        var result = new PretrainResult("", 0, parameters, Updates, audioSeconds, batches.Utterances, clips.Count - batches.Utterances, curve.Points, [.. warnings]);
        PretrainedFile.Write(path, model, spec, result);
        return PretrainedFile.Complete(path, result);
    }

    /// <summary>Forgets the saved states: the run is finished and its checkpoint written. The curves stay.</summary>
    public void Finish() => state.Delete();

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
        held.Dispose();
    }

    private IEnumerable<string> Initialise(HomeFolder home)
    {
        if (spec.Parent is null && spec.Checkpoint is null) yield break;
        var path = spec.Parent is { } parent ? home.Checkpoint(parent) : CheckpointLinks.Find(home, spec.Checkpoint!);
        var left = model.StartFrom(path);
        if (left.Count > 0) yield return $"{NameList.Text(left)}: not in the checkpoint it starts from, so at its initial value";
    }

    /// <summary>One update of the student and the teacher.</summary>
    private UpdateFigures Update(CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        model.Student.zero_grad();
        var count = recipe.Batches.Accumulate;
        long sample = 0;
        double frame = 0, utterance = 0, error = 0, targets = 0, predictions = 0, seconds = 0;
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var number = (long)Updates * count + i;
            var random = RandomStreams.Of("pretrain/update", recipe.Seed, number);
            torch.manual_seed((long)random.Next()); // of dropout and the decoder's noise
            var heard = batches[number].Select(clips.Read).ToArray();
            var losses = model.Forward(heard, recipe.Batches.LongestClip, random, device);
            if (!double.IsFinite(losses.Frame) || !double.IsFinite(losses.Utterance)) throw Stopped("the loss is not a finite number");
            losses.Total.backward();
            sample += losses.SampleSize;
            frame += losses.Frame;
            utterance += losses.Utterance;
            error += losses.RelativeError / count;
            targets += losses.TargetSpread / count;
            predictions += losses.PredictionSpread / count;
            seconds += (double)heard.Length * Math.Min(recipe.Batches.LongestClip, heard.Min(c => c.Length)) / Corpora.Audio.AudioFile.Rate;
        }
        if (sample == 0) throw Stopped("no frame is masked");
        optimizer.ScaleGradients(1.0 / sample);
        var norm = optimizer.GradientNorm();
        if (!double.IsFinite(norm)) throw Stopped("the gradient is not finite");
        if (!double.IsFinite(error)) throw Stopped("the targets do not vary at all");
        if (recipe.Adam.ClipNorm > 0 && norm > recipe.Adam.ClipNorm) optimizer.ScaleGradients(recipe.Adam.ClipNorm / norm);
        var rate = learningRate.At(Updates);
        optimizer.Step(rate);
        var tau = decay.At(Updates + 1);
        model.Average.Update(tau);
        audioSeconds += seconds;
        return new UpdateFigures(frame / sample, utterance / sample, error, targets, predictions, norm, rate, tau);
    }

    /// <summary>Stops a run that has collapsed: by the reference's checks, and by one that sees what they do not.</summary>
    private void Watch(UpdateFigures figures)
    {
        var stops = recipe.Stops;
        recent.Enqueue(figures.RelativeError);
        if (recent.Count > RecentUpdates) recent.Dequeue();
        if (Updates >= stops.After)
        {
            if (figures.TargetSpread < stops.TargetSpread) throw Stopped(Limit("the targets collapsed: their spread", figures.TargetSpread, stops.TargetSpread));
            if (figures.PredictionSpread < stops.PredictionSpread) throw Stopped(Limit("the predictions collapsed: their spread", figures.PredictionSpread, stops.PredictionSpread));
        }
        if (recent.Count == RecentUpdates && recent.Average() < stops.RelativeError)
            throw Stopped(Limit("the predictions became too easy: their squared error, over the targets' variance,", recent.Average(), stops.RelativeError));

        static string Limit(string what, double value, double limit) => string.Create(CultureInfo.InvariantCulture, $"{what} is {value:0.####}, below {limit:0.####}");
    }

    private PretrainStoppedException Stopped(string reason) =>
        new($"pre-training stopped after {Updates} of {recipe.Updates} updates: {reason}; {(state.Last is { } last ? $"the last good checkpoint is {last}" : "no checkpoint was saved before")}");

    private void Save()
    {
        if (savedUpdates == Updates) return;
        var began = Stopwatch.GetTimestamp();
        state.Save(model, optimizer, new RunPosition(Updates, audioSeconds, curve.Points, curve.Open, [.. recent], start.Warnings));
        saved = (Stopwatch.GetTimestamp(), Stopwatch.GetElapsedTime(began));
        savedUpdates = Updates;
    }

    private string Text(UpdateFigures f, (double Updates, double Hours) rate) => string.Create(CultureInfo.InvariantCulture,
        $"loss {f.Frame:0.000}{(f.Utterance > 0 ? $" + {f.Utterance:0.000}" : "")}, relative error {f.RelativeError:0.000}, spread {f.TargetSpread:0.00}/{f.PredictionSpread:0.00}, lr {f.LearningRate:0.##e-0}, τ {f.Decay:0.#####}, {rate.Updates:0.0#} updates/s, {rate.Hours:0.00##} h/s");

    /// <summary>A lock of the run's folder that ends with the process, however that ends.</summary>
    private static FileStream Hold(string path, CancellationToken cancel)
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(began) < LockPatience)
            {
                if (cancel.WaitHandle.WaitOne(200)) cancel.ThrowIfCancellationRequested();
            }
            catch (IOException e)
            {
                throw new InputException($"{path}: another process trains this model", e);
            }
        }
    }

    /// <summary>Updates and hours of speech per second over the last ten seconds or so.</summary>
    private sealed class RateMeter(int updates, double audioSeconds)
    {
        private (int Updates, double Seconds, long Time) from = (updates, audioSeconds, Stopwatch.GetTimestamp()), middle = (updates, audioSeconds, Stopwatch.GetTimestamp());

        public (double Updates, double Hours) Read(int updates, double audioSeconds)
        {
            if (Stopwatch.GetElapsedTime(middle.Time).TotalSeconds > 10) (from, middle) = (middle, (updates, audioSeconds, Stopwatch.GetTimestamp()));
            var seconds = Math.Max(1e-3, Stopwatch.GetElapsedTime(from.Time).TotalSeconds);
            return ((updates - from.Updates) / seconds, (audioSeconds - from.Seconds) / 3600 / seconds);
        }
    }
}
