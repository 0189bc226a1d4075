using System.Reflection;
using Orleans.InProcess;

namespace Orleans.Serialization.Invocation
{
    /// <summary>A call as a <c>[MayInterleave]</c> predicate sees it.</summary>
    public interface IInvokable : IDisposable
    {
        int GetArgumentCount();
        object? GetArgument(int index);
        string GetMethodName();
        string GetInterfaceName();
        MethodInfo GetMethod();
        Type GetInterfaceType();
    }
}

namespace Orleans.Runtime
{
    /// <summary>Values that travel with every call made in this flow of control.</summary>
    public static class RequestContext
    {
        private const string ReentrancyKey = "#CCR";
        private static readonly AsyncLocal<IReadOnlyDictionary<string, object>?> Values = new();

        /// <summary>The call chain whose calls may re-enter grains that allowed it, or <see cref="Guid.Empty"/>.</summary>
        public static Guid ReentrancyId
        {
            get => Get(ReentrancyKey) is Guid id ? id : Guid.Empty;
            set
            {
                if (value == Guid.Empty)
                    Remove(ReentrancyKey);
                else
                    Set(ReentrancyKey, value);
            }
        }

        public static IEnumerable<string> Keys => Values.Value?.Keys ?? [];
        public static IEnumerable<KeyValuePair<string, object>> Entries => Values.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();
        internal static IReadOnlyDictionary<string, object>? Snapshot => Values.Value;

        public static object? Get(string key) => Values.Value is { } values && values.TryGetValue(key, out var value) ? value : null;

        public static void Set(string key, object value) =>
            Values.Value = new Dictionary<string, object>(Entries) { [key] = value };

        public static bool Remove(string key)
        {
            if (Get(key) is null)
                return false;
            var rest = new Dictionary<string, object>(Entries);
            rest.Remove(key);
            Values.Value = rest.Count == 0 ? null : rest;
            return true;
        }

        public static void Clear() => Import(null);

        /// <summary>Until disposal, calls made from here may come back into the activation that runs now.</summary>
        public static ReentrancySection AllowCallChainReentrancy() =>
            new(ReentrancyId, ReentrancyId == Guid.Empty ? Guid.NewGuid() : ReentrancyId);

        /// <summary>Until disposal, calls made from here do not belong to the call chain.</summary>
        public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

        internal static void Import(IReadOnlyDictionary<string, object>? values)
        {
            if (!ReferenceEquals(Values.Value, values))
                Values.Value = values;
        }

        public readonly struct ReentrancySection : IDisposable
        {
            private readonly Guid _original;
            private readonly Guid _current;

            public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
            {
                (_original, _current) = (originalReentrancyId, newReentrancyId);
                if (_original != _current)
                    ReentrancyId = _current;
                if (_current != Guid.Empty)
                    Activation.Current?.EnterSection(_current);
            }

            public void Dispose()
            {
                if (_current != Guid.Empty)
                    Activation.Current?.LeaveSection(_current);
                if (_original != _current)
                    ReentrancyId = _original;
            }
        }
    }

    public static class AsyncEnumerableExtensions
    {
        /// <summary>At most this many elements of a grain's result travel at once (default 100).</summary>
        public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
            if (self is GrainStream<T> stream)
                stream.MaxBatchSize = maxBatchSize;
            return self;
        }
    }

    public class OrleansException : Exception
    {
        public OrleansException() : base("Unexpected error.") { }
        public OrleansException(string message) : base(message) { }
        public OrleansException(string message, Exception innerException) : base(message, innerException) { }
    }

    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message, Exception? inner) : base(message, inner!) { }
    }

    /// <summary>The silo does not run, or stops.</summary>
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        public SiloUnavailableException() : this("The silo is unavailable.") { }
        public SiloUnavailableException(string msg) : base(msg, null) { }
        public SiloUnavailableException(string message, Exception innerException) : base(message, innerException) { }
    }

    /// <summary>The silo cannot start as it was configured.</summary>
    public sealed class OrleansConfigurationException : Exception
    {
        public OrleansConfigurationException(string message) : base(message) { }
        public OrleansConfigurationException(string message, Exception innerException) : base(message, innerException) { }
    }

    /// <summary>The activation that produced an <see cref="IAsyncEnumerable{T}"/> result is gone.</summary>
    public sealed class EnumerationAbortedException : Exception
    {
        public EnumerationAbortedException() { }
        public EnumerationAbortedException(string message) : base(message) { }
        public EnumerationAbortedException(string message, Exception innerException) : base(message, innerException) { }
    }
}
