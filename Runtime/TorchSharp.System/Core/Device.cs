using System;
using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA => new(DeviceType.CUDA, 0);

    public static Device device(string description) => new(description);
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);
    public static Device device(int index) => new(index);

    /// <summary>Where a tensor lives: a kind of device, and its number where a machine has several.</summary>
    public class Device
    {
        /// <param name="description">"cpu", "cuda", "cuda:1", …</param>
        public Device(string description)
        {
            var parts = description.Split(':');
            if (parts.Length > 2) throw new ArgumentException($"Invalid device string: '{description}'", nameof(description));
            type = Parse(parts[0]);
            if (parts.Length == 1) index = type == DeviceType.CUDA ? 0 : -1;
            else if (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) index = number;
            else throw new ArgumentException($"Invalid device string: '{description}'", nameof(description));
        }

        public Device(string deviceType, int index = -1) : this(Parse(deviceType), index)
        {
        }

        public Device(DeviceType deviceType, int index = -1) =>
            (type, this.index) = (deviceType, deviceType == DeviceType.CUDA && index < 0 ? 0 : index);

        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }
        public int index { get; }

        public static implicit operator Device(string description) => new(description);

        internal bool Same(Device other) => type == other.type && (type == DeviceType.CPU || index == other.index);

        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return index < 0 || type == DeviceType.CPU ? name : $"{name}:{index}";
        }

        private static DeviceType Parse(string name) => name.ToLowerInvariant() switch
        {
            "cpu" => DeviceType.CPU,
            "cuda" => DeviceType.CUDA,
            "mps" => DeviceType.MPS,
            "meta" => DeviceType.META,
            _ => throw new ArgumentException($"Invalid device string: '{name}'"),
        };
    }

    public static partial class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static unsafe int device_count()
        {
            int count;
            Library.Check(Library.ts_cuda_device_count(&count));
            return count;
        }
    }

    public static bool cuda_is_available() => cuda.is_available();

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType == DeviceType.CUDA && !cuda.is_available())
            throw new InvalidOperationException("Torch device type CUDA did not initialise on the current machine.");
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }
}
