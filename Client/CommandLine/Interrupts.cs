using System.Runtime.InteropServices;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>
/// The first Ctrl-C or SIGTERM asks for a graceful stop, the second ends the process. A worker leaves Ctrl-C to its silo:
/// the terminal sends it to the whole process group, and a worker that stopped by itself would count as lost.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] registrations;
    private int signals;

    public Interrupts(bool worker)
    {
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, worker ? Ignore : Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => stop.Token;

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        stop.Dispose();
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref signals) > 1) Environment.Exit(ExitCode.Interrupted);
        stop.Cancel();
    }
}
