using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void A_linear_model_learns()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var model = nn.Linear(3, 1);
        var x = randn(64, 3);
        var y = x.matmul(tensor(new float[] { 1, -2, 3 }).unsqueeze(1)) + 0.5f;
        using var optimizer = optim.Adam(model.parameters(), lr: 0.1);
        for (var i = 0; i < 300; i++)
        {
            optimizer.zero_grad();
            var loss = nn.functional.mse_loss(model.call(x), y);
            loss.backward();
            optimizer.step();
        }
        Assert.Equal([1f, -2f, 3f], model.weight.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal(0.5f, model.bias!.item<float>(), 1e-3f);
    }
}
