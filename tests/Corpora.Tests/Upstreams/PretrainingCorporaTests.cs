using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Corpora.Upstreams;

namespace Emotion2Vec.Corpora.Tests.Upstreams;

/// <summary>What the models behind features heard before, on all ways that lead to them.</summary>
public sealed class PretrainingCorporaTests
{
    private static readonly Dictionary<string, PretrainSpec> Models = new()
    {
        ["cold"] = new([new("emodb", "m")], null!),
        ["heir"] = new([new("savee", "m")], null!, Parent: "cold"),
        ["warm"] = new([new("emodb", "m")], null!, Checkpoint: "the published file"),
        ["other"] = new([new("shemo", "m")], null!),
        ["grandchild"] = new([new("urdu", "m")], null!, Parent: "warm"),
    };

    [Fact]
    public void A_published_model_heard_what_the_catalogue_says()
    {
        Assert.Equal(Emo262, Heard(Part("emotion2vec_base")));
        Assert.Equal("", Heard(Part("data2vec_base")));
        Assert.Equal("", Heard(Part("mfcc")));
    }

    [Fact]
    public void The_file_of_a_published_model_is_known_under_any_name()
    {
        Assert.Equal(Emo262, Heard(Part("mine") with { Checkpoint = "the published file" }));
        Assert.Equal("", Heard(Part("emotion2vec_mine") with { Checkpoint = "another file" }));
    }

    [Fact]
    public void A_model_of_a_job_heard_its_corpora_and_those_that_it_started_from()
    {
        Assert.Equal("emodb", Heard(Part("emotion2vec_base", "cold")));
        Assert.Equal("emodb savee", Heard(Part("mini", "heir")));
        Assert.Equal("cmu-mosei emodb iemocap mead meld msp-podcast", Heard(Part("mini", "warm")));
        Assert.Equal("cmu-mosei emodb iemocap mead meld msp-podcast urdu", Heard(Part("mini", "grandchild")));
    }

    [Fact]
    public void Joined_features_heard_what_any_of_their_parts_did()
    {
        Assert.Equal("cmu-mosei emodb iemocap mead meld msp-podcast", Heard(Part("emotion2vec_base") with { With = Part("mini", "cold") }));
        Assert.Equal("cmu-mosei emodb iemocap mead meld msp-podcast", Heard(Part("mini", "cold") with { With = Part("emotion2vec_base") }));
        Assert.Equal("emodb shemo", Heard(Part("mini", "cold") with { With = Part("mfcc") with { With = Part("mini", "other") } }));
    }

    private static string Emo262 => string.Join(' ', PretrainingCorpora.Emo262.Order(StringComparer.Ordinal));

    private static string Heard(ExtractSpec features) => string.Join(' ',
        PretrainingCorpora.Of(features, Models.GetValueOrDefault, hash => hash == "the published file" ? "emotion2vec_base" : null).Order(StringComparer.Ordinal));

    private static ExtractSpec Part(string upstream, string? pretrain = null) => new("iemocap", "m", upstream, Pretrain: pretrain);
}
