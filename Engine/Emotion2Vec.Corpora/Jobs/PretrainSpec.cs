using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Emotion2Vec.Corpora.Pretraining;

namespace Emotion2Vec.Corpora.Jobs;

/// <summary>A corpus that a model is pre-trained on; labels are not read.</summary>
/// <param name="Corpus">Its name, for people.</param>
/// <param name="Manifest">Manifest hash: it says what the corpus is.</param>
public sealed record PretrainCorpus(string Corpus, string Manifest);

/// <summary>
/// One model pre-trained: one checkpoint (<see cref="HomeFolder.Checkpoint"/>). The name of a model is no part of it, so that
/// equal models under two names are trained once.
/// </summary>
/// <param name="Corpora">In the order in which their utterances are numbered.</param>
/// <param name="Training">How.</param>
/// <param name="Checkpoint">
/// SHA-256 of the checkpoint file whose weights it starts from (<see cref="CheckpointLinks"/> knows the path); null for a cold
/// start or a <paramref name="Parent"/>. One without utterance tokens (data2vec 2.0, data2vec) leaves those at their initial values.
/// </param>
/// <param name="Parent">Key of the pretrain job whose checkpoint it starts from; null for none.</param>
public sealed record PretrainSpec(ImmutableArray<PretrainCorpus> Corpora, PretrainRecipe Training, string? Checkpoint = null, string? Parent = null) : JobSpec
{
    public const string Name = "pretrain";

    [JsonIgnore] public override string Kind => Name;
    [JsonIgnore] public override int Recipe => 1;
    [JsonIgnore] public override ImmutableArray<string> DependsOn => Parent is null ? [] : [Parent];
}

/// <summary>What a pretrain job made. Depends on the spec alone (same machine, same BLAS kernel).</summary>
/// <param name="Sha256">Hash of the checkpoint file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Parameters">Of the student, the decoder included; the teacher does not count.</param>
/// <param name="Updates">Updates made.</param>
/// <param name="AudioSeconds">Seconds of speech seen, every time they were seen.</param>
/// <param name="Utterances">Utterances long enough to be used.</param>
/// <param name="LeftOut">Shorter ones.</param>
/// <param name="Curve">The course of training, at most about 500 points, the last update's among them; empty at 0 updates.</param>
/// <param name="Warnings">What a reader of the tables must know.</param>
public sealed record PretrainResult(
    string Sha256, long Bytes, long Parameters, int Updates, double AudioSeconds, int Utterances, int LeftOut,
    ImmutableArray<PretrainPoint> Curve, ImmutableArray<string> Warnings);

/// <summary>A point of a training's course: means over the updates since the point before it.</summary>
/// <param name="Update">The last update of the stretch.</param>
/// <param name="Frame">Frame loss (Eq. 9) per masked frame: √D × the mean squared error.</param>
/// <param name="Utterance">Utterance loss (Eq. 8) times its weight.</param>
/// <param name="RelativeError">Squared error ÷ variance of the targets: about 1 before anything is learned.</param>
/// <param name="TargetSpread">Mean deviation of the targets.</param>
/// <param name="PredictionSpread">Mean deviation of the predictions.</param>
/// <param name="GradientNorm">Norm of the gradient before clipping.</param>
/// <param name="LearningRate">Of that last update.</param>
/// <param name="Decay">The teacher's decay τ after it.</param>
public sealed record PretrainPoint(
    int Update, double Frame, double Utterance, double RelativeError, double TargetSpread, double PredictionSpread, double GradientNorm, double LearningRate, double Decay);
