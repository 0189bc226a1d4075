using TorchSharp;

namespace Emotion2Vec.Engine;

/// <summary>Which devices torch can compute on in this process.</summary>
public static class Devices
{
    /// <summary>Why torch cannot compute on a device; null where it can.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda:0</c>, …; the number counts among the GPUs that the process may see.</param>
    public static string? Unusable(string device)
    {
        try
        {
            var wanted = torch.device(device);
            if (wanted.type != DeviceType.CUDA) return null;
            if (!torch.cuda.is_available()) return $"CUDA is not available: torch {torch.__version__} is built without it, or the driver gives it no GPU";
            return wanted.index < torch.cuda.device_count() ? null : $"CUDA has {torch.cuda.device_count()} devices here; there is no {device}";
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }
}
