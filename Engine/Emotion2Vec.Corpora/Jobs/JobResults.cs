using System.Collections.Immutable;

namespace Emotion2Vec.Corpora.Jobs;

/// <summary>
/// What one fold gave. Depends on the spec alone (same machine, same BLAS kernel); where and how long is <see cref="RunInfo"/>.
/// </summary>
/// <param name="Wa">Weighted accuracy, 0–1.</param>
/// <param name="Ua">Mean recall over the classes present in the test part, 0–1.</param>
/// <param name="Wf1">Support-weighted F1, 0–1.</param>
/// <param name="MacroF1">F1 averaged over the classes in truth or prediction, 0–1.</param>
/// <param name="Classes">Class names, in the order of all indices here.</param>
/// <param name="Confusion">[truth, prediction] counts, row-major, classes × classes.</param>
/// <param name="Test">Manifest positions of the test utterances, ascending.</param>
/// <param name="Truth">Class of each test utterance.</param>
/// <param name="Predicted">Predicted class of each test utterance.</param>
/// <param name="Logits">Little-endian float32, test utterances × classes.</param>
/// <param name="BestEpoch">Zero-based epoch whose weights were tested.</param>
/// <param name="TrainLoss">Mean training loss per epoch.</param>
/// <param name="ValidationLoss">Mean validation loss per epoch.</param>
/// <param name="ValidationWa">Validation WA per epoch, 0–1.</param>
/// <param name="Warnings">What a reader of the table must know, e.g. a class absent from training.</param>
public sealed record FoldResult(
    double Wa, double Ua, double Wf1, double MacroF1,
    ImmutableArray<string> Classes, ImmutableArray<int> Confusion,
    ImmutableArray<int> Test, ImmutableArray<int> Truth, ImmutableArray<int> Predicted, byte[] Logits,
    int BestEpoch, ImmutableArray<float> TrainLoss, ImmutableArray<float> ValidationLoss, ImmutableArray<float> ValidationWa,
    ImmutableArray<string> Warnings);

/// <summary>What an extract job made.</summary>
/// <param name="Sha256">Hash of the features file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Utterances">Utterances in it.</param>
/// <param name="Frames">Frames in it, all utterances.</param>
/// <param name="Dimension">Values per frame.</param>
/// <param name="AudioSeconds">Seconds of speech read.</param>
public sealed record ExtractResult(string Sha256, long Bytes, int Utterances, long Frames, int Dimension, double AudioSeconds);

/// <summary>What made a result; recorded beside it, never part of a key.</summary>
/// <param name="WallSeconds">From start to result.</param>
/// <param name="CpuSeconds">Processor time of the worker meanwhile.</param>
/// <param name="Device"><c>cpu</c>, <c>cuda:0</c>, …</param>
/// <param name="Host">Machine name.</param>
/// <param name="Versions">Package and library versions, BLAS, commit.</param>
public sealed record RunInfo(double WallSeconds, double CpuSeconds, string Device, string Host, ImmutableSortedDictionary<string, string> Versions);

/// <summary>How far a running job is.</summary>
/// <param name="Done">Steps done (epochs of a fold, utterances of an extraction).</param>
/// <param name="Total">Steps in all.</param>
/// <param name="Message">A few words, e.g. the last loss.</param>
public sealed record JobProgress(int Done, int Total, string? Message = null);
