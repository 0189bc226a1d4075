using System.Collections.Immutable;

namespace Emotion2Vec.Silo.Api;

/// <summary>
/// GET /api/gaps?experiment=&amp;corpus= : one row per corpus × upstream × head, its protocols side by side. Percentages, 0–100.
/// </summary>
/// <param name="Protocols">Rows of the leaderboard, the paper's protocol first.</param>
/// <param name="Gap">What knowing the speakers is worth; null where no protocol of either kind has all its results, or they tested different utterances.</param>
public sealed record GapRow(string Corpus, string Upstream, string Head, ImmutableArray<LeaderboardRow> Protocols, SpeakerGap? Gap);

/// <summary>Weighted accuracy under a speaker-dependent protocol − under a speaker-independent one.</summary>
/// <param name="Dependent">The protocol that shares speakers between training and test.</param>
/// <param name="Independent">The one that does not.</param>
/// <param name="Difference">In points.</param>
/// <param name="Low">Lower end of its 95 % interval, the same speakers drawn for both; null where one unit only was tested.</param>
/// <param name="High">Upper end.</param>
public sealed record SpeakerGap(string Dependent, string Independent, double Difference, double? Low, double? High);
