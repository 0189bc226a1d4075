using System.Globalization;

namespace Emotion2Vec.Corpora.Grids;

/// <summary>Takes values out of a YAML tree; what does not fit is refused with file and line.</summary>
internal sealed class GridReader(string file)
{
    private const int LongestText = 1000;

    public InputException Wrong(YamlNode at, string reason, Exception? inner = null) => new($"{file}:{at.Line}: {reason}", inner);

    public YamlNode? Find(YamlMap map, string key) => map.Entries.FirstOrDefault(e => e.Key.Text == key).Value;

    public void CheckKeys(YamlMap map, string what, IEnumerable<string> allowed)
    {
        var names = allowed.ToArray();
        foreach (var (key, _) in map.Entries)
            if (!names.Contains(key.Text)) throw Wrong(key, $"unknown key '{key.Text}'{Nearest.Hint(key.Text, names)}; {what} has {string.Join(", ", names)}");
    }

    /// <summary>The items of a list that is not empty.</summary>
    public IReadOnlyList<YamlNode> Items(YamlNode node, string what)
    {
        if (node is not YamlList list) throw Wrong(node, $"'{what}' must be a list, such as [a, b]");
        return list.Items.Count > 0 ? list.Items : throw Wrong(node, $"'{what}' is empty");
    }

    public string Text(YamlNode node, string what)
    {
        if (node is not YamlScalar scalar || string.IsNullOrWhiteSpace(scalar.Text)) throw Wrong(node, $"{what} must be a text");
        if (scalar.Text.Length > LongestText || scalar.Text.Any(char.IsControl)) throw Wrong(node, $"{what} must be one line of at most {LongestText} characters");
        return scalar.Text;
    }

    public int Whole(YamlNode node, string what, int least, int most) =>
        node is YamlScalar { Plain: true } scalar && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value : throw Wrong(node, string.Create(CultureInfo.InvariantCulture, $"{what} must be a whole number from {least} to {most}{Instead(node)}"));

    public double Number(YamlNode node, string what) =>
        node is YamlScalar { Plain: true } scalar && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0 && double.IsFinite(value)
            ? value : throw Wrong(node, $"{what} must be a number of at least 0{Instead(node)}");

    public bool Truth(YamlNode node, string what) => node is YamlScalar { Plain: true, Text: "true" or "false" } scalar
        ? scalar.Text == "true" : throw Wrong(node, $"{what} must be true or false{Instead(node)}");

    /// <summary>Runs a check that knows nothing of files, and tells where its complaint belongs.</summary>
    public string Checked(YamlNode at, string value, Action<string> check)
    {
        try
        {
            check(value);
            return value;
        }
        catch (InputException e)
        {
            throw Wrong(at, e.Message, e);
        }
    }

    private static string Instead(YamlNode node) => node is YamlScalar { Text.Length: < 40 } scalar && !scalar.Text.Any(char.IsControl) ? $", not '{scalar.Text}'" : "";
}
