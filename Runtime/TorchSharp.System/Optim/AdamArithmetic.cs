using System;
using static TorchSharp.Aten;

namespace TorchSharp.Modules;

/// <summary>What Adam and AdamW share: a step of Kingma and Ba (2015), algorithm 1, in the order of PyTorch's operations.</summary>
internal static class AdamArithmetic
{
    /// <param name="largest">the largest squares so far where AMSGrad divides by them (Reddi et al., 2018), else null</param>
    /// <param name="steps">how many gradients each parameter has had, this one included</param>
    internal static void Step(Parameter[] parameters, torch.Tensor[] gradients, torch.Tensor[] moments, torch.Tensor[] squares, torch.Tensor[]? largest, long[] steps, double lr, double beta1, double beta2, double eps)
    {
        Run("_foreach_mul_.Scalar", moments, beta1);
        Run("_foreach_add_.List", moments, gradients, 1 - beta1);
        Run("_foreach_mul_.Scalar", squares, beta2);
        Run("_foreach_addcmul_.Scalar", squares, gradients, gradients, 1 - beta2);
        for (var i = 0; i < largest?.Length; i++)
        {
            using var larger = torch.maximum(largest[i], squares[i]);
            Run("copy_", largest[i], larger);
        }

        var roots = OpList("_foreach_sqrt", largest ?? squares);
        Run("_foreach_div_.ScalarList", roots, Array.ConvertAll(steps, step => Math.Sqrt(1 - Math.Pow(beta2, step))));
        Run("_foreach_add_.Scalar", roots, eps);
        Run("_foreach_addcdiv_.ScalarList", parameters, moments, roots,
            Array.ConvertAll(steps, step => -lr / (1 - Math.Pow(beta1, step))));
    }
}
