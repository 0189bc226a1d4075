using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Serialization;

namespace Orleans.Serialization
{
    public class SerializerException : Exception
    {
        public SerializerException() { }
        public SerializerException(string message) : base(message) { }
        public SerializerException(string message, Exception innerException) : base(message, innerException) { }
    }

    /// <summary>A value that crosses a grain call is of a type that cannot be serialized.</summary>
    public sealed class CodecNotFoundException(string message) : SerializerException(message);
}

namespace Orleans.InProcess
{
    /// <summary>Sends every argument and result of a grain call through JSON, and refuses what Orleans could not serialize.</summary>
    internal sealed class StrictCopier
    {
        // What crosses by identity: runtime types, grain references. JSON holds positions in this list.
        [ThreadStatic]
        private static List<object>? t_table;

        private readonly JsonSerializerOptions _options = new()
        {
            IncludeFields = true,
            MaxDepth = 512,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Converters = { new CrossingConverters() },
        };

        public static List<object> Table => t_table!;

        public void CopyArguments(GrainMethod method, object?[] arguments)
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                if (method.Parameters[i] != typeof(CancellationToken))
                    arguments[i] = Copy(arguments[i], method.Parameters[i], method, "argument");
            }
        }

        public object? CopyResult(GrainMethod method, Type type, object? result) => Copy(result, type, method, "result");

        /// <summary>
        /// An exception of the same type with the same message, stack trace and inner exceptions. Of what its type adds, only
        /// the members of a [GenerateSerializer] type cross, and the simple ones of the platform's own types.
        /// </summary>
        public Exception CopyError(Exception error)
        {
            var copy = (Exception)RuntimeHelpers.GetUninitializedObject(error.GetType());
            CopyFields(error, copy, typeof(Exception), "_message", "_HResult", "_innerException");
            for (var type = error.GetType(); type != typeof(Exception); type = type.BaseType!)
            {
                if (type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
                {
                    foreach (var field in SerializedMembers.Declared(type))
                        field.SetValue(copy, Copy(field.GetValue(error), field.FieldType, type, "member"));
                }
                else if (type.Assembly == typeof(Exception).Assembly)
                {
                    CopyFields(error, copy, type, [.. type.GetFields(SerializedMembers.Own).Select(f => f.Name)]);
                }
            }

            if (error.StackTrace is { } trace)
                ExceptionDispatchInfo.SetRemoteStackTrace(copy, trace);
            return copy;
        }

        private void CopyFields(Exception from, Exception to, Type type, params string[] names)
        {
            foreach (var field in names.Select(name => type.GetField(name, SerializedMembers.Own)))
            {
                object? value = field?.GetValue(from) switch
                {
                    Exception inner => CopyError(inner),
                    Exception[] inners => inners.Select(CopyError).ToArray(),
                    string or ValueType => field.GetValue(from),
                    _ => null,
                };
                if (value is not null)
                    field!.SetValue(to, value);
            }
        }

        private object? Copy(object? value, Type type, object where, string what)
        {
            if (value is null or string || type.IsPrimitive)
                return value;
            var outer = t_table;
            t_table = [];
            try
            {
                return JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(value, type, _options), type, _options);
            }
            catch (RefusedTypeException refused)
            {
                throw new CodecNotFoundException($"{where}: {what} of type {type} cannot cross a grain call: {refused.Message}");
            }
            catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
            {
                throw new SerializerException($"{where}: {what} of type {type} cannot cross a grain call: {error.Message}", error);
            }
            finally
            {
                t_table = outer;
            }
        }
    }

    internal sealed class RefusedTypeException(string message) : Exception(message);
}
