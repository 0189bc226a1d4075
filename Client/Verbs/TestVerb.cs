using System.CommandLine;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.Verbs;

/// <summary>The tests belong to the launcher, which builds them; this entry makes the help complete.</summary>
internal static class TestVerb
{
    public static Command Create()
    {
        var command = new Command("test", "Build and run all tests (./e2v test [--stress] [FILTER])") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction((ParseResult _) => Refuse());
        return command;
    }

    private static int Refuse() => throw new InputException("'test' is done by the launcher: run ./e2v test in the repository");
}
