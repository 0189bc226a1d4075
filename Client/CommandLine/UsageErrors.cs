using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Emotion2Vec.Corpora;

namespace Emotion2Vec.Client.CommandLine;

/// <summary>Says in one line what is wrong with a command line, with the nearest name there is.</summary>
internal static class UsageErrors
{
    public static string OneLine(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var path = FullName(parse.CommandResult);
        // With a misspelt verb the parser also complains about everything behind it: the first unknown word is the cause.
        if (parse.UnmatchedTokens is [var token, ..])
        {
            if (token.StartsWith('-'))
            {
                var options = Options(parse.CommandResult).Select(o => o.Name);
                return $"{path}: unknown option '{token}'{Nearest.Hint(token.Split('=')[0], options)}; see '{path} --help'";
            }
            if (command.Subcommands.Count > 0)
            {
                var names = command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name);
                return $"{path}: unknown command '{token}'{Nearest.Hint(token, names)}; see '{path} --help'";
            }
            return $"{path}: unexpected argument '{token}'; see '{path} --help'";
        }
        if (command.Subcommands.Count > 0 && parse.Tokens.All(t => t.Type != TokenType.Argument))
            return $"{path}: a command is missing ({string.Join(", ", command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))}); see '{path} --help'";
        var missing = command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && parse.GetResult(a)?.Tokens is null or { Count: 0 });
        if (missing is not null) return $"{path}: {missing.Name} is missing; see '{path} --help'";
        var error = parse.Errors[0];
        if (error.SymbolResult is OptionResult { Option: var named, Tokens: [{ Value: var text }, ..] } && Wanted(named, text) is { } wanted)
            return $"{path}: {named.Name}: '{text}' is not {wanted}";
        return $"{path}: {OneLine(error.Message)}";
    }

    /// <summary>A message whose line breaks are gone: scripts and people read the first line only.</summary>
    public static string OneLine(string message) =>
        string.Join(' ', message.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    /// <summary>The same, but a table stays one: lines that begin with two spaces follow, as they are.</summary>
    public static string WithTable(string message)
    {
        var rows = message.Split('\n').Select(line => line.TrimEnd('\r')).ToLookup(line => line.StartsWith("  ", StringComparison.Ordinal));
        return string.Join('\n', [OneLine(string.Join('\n', rows[false])), .. rows[true]]);
    }

    /// <summary>What a value should have been; null when the text fits the option's type.</summary>
    private static string? Wanted(Option option, string text)
    {
        if ((Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType) != typeof(int)) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "a whole number";
    }

    private static IEnumerable<Option> Options(CommandResult? result)
    {
        for (var own = true; result is not null; result = result.Parent as CommandResult, own = false)
            foreach (var option in result.Command.Options.Where(o => own || o.Recursive)) yield return option;
    }

    private static string FullName(CommandResult result) =>
        result.Parent is CommandResult parent ? FullName(parent) + " " + result.Command.Name : "e2v";
}
