using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>A piece of a YAML file that knows where it stands (lines and columns from 1).</summary>
internal abstract record YamlNode(int Line, int Column);

/// <param name="Text">Without quotes.</param>
/// <param name="Plain">Written without quotes, so it may be a number.</param>
internal sealed record YamlScalar(string Text, bool Plain, int Line, int Column) : YamlNode(Line, Column);

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

internal sealed record YamlMap(IReadOnlyList<(YamlScalar Key, YamlNode Value)> Entries, int Line, int Column) : YamlNode(Line, Column);

/// <summary>
/// Reads YAML from an untrusted text into a tree: one document, no type tags, a key at most once. An alias stands for the
/// finished node of its anchor, so a tree has no cycles; nodes count as often as aliases repeat them, and more than
/// <see cref="MostNodes"/> are refused, as is deeper nesting than <see cref="Deepest"/>.
/// </summary>
internal sealed class YamlTree
{
    private const int MostNodes = 20_000;
    private const int Deepest = 16;

    private readonly string _file;
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private readonly Dictionary<string, (YamlNode Node, int Size)> _anchors = new(StringComparer.Ordinal);
    private int _nodes;

    private YamlTree(string yaml, string file)
    {
        _file = file;
        _scanner = new Scanner(new StringReader(yaml));
        _parser = new Parser(_scanner);
    }

    /// <exception cref="InputException">Not such a YAML text: file, line, column and the reason.</exception>
    public static YamlNode Read(string yaml, string file) => new YamlTree(yaml, file).ReadDocument();

    private YamlNode ReadDocument()
    {
        Next(); // stream start
        if (Next() is not DocumentStart) throw new InputException($"{_file}: the file is empty");
        var root = ReadNode(Next(), 1);
        Next(); // document end
        return Next() is { } more and not StreamEnd ? throw Wrong(more.Start, "a second document begins here; a grid is one document") : root;
    }

    private YamlNode ReadNode(ParsingEvent at, int depth)
    {
        if (depth > Deepest) throw Wrong(at.Start, $"more than {Deepest} levels of nesting");
        if (at is AnchorAlias alias)
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out var known)) throw Wrong(at.Start, $"the alias *{alias.Value} has no finished anchor before it");
            Count(known.Size, at);
            return known.Node;
        }
        if (at is not NodeEvent node) throw Wrong(at.Start, "a value is missing");
        if (!node.Tag.IsEmpty) throw Wrong(at.Start, $"the type tag {node.Tag} is not allowed");
        var before = _nodes;
        Count(1, at);
        YamlNode read = node switch
        {
            Scalar scalar => new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, Line(at), Column(at)),
            SequenceStart => ReadList(at, depth),
            _ => ReadMap(at, depth),
        };
        if (!node.Anchor.IsEmpty) _anchors[node.Anchor.Value] = (read, _nodes - before);
        return read;
    }

    private YamlList ReadList(ParsingEvent at, int depth)
    {
        var items = new List<YamlNode>();
        for (var next = Next(); next is not SequenceEnd; next = Next()) items.Add(ReadNode(next, depth + 1));
        return new YamlList(items, Line(at), Column(at));
    }

    private YamlMap ReadMap(ParsingEvent at, int depth)
    {
        var entries = new List<(YamlScalar, YamlNode)>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var next = Next(); next is not MappingEnd; next = Next())
        {
            if (ReadNode(next, depth + 1) is not YamlScalar key) throw Wrong(next.Start, "a key must be a plain name");
            if (!keys.Add(key.Text)) throw Wrong(next.Start, $"the key '{key.Text}' is there twice");
            entries.Add((key, ReadNode(Next(), depth + 1)));
        }
        return new YamlMap(entries, Line(at), Column(at));
    }

    private ParsingEvent Next()
    {
        try
        {
            if (_parser.MoveNext()) return _parser.Current!;
        }
        catch (YamlException e)
        {
            throw Wrong(e.Start, $"malformed YAML: {OneLine(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // YamlDotNet has this for an unclosed bracket that is followed by a key.
            throw Wrong(_scanner.CurrentPosition, "malformed YAML: unexpected text here; is a bracket or quote before it not closed?", e);
        }
        throw Wrong(_scanner.CurrentPosition, "malformed YAML: unexpected end of the file");
    }

    private void Count(int nodes, ParsingEvent at)
    {
        _nodes += nodes;
        if (_nodes > MostNodes) throw Wrong(at.Start, $"more than {MostNodes} values, counting every use of an alias");
    }

    private InputException Wrong(Mark mark, string reason, Exception? inner = null) => new($"{_file}:{mark.Line}:{mark.Column}: {reason}", inner);

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.');

    private static int Line(ParsingEvent at) => (int)at.Start.Line;

    private static int Column(ParsingEvent at) => (int)at.Start.Column;
}
