using System.Collections.Immutable;

namespace Emotion2Vec.Silo.Api;

/// <summary>POST /api/joiners/{machine}: a machine tells, every few seconds, that it lives and what it has.</summary>
/// <param name="Id">Of its home folder: another joiner under the same name is refused.</param>
/// <param name="Recipes">Versions of the computations that its build knows; they must be the silo's.</param>
/// <param name="Slots">Its slots.</param>
/// <param name="Audio">Hashes of the manifests whose audio it has.</param>
public sealed record JoinRequest(string Id, string Recipes, ImmutableArray<JoinedSlot> Slots, ImmutableArray<string> Audio);

/// <summary>A slot of a machine that joined.</summary>
/// <param name="Name"><c>machine/device</c>.</param>
/// <param name="Device"><c>cpu</c>, <c>cuda:0</c>, …</param>
/// <param name="Memory">Bytes; 0 = not known.</param>
/// <param name="Quarantine">Why the machine starts no worker in it; null where it does.</param>
public sealed record JoinedSlot(string Name, string Device, long Memory, string? Quarantine = null);

/// <summary>What the silo has for a machine.</summary>
/// <param name="Work">Slots for which a job is queued.</param>
/// <param name="Wanted">Audio that queued jobs read and that the machine has not named.</param>
public sealed record JoinAnswer(ImmutableArray<string> Work, ImmutableArray<WantedAudio> Wanted);

/// <summary>A corpus whose audio a job reads.</summary>
/// <param name="Manifest">Its hash.</param>
/// <param name="Corpus">Its name, or the path of its manifest, as a grid names it.</param>
public sealed record WantedAudio(string Manifest, string Corpus);

/// <summary>POST /api/slots/worker: a worker of a joined machine began or ended.</summary>
/// <param name="Pid">Its process; 0 where none could be started.</param>
/// <param name="Evidence">How it ended; null where it began.</param>
/// <param name="Wanted">Whether its machine ended it on purpose.</param>
public sealed record WorkerReport(string Slot, int Pid, string? Evidence = null, bool Wanted = false);

/// <summary>Whether another worker should follow.</summary>
public sealed record WorkerVerdict(bool GoOn);

/// <summary>GET /api/jobs/{key}/inputs: a file that a job reads.</summary>
/// <param name="Kind">Folder of artefacts.</param>
/// <param name="Name">Hash or job key.</param>
/// <param name="File">Of a model of several files: this one's name; else null.</param>
/// <param name="Sha256">Of the file; null where the silo does not have it any more.</param>
/// <param name="Bytes">Its length.</param>
public sealed record JobInput(string Kind, string Name, string? File, string? Sha256, long Bytes);

/// <summary>GET and PUT /api/artefacts/{kind}/{name}: how much of an upload has arrived.</summary>
/// <param name="Whole">Whether it is complete and in its place.</param>
public sealed record ReceivedBytes(long Bytes, bool Whole);
