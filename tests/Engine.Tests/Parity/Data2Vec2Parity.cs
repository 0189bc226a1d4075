using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>data2vec 2.0 audio and emotion2vec.</summary>
internal static class Data2Vec2Parity
{
    internal static void Check(ParityFixture fixture, Comparison comparison)
    {
        var sizes = Sizes(fixture);
        CheckInference(fixture, comparison, sizes);
        if (fixture.First("source", "pretrain.source") is { } source) CheckPretraining(fixture, comparison, sizes, fixture.Load(source));
    }

    /// <summary>From the shapes that the fixture knows, else its config, else the base model's.</summary>
    internal static Data2Vec2Sizes Sizes(ParityFixture fixture)
    {
        const string audio = "modality_encoders.AUDIO.";
        var shapes = fixture.ParameterShapes();
        var standard = Data2Vec2Sizes.Base;
        var width = From("blocks.0.norm1.weight", 0) ?? fixture.Setting("embed", standard.Width);
        var channels = From(audio + "local_encoder.conv_layers.0.0.weight", 0) ?? fixture.Setting("dim", 512);
        var positional = shapes.GetValueOrDefault(audio + "relative_positional_encoder.1.0.weight");
        var decoder = shapes.GetValueOrDefault(audio + "decoder.blocks.0.0.weight");
        var groups = fixture.Setting("groups", 16);
        return standard with
        {
            Width = width,
            Extractor = ConvolutionalExtractor.Standard(channels),
            Heads = From(audio + "alibi_scale", 2) ?? fixture.Setting("heads", standard.Heads),
            Depth = Count(@"^blocks\.(\d+)\.") ?? fixture.Setting("depth", standard.Depth),
            Prenet = Count(@"^modality_encoders\.AUDIO\.context_encoder\.blocks\.(\d+)\.") ?? fixture.Setting("prenet", standard.Prenet),
            UtteranceTokens = shapes.Count > 0 && fixture.ListsParameters ? From(audio + "extra_tokens", 1) ?? 0 : From(audio + "extra_tokens", 1) ?? fixture.Setting("extra", 0),
            FeedForwardRatio = From("blocks.0.mlp.fc1.weight", 0) is { } inner ? inner / width : standard.FeedForwardRatio,
            PositionalDepth = Count(@"^modality_encoders\.AUDIO\.relative_positional_encoder\.(\d+)\.", first: 1) ?? standard.PositionalDepth,
            PositionalKernel = positional is null ? standard.PositionalKernel : (int)positional[2],
            PositionalGroups = positional is null ? 16 : width / (int)positional[1],
            DecoderDepth = Count(@"^modality_encoders\.AUDIO\.decoder\.blocks\.(\d+)\.") ?? fixture.Setting("layers", standard.DecoderDepth),
            DecoderChannels = decoder is null ? fixture.Setting("dec", standard.DecoderChannels) : (int)decoder[0],
            DecoderKernel = decoder is null ? standard.DecoderKernel : (int)decoder[2],
            DecoderGroups = decoder is null ? groups : width / (int)decoder[1],
            NormEpsilon = fixture.Setting("norm_eps") ?? standard.NormEpsilon,
        };

        int? From(string name, int dimension) => shapes.TryGetValue(name, out var shape) ? (int)shape[dimension] : null;

        int? Count(string pattern, int first = 0)
        {
            var numbers = shapes.Keys.Select(name => Regex.Match(name, pattern)).Where(m => m.Success).Select(m => int.Parse(m.Groups[1].Value)).ToList();
            return numbers.Count > 0 && fixture.ListsParameters ? numbers.Max() + 1 - first : null;
        }
    }

    private static void CheckInference(ParityFixture fixture, Comparison comparison, Data2Vec2Sizes sizes)
    {
        if (fixture.First("wave_norm", "wave_raw", "in_single", "in", "wave", "batch_in", "in_batch") is null) return;
        var hasDecoder = fixture.ParameterShapes().Keys.Any(name => name.Contains(".decoder.", StringComparison.Ordinal));
        using var model = new Data2Vec2Audio(sizes, hasDecoder ? Data2Vec2Role.Student : Data2Vec2Role.Features);
        model.eval();
        Inference.CheckNames(model, fixture);
        Inference.Fill(model, fixture);
        using var _ = no_grad();
        Inference.Check(fixture, comparison, sizes.Width >= 512 ? 1e-4 : 5e-5, (waveforms, valid, see) =>
        {
            var outputs = model.Forward(waveforms, valid, (stage, value) => see(stage, value));
            see("final_x", outputs.Frames(outputs.Last));
            see("final_with_extra", outputs.Last);
            if (valid.Length > 0) see("final_padding_mask", Inference.Padding(model.Frames(valid), outputs.Frames(outputs.Last).shape[1]));
        });
        if (!fixture.Has("out64.final_x") || fixture.First("wave_norm", "in_single") is not { } input) return;
        var wide = model.to(ScalarType.Float64).Forward(fixture.Load(input).to(ScalarType.Float64).view(1, -1));
        // The reference's layer norms of the convolutions compute in single precision in this run too.
        comparison.Close("final features in double precision", "out64.final_x", wide.Frames(wide.Last), fixture.Load("out64.final_x"), 5e-6);
    }

    private static void CheckPretraining(ParityFixture fixture, Comparison comparison, Data2Vec2Sizes sizes, Tensor source)
    {
        using var student = new Data2Vec2Audio(sizes, Data2Vec2Role.Student);
        using var teacher = new Data2Vec2Audio(sizes, Data2Vec2Role.Teacher);
        Inference.Fill(student, fixture);
        var average = new EmaTeacher(student, teacher);
        average.Copy();
        var pretraining = new Data2Vec2Pretraining(student, teacher, Objective(fixture, sizes));
        var parity = new PretrainingParity(fixture, comparison, student, teacher, average);
        parity.Run((step, mask, see) =>
        {
            var shape = new long[] { mask.Rows, mask.Frames - mask.Order().Kept, sizes.Width };
            var noise = fixture.First($"noise{step}", $"step{step}.noise") is { } given ? fixture.Load(given) : null;
            var made = ReferenceGenerator.Tensor($"noise.step{step}", shape, fixture.Setting("mask_noise_std") ?? 0.01, 0);
            if (noise is not null) comparison.Close("noise", $"noise of step {step}", made, noise, 0);
            return pretraining.Forward(source, mask, noise ?? made, (stage, value) => see(stage, value));
        }, stage => Regex.Replace(stage, @"^(teacher_block\d+_ffn)_target$", "$1"));
    }

    private static Data2Vec2Objective Objective(ParityFixture fixture, Data2Vec2Sizes sizes) => new()
    {
        Clones = fixture.Setting("clone") is { } clones ? (int)clones : fixture.Setting("clone_batch", 8),
        TopLayers = fixture.Setting("topk", fixture.Setting("average_top_k_layers", sizes.Depth)),
        Norms = new TargetNorms(LayerNormTargets: fixture.Flag("layer_norm_targets")),
        Utterance = fixture.Text("cls_type") switch
        {
            "token" => UtteranceLoss.Token,
            "chunk" => UtteranceLoss.Chunk,
            "global" => UtteranceLoss.Global,
            "single" => UtteranceLoss.Single,
            null when fixture.Setting("cls") is > 0 => UtteranceLoss.Single,
            null or "none" => UtteranceLoss.None,
            var other => throw new InvalidDataException($"{fixture.Case}: unknown cls_type '{other}'"),
        },
        UtteranceTarget = fixture.Text("utt_target") switch
        {
            null or "normalized" => UtteranceTarget.Normalized,
            "raw_ffn" => UtteranceTarget.RawFfn,
            "raw_block" => UtteranceTarget.RawBlock,
            "layer_norm" => UtteranceTarget.LayerNorm,
            var other => throw new InvalidDataException($"{fixture.Case}: unknown utt_target '{other}'"),
        },
        UtteranceWeight = fixture.Setting("cls") ?? 1,
    };
}
