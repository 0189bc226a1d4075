using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// The part of the linear head that sees every frame, and nearly all of its work: pooled(u) = Σ_t relu(W x(u,t) + b) / T(u)
/// for each utterance u of a batch, and the gradient of W (H × D) and b (H). Frames need no gradient. With a(u,t) the 0/1
/// vector of active units and g(u) = ∂L/∂pooled(u):
/// <code>
/// ∂L/∂W = Σ_u Σ_t (a(u,t) ∘ g(u) / T(u)) x(u,t)ᵀ        ∂L/∂b = Σ_u Σ_t a(u,t) ∘ g(u) / T(u)
/// </code>
/// </summary>
internal abstract class FramePooling : IDisposable
{
    /// <summary>The fastest way there is on the device of the frames.</summary>
    public static FramePooling Create(FrameSource frames, int hidden) =>
        frames.Device.type == DeviceType.CPU && Vector512.IsHardwareAccelerated ? new VectorPooling(frames, hidden) : new TorchPooling(frames);

    /// <summary>Name of the way that <see cref="Create"/> chooses on the processor, to be recorded: its rounding is its own.</summary>
    public static string ProcessorName => Vector512.IsHardwareAccelerated ? "512-bit vectors" : "torch";

    /// <param name="utterances">The batch; n utterances.</param>
    /// <param name="weight">W, H × D.</param>
    /// <param name="bias">b, H.</param>
    /// <param name="keep">Whether <see cref="Backward"/> follows.</param>
    /// <returns>n × H, in the caller's dispose scope.</returns>
    public abstract Tensor Forward(ReadOnlySpan<int> utterances, Tensor weight, Tensor bias, bool keep);

    /// <summary>Adds to the gradients of the batch of the last <see cref="Forward"/>.</summary>
    /// <param name="g">∂L/∂pooled, n × H.</param>
    /// <param name="weightGradient">H × D, contiguous.</param>
    /// <param name="biasGradient">H.</param>
    public abstract void Backward(Tensor g, Tensor weightGradient, Tensor biasGradient);

    public virtual void Dispose()
    {
    }
}
