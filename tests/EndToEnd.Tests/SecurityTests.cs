using System.Diagnostics;
using System.Text.Json.Nodes;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests;

/// <summary>A silo with a token as its users meet it: at the terminal, over the network, and in what it leaves on the disk.</summary>
public sealed class SecurityTests
{
    [Theory]
    [InlineData("--insecure", "--listen", "http://0.0.0.0:0")]
    [InlineData("--certificate", "--listen", "https://127.0.0.1:0")]
    [InlineData("no such file", "--listen", "https://127.0.0.1:0", "--certificate", "nowhere.pem")]
    [InlineData("is not an address", "--listen", "127.0.0.1:80")]
    public async Task An_address_that_would_be_open_or_is_none_is_refused_before_anything_is_made(string hint, params string[] arguments)
    {
        using var home = new TestHome();
        var ran = await home.RunAsync(["silo", .. arguments]);
        Assert.Equal(2, ran.Exit);
        Assert.Contains(hint, Assert.Single(ran.ErrorLines));
        Assert.False(Directory.Exists(home.Path));
    }

    [SkippableFact]
    public async Task Secrets_are_nowhere_but_where_they_belong_while_workers_and_clients_use_them()
    {
        var store = PostgresServer.Shared.NewDatabase();
        using var home = new TestHome();
        using var silo = E2v.StartWith(new() { ["E2V_STORE"] = store, ["E2V_TRACES"] = "1", ["E2V_CERTIFICATE_PASSWORD"] = "word-of-a-certificate" }, home.Path, "silo", "--token", "--slots", "1", "--data", home.Data);
        await E2v.UntilAsync(() => silo.Output.Contains("new token in"), "the silo says where its token is");
        var tokenFile = Path.Combine(home.Path, "token");
        var token = File.ReadAllText(tokenFile).Trim();
        string[] secrets = [token, PostgresServer.Shared.Password, "word-of-a-certificate"];
        var address = silo.Output.Split([' ', ','])[2];

        // A client of the home needs nothing, one elsewhere the token.
        var grid = home.GridText("quick", "name: quick\nnoop: {jobs: 5, milliseconds: 1, group: quick}\n");
        (await home.RunAsync("submit", grid, "--wait")).Succeeded();
        using TestHome other = new();
        var without = await other.RunAsync("status", "--silo", address);
        Assert.Equal(2, without.Exit);
        Assert.Contains("needs its token", Assert.Single(without.ErrorLines));
        (await other.RunAsync("status", "--silo", address, "--token-file", tokenFile)).Succeeded();
        using (var by = E2v.StartWith(new() { ["E2V_TOKEN"] = token }, other.Path, "status", "--json", "--silo", address))
            Assert.Equal("quick", (string)JsonNode.Parse((await by.EndAsync()).Succeeded().Output)!["experiments"]![0]!["name"]!);
        using (var wrong = E2v.StartWith(new() { ["E2V_TOKEN"] = "short" }, other.Path, "status", "--silo", address))
            Assert.Contains("E2V_TOKEN", Assert.Single((await wrong.EndAsync()).ErrorLines));

        var worker = Assert.Single(Workers.Of(silo.Process.Id)).Pid;
        var environment = File.ReadAllText($"/proc/{worker}/environ").Split('\0');
        Assert.Contains($"E2V_TOKEN={token}", environment);
        Assert.DoesNotContain(environment, e => e.Contains(secrets[1]) || e.Contains(secrets[2]));
        foreach (var pid in (int[])[worker, silo.Process.Id]) Assert.DoesNotContain(Workers.Arguments(pid), a => secrets.Any(a.Contains));

        // What is logged about a mistyped token is not the token.
        using (var mistyped = new HttpClient { BaseAddress = new Uri(address) })
            await mistyped.PostAsync("sign-in", new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = token + "x" }));
        using (var http = new HttpClient { BaseAddress = new Uri(address), DefaultRequestHeaders = { { "Authorization", $"Bearer {token}" } } })
            foreach (var path in (string[])["metrics", "healthz", "slots", "api/slots", "openapi/v1.json", ""])
            {
                var text = await http.GetStringAsync(path);
                Assert.DoesNotContain(secrets, text.Contains);
            }
        E2v.Signal("INT", silo.Process.Id);
        var ended = await silo.EndAsync();
        Assert.DoesNotContain(secrets, (ended.Output + ended.Errors).Contains);

        // Logs of silo and workers, spans, and whatever else lies in the home; and the store itself.
        var files = Directory.EnumerateFiles(home.Path, "*", SearchOption.AllDirectories).ToArray();
        Assert.Contains(files, f => f.EndsWith("silo.log"));
        Assert.Contains(files, f => f.EndsWith("traces.jsonl") && new FileInfo(f).Length > 0);
        foreach (var file in files.Where(f => f != tokenFile))
        {
            var text = File.ReadAllText(file, System.Text.Encoding.Latin1);
            Assert.False(secrets.Any(text.Contains), file);
        }
        foreach (var table in PostgresServer.Shared.Rows(PostgresServer.Database(store), "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"))
            Assert.DoesNotContain(PostgresServer.Shared.Rows(PostgresServer.Database(store), $"SELECT row_to_json(t)::text FROM \"{table}\" t"), row => secrets.Any(row.Contains));
    }

    [Fact]
    public async Task A_terminal_shows_a_new_token_once_and_another_machine_gets_in_over_https()
    {
        using var home = new TestHome();
        using TemporaryFolder folder = new();
        var (certificate, key) = (folder.File("silo.pem"), folder.File("silo.key"));
        using (var made = Process.Start(new ProcessStartInfo("openssl",
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=silo", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate])
        { RedirectStandardError = true })!) await made.WaitForExitAsync();

        // 'script' gives the program a terminal, and a pipe to read what it shows.
        string[] listen = ["silo", "--listen", "https://127.0.0.1:0", "--token", "--certificate", certificate, "--key", key, "--slots", "1"];
        var command = $"exec dotnet {Path.Combine(E2v.Folder, "e2v.dll")} {string.Join(' ', listen)}";
        for (var start = 1; start <= 2; start++)
        {
            using var terminal = E2v.StartProgram("script", new() { ["SHELL"] = "/bin/sh" }, home.Path, "-qec", command, "/dev/null");
            await E2v.UntilAsync(() => terminal.Output.Contains("Ctrl-C stops it"), "the silo listens");
            var address = terminal.Output.Split([' ', ','])[2];
            Assert.StartsWith("https://127.0.0.1:", address);
            var token = File.ReadAllText(Path.Combine(home.Path, "token")).Trim();
            if (start == 1) await E2v.UntilAsync(() => terminal.Output.Contains(token), "the terminal shows the token");

            using TestHome other = new();
            string[] ask = ["status", "--silo", address, "--token-file", Path.Combine(home.Path, "token")];
            (await other.RunAsync([.. ask, "--ca", certificate])).Succeeded();
            var distrusting = await other.RunAsync(ask);
            Assert.Equal(2, distrusting.Exit);
            Assert.Contains("certificate", Assert.Single(distrusting.ErrorLines));
            // Its own workers and clients of its home need neither.
            (await home.RunAsync("submit", home.GridText("quick", $"name: quick{start}\nnoop: {{jobs: 1, group: quick{start}}}\n"), "--wait")).Succeeded();
            if (start == 2) Assert.DoesNotContain(token, terminal.Output);
            E2v.Signal("TERM", JsonNode.Parse(File.ReadAllText(Path.Combine(home.Path, "silo.json")))!["pid"]!.GetValue<int>());
            await terminal.EndAsync();
        }
    }
}
