using Emotion2Vec.Corpora.Corpora;
using Emotion2Vec.Corpora.Protocols;
using Emotion2Vec.Corpora.Upstreams;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Corpora.Tests.Corpora;

/// <summary>Cards against Table 1 of the paper, typed off once more.</summary>
public sealed class PaperTableTests
{
    private const string TableOne = """
        iemocap         y 5531  10    5 7.0    English
        meld            y 13847 407   7 12.2   English
        cmu-mosei       y 44977 1000  7 91.9   English
        mead            y 31792 60    8 37.3   English
        msp-podcast     y 72969 10000 8 113.5  English
        cmu-mosi        n 2199  89    7 2.6    English
        ravdess-speech  n 1440  24    8 1.5    English
        ravdess-song    n 1012  23    8 1.3    English
        savee           n 480   4     7 0.5    English
        m3ed            n 24449 626   7 9.8    Mandarin
        emodb           n 535   10    7 0.4    German
        emovo           n 588   10    7 0.5    Italian
        cafe            n 936   12    7 1.2    French
        subesco         n 7000  20    7 7.8    Bangla
        shemo           n 3000  87    6 3.4    Persian
        urdu            n 400   38    4 0.3    Urdu
        aesdd           n 604   5     5 0.7    Greek
        resd            n 1396  200   7 2.3    Russian
        """;

    public static TheoryData<string> Lines { get; } = [.. TableOne.Split('\n')];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_card_has_the_figures_of_the_table(string line)
    {
        var cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var card = CorpusCatalogue.Find(cells[0]).Card;
        Assert.Equal(new TableOne(int.Parse(cells[2]), int.Parse(cells[3]), int.Parse(cells[4]), double.Parse(cells[5], System.Globalization.CultureInfo.InvariantCulture)), card.Paper);
        Assert.Equal(cells[1] == "y", card.InEmo262);
        Assert.StartsWith(cells[6], card.Language);
    }

    [Fact]
    public void All_corpora_of_the_table_are_known_and_no_other_claims_to_be_in_it() =>
        Assert.Equal(TableOne.Split('\n').Select(l => l.Split(' ')[0]).Order(StringComparer.Ordinal), CorpusCatalogue.All.Where(c => c.Card.Paper is not null).Select(c => c.Name));

    /// <summary>169,053 utterances and 262 hours, the table's line of totals; its utterances add up to 63 more, its hours to 261.9.</summary>
    [Fact]
    public void What_the_papers_model_heard_is_five_corpora()
    {
        Assert.Equal("cmu-mosei iemocap mead meld msp-podcast", string.Join(' ', PretrainingCorpora.Emo262));
        Assert.Equal(169053 + 63, PretrainingCorpora.Emo262.Sum(name => CorpusCatalogue.Find(name).Card.Paper!.Utterances));
        Assert.Equal(261.9, PretrainingCorpora.Emo262.Sum(name => CorpusCatalogue.Find(name).Card.Paper!.Hours), 6);
        Assert.Equal(PretrainingCorpora.Emo262.AsEnumerable(), UpstreamCatalogue.Find("emotion2vec_base").Heard);
        Assert.Empty(UpstreamCatalogue.Find("data2vec_base").Heard);
    }

    [Fact]
    public void Protocols_are_known_and_a_speaker_independent_one_is_there_wherever_speakers_are()
    {
        foreach (var corpus in CorpusCatalogue.All)
        {
            Assert.NotEmpty(corpus.Card.Protocols);
            Assert.All(corpus.Card.Protocols, p => ProtocolCatalogue.Find(p));
            Assert.Equal(corpus.Card.EmoBox is not null, corpus.Card.Protocols.Contains("emobox"));
            // MSP-Podcast: only parts of its speakers are known.
            if (corpus.Card.Speakers != 0 && corpus.Name != "msp-podcast")
                Assert.Contains(corpus.Card.Protocols, p => ProtocolCatalogue.Find(p).SpeakerIndependent);
        }
    }

    [Theory]
    [InlineData("emodb", "")]
    [InlineData("urdu", "29 speakers, 38 in the paper")]
    [InlineData("emovo", "6 speakers, 10 in the paper")]
    [InlineData("meld", "13706 utterances, 13847 in the paper; 304 speakers, 407 in the paper")]
    [InlineData("m3ed", "24437 utterances, 24449 in the paper")]
    [InlineData("iemocap", "4 classes, 5 in the paper")]
    [InlineData("ravdess-song", "6 classes, 8 in the paper")]
    [InlineData("aesdd", "6 speakers, 5 in the paper")]
    [InlineData("resd", "speakers not told apart, 200 in the paper")]
    [InlineData("synthetic", "")]
    public void Differences_from_the_paper_are_said(string name, string differences) =>
        Assert.Equal(differences, string.Join("; ", CorpusCatalogue.Find(name).Card.DifferencesFromPaper()));

    /// <summary>A corpus is one file: nothing else in the sources mentions one by name.</summary>
    [Fact]
    public void Only_its_own_file_names_a_corpus()
    {
        var names = CorpusCatalogue.All.Where(c => c.Card.Paper is not null).Select(c => $"\"{c.Name}\"").ToArray();
        var sources = new[] { "Engine", "Grains", "Silo", "Client" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(TestData.Repository, folder), "*.cs", SearchOption.AllDirectories))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal)).ToArray();
        Assert.True(sources.Length > 100);
        var mentions = sources.SelectMany(path => names.Where(File.ReadAllText(path).Contains).Select(name => $"{Path.GetFileName(Path.GetDirectoryName(path))}: {name}"));
        Assert.Equal(names.Select(name => $"Known: {name}").Order(StringComparer.Ordinal), mentions.Order(StringComparer.Ordinal));
    }
}
