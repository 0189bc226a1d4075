using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Emotion2Vec.Tests.Network;

/// <summary>A TCP connection to a server through this process: it can be cut, delayed and throttled, and it can change bytes.</summary>
internal sealed class Link : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly HashSet<Socket> open = [];
    private bool cut;
    private int wrong;

    /// <param name="server">Where connections lead; may change.</param>
    public Link(Uri server)
    {
        Server = server;
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        _ = Accept();
    }

    public Uri Server { get; set; }

    public Uri Address { get; }

    /// <summary>How much later everything arrives, in each direction.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Bytes a second in each direction of each connection; 0 = as many as there are.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Bytes that came from the server.</summary>
    public long FromServer { get; private set; }

    /// <summary>A byte of each of the next large pieces from the server is changed.</summary>
    public int WrongPieces { set => wrong = value; }

    /// <summary>Breaks all connections; new ones are broken at once.</summary>
    public void Cut()
    {
        lock (open)
        {
            cut = true;
            foreach (var socket in open) socket.Close(0);
            open.Clear();
        }
    }

    /// <summary>Connections are possible again.</summary>
    public void Mend()
    {
        lock (open) cut = false;
    }

    public void Dispose()
    {
        listener.Stop();
        Cut();
    }

    private async Task Accept()
    {
        try
        {
            while (true) _ = Serve(await listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task Serve(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            lock (open)
            {
                if (cut) throw new SocketException((int)SocketError.ConnectionReset);
                open.Add(client);
                open.Add(server);
            }
            await server.ConnectAsync(Server.Host, Server.Port);
            await Task.WhenAll(Pump(client, server, fromServer: false), Pump(server, client, fromServer: true));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side has gone; so goes the other.
        }
        finally
        {
            lock (open)
            {
                open.Remove(client);
                open.Remove(server);
            }
            client.Close(0);
            server.Close(0);
        }
    }

    /// <summary>Carries one direction. What arrives waits for its time while more arrives, as on a long cable.</summary>
    private async Task Pump(Socket from, Socket to, bool fromServer)
    {
        var cable = Channel.CreateBounded<(byte[] Bytes, long Due)>(64);
        var sending = Send(cable.Reader, to);
        var buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                if (BytesPerSecond > 0) await Task.Delay(TimeSpan.FromSeconds((double)count / BytesPerSecond));
                if (fromServer)
                {
                    FromServer += count;
                    // Only a file is as long as that.
                    if (count > 8192 && Interlocked.Decrement(ref wrong) >= 0) buffer[count - 1] ^= 0x10;
                }
                await cable.Writer.WriteAsync((buffer[..count], Stopwatch.GetTimestamp() + (long)(Delay.TotalSeconds * Stopwatch.Frequency)));
            }
        }
        finally
        {
            cable.Writer.Complete();
        }
        await sending;
    }

    private static async Task Send(ChannelReader<(byte[] Bytes, long Due)> cable, Socket to)
    {
        await foreach (var (bytes, due) in cable.ReadAllAsync())
        {
            var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (wait > TimeSpan.Zero) await Task.Delay(wait);
            for (var sent = 0; sent < bytes.Length;) sent += await to.SendAsync(bytes.AsMemory(sent));
        }
        to.Shutdown(SocketShutdown.Send);
    }
}
