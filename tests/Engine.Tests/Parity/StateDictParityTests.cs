using System.Text.Json;
using Emotion2Vec.Engine.Upstreams;
using static TorchSharp.torch;

namespace Emotion2Vec.Tests.Parity;

/// <summary>Names, shapes and numbers of parameters are those of the public checkpoints.</summary>
public sealed class StateDictParityTests
{
    private static readonly SortedDictionary<string, Func<nn.Module>> Makers = new(StringComparer.Ordinal)
    {
        ["emotion2vec_base"] = () => new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec, Data2Vec2Role.Student),
        ["emotion2vec_base_ema"] = () => new Data2Vec2Audio(Data2Vec2Sizes.Emotion2Vec, Data2Vec2Role.Teacher),
        ["data2vec1_base"] = () => new Data2Vec1Audio(Data2Vec1Sizes.Base, pretraining: true),
        ["data2vec1_base_ema"] = () => new Data2Vec1Encoder(Data2Vec1Sizes.Base),
    };

    public static TheoryData<string> Models => [.. Makers.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void Names_and_shapes_equal_the_public_checkpoint(string model)
    {
        using var made = Makers[model]();
        Assert.Equal(Committed(model), Lines(made));
    }

    [Fact]
    public void Data2vec_2_is_emotion2vec_without_tokens()
    {
        using var made = new Data2Vec2Audio(Data2Vec2Sizes.Base, Data2Vec2Role.Student);
        Assert.Equal(Committed("emotion2vec_base").Where(line => !line.Contains("extra_tokens", StringComparison.Ordinal)), Lines(made));
    }

    /// <summary>The paper's "#Upstream params" (93.79, 93.78 and 93.75 million) include the decoder and the final projection.</summary>
    [Theory]
    [InlineData("emotion2vec_base", "", 93_790_988)]
    [InlineData("emotion2vec_base", "extra_tokens", 93_783_308)]
    [InlineData("emotion2vec_base", ".decoder.", 93_171_212)]
    [InlineData("data2vec1_base", "", 93_754_880)]
    public void Parameters_number_as_in_the_paper(string model, string without, long expected) =>
        Assert.Equal(expected, Committed(model).Where(line => without.Length == 0 || !line.Contains(without, StringComparison.Ordinal))
            .Sum(line => line[(line.IndexOf(' ') + 1)..].Split('x').Aggregate(1L, (product, n) => product * long.Parse(n))));

    [SkippableTheory]
    [InlineData("emotion2vec_base", "emotion2vec_base", "params")]
    [InlineData("emotion2vec_base", "emotion2vec_base_ema", "_ema")]
    [InlineData("data2vec1_audio_base_ls", "data2vec1_base", "params")]
    [InlineData("data2vec1_audio_base_ls", "data2vec1_base_ema", "_ema")]
    public void Committed_lists_equal_the_whole_reference(string listed, string model, string part)
    {
        var file = FixtureFolders.SharedReference is { } reference ? Path.Combine(reference, "state_dicts.json") : null;
        Skip.If(file is null || !File.Exists(file), "no shared/reference/state_dicts.json beside the repository");
        using var document = JsonDocument.Parse(File.ReadAllBytes(file!));
        Assert.Equal(document.RootElement.GetProperty(listed).GetProperty(part).EnumerateObject()
            .Select(p => $"{p.Name} {string.Join('x', p.Value.EnumerateArray().Select(n => n.GetInt64()))}").Order(StringComparer.Ordinal), Committed(model));
    }

    private static IEnumerable<string> Committed(string model) => File.ReadLines(TestData.Fixture("state_dicts", model + ".txt")).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Lines(nn.Module model) =>
        model.state_dict().Select(p => $"{p.Key} {string.Join('x', p.Value.shape)}").Order(StringComparer.Ordinal);
}
