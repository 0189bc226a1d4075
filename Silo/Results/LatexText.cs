using System.Text;

namespace Emotion2Vec.Silo.Results;

/// <summary>Text as LaTeX prints it.</summary>
public static class LatexText
{
    /// <summary>The text with everything that LaTeX would take for a command written out.</summary>
    public static string Of(string text)
    {
        var latex = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            latex.Append(c switch
            {
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '\\' => "\\textbackslash{}",
                '|' => "\\textbar{}",
                '<' => "\\textless{}",
                '>' => "\\textgreater{}",
                '·' => "$\\cdot$",
                '±' => "$\\pm$",
                '−' => "$-$",
                '–' => "--",
                'α' => "$\\alpha$",
                '⊕' => "$\\oplus$",
                '✓' => "$\\checkmark$",
                '✗' => "$\\times$",
                _ => c.ToString(),
            });
        }
        return latex.ToString();
    }

    /// <summary>A small paragraph below a table.</summary>
    public static string Small(string text) => $"\\par\\smallskip{{\\scriptsize {Of(text)}\\par}}";
}
