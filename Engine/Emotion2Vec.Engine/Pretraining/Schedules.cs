namespace Emotion2Vec.Engine.Pretraining;

/// <summary>Learning rate as a function of the updates already made.</summary>
public interface ILearningRate
{
    /// <param name="updates">Updates completed, from 0: the rate is that of the next one.</param>
    double At(long updates);
}

/// <summary>
/// Linear warm-up from 0, then half a cosine down to 0 at <paramref name="MaxUpdates"/>; after that the period starts again
/// from a tenth of the peak.
/// </summary>
/// <param name="Peak">Rate after the warm-up.</param>
/// <param name="WarmUp">Updates of the warm-up; the first update has rate 0 where there are any.</param>
/// <param name="MaxUpdates">Updates in all.</param>
public sealed record CosineRate(double Peak, long WarmUp, long MaxUpdates) : ILearningRate
{
    public double At(long updates)
    {
        if (updates < WarmUp) return Peak * updates / WarmUp;
        var (turn, position) = Math.DivRem(updates - WarmUp, MaxUpdates - WarmUp);
        return 0.5 * Peak * Math.Pow(0.1, turn) * (1 + Math.Cos(Math.PI * position / (MaxUpdates - WarmUp)));
    }
}

/// <summary>Linear rise from a small rate, constant, exponential fall: the schedule of data2vec 1.0.</summary>
/// <param name="Peak">Rate between rise and fall.</param>
/// <param name="MaxUpdates">Updates in all.</param>
/// <param name="Rise">Share of the updates that rise.</param>
/// <param name="Hold">Share that stay at the peak.</param>
/// <param name="Fall">Share that fall; afterwards the last rate stays.</param>
/// <param name="First">First rate as a share of the peak.</param>
/// <param name="Last">Last rate as a share of the peak.</param>
public sealed record TriStageRate(
    double Peak, long MaxUpdates, double Rise = 0.03, double Hold = 0.9, double Fall = 0.07, double First = 0.01, double Last = 0.01) : ILearningRate
{
    public double At(long updates)
    {
        var (rise, hold, fall) = ((long)(MaxUpdates * Rise), (long)(MaxUpdates * Hold), (long)(MaxUpdates * Fall));
        if (updates < rise) return Peak * (First + (1 - First) * updates / rise);
        updates -= rise;
        if (updates < hold) return Peak;
        updates -= hold;
        return updates <= fall && fall > 0 ? Peak * Math.Exp(Math.Log(Last) * updates / fall) : Peak * Last;
    }
}

/// <summary>
/// The teacher's decay τ (Eq. 5 and 11): linear from <paramref name="Start"/> to <paramref name="End"/> over the first
/// <paramref name="Anneal"/> updates, then constant. In emotion2vec's own run that is the first fifth.
/// </summary>
public sealed record TeacherDecay(double Start = 0.999, double End = 0.99999, long Anneal = 20_000)
{
    /// <param name="updates">Updates completed, the one just made included.</param>
    public double At(long updates) => updates >= Anneal ? End : End - (End - Start) * (1 - (double)updates / Anneal);
}
