using System;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>
            /// Converts and moves parameters, their gradients and buffers; only floating-point ones change their type.
            /// The objects stay the same ones.
            /// </summary>
            internal void Place(ScalarType? dtype, Device? device)
            {
                if (dtype is { } type && !IsFloating(type) && !IsComplexType(type))
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={type}");
                if (device is not null) InitializeDeviceType(device.type);
                using var _ = no_grad();
                foreach (var parameter in parameters_.Values)
                {
                    using var gradient = parameter.grad;
                    var needed = parameter.requires_grad;
                    if (!Move(parameter, dtype, device)) continue;
                    parameter.requires_grad_(needed);
                    if (gradient is null) continue;
                    Move(gradient, dtype, device);
                    parameter.grad = gradient;
                }
                foreach (var (tensor, _) in registered.Values) Move(tensor, dtype, device);
                foreach (var module in submodules.Values) module.Place(dtype, device);
            }

            private static bool Move(Tensor tensor, ScalarType? dtype, Device? device)
            {
                var own = tensor.dtype;
                var type = dtype is { } wanted && (IsFloating(own) || IsComplexType(own)) ? wanted : own;
                var place = device ?? tensor.device;
                if (type == own && place.Same(tensor.device)) return false;
                using var moved = tensor.to(type, place);
                tensor.Replace(moved);
                return true;
            }
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, type, null);
    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, type, device);
    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, null, new torch.Device(deviceType, deviceIndex));
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, null, device);
    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, null, new torch.Device(device));
    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, other.dtype, other.device);
    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, null, torch.CPU);
    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, null, new torch.Device(DeviceType.CUDA, deviceIndex));
    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, torch.ScalarType.Float16, null);
    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, torch.ScalarType.BFloat16, null);
    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, torch.ScalarType.Float32, null);
    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Placed(module, torch.ScalarType.Float64, null);

    private static T Placed<T>(T module, torch.ScalarType? type, torch.Device? device) where T : torch.nn.Module
    {
        module.Place(type, device);
        return module;
    }
}
