namespace Emotion2Vec.Silo.Results;

/// <summary>Notes below a table: numbered from 1 in the order in which they are needed, equal ones once.</summary>
public sealed class NumberedNotes
{
    private readonly List<string> texts = [];

    /// <summary>The number of a note.</summary>
    public int Of(string text)
    {
        if (!texts.Contains(text)) texts.Add(text);
        return texts.IndexOf(text) + 1;
    }

    /// <summary>All notes so far, by their numbers.</summary>
    public IEnumerable<(int Number, string Text)> All => texts.Select((text, i) => (i + 1, text));
}
