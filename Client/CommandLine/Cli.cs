using System.CommandLine;
using System.CommandLine.Invocation;
using Emotion2Vec.Client.Verbs;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>From arguments to an exit code: every ending of the program passes here.</summary>
internal static class Cli
{
    public static async Task<int> RunAsync(string[] args)
    {
        var parse = Root().Parse(args);
        if (parse.Action is ParseErrorAction)
        {
            Console.Error.WriteLine(UsageErrors.OneLine(parse));
            return ExitCode.Usage;
        }
        using var interrupts = new Interrupts(parse.CommandResult.Command.Name == WorkerVerb.Name);
        try
        {
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parse.InvokeAsync(configuration, interrupts.Token);
        }
        catch (InputException e)
        {
            Console.Error.WriteLine("e2v: " + UsageErrors.WithTable(e.Message));
            Trace(e);
            return ExitCode.Usage;
        }
        catch (WorkFailedException e)
        {
            Console.Error.WriteLine("e2v: " + UsageErrors.OneLine(e.Message));
            Trace(e);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (interrupts.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine("e2v: interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"e2v: unexpected error: {UsageErrors.OneLine(e.Message)} (details: {WriteLog(parse, args, e)})");
            Trace(e);
            return ExitCode.Failed;
        }
    }

    internal static RootCommand Root()
    {
        var root = new RootCommand("Speech-emotion experiments: corpora × upstream models × protocols × seeds → WA, UA, WF1.")
        {
            CommonOptions.Data, CommonOptions.Home, CommonOptions.Store, CommonOptions.Silo, CommonOptions.TokenFile, CommonOptions.Authority, CommonOptions.Json,
            DemoVerb.Create(), DataVerb.Create(), UpstreamVerb.Create(), RunVerb.Create(), SiloVerb.Create(), SubmitVerb.Create(), WatchVerb.Create(),
            StatusVerb.Create(), CancelVerb.Create(), RetryVerb.Create(), WhyVerb.Create(), LeaderboardVerb.Create(), CompareVerb.Create(), PlotVerb.Create(),
            PretrainVerb.Create(), ProbeVerb.Create(), ExtractVerb.Create(), CheckpointVerb.Create(), CompletionVerb.Create(), WorkerVerb.Create(),
        };
        root.Subcommands.Add(TestVerb.Create());
        Examples.AddTo(root);
        return root;
    }

    private static void Trace(Exception e)
    {
        if (Environment.GetEnvironmentVariable("E2V_DEBUG") is { Length: > 0 }) Console.Error.WriteLine(e);
    }

    private static string WriteLog(ParseResult parse, string[] args, Exception e)
    {
        var text = $"{DateTimeOffset.UtcNow:O} pid {Environment.ProcessId}: e2v {string.Join(' ', CommonOptions.WithoutSecrets(args))}\n{e}\n\n";
        foreach (var folder in (string[])[Path.Combine(CommonOptions.Read(parse).Home, "logs"), Path.GetTempPath()])
        {
            try
            {
                Directory.CreateDirectory(folder);
                var path = Path.Combine(folder, "client.log");
                File.AppendAllText(path, text);
                return path;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // A full or read-only home must not hide the error itself.
            }
        }
        return "no log could be written; set E2V_DEBUG=1";
    }
}

/// <summary>What the shell sees.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Usage = 2, Interrupted = 130;
}

/// <summary>The input was right but the work did not succeed; the message is one line.</summary>
internal sealed class WorkFailedException(string message, Exception? inner = null) : Exception(message, inner);
