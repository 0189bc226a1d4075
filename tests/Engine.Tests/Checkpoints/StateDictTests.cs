using Emotion2Vec.Corpora;
using Emotion2Vec.Engine.Checkpoints;

namespace Emotion2Vec.Tests.Checkpoints;

/// <summary>Names of all origins are led back to fairseq's, and differences are listed.</summary>
public sealed class StateDictTests
{
    [Theory]
    [InlineData("data2vec_base")]
    [InlineData("wav2vec2_base")]
    [InlineData("hubert_base")]
    [InlineData("wavlm_base")]
    [InlineData("wavlm_large")]
    [InlineData("wav2vec2_large")]
    [InlineData("whisper_base")]
    public void HuggingFacesNamesThereAndBack(string name)
    {
        var fairseq = Small(Architectures.Find(name));
        var there = StateDictNames.ToHuggingFace("f", fairseq);
        Assert.DoesNotContain(there, t => name != "whisper_base" && t.Name.Contains("self_attn", StringComparison.Ordinal) || t.Name.Contains("blocks.", StringComparison.Ordinal) || t.Name.Contains("post_extract_proj", StringComparison.Ordinal));
        foreach (var prefix in (string[])["", "model.", "data2vec_audio.", "module.wav2vec2."])
        {
            var back = StateDictNames.ToFairseq("f", [.. there.Select(t => t.Renamed(prefix + t.Name))]);
            Assert.Equal(fairseq.Select(t => t.Name), back.Select(t => t.Name));
        }
    }

    /// <summary>Names as Hugging Face's model classes have them.</summary>
    [Theory]
    [InlineData("feature_projection.projection.weight", "post_extract_proj.weight")]
    [InlineData("feature_projection.layer_norm.bias", "layer_norm.bias")]
    [InlineData("data2vec_audio.encoder.layers.11.attention.out_proj.bias", "encoder.layers.11.self_attn.out_proj.bias")]
    [InlineData("encoder.layers.3.layer_norm.weight", "encoder.layers.3.self_attn_layer_norm.weight")]
    [InlineData("encoder.layers.3.final_layer_norm.weight", "encoder.layers.3.final_layer_norm.weight")]
    [InlineData("encoder.layers.0.feed_forward.intermediate_dense.weight", "encoder.layers.0.fc1.weight")]
    [InlineData("encoder.layers.0.feed_forward.output_dense.bias", "encoder.layers.0.fc2.bias")]
    [InlineData("encoder.pos_conv_embed.layers.4.conv.weight", "encoder.pos_conv.4.0.weight")]
    [InlineData("encoder.pos_conv_embed.conv.weight_g", "encoder.pos_conv.0.weight_g")]
    [InlineData("encoder.pos_conv_embed.conv.parametrizations.weight.original1", "encoder.pos_conv.0.weight_v")]
    [InlineData("wavlm.encoder.layers.5.attention.gru_rel_pos_const", "encoder.layers.5.self_attn.grep_a")]
    [InlineData("encoder.layers.0.attention.rel_attn_embed.weight", "encoder.layers.0.self_attn.relative_attention_bias.weight")]
    [InlineData("masked_spec_embed", "mask_emb")]
    [InlineData("feature_extractor.conv_layers.6.conv.weight", "feature_extractor.conv_layers.6.0.weight")]
    [InlineData("feature_extractor.conv_layers.0.layer_norm.weight", "feature_extractor.conv_layers.0.2.weight")]
    [InlineData("encoder.layer_norm.weight", "encoder.layer_norm.weight")]
    public void OneNameOfHuggingFace(string huggingFace, string fairseq) =>
        Assert.Equal(fairseq, StateDictNames.ToFairseq("f", [Scalar(huggingFace), Scalar("encoder.pos_conv_embed.other")])[0].Name);

    [Theory]
    [InlineData("model.encoder.layers.2.self_attn.k_proj.weight", "blocks.2.attn.key.weight")]
    [InlineData("model.encoder.embed_positions.weight", "positional_embedding")]
    [InlineData("encoder.blocks.2.mlp_ln.bias", "blocks.2.mlp_ln.bias")]
    [InlineData("encoder.layer_norm.weight", "ln_post.weight")]
    [InlineData("decoder.layer_norm.weight", "decoder.ln.weight")]
    [InlineData("model.decoder.layers.1.encoder_attn.k_proj.weight", "decoder.blocks.1.cross_attn.key.weight")]
    [InlineData("decoder.token_embedding.weight", "decoder.token_embedding.weight")]
    public void OneNameOfWhisper(string theirs, string openAi) =>
        Assert.Equal(openAi, StateDictNames.ToFairseq("f", [Scalar(theirs), Scalar("encoder.conv1.weight")])[0].Name);

    [Theory]
    [InlineData("d2v_model.blocks.0.norm1.weight", "blocks.0.norm1.weight")]
    [InlineData("module.model.blocks.0.norm1.weight", "blocks.0.norm1.weight")]
    [InlineData("w2v_encoder.w2v_model.mask_emb", "mask_emb")]
    [InlineData("final_proj.0.weight", "final_proj.weight")]
    [InlineData("proj.weight", "proj.weight")]
    public void WrappersAndOldSpellings(string theirs, string ours) => Assert.Equal(ours, StateDictNames.ToFairseq("f", [Scalar(theirs)])[0].Name);

    [Fact]
    public void TwoNamesThatBecomeOneAreRefused()
    {
        var message = Assert.Throws<InputException>(() => StateDictNames.ToFairseq("a.pt", [Scalar("model.mask_emb"), Scalar("mask_emb")])).Message;
        Assert.Equal("a.pt: tensors model.mask_emb and mask_emb are the same tensor mask_emb", message);
    }

    [Fact]
    public void AllDifferencesAreListedInOneLine()
    {
        CheckpointTensor[] tensors = [Scalar("a"), Zeros("b", 2, 3), Scalar("c"), Scalar("d")];
        TensorSpec[] targets = [new("a", []), new("b", [3, 2]), new("e", [1]), new("f", [2])];
        var message = Assert.Throws<InputException>(() => StateDictLoader.Match("a.pt", tensors, targets)).Message;
        Assert.Equal("a.pt: does not fit the model: 2 missing: e, f; 1 of wrong shape: b (2x3, not 3x2); 2 unexpected: c, d", message);
        var matched = StateDictLoader.Match("a.pt", [Scalar("a"), Scalar("head.x")], [new("a", []), new("tokens", [1])], new MatchRules(["tokens"], ["head."]));
        Assert.Equal(["a"], matched.Select(t => t.Name));
    }

    [Fact]
    public void ManyDifferencesAreFolded()
    {
        var targets = Architectures.Find("data2vec_base").Tensors;
        var difference = StateDictLoader.Compare("f", [], targets, MatchRules.Exact, out _);
        Assert.Equal(targets.Length, difference.Missing.Length);
        Assert.Contains(", encoder.layers.{0-11}.self_attn.k_proj.weight, ", difference.ToString(), StringComparison.Ordinal);
        Assert.Contains(", feature_extractor.conv_layers.{0-6}.2.1.bias, ", difference.ToString(), StringComparison.Ordinal);
        Assert.True(difference.ToString().Length < 2000);
        var gaps = StateDictLoader.Compare("f", [Scalar("encoder.layers.3.fc1.weight")], targets, MatchRules.Exact, out _);
        Assert.Contains(", encoder.layers.{0-2,4-11}.fc1.weight, ", gaps.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AlibiScaleOfFourDimensions()
    {
        var matched = StateDictLoader.Match("f", [Zeros("modality_encoders.AUDIO.alibi_scale", 1, 12, 1, 1)], [new("modality_encoders.AUDIO.alibi_scale", [1, 1, 12, 1, 1])]);
        Assert.Equal("1x1x12x1x1", Assert.Single(matched).ShapeText);
        Assert.Equal(12, matched[0].ToFloats().Length);
    }

    /// <summary>The names of a model with a scalar each: names do not depend on shapes.</summary>
    private static CheckpointTensor[] Small(Architecture architecture) => [.. architecture.Tensors.Select(t => Scalar(t.Name))];

    private static CheckpointTensor Scalar(string name) => CheckpointTensor.FromFloats(name, [], [0]);

    private static CheckpointTensor Zeros(string name, params long[] shape) => CheckpointTensor.FromFloats(name, shape, new float[shape.Aggregate(1L, (n, d) => n * d)]);
}
