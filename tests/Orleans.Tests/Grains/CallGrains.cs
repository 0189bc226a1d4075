using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Tests;

[GenerateSerializer, Alias("tests.note")]
public sealed record Note([property: Id(0)] string Text, [property: Id(1)] int Number)
{
    [Id(2)]
    public ImmutableArray<string> Tags { get; init; } = [];

    [Id(3)]
    public Note? Next { get; init; }
}

[GenerateSerializer, Alias("tests.shape")]
public abstract record Shape([property: Id(0)] string Name);

[GenerateSerializer, Alias("tests.circle")]
public sealed record Circle(string Name, [property: Id(0)] double Radius) : Shape(Name);

[GenerateSerializer, Alias("tests.square")]
public sealed record Square(string Name, [property: Id(0)] float Side) : Shape(Name);

[GenerateSerializer, Alias("tests.box")]
public sealed class Box
{
    [Id(0)]
    public List<int> Items = [];

    [Id(1)]
    public Dictionary<string, double> Weights { get; set; } = [];

    [NonSerialized]
    public string Local = "here";
}

[GenerateSerializer, Alias("tests.pair")]
public readonly record struct Pair([property: Id(0)] int Left, [property: Id(1)] long? Right);

[GenerateSerializer, Alias("tests.refused-order")]
public sealed class RefusedOrderException : Exception
{
    public RefusedOrderException(string message, int code) : base(message) => Code = code;

    [Id(0)]
    public int Code { get; }
}

/// <summary>Not marked, so it cannot cross a call.</summary>
public sealed class Stranger
{
    public int Number { get; set; }
}

public interface IGreeter : IGrainWithStringKey
{
    Task<string> Greet(string name);
}

public interface ICallGrain : IGreeter
{
    Task<object?> Echo(object? value);
    Task<Note> EchoNote(Note note);
    Task<Shape[]> EchoShapes(ImmutableArray<Shape> shapes);
    Task<Pair> EchoPair(Pair pair);
    Task<(int, string)> EchoTuple((int, string) pair);
    Task<double[]> EchoNumbers(double[] numbers);
    Task<ImmutableDictionary<int, TimeSpan>> EchoTable(ImmutableDictionary<int, TimeSpan> table);
    Task<int> Fill(Box box);
    Task<Box> GetBox();
    Task<int> BoxCount();
    ValueTask Nothing();
    Task<string?> ContextValue(string key);
    Task<string> AskToGreet(IGreeter other, string name);
    Task<string> BeGreetedBy(ICallGrain other);
    Task Throw(string what);

    [ResponseTimeout("00:00:01")]
    Task Late(string gate);

    Task Hold(string gate);

    Task Queue();

    [ResponseTimeout("00:00:00.3")]
    Task QueueBriefly();

    Task UntilCancelled(CancellationToken cancellationToken);

    Task<bool> TokenIsLive(CancellationToken cancellationToken = default);

    [AlwaysInterleave]
    Task Arrive();

    IAsyncEnumerable<int> Count(int from, int to, CancellationToken cancellationToken = default);
    IAsyncEnumerable<int> CountThenThrow(int to);
    IAsyncEnumerable<Note> Notes(string gate);
    Task Leave();
}

public sealed class CallGrain(Probe probe) : Grain, ICallGrain
{
    private readonly Box _box = new();

    public Task<string> Greet(string name) => Task.FromResult($"Hello {name}, I am {this.GetPrimaryKeyString()}");
    public Task<object?> Echo(object? value) => Task.FromResult(value);
    public Task<Note> EchoNote(Note note) => Task.FromResult(note);
    public Task<Shape[]> EchoShapes(ImmutableArray<Shape> shapes) => Task.FromResult(shapes.ToArray());
    public Task<Pair> EchoPair(Pair pair) => Task.FromResult(pair);
    public Task<(int, string)> EchoTuple((int, string) pair) => Task.FromResult(pair);
    public Task<double[]> EchoNumbers(double[] numbers) => Task.FromResult(numbers);
    public Task<ImmutableDictionary<int, TimeSpan>> EchoTable(ImmutableDictionary<int, TimeSpan> table) => Task.FromResult(table);

    public Task<int> Fill(Box box)
    {
        box.Items.Add(99);
        return Task.FromResult(box.Items.Count);
    }

    public Task<Box> GetBox() => Task.FromResult(_box);
    public Task<int> BoxCount() => Task.FromResult(_box.Items.Count);

    public async ValueTask Nothing()
    {
        await Task.Yield();
        probe.Add("nothing");
    }

    public Task<string?> ContextValue(string key) => Task.FromResult(RequestContext.Get(key) as string);
    public Task<string> AskToGreet(IGreeter other, string name) => other.Greet(name);
    public Task<string> BeGreetedBy(ICallGrain other) => other.AskToGreet(GrainFactory.GetGrain<IGreeter>("third"), this.GetPrimaryKeyString());

    public async Task Throw(string what)
    {
        await Task.Yield();
        throw what switch
        {
            "own" => new RefusedOrderException("no such corpus", 42),
            "inner" => new InvalidOperationException("outer", new FormatException("inner")),
            "argument" => new ArgumentOutOfRangeException("folds", "at least 2"),
            _ => new InvalidOperationException(what),
        };
    }

    public async Task Late(string gate)
    {
        probe.Add("late");
        await probe.At(gate);
        probe.Add("finished");
    }

    public Task Hold(string gate) => Late(gate);

    public Task QueueBriefly() => Queue();

    public Task Queue()
    {
        probe.Add("queued ran");
        return Task.CompletedTask;
    }

    public async Task UntilCancelled(CancellationToken cancellationToken)
    {
        probe.Add("waiting");
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            probe.Add($"cancelled {cancellationToken.IsCancellationRequested}");
        }
    }

    public Task<bool> TokenIsLive(CancellationToken cancellationToken) => Task.FromResult(cancellationToken is { CanBeCanceled: true, IsCancellationRequested: false });

    public Task Arrive() => Task.CompletedTask;

    public async IAsyncEnumerable<int> Count(int from, int to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        probe.Add("enumerating");
        try
        {
            for (var i = from; i < to; i++)
            {
                if (i % 7 == 0)
                    await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            probe.Add("enumerated");
        }
    }

    public async IAsyncEnumerable<int> CountThenThrow(int to)
    {
        for (var i = 0; i < to; i++)
            yield return i;
        await Task.Yield();
        throw new InvalidOperationException("counted enough");
    }

    public async IAsyncEnumerable<Note> Notes(string gate)
    {
        yield return new Note("first", 1);
        await probe.At(gate);
        yield return new Note("second", 2);
    }

    public Task Leave()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
