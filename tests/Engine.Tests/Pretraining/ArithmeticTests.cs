using Emotion2Vec.Corpora.Pretraining;
using Emotion2Vec.Engine.Pretraining;
using Emotion2Vec.Engine.Upstreams;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests;

/// <summary>Schedules, optimizer and objective where no fixture reaches.</summary>
public sealed class ArithmeticTests
{
    private static readonly Data2Vec2Sizes Tiny = Data2Vec2Sizes.Base with
    {
        Extractor = ConvolutionalExtractor.Standard(16), Width = 32, Heads = 2, Prenet = 1, Depth = 2, UtteranceTokens = 3, DecoderChannels = 16, DecoderGroups = 4,
    };

    [Fact]
    public void Tri_stage_rate_rises_holds_and_falls()
    {
        var rate = new TriStageRate(5e-4, 1000);
        Assert.Equal(5e-6, rate.At(0), 12);
        Assert.Equal(5e-4 * (0.01 + 0.99 * 0.5), rate.At(15), 12);
        Assert.Equal(5e-4, rate.At(30), 12);
        Assert.Equal(5e-4, rate.At(929), 12);
        Assert.Equal(5e-4 * 0.1, rate.At(930 + 35), 12);
        Assert.Equal(5e-6, rate.At(1000), 12);
        Assert.Equal(5e-6, rate.At(5000), 12);
    }

    [Fact]
    public void Adam_continues_from_a_saved_state_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        float[] Train(int updates, int stop)
        {
            using var generator = new Generator(1);
            var gradients = randn([updates, 20], generator: generator);
            var parameter = new Parameter(ones(20));
            var optimizer = new FairseqAdam([("p", parameter)]);
            for (var i = 0; i < updates; i++)
            {
                if (i == stop)
                {
                    var next = new FairseqAdam([("p", parameter)]);
                    foreach (var (name, state) in optimizer.States) next.Restore(name, state);
                    optimizer.Dispose();
                    optimizer = next;
                }
                parameter.grad = gradients[i].clone();
                optimizer.Step(1e-2);
            }
            optimizer.Dispose();
            return parameter.data<float>().ToArray();
        }

        Assert.Equal(Train(10, -1), Train(10, 4));
    }

    [Fact]
    public void Adam_leaves_a_parameter_without_gradient_alone()
    {
        using var scope = NewDisposeScope();
        var (moved, left) = (new Parameter(ones(3)), new Parameter(ones(3)));
        using var optimizer = new FairseqAdam([("moved", moved), ("left", left)]);
        moved.grad = ones(3);
        optimizer.Step(0.1);
        Assert.Equal([1f, 1f, 1f], left.data<float>().ToArray());
        Assert.Equal(["moved"], optimizer.States.Keys);
        // First step: the averages' corrections cancel, which leaves lr·(decay + sign of the gradient).
        Assert.Equal(1 - 0.1 * 0.01 - 0.1, moved.data<float>()[0], 5);
    }

    [Theory]
    [InlineData(UtteranceLoss.Token)]
    [InlineData(UtteranceLoss.Chunk)]
    [InlineData(UtteranceLoss.Single)]
    [InlineData(UtteranceLoss.Global)]
    public void Every_utterance_target_but_the_normalised_one_is_not_zero(UtteranceLoss loss)
    {
        using var scope = NewDisposeScope();
        var largest = Enum.GetValues<UtteranceTarget>().ToDictionary(target => target, target =>
        {
            double value = 0;
            var losses = Run(new Data2Vec2Objective { Clones = 2, TopLayers = 2, Utterance = loss, UtteranceTarget = target }, train: false,
                (stage, tensor) => value = stage == "cls_target" ? tensor.abs().max().ToDouble() : value);
            Assert.True(losses.Utterance > 0 && double.IsFinite(losses.Loss));
            return value;
        });
        Assert.InRange(largest[UtteranceTarget.Normalized], 0, 1e-5);
        foreach (var (target, value) in largest)
            if (target != UtteranceTarget.Normalized) Assert.True(value > 1e-3, $"{target}: {value}");
    }

    /// <summary>Eq. 10: the weight multiplies the utterance loss and nothing else.</summary>
    [Fact]
    public void Alpha_scales_the_utterance_loss_alone()
    {
        using var scope = NewDisposeScope();
        var objective = new Data2Vec2Objective { Clones = 2, TopLayers = 2, UtteranceTarget = UtteranceTarget.RawFfn };
        var one = Run(objective, train: false);
        var tenth = Run(objective with { UtteranceWeight = 0.1 }, train: false);
        Assert.Equal(one.Frame, tenth.Frame, 6);
        Assert.Equal(one.Utterance / 10, tenth.Utterance, 3);
        Assert.Equal(0, Run(objective with { Utterance = UtteranceLoss.None }, train: false).Utterance);
    }

    [Fact]
    public void Utterance_loss_on_tokens_needs_tokens()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<InvalidOperationException>(() => Run(new Data2Vec2Objective { Clones = 2, TopLayers = 2 }, train: false, sizes: Tiny with { UtteranceTokens = 0 }));
        Assert.Contains("tokens", error.Message, StringComparison.Ordinal);
    }

    /// <summary>With dropout and left-out blocks: the same generator states give the same gradients, and every part learns.</summary>
    [Fact]
    public void Training_mode_is_repeatable()
    {
        using var scope = NewDisposeScope();
        var objective = new Data2Vec2Objective { Clones = 2, TopLayers = 2 };
        var first = Run(objective, train: true);
        var second = Run(objective, train: true);
        Assert.Equal(first.Frame, second.Frame);
        Assert.Equal(first.Utterance, second.Utterance);
        Assert.NotEqual(Run(objective, train: false).Frame, first.Frame);
    }

    /// <summary>Checked on sizes where they differ from one another.</summary>
    [Fact]
    public void Cold_start_draws_each_kind_by_its_rule_and_seed()
    {
        using var scope = NewDisposeScope();
        var sizes = Tiny with { Width = 128, Extractor = ConvolutionalExtractor.Standard(64) };
        using var model = new Data2Vec2Audio(sizes, Data2Vec2Role.Student);
        Initialisation.ColdStart(model, 1);
        var p = model.state_dict();
        const string audio = "modality_encoders.AUDIO.";
        Assert.Equal(0.02, Deviation("blocks.1.mlp.fc1.weight"), 3);
        Assert.Equal(Math.Sqrt(2.0 / 192), Deviation(audio + "local_encoder.conv_layers.1.0.weight"), 2);
        Assert.Equal(1 / Math.Sqrt(3 * 64), Deviation(audio + "project_features.2.weight"), 2);
        Assert.Equal(1 / Math.Sqrt(3 * 8 * 19), Deviation(audio + "relative_positional_encoder.5.0.weight"), 3);
        Assert.True(Deviation(audio + "decoder.proj.bias") > 0.05);
        Assert.Equal(0, p[audio + "extra_tokens"].select(1, 0).abs().max().ToDouble());
        Assert.Equal(1, Deviation(audio + "extra_tokens") * Math.Sqrt(3.0 / 2), 1);
        Assert.Equal(0, Deviation("blocks.0.attn.qkv.bias"));
        Assert.Equal(1, p["blocks.0.norm1.weight"].mean().ToDouble());

        using var other = new Data2Vec2Audio(sizes, Data2Vec2Role.Student);
        Initialisation.ColdStart(other, 1);
        Assert.True(other.state_dict().All(e => e.Value.allclose(p[e.Key], 0, 0)));
        Initialisation.ColdStart(other, 2);
        Assert.False(other.state_dict()["blocks.0.attn.qkv.weight"].allclose(p["blocks.0.attn.qkv.weight"]));

        double Deviation(string name) => p[name].std(false).ToDouble();
    }

    /// <summary>An utterance of a batch without padding has the features that it has alone.</summary>
    [Fact]
    public void Features_do_not_depend_on_neighbours()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var model = new Data2Vec2Audio(Tiny);
        Initialisation.ColdStart(model, 1);
        model.eval();
        var batch = Speech(3);
        var together = model.Forward(batch);
        for (var i = 0; i < 3; i++)
        {
            var alone = model.Forward(batch.narrow(0, i, 1));
            Assert.True(alone.Last.allclose(together.Last.narrow(0, i, 1), 1e-4, 1e-5));
            Assert.Equal(3, alone.Layers.Count);
        }
    }

    private static Tensor Speech(int utterances)
    {
        using var generator = new Generator(7);
        return nn.functional.layer_norm(randn([utterances, 8000], generator: generator), [8000]);
    }

    private static PretrainingLosses Run(Data2Vec2Objective objective, bool train, StageWatcher? watch = null, Data2Vec2Sizes? sizes = null)
    {
        random.manual_seed(11);
        using var student = new Data2Vec2Audio(sizes ?? Tiny, Data2Vec2Role.Student) { Dropout = new Data2Vec2Dropout(LayerDrop: 0.3) };
        using var teacher = new Data2Vec2Audio(sizes ?? Tiny, Data2Vec2Role.Teacher);
        var draws = new Corpora.Protocols.SplitMix64(5);
        student.BlockDraw = () => Masks.Unit(draws);
        Initialisation.ColdStart(student, 1);
        student.train(train);
        new EmaTeacher(student, teacher).Copy();
        var mask = new MaskOptions().Draw(4, 24, new Corpora.Protocols.SplitMix64(2));
        var losses = new Data2Vec2Pretraining(student, teacher, objective).Forward(Speech(2), mask, watch: watch);
        losses.Total.backward();
        return losses;
    }
}
