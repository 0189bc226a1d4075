using System.Diagnostics;
using Emotion2Vec.Tests;

namespace Emotion2Vec.EndToEnd.Tests.Joining;

/// <summary>A silo and a machine in network namespaces of their own: other addresses, a real cable between them, a token.</summary>
public sealed class NamespaceTests
{
    [SkippableFact]
    public async Task A_machine_with_an_address_of_its_own_joins_with_the_token_and_survives_a_pulled_cable()
    {
        using var net = TwoNamespaces.Create();
        using var home = new TestHome();
        using var other = new TemporaryFolder();
        using var silo = InNamespace(net.First, [], home.Path, "silo", "--slots", "0", "--listen", $"http://{net.FirstAddress}:5005", "--insecure");
        await E2v.UntilAsync(() => silo.Output.Contains("silo at http://") || silo.Process.HasExited, "the silo says where it listens");
        Assert.False(silo.Process.HasExited, silo.Errors);
        var (address, token) = ($"http://{net.FirstAddress}:5005", (await File.ReadAllTextAsync(Path.Combine(home.Path, "token"))).Trim());

        using (var stranger = InNamespace(net.Second, [], other.Path, "silo", "--join", address, "--slots", "1"))
        {
            Assert.Equal(2, (await stranger.EndAsync()).Exit);
            Assert.Contains("needs its token", stranger.Errors);
        }
        using var joiner = InNamespace(net.Second, new() { ["E2V_TOKEN"] = token }, other.Path, "silo", "--join", address, "--slots", "1", "--name", "far");
        await E2v.UntilAsync(() => joiner.Output.Contains("joined ") || joiner.Process.HasExited, "the machine joins");
        Assert.False(joiner.Process.HasExited, joiner.Errors);

        using (var submit = InNamespace(net.First, [], home.Path, "submit", home.GridText("far", "name: far\nnoop: {jobs: 2, milliseconds: 2000, group: far}\n"), "--data", home.Data))
            (await submit.EndAsync()).Succeeded();
        await E2v.UntilAsync(() => home.Store.Rows("SELECT slot FROM attempts").Count == 1, "the job runs");
        net.Pull();
        await Task.Delay(4000);
        Assert.Empty(home.Store.Results());
        net.Plug();
        await E2v.UntilAsync(() => home.Store.Results().Count == 2, "both results");
        Assert.Equal(["far/cpu0|Succeeded"], home.Store.Rows("SELECT DISTINCT slot, state FROM attempts"));
        Assert.DoesNotContain(token, string.Concat(Directory.GetFiles(Path.Combine(other.Path, "logs")).Select(File.ReadAllText)) + joiner.Output + joiner.Errors);
    }

    private static E2v InNamespace(string name, Dictionary<string, string> environment, string home, params string[] arguments) =>
        E2v.StartProgram("ip", environment, home, ["netns", "exec", name, "dotnet", Path.Combine(E2v.Folder, "e2v.dll"), .. arguments]);

    /// <summary>Two network namespaces with a pair of interfaces between them.</summary>
    private sealed class TwoNamespaces : IDisposable
    {
        private readonly string id = $"{Environment.ProcessId}";

        public string First => $"e2v-a-{id}";

        public string Second => $"e2v-b-{id}";

        public string FirstAddress => "10.213.7.1";

        /// <summary>Skips the test where this process may not make them.</summary>
        public static TwoNamespaces Create()
        {
            var net = new TwoNamespaces();
            var refused = Ip("netns", "add", net.First);
            Skip.If(refused is not null, $"no right to make network namespaces here: {refused}");
            try
            {
                string[][] commands =
                [
                    ["netns", "add", net.Second],
                    ["-n", net.First, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", net.Second],
                    ["-n", net.First, "addr", "add", $"{net.FirstAddress}/24", "dev", "cable"],
                    ["-n", net.Second, "addr", "add", "10.213.7.2/24", "dev", "cable"],
                    ["-n", net.First, "link", "set", "lo", "up"], ["-n", net.Second, "link", "set", "lo", "up"],
                    ["-n", net.First, "link", "set", "cable", "up"], ["-n", net.Second, "link", "set", "cable", "up"],
                ];
                foreach (var command in commands)
                {
                    var error = Ip(command);
                    Skip.If(error is not null, $"no network namespaces here: ip {string.Join(' ', command)}: {error}");
                }
                return net;
            }
            catch
            {
                net.Dispose();
                throw;
            }
        }

        public void Pull() => Assert.Null(Ip("-n", Second, "link", "set", "cable", "down"));

        public void Plug() => Assert.Null(Ip("-n", Second, "link", "set", "cable", "up"));

        public void Dispose()
        {
            Ip("netns", "del", First);
            Ip("netns", "del", Second);
        }

        /// <summary>What <c>ip</c> complains of; null where it does not.</summary>
        private static string? Ip(params string[] arguments)
        {
            try
            {
                using var ip = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
                var errors = ip.StandardError.ReadToEnd();
                ip.WaitForExit();
                return ip.ExitCode == 0 ? null : errors.Trim();
            }
            catch (System.ComponentModel.Win32Exception e)
            {
                return e.Message;
            }
        }
    }
}
