using System.Runtime.InteropServices;
using Emotion2Vec.Engine.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Heads;

/// <summary>
/// Frames of one utterance at a time as a tensor. They are copied from the mapped file into one buffer each time: the
/// copy brings them into the cache, where the product with the weights wants them anyway, and a process holds no
/// features at all (measured cost of the copy: about 3 % of an epoch).
/// </summary>
internal sealed class FrameSource : IDisposable
{
    private readonly FeatureFile file;
    private readonly Device device;
    private readonly Tensor buffer; // longest utterance × (layers × dimension), on the processor

    public FrameSource(FeatureFile file, Device device)
    {
        (this.file, this.device) = (file, device);
        Row = file.Layers * file.Dimension;
        var longest = Enumerable.Range(0, file.Utterances).Max(file.FrameCount);
        buffer = empty(longest, Row, float32).DetachFromDisposeScope();
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
            var tensor = buffer.narrow(0, 0, values.Length / Row);
            values.CopyTo(MemoryMarshal.Cast<byte, float>(tensor.bytes));
            return device.type == DeviceType.CPU ? tensor : tensor.to(device, copy: true);
        }
    }

    public void Dispose() => buffer.Dispose();
}
