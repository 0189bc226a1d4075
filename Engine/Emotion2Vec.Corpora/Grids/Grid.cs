using System.Collections.Immutable;
using Emotion2Vec.Corpora.Jobs;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>What a researcher asks for, as read from a file; every name in it is known.</summary>
/// <param name="Name">Name of the experiment.</param>
/// <param name="Blocks">In the order of the file.</param>
public sealed record Grid(string Name, ImmutableArray<GridBlock> Blocks);

/// <summary>A part of a grid.</summary>
public abstract record GridBlock;

/// <summary>Every combination of these, one job per fold.</summary>
/// <param name="Corpora">Names of known corpora, or paths of manifests (.csv, .jsonl).</param>
/// <param name="Upstreams">Upstream names.</param>
/// <param name="Protocols">Protocol names.</param>
/// <param name="Heads">Heads with all their hyper-parameters.</param>
/// <param name="Seeds">Seeds of training.</param>
public sealed record TrainingBlock(
    ImmutableArray<string> Corpora, ImmutableArray<string> Upstreams, ImmutableArray<string> Protocols,
    ImmutableArray<HeadSpec> Heads, ImmutableArray<int> Seeds) : GridBlock;

/// <summary>Jobs that compute nothing, to measure what everything around a job costs.</summary>
/// <param name="Jobs">How many.</param>
/// <param name="Milliseconds">How long each sleeps.</param>
/// <param name="Group">Keeps the keys of one measurement apart from another's.</param>
public sealed record NoOpBlock(int Jobs, int Milliseconds, string Group) : GridBlock;
