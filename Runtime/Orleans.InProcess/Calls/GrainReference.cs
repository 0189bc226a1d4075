using Orleans.InProcess;

namespace Orleans.Runtime
{
    /// <summary>The base of the generated proxies: a grain's identity and the way to its activation.</summary>
    public class GrainReference : IAddressable, IEquatable<GrainReference>
    {
        internal Activation? LastActivation;

        internal GrainReference(InProcessSilo silo, GrainClass grainClass, GrainId grainId) =>
            (Silo, Class, GrainId) = (silo, grainClass, grainId);

        public GrainId GrainId { get; }
        public virtual string InterfaceName => "";
        internal InProcessSilo Silo { get; }
        internal GrainClass Class { get; }

        public virtual TGrainInterface Cast<TGrainInterface>() where TGrainInterface : IAddressable => this.AsReference<TGrainInterface>();

        public bool Equals(GrainReference? other) => other is not null && GrainId.Equals(other.GrainId);
        public override bool Equals(object? obj) => Equals(obj as GrainReference);
        public override int GetHashCode() => GrainId.GetHashCode();
        public override string ToString() => $"GrainReference:{GrainId}";
        public static bool operator ==(GrainReference? reference1, GrainReference? reference2) => reference1 is null ? reference2 is null : reference1.Equals(reference2);
        public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);

        // The five shapes of a grain method's result; the generated methods call one each.
        internal Task CallTask(GrainMethod method, object?[] arguments) => CallTaskOf<object?>(method, arguments);

        internal ValueTask CallValueTask(GrainMethod method, object?[] arguments) => new(CallTaskOf<object?>(method, arguments));

        internal ValueTask<T> CallValueTaskOf<T>(GrainMethod method, object?[] arguments) => new(CallTaskOf<T>(method, arguments));

        internal Task<T> CallTaskOf<T>(GrainMethod method, object?[] arguments)
        {
            try
            {
                var call = new GrainCall<T>(this, method, Silo.Copy(method, this, arguments));
                call.Send();
                return method.OneWay ? Task.FromResult<T>(default!) : call.Answer;
            }
            catch (Exception error)
            {
                return Task.FromException<T>(error);
            }
        }

        internal void CallVoid(GrainMethod method, object?[] arguments) =>
            new GrainCall<object?>(this, method, Silo.Copy(method, this, arguments)).Send();

        internal IAsyncEnumerable<T> CallStream<T>(GrainMethod method, object?[] arguments) =>
            new GrainStream<T>(this, method, Silo.Copy(method, this, arguments));
    }
}
