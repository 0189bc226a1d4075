namespace Emotion2Vec.Silo.Results;

/// <summary>Text as Markdown prints it.</summary>
public static class MarkdownText
{
    /// <summary>A cell of a table, with what would end it or make it emphasis written out.</summary>
    public static string Cell(string text) => text.Replace("|", "\\|").Replace("*", "\\*");
}
