using System.Linq.Expressions;
using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.InProcess;

internal enum ResultShape { Void, Task, TaskOf, ValueTask, ValueTaskOf, Stream }

/// <summary>One method of a grain interface: what its attributes say, and how it is invoked on a grain.</summary>
internal sealed class GrainMethod
{
    private readonly Lazy<Func<object, object?[], object>> _invoke;

    public GrainMethod(MethodInfo method)
    {
        Method = method;
        Parameters = [.. method.GetParameters().Select(p => p.ParameterType)];
        (Shape, ResultType) = ShapeOf(method.ReturnType);
        if (Shape is null || method.IsGenericMethod || Parameters.Any(p => p.IsByRef))
            throw new NotSupportedException($"{this}: grain methods are not generic, take no ref or out parameters, and return "
                + "Task, Task<T>, ValueTask, ValueTask<T>, IAsyncEnumerable<T> or void.");
        OneWay = Has<OneWayAttribute>() || Shape is ResultShape.Void;
        if (OneWay && (ResultType is not null))
            throw new NotSupportedException($"{this}: a [OneWay] method has no result.");
        ReadOnly = Has<ReadOnlyAttribute>();
        AlwaysInterleave = Has<AlwaysInterleaveAttribute>();
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        CancellationIndex = Array.IndexOf(Parameters, typeof(CancellationToken));
        Addressable = [.. Enumerable.Range(0, Parameters.Length).Where(i => Parameters[i].IsInterface && Parameters[i].IsAssignableTo(typeof(IAddressable)))];
        _invoke = new(Compile);

        bool Has<T>() where T : Attribute => method.IsDefined(typeof(T), inherit: true);
    }

    public MethodInfo Method { get; }
    public Type[] Parameters { get; }
    public ResultShape? Shape { get; }

    /// <summary>T of Task&lt;T&gt;, ValueTask&lt;T&gt; or IAsyncEnumerable&lt;T&gt;, else null.</summary>
    public Type? ResultType { get; }
    public bool OneWay { get; }
    public bool ReadOnly { get; }
    public bool AlwaysInterleave { get; }
    public TimeSpan? Timeout { get; }

    /// <summary>Position of the CancellationToken parameter, or -1.</summary>
    public int CancellationIndex { get; }

    /// <summary>Positions of parameters that are grain interfaces.</summary>
    public int[] Addressable { get; }

    /// <summary>Runs the method on a grain; a Task of the result, or the stream itself.</summary>
    public object Invoke(object grain, object?[] arguments) => _invoke.Value(grain, arguments);

    public override string ToString() => $"{Method.DeclaringType?.Name}.{Method.Name}";

    private static (ResultShape?, Type?) ShapeOf(Type type)
    {
        if (type == typeof(void))
            return (ResultShape.Void, null);
        if (type == typeof(Task))
            return (ResultShape.Task, null);
        if (type == typeof(ValueTask))
            return (ResultShape.ValueTask, null);
        if (!type.IsGenericType)
            return (null, null);
        var definition = type.GetGenericTypeDefinition();
        ResultShape? shape = definition == typeof(Task<>) ? ResultShape.TaskOf
            : definition == typeof(ValueTask<>) ? ResultShape.ValueTaskOf
            : definition == typeof(IAsyncEnumerable<>) ? ResultShape.Stream
            : null;
        return (shape, type.GetGenericArguments()[0]);
    }

    private Func<object, object?[], object> Compile()
    {
        var grain = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        Expression call = Expression.Call(
            Expression.Convert(grain, Method.DeclaringType!),
            Method,
            Parameters.Select((type, i) => Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), type)));
        Expression body = Shape switch
        {
            ResultShape.Void => Expression.Block(call, Expression.Constant(Task.CompletedTask)),
            ResultShape.ValueTask or ResultShape.ValueTaskOf => Expression.Call(call, nameof(ValueTask.AsTask), null),
            _ => call,
        };
        return Expression.Lambda<Func<object, object?[], object>>(Expression.Convert(body, typeof(object)), grain, arguments).Compile();
    }
}
