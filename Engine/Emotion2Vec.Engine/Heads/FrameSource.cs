using System.Runtime.InteropServices;
using Emotion2Vec.Engine.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Frames of one utterance at a time: where the file is mapped, or copied into one buffer as a tensor. A process holds no
/// features beyond that buffer; memory-mapped pages are shared by all workers of a machine.
/// </summary>
internal sealed class FrameSource : IDisposable
{
    private readonly FeatureFile file;
    private readonly Device device;
    private Tensor? buffer; // longest utterance × (layers × dimension), on the processor

    public FrameSource(FeatureFile file, Device device)
    {
        (this.file, this.device) = (file, device);
        Row = file.Layers * file.Dimension;
    }

    public Device Device => device;

    public int Layers => file.Layers;

    /// <summary>Values per frame and layer.</summary>
    public int Dimension => file.Dimension;

    /// <summary>Values per frame: layers × dimension.</summary>
    public int Row { get; }

    public int FrameCount(int utterance) => file.FrameCount(utterance);

    /// <summary>Where they lie.</summary>
    public ReadOnlySpan<float> Span(int utterance) => file[utterance];

    /// <summary>Frames × row on the device; valid until the next call.</summary>
    public Tensor this[int utterance]
    {
        get
        {
            var values = file[utterance];
            buffer ??= empty(Enumerable.Range(0, file.Utterances).Max(file.FrameCount), Row, float32).DetachFromDisposeScope();
            var tensor = buffer.narrow(0, 0, values.Length / Row);
            values.CopyTo(MemoryMarshal.Cast<byte, float>(tensor.bytes));
            return device.type == DeviceType.CPU ? tensor : tensor.to(device, copy: true);
        }
    }

    public void Dispose() => buffer?.Dispose();
}
