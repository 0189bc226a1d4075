using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Emotion2Vec.Corpora.Jobs;
using Emotion2Vec.Grains.Jobs;
using Emotion2Vec.Silo.Api;
using Emotion2Vec.Silo.Security;
using Emotion2Vec.Tests;

namespace Emotion2Vec.Silo.Tests;

/// <summary>What others write: paths, YAML, names that are markup, types.</summary>
public sealed class UntrustedInputTests : IAsyncLifetime
{
    private const string Markup = "<script>alert(1)</script>";
    private static readonly RunInfo Run = new(1, 1, "cpu", Markup, System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty);
    private readonly TemporaryFolder folder = new();
    private SiloHost silo = null!;
    private HttpClient here = null!, elsewhere = null!;

    public async Task InitializeAsync()
    {
        foreach (var name in (string[])["data/in.csv", "outside/out.csv"])
        {
            await File.WriteAllTextAsync(folder.File(name), "path,label,speaker,text\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"tone{i}.wav,{(i % 2 == 0 ? Markup : "b")},{Markup}{i},{Markup}\n")));
            for (var i = 0; i < 20; i++) await File.WriteAllBytesAsync(folder.File(Path.Combine(Path.GetDirectoryName(name)!, $"tone{i}.wav")), Tone(i));
        }
        silo = await SiloHost.StartAsync(new SiloOptions { Home = folder.File("home"), CpuSlots = 0, WorkerCommand = ["none"], Token = true, Data = folder.File("data") });
        var credentials = new Credentials(silo.NewToken, null);
        // The side door is how a silo knows that a caller is on its machine.
        here = SiloHttp.Create(new Uri(HomeLock.Find(new(folder.File("home")))!.Address), credentials, TimeSpan.FromMinutes(2));
        elsewhere = SiloHttp.Create(silo.Address, credentials, TimeSpan.FromMinutes(2));
        Assert.NotEqual(here.BaseAddress, elsewhere.BaseAddress);
    }

    public async Task DisposeAsync()
    {
        here.Dispose();
        elsewhere.Dispose();
        await silo.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("corpora: [../outside/out.csv]\nupstreams: [mfcc]\nprotocols: [random10]\n")]
    [InlineData("corpora: [OUTSIDE/out.csv]\nupstreams: [mfcc]\nprotocols: [random10]\n")]
    [InlineData("models: {m: {checkpoint: ../outside/m.pt}}\ncorpora: [in.csv]\nupstreams: [m]\nprotocols: [random10]\n")]
    [InlineData("models: {m: {checkpoint: /etc/hostname}}\ncorpora: [in.csv]\nupstreams: [m]\nprotocols: [random10]\n")]
    [InlineData("models: {m: {corpora: [../outside/out.csv]}}\n")]
    [InlineData("models: {m: {corpora: [in.csv], from: ../outside/m.pt}}\n")]
    [InlineData("corpora: [in.csv]\nupstreams: [mfcc]\nprotocols: [random10]\n", "OUTSIDE")]
    [InlineData("corpora: [in.csv]\nupstreams: [mfcc]\nprotocols: [random10]\n", "/")]
    public async Task From_elsewhere_no_path_leaves_the_data_folder(string grid, string data = "")
    {
        foreach (var dryRun in (bool[])[true, false])
        {
            using var answer = await Post(elsewhere, grid.Replace("OUTSIDE", folder.File("outside")), data.Replace("OUTSIDE", folder.File("outside")), dryRun);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("leads out of this silo's data folder", await Error(answer));
        }
        Assert.Empty((await here.GetFromJsonAsync<ExperimentStatus[]>("api/experiments", CanonicalJson.Options))!);
    }

    [Fact]
    public async Task From_elsewhere_the_data_folder_is_open_and_from_here_every_file_is()
    {
        const string grid = "corpora: [in.csv]\nupstreams: [mfcc]\nprotocols: [random10]\n";
        Assert.Equal(HttpStatusCode.OK, (await Post(elsewhere, grid, "", dryRun: true)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Post(elsewhere, grid, folder.File("data"), dryRun: true)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Post(here, grid.Replace("in.csv", folder.File("outside/out.csv")), "", dryRun: true)).StatusCode);
    }

    [Theory]
    [InlineData("name: !!python/object:os.system x\n", "grid.yaml:1:7", "type tag")]
    [InlineData("name: t\nnoop: !Emotion2Vec.Silo.SiloOptions {jobs: 1}\n", "grid.yaml:2:7", "type tag")]
    [InlineData("a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n", "grid.yaml:5:", "alias")]
    [InlineData("a: &a [*a]\n", "grid.yaml:1:", "no finished anchor")]
    [InlineData("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n", "grid.yaml:1:", "levels of nesting")]
    public async Task Yaml_has_no_types_no_bombs_and_no_depths(string grid, string place, string reason)
    {
        var error = await Error(await Post(elsewhere, grid, "", dryRun: false));
        Assert.StartsWith(place, error);
        Assert.Contains(reason, error);
    }

    [Fact]
    public async Task Names_that_are_markup_are_text_on_every_page_in_every_stream_and_in_every_answer()
    {
        using var submitted = await Post(elsewhere, $"name: '{Markup}'\ngrids:\n  - corpora: [in.csv]\n    upstreams: [mfcc]\n    protocols: [random10]\n  - noop: {{jobs: 2, group: '{Markup}'}}\n", "", dryRun: false);
        Assert.True(submitted.IsSuccessStatusCode, await submitted.Content.ReadAsStringAsync());
        var id = (await submitted.Content.ReadFromJsonAsync<SubmitAnswer>(CanonicalJson.Options))!.Experiment!;
        var keys = new HashSet<string>();
        for (var (i, noOps) = (0, 0); i < 13; i++)
        {
            using var leased = await elsewhere.PostAsync($"api/slots/lease?slot={Uri.EscapeDataString(Markup)}", null);
            var job = (await leased.Content.ReadFromJsonAsync<Assignment>(CanonicalJson.Options))!;
            keys.Add(job.Key);
            var call = $"api/jobs/{job.Key}/attempts/{job.Attempt}/";
            if (job.Kind == ExtractSpec.Name) await Sent(call + "complete", new CompleteRequest(job.Kind, Markup, CanonicalJson.Write(new ExtractResult(Markup, 1, 20, 100, 39, 8)), Run));
            else if (job.Kind == FoldSpec.Name)
                await Sent(call + "complete", new CompleteRequest(job.Kind, Markup, CanonicalJson.Write(new FoldResult(1, 1, 1, 1, [Markup, "b"], [1, 0, 0, 1], [0, 1], [0, 1], [0, 1], new byte[16], 0, [1, 1], [1, 1], [1, 1], [Markup])), Run));
            else if (noOps++ == 0) await Sent(call + "fail", new FailRequest(job.Kind, Markup, $"{Markup}: no", false));
            else await Sent(call + "heartbeat", new HeartbeatRequest(job.Kind, new JobProgress(1, 2, Markup)));
        }
        var manifest = Path.GetFileNameWithoutExtension(Directory.EnumerateFiles(folder.File("home/manifests")).Single());
        var asked = Uri.EscapeDataString(Markup);
        string[] paths =
        [
            "/", $"/experiments/{id}", "/leaderboard", $"/leaderboard?corpus={asked}", $"/leaderboard?sort={asked}", "/leaderboard/export?format=svg", "/leaderboard/export?format=json",
            $"/compare?row={asked}&row={asked}", "/paper", "/paper/table4", $"/paper/{asked}", "/corpora", $"/corpora/{manifest}", $"/corpora/{asked}", "/slots", "/pretraining", $"/pretraining/{asked}", "/embedding",
            $"/embedding?corpus={asked}", $"/sign-in?to={asked}", $"/{asked}", "/api/experiments", $"/api/experiments/{id}", $"/api/experiments/{id}/jobs", $"/api/experiments/{asked}", "/api/slots",
            "/api/leaderboard", $"/api/jobs/{asked}", "/api/figures/leaderboard", $"/api/figures/umap?corpus={asked}", .. keys.SelectMany(k => (string[])[$"/jobs/{k}", $"/api/jobs/{k}", $"/api/figures/curves?job={k}", $"/api/figures/confusion?job={k}"]),
        ];
        var escaped = new List<string>();
        foreach (var path in paths)
        {
            using var answer = await elsewhere.GetAsync(path);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.False(text.Contains("<script>alert", StringComparison.OrdinalIgnoreCase), $"{path}: {text}");
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True((int)answer.StatusCode < 500, $"{path}: {answer.StatusCode} {text}");
            if (text.Contains("&lt;script&gt;alert")) escaped.Add(path);
        }
        // The names do arrive there, as text.
        foreach (var path in (string[])["/", $"/experiments/{id}", $"/corpora/{manifest}"]) Assert.Contains(path, escaped);
        Assert.Contains(escaped, path => path.StartsWith("/jobs/"));
        Assert.Contains(escaped, path => path.StartsWith("/api/figures/confusion"));

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/experiments/{id}") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("text/event-stream") } } };
        using var stream = await elsewhere.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        var seen = "";
        while (!seen.Contains("&lt;script&gt;alert")) seen += await reader.ReadLineAsync();
        Assert.DoesNotContain("<script>alert", seen);
    }

    [Fact]
    public void No_type_is_ever_chosen_by_its_name_in_data()
    {
        var ours = typeof(SiloHost).Assembly.GetReferencedAssemblies().Where(a => a.Name!.StartsWith("Emotion2Vec", StringComparison.Ordinal)).Select(Assembly.Load).Append(typeof(SiloHost).Assembly).ToArray();
        Assert.True(ours.Length >= 3);
        Assert.DoesNotContain(ours.SelectMany(a => a.GetTypes()), t => t.IsDefined(typeof(JsonPolymorphicAttribute), false) || t.IsDefined(typeof(JsonDerivedTypeAttribute), false));

        var makers = new Regex(@"\bType\.GetType\(|\bAssembly\.(Load|GetType)|BinaryFormatter|TypeNameHandling|NetDataContractSerializer|XmlSerializer|Activator\.CreateInstance(?!<)|DeserializerBuilder|WithTagMapping");
        var found = from room in (string[])["Engine", "Grains", "Silo", "Client"]
                    from file in Directory.EnumerateFiles(Path.Combine(TestData.Repository, room), "*.cs", SearchOption.AllDirectories)
                    where makers.IsMatch(File.ReadAllText(file))
                    select Path.GetFileName(file);
        // Corpora and families of models are the program's own classes, whatever anybody writes.
        Assert.Equal(["OwnClasses.cs"], found);
    }

    private static Task<HttpResponseMessage> Post(HttpClient http, string grid, string data, bool dryRun) => http.PostAsJsonAsync("api/experiments", new SubmitRequest(grid, "grid.yaml", data, dryRun), CanonicalJson.Options);

    private async Task Sent<T>(string path, T message)
    {
        using var answer = await elsewhere.PostAsJsonAsync(path, message, CanonicalJson.Options);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<string> Error(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<ApiError>(CanonicalJson.Options))!.Error;

    // 0.1 s of a sawtooth, 8 kHz, 8 bit, mono.
    private static byte[] Tone(int number)
    {
        var samples = Enumerable.Range(0, 800).Select(i => (byte)(i * (3 + number)));
        return [.. "RIFF"u8, .. BitConverter.GetBytes(836), .. "WAVEfmt "u8, .. BitConverter.GetBytes(16), 1, 0, 1, 0, .. BitConverter.GetBytes(8000), .. BitConverter.GetBytes(8000), 1, 0, 8, 0, .. "data"u8, .. BitConverter.GetBytes(800), .. samples];
    }
}
