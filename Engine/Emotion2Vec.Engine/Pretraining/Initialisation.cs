using Emotion2Vec.Engine.Upstreams;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Engine.Pretraining;

/// <summary>
/// Initial values of a cold start, as the reference draws them, from a seed of their own: linear layers N(0, 0.02²) with bias
/// 0, the extractor's convolutions by He et al. (2015), the projections around the encoder and all other convolutions
/// uniform in ±1/√inputs, norms 1 and 0, ALiBi scales 1.
/// </summary>
public static class Initialisation
{
    public static void ColdStart(Data2Vec2Audio model, ulong seed) => Fill(model, seed, (name, parameter, generator) => name switch
    {
        _ when name.EndsWith("alibi_scale", StringComparison.Ordinal) => parameter.fill_(1),
        // The first utterance token starts at zero, the others N(0, 1).
        _ when name.EndsWith("extra_tokens", StringComparison.Ordinal) => FirstZero(parameter.normal_(0, 1, generator)),
        _ when name.Contains("project_features.2.", StringComparison.Ordinal) || name.Contains("decoder.proj.", StringComparison.Ordinal) => null,
        _ when name.Contains(".qkv.", StringComparison.Ordinal) || name.Contains(".proj.", StringComparison.Ordinal) || name.Contains(".fc", StringComparison.Ordinal) => Bert(name, parameter, generator),
        _ => null,
    });

    public static void ColdStart(Data2Vec1Audio model, ulong seed) => Fill(model, seed, (name, parameter, generator) => name switch
    {
        "mask_emb" => parameter.uniform_(0, 1, generator),
        "encoder.extra_tokens" => FirstZero(parameter.normal_(0, 1, generator)),
        _ when name.Contains("_attn.", StringComparison.Ordinal) || name.Contains(".fc", StringComparison.Ordinal) => Bert(name, parameter, generator),
        _ => null,
    });

    /// <param name="special">Fills a parameter that has a rule of its own; null leaves it to the rules of its kind.</param>
    private static void Fill(nn.Module model, ulong seed, Func<string, Parameter, Generator, Tensor?> special)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var parameters = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        foreach (var (name, parameter) in parameters)
        {
            if (special(name, parameter, generator) is not null) continue;
            var isBias = name.EndsWith(".bias", StringComparison.Ordinal);
            var weight = isBias ? parameters[name[..^"bias".Length] + "weight"] : parameter;
            var inputs = weight.shape.Skip(1).Aggregate(1L, (product, n) => product * n);
            if (weight.ndim == 1) parameter.fill_(isBias ? 0 : 1); // a norm
            else if (name.Contains("conv_layers.", StringComparison.Ordinal)) parameter.normal_(0, Math.Sqrt(2.0 / inputs), generator);
            else parameter.uniform_(-1 / Math.Sqrt(inputs), 1 / Math.Sqrt(inputs), generator);
        }
    }

    private static Tensor Bert(string name, Parameter parameter, Generator generator) =>
        name.EndsWith(".bias", StringComparison.Ordinal) ? parameter.zero_() : parameter.normal_(0, 0.02, generator);

    private static Tensor FirstZero(Tensor tokens)
    {
        tokens.select(1, 0).zero_();
        return tokens;
    }
}
