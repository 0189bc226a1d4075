using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// A teacher as the exponential moving average of a student (Eq. 5): of every parameter that both have under the same name.
/// What the teacher lacks (extractor, projection, decoder) it never uses: it reads the student's local features.
/// </summary>
public sealed class EmaTeacher
{
    private readonly List<(Parameter Teacher, Parameter Student, bool Copied)> pairs = [];

    /// <param name="copied">Names of parameters that are copied instead of averaged; none by default.</param>
    /// <exception cref="ArgumentException">The teacher has a parameter that the student lacks.</exception>
    public EmaTeacher(nn.Module student, nn.Module teacher, Func<string, bool>? copied = null)
    {
        var own = student.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in teacher.named_parameters())
        {
            if (!own.TryGetValue(name, out var source)) throw new ArgumentException($"the student has no parameter '{name}'", nameof(student));
            parameter.requires_grad_(false);
            pairs.Add((parameter, source, copied?.Invoke(name) ?? false));
        }
        teacher.eval();
    }

    /// <summary>Makes the teacher equal to the student, as at the start of a run.</summary>
    public void Copy()
    {
        using var _ = no_grad();
        foreach (var (teacher, student, _) in pairs) teacher.copy_(student).Dispose();
    }

    /// <summary>teacher ← decay · teacher + (1 − decay) · student, after every update of the student.</summary>
    public void Update(double decay)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (teacher, student, copied) in pairs)
        {
            if (copied || !student.requires_grad) teacher.copy_(student);
            else teacher.mul_(decay.ToScalar()).add_(student, 1 - decay);
        }
    }
}
