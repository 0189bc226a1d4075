namespace Emotion2Vec.Silo.Figures;

/// <summary>
/// Colours of pages and figures. Text colours have a contrast of 4.5 and more on the surfaces, marks of 3 and more (WCAG AA). A figure in a page takes
/// the colours of the page's theme; a file has the light ones written into it.
/// </summary>
public static class FigureStyle
{
    /// <summary>Series and classes beyond this many begin anew with the first colour.</summary>
    public const int Series = 10;

    private static readonly (string Name, string Light, string Dark)[] Colours =
    [
        ("page", "#f5f6f9", "#0f131a"), ("surface", "#ffffff", "#171d27"), ("raised", "#eef1f6", "#202836"), ("line", "#d9dee7", "#2e3848"),
        ("ink", "#1a2130", "#e7ebf3"), ("muted", "#566075", "#a3aec2"), ("accent", "#2a56d0", "#8fb2ff"), ("on-accent", "#ffffff", "#0b1220"),
        ("good", "#15753f", "#62d49b"), ("bad", "#bd2c26", "#ff958d"), ("warn", "#825400", "#f2c265"), ("busy", "#2a56d0", "#8fb2ff"),
        ("s0", "#2a56d0", "#8fb2ff"), ("s1", "#c04a12", "#ffa06b"), ("s2", "#15753f", "#62d49b"), ("s3", "#8f36ab", "#dc9af0"), ("s4", "#8a6d00", "#e5cb5a"),
        ("s5", "#0b7c90", "#63d3e6"), ("s6", "#be2159", "#ff8fb3"), ("s7", "#5d6675", "#b3bccb"), ("s8", "#6b4a2b", "#d3ab84"), ("s9", "#4a4fb5", "#b1b4ff"),
    ];

    /// <summary>Custom properties of both themes for a style sheet.</summary>
    public static string Properties { get; } =
        $":root{{color-scheme:light dark;{Of(c => c.Light)}}}\n@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{Of(c => c.Dark)}}}}}\n"
        + $":root[data-theme=light]{{color-scheme:light}}\n:root[data-theme=dark]{{color-scheme:dark;{Of(c => c.Dark)}}}\n";

    /// <summary>Rules for the classes that figures use, with the page's custom properties.</summary>
    public static string ForPages { get; } = Rules(name => $"var(--{name})");

    /// <summary>The same rules with the light colours.</summary>
    public static string ForFiles { get; } = Rules(name => Array.Find(Colours, c => c.Name == name).Light);

    /// <summary>All colours, for the test of their contrast.</summary>
    public static IReadOnlyDictionary<string, (string Light, string Dark)> All => Colours.ToDictionary(c => c.Name, c => (c.Light, c.Dark));

    private static string Of(Func<(string Name, string Light, string Dark), string> theme) => string.Concat(Colours.Select(c => $"--{c.Name}:{theme(c)};"));

    private static string Rules(Func<string, string> colour) => string.Concat(
    [
        $".f-back{{fill:{colour("surface")}}}.f-ink{{fill:{colour("ink")}}}.f-muted{{fill:{colour("muted")}}}.f-raised{{fill:{colour("raised")}}}.f-over{{fill:{colour("surface")}}}\n",
        $".f-grid{{stroke:{colour("line")};stroke-width:1;fill:none}}.f-axis{{stroke:{colour("muted")};stroke-width:1;fill:none}}.f-mark{{stroke:{colour("muted")};stroke-width:1;stroke-dasharray:4 3;fill:none}}\n",
        ".f-line{fill:none;stroke-width:1.75;stroke-linejoin:round}.f-text{font-family:system-ui,\"Segoe UI\",\"DejaVu Sans\",Arial,sans-serif;font-size:12px}.f-small{font-size:11px}.f-title{font-size:13px;font-weight:600}\n",
        $".f-good{{fill:{colour("good")}}}.f-bad{{fill:{colour("bad")}}}.f-busy{{fill:{colour("busy")}}}.f-bar{{stroke:{colour("accent")};stroke-width:2}}.f-dot{{fill:{colour("accent")}}}\n",
        .. Enumerable.Range(0, Series).Select(i => $".f-s{i}{{stroke:{colour($"s{i}")}}}.f-d{i}{{fill:{colour($"s{i}")}}}\n"),
    ]);
}
