using System.Runtime.InteropServices;

namespace Emotion2Vec.Engine.Heads;

/// <summary>Zeroed float32 memory that begins at a cache line; grows, losing its content.</summary>
internal sealed unsafe class AlignedFloats(int length) : IDisposable
{
    private int capacity = length;

    public float* Pointer { get; private set; } = Allocate(length);

    public Span<float> Span => new(Pointer, capacity);

    public void Ensure(int length)
    {
        if (length <= capacity) return;
        Dispose();
        Pointer = Allocate(length);
        capacity = length;
    }

    private static float* Allocate(int length)
    {
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);
        new Span<float>(memory, length).Clear();
        return memory;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
