using System.CommandLine;
using Emotion2Vec.Client.CommandLine;

namespace Emotion2Vec.Client.Verbs;

/// <summary><c>e2v completion bash|zsh</c>: a script for the shell, which asks the program itself what could come next.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _e2v() {
            local line="${COMP_LINE:0:$COMP_POINT}"
            line="${line#* }"
            mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _e2v e2v ./e2v
        """;

    private const string Zsh = """
        _e2v() {
            local line="${BUFFER[1,CURSOR]}"
            line="${line#* }"
            local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -a found || _files
        }
        compdef _e2v e2v ./e2v
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash or zsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print completion for a shell: source <(./e2v completion bash)") { shell };
        command.SetAction(parse =>
        {
            Console.Out.WriteLine(parse.GetRequiredValue(shell) == "bash" ? Bash : Zsh);
            return ExitCode.Done;
        });
        return command;
    }
}
