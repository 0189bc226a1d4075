namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Triangular cycle of the learning rate over epochs and, against it, of the momentum (torch's CyclicLR with
/// step_size_up 10 and cycle_momentum, stepped once per epoch): epoch 0 runs at the lowest rate and momentum 0.9, epoch
/// 10 at the highest rate and 0.8, epoch 20 like epoch 0.
/// </summary>
internal sealed record CyclicSchedule(double LowestRate, double HighestRate)
{
    private const double LowestMomentum = 0.8, HighestMomentum = 0.9;
    private const int Rise = 10;

    public (double LearningRate, double Momentum) At(int epoch)
    {
        var position = epoch % (2 * Rise);
        var height = (position <= Rise ? position : 2 * Rise - position) / (double)Rise;
        return (LowestRate + (HighestRate - LowestRate) * height, HighestMomentum - (HighestMomentum - LowestMomentum) * height);
    }
}
