using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Emotion2Vec.Tests;

/// <summary>
/// A PostgreSQL server of this test process: its programs as Debian installs them, a temporary folder, a free port of
/// 127.0.0.1, an ordinary user, a password. It ends with the test process, however that ends.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private const string User = "e2v";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly Lazy<(PostgresServer? Server, string Reason)> One = new(TryStart);

    private readonly TemporaryFolder folder = new();
    private readonly string programs;
    private Process? process;
    private int databases;

    private PostgresServer(string programs) => this.programs = programs;

    /// <summary>The server, started at the first use; the test is skipped where there can be none.</summary>
    public static PostgresServer Shared
    {
        get
        {
            Skip.If(One.Value.Server is null, One.Value.Reason);
            return One.Value.Server!;
        }
    }

    /// <summary>A server that the caller disposes, for tests that end it.</summary>
    public static PostgresServer OfOwn()
    {
        var (server, reason) = TryStart();
        Skip.If(server is null, reason);
        return server!;
    }

    public int Port { get; private set; }

    public string Password { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Makes an empty database; returns its connection string.</summary>
    public string NewDatabase()
    {
        var name = $"e2v_{Interlocked.Increment(ref databases)}";
        Rows("postgres", $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    public string ConnectionString(string database, string? password = null) =>
        $"Host=127.0.0.1;Port={Port};Database={database};Username={User};Password={password ?? Password};Timeout=30";

    /// <summary>Rows as texts, one per row, fields separated by '|', as psql gives them.</summary>
    public List<string> Rows(string database, string sql)
    {
        var psql = new ProcessStartInfo(Path.Combine(programs, "psql"),
            ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", $"{Port}", "-U", User, "-d", database, "-c", sql])
        {
            Environment = { ["PGPASSWORD"] = Password },
        };
        return [.. Output(psql).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Name of the database in a connection string that this server gave.</summary>
    public static string Database(string connection) => connection.Split(';').Single(p => p.StartsWith("Database=", StringComparison.Ordinal))["Database=".Length..];

    /// <summary>Stops the server as a crash does, and starts it again on the same data and port.</summary>
    public void CrashAndRestart()
    {
        Stop("QUIT");
        Run();
    }

    public void Dispose()
    {
        if (process is not null) Stop("INT");
        folder.Dispose();
    }

    private static (PostgresServer?, string) TryStart()
    {
        if (!OperatingSystem.IsLinux()) return (null, "the PostgreSQL server of these tests needs Linux");
        if (FindPrograms() is not { } programs) return (null, "PostgreSQL's server is not installed (Debian: apt-get install postgresql)");
        var server = new PostgresServer(programs);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        server.Create();
        server.Run();
        return (server, "");
    }

    private static string? FindPrograms() =>
        (from folder in (string[])[.. Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : []]
         let programs = Path.Combine(folder, "bin")
         where File.Exists(Path.Combine(programs, "initdb")) && File.Exists(Path.Combine(programs, "psql"))
         orderby double.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var version) ? version : 0 descending
         select programs).FirstOrDefault();

    private void Create()
    {
        var password = Path.Combine(folder.Path, "password");
        File.WriteAllText(password, Password);
        if (Environment.UserName == "root") Output(new ProcessStartInfo("chown", ["-R", "nobody", folder.Path]));
        Output(Unprivileged(Path.Combine(programs, "initdb"),
            "-D", Data, "-U", User, "--auth=scram-sha-256", $"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"));
    }

    private string Data => Path.Combine(folder.Path, "data");

    private void Run()
    {
        for (var tries = 0; ; tries++)
        {
            if (Port == 0) Port = FreePort();
            // The shell ends the server when its standard input closes, so that none outlives the test process.
            var start = Unprivileged("sh", "-c", "\"$@\" </dev/null & server=$!; cat >/dev/null; kill -INT $server 2>/dev/null; wait $server", "sh",
                Path.Combine(programs, "postgres"), "-D", Data, "-p", $"{Port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                "-c", "logging_collector=off", "-c", "max_connections=200");
            start.RedirectStandardInput = start.RedirectStandardError = start.RedirectStandardOutput = true;
            process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.OutputDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            if (Answers()) return;
            // Another program may have taken the port in between.
            process.StandardInput.Close();
            process.WaitForExit();
            if (tries == 3) throw new InvalidOperationException("the PostgreSQL server of the tests does not start");
            Port = 0;
        }
    }

    private bool Answers()
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Patience; Thread.Sleep(50))
        {
            using var ready = Process.Start(Quiet(new ProcessStartInfo(Path.Combine(programs, "pg_isready"), ["-h", "127.0.0.1", "-p", $"{Port}"])))!;
            ready.WaitForExit();
            if (ready.ExitCode == 0) return true;
            if (File.Exists(Path.Combine(Data, "postmaster.pid")) || Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10)) continue;
            return false;
        }
        return false;
    }

    private void Stop(string signal)
    {
        var pid = File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();
        Output(new ProcessStartInfo("kill", ["-s", signal, pid]));
        process!.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    // initdb and postgres refuse to run as root.
    private static ProcessStartInfo Unprivileged(string program, params string[] arguments) => Environment.UserName == "root"
        ? new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", program, .. arguments]) { WorkingDirectory = "/" }
        : new ProcessStartInfo(program, arguments);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static ProcessStartInfo Quiet(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        return start;
    }

    private static string Output(ProcessStartInfo start)
    {
        using var process = Process.Start(Quiet(start))!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{start.FileName} ended with status {process.ExitCode}: {errors.Result}");
        return output;
    }
}
