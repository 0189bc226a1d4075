using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emotion2Vec.Corpora;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Engine.Pretraining.Runs;

/// <summary>What one update gave: means over its micro-batches.</summary>
internal sealed record UpdateFigures(
    double Frame, double Utterance, double RelativeError, double TargetSpread, double PredictionSpread, double GradientNorm, double LearningRate, double Decay);

/// <summary>
/// The course of a training: points in memory, for the result, and the same with rates in a CSV file that grows while the
/// training runs. A training that is taken up again begins with the points it had when its state was saved.
/// </summary>
internal sealed class PretrainCurve
{
    private const string Header = "update,frame_loss,utterance_loss,relative_error,target_spread,prediction_spread,gradient_norm,learning_rate,decay,audio_hours,updates_per_second,audio_hours_per_second";
    private readonly string path;
    private readonly int interval;
    private readonly List<PretrainPoint> points;
    private readonly List<UpdateFigures> open;
    private (int Update, double AudioSeconds, long Time) began;

    /// <param name="path">The CSV file; lines behind <paramref name="update"/> are dropped.</param>
    /// <param name="updates">Of the whole training, which is divided into at most 500 stretches.</param>
    /// <param name="update">Where it stands.</param>
    public PretrainCurve(string path, int updates, int update, double audioSeconds, IEnumerable<PretrainPoint> points, IEnumerable<UpdateFigures> open)
    {
        this.path = path;
        interval = Math.Max(1, (updates + 499) / 500);
        this.points = [.. points];
        this.open = [.. open];
        began = (update, audioSeconds, Stopwatch.GetTimestamp());
        var old = File.Exists(path) ? File.ReadLines(path).Skip(1).Where(line => int.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture, out var n) && n <= update).ToArray() : [];
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', [Header, .. old]) + "\n")));
    }

    public ImmutableArray<PretrainPoint> Points => [.. points];

    /// <summary>Updates since the last point.</summary>
    public ImmutableArray<UpdateFigures> Open => [.. open];

    /// <summary>Adds an update; ends a stretch where one is full or the training is over.</summary>
    public void Add(int update, UpdateFigures figures, double audioSeconds, bool last)
    {
        open.Add(figures);
        if (update % interval != 0 && !last) return;
        var point = new PretrainPoint(update, Mean(f => f.Frame), Mean(f => f.Utterance), Mean(f => f.RelativeError), Mean(f => f.TargetSpread),
            Mean(f => f.PredictionSpread), Mean(f => f.GradientNorm), figures.LearningRate, figures.Decay);
        points.Add(point);
        open.Clear();
        var seconds = Stopwatch.GetElapsedTime(began.Time).TotalSeconds;
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture,
            $"{point.Update},{point.Frame:G9},{point.Utterance:G9},{point.RelativeError:G9},{point.TargetSpread:G9},{point.PredictionSpread:G9},{point.GradientNorm:G9},{point.LearningRate:G9},{point.Decay:G9},{audioSeconds / 3600:0.######},{(update - began.Update) / seconds:0.####},{(audioSeconds - began.AudioSeconds) / 3600 / seconds:0.######}\n"));
        began = (update, audioSeconds, Stopwatch.GetTimestamp());

        double Mean(Func<UpdateFigures, double> of) => open.Average(of);
    }
}
