namespace Emotion2Vec.Corpora.Tests;

public sealed class NearestTests
{
    private static readonly string[] Corpora = ["emodb", "ravdess-speech", "urdu", "emovo"];

    [Theory]
    [InlineData("emobd", " (did you mean 'emodb'?)")]
    [InlineData("EmoDB", " (did you mean 'emodb'?)")]
    [InlineData("ravdess_speech", " (did you mean 'ravdess-speech'?)")]
    [InlineData("ravdess-speach", " (did you mean 'ravdess-speech'?)")]
    [InlineData("urd", " (did you mean 'urdu'?)")]
    [InlineData("emoxx", " (did you mean 'emodb'?)")] // emodb and emovo are both two letters away: ordinal order decides
    [InlineData("Ravdess", " (did you mean 'ravdess-speech'?)")]
    [InlineData("librispeech", "")]
    [InlineData("xy", "")]
    [InlineData("", "")]
    public void SuggestsTheNearestName(string name, string hint) => Assert.Equal(hint, Nearest.Hint(name, Corpora));

    [Fact]
    public void A_whole_word_comes_before_what_is_merely_near() => Assert.Equal(" (did you mean 'hubert_base'?)", Nearest.Hint("hubert", ["bert", "hubert_base", "hubert_large"]));

    [Fact]
    public void SuggestsNothingAmongNoNames() => Assert.Equal("", Nearest.Hint("emodb", []));
}
