using Microsoft.Extensions.DependencyInjection;
using Orleans.InProcess;
using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Anything that calls can be sent to.</summary>
    public interface IAddressable;

    /// <summary>What a running activation knows of itself.</summary>
    public interface IGrainContext : IEquatable<IGrainContext>
    {
        GrainReference GrainReference { get; }
        GrainId GrainId { get; }
        object? GrainInstance { get; }
        IServiceProvider ActivationServices { get; }

        /// <summary>Completes when the activation is gone.</summary>
        Task Deactivated { get; }

        /// <summary>Starts deactivation: what runs ends first, what waits goes to the next activation.</summary>
        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    /// <summary>The context of the activation whose turn runs on this thread.</summary>
    public interface IGrainContextAccessor
    {
        IGrainContext GrainContext { get; }
    }

    public static class GrainContextExtensions
    {
        /// <summary>Deactivates and waits until it is done.</summary>
        public static Task DeactivateAsync(this IGrainContext grainContext, DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
        {
            grainContext.Deactivate(deactivationReason, cancellationToken);
            return grainContext.Deactivated;
        }
    }

    /// <summary>A timer whose callbacks run as turns of the activation that registered it.</summary>
    public interface IGrainTimer : IDisposable
    {
        /// <summary>Restarts the timer; during a callback, after the callback.</summary>
        void Change(TimeSpan dueTime, TimeSpan period);
    }

    /// <summary>How a grain timer fires; the period counts from the end of a callback.</summary>
    public readonly struct GrainTimerCreationOptions()
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period) : this() => (DueTime, Period) = (dueTime, period);

        public required TimeSpan DueTime { get; init; }
        public required TimeSpan Period { get; init; }

        /// <summary>Callbacks run between the turns of calls; otherwise they wait like a call.</summary>
        public bool Interleave { get; init; }

        /// <summary>A callback counts as use of the activation; otherwise a timer does not keep it from being collected.</summary>
        public bool KeepAlive { get; init; }
    }
}

namespace Orleans
{
    public interface IGrain : IAddressable;

    public interface IGrainWithStringKey : IGrain;

    public interface IGrainWithIntegerKey : IGrain;

    public interface IGrainWithGuidKey : IGrain;

    /// <summary>A grain class; <see cref="Grain"/> is the convenient base, any class can implement this instead.</summary>
    public interface IGrainBase
    {
        IGrainContext GrainContext { get; }

        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }

    public abstract class Grain : IGrainBase, IAddressable
    {
        /// <summary>Grains are created by the silo; one made with <c>new</c> has no context.</summary>
        protected Grain() => GrainContext = Activation.Current!;

        public IGrainContext GrainContext { get; }
        public GrainReference GrainReference => GrainContext.GrainReference;
        public string IdentityString => GrainContext.GrainId.ToString();
        protected IGrainFactory GrainFactory => Activation.Silo;
        protected IServiceProvider ServiceProvider => GrainContext.ActivationServices;
        private Activation Activation => (Activation)GrainContext;

        protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

        /// <summary>Keeps the activation from being collected for the given time; a negative one takes that back.</summary>
        protected void DelayDeactivation(TimeSpan timeSpan) => Activation.DelayDeactivation(timeSpan);

        public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public static class GrainBaseExtensions
    {
        public static void DeactivateOnIdle(this IGrainBase grain) => grain.GrainContext.Deactivate(
            new DeactivationReason(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
        {
            ArgumentNullException.ThrowIfNull(callback);
            return ((Activation)grain.GrainContext).RegisterTimer(token => callback(state, token), options);
        }

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
            RegisterGrainTimer(grain, static (call, token) => call(token), Required(callback), options);

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options) =>
            RegisterGrainTimer(grain, static (call, _) => call(), Required(callback), options);

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, Task> callback, TState state, GrainTimerCreationOptions options)
        {
            ArgumentNullException.ThrowIfNull(callback);
            return RegisterGrainTimer(grain, (given, _) => callback(given), state, options);
        }

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, callback, new GrainTimerCreationOptions(dueTime, period));

        public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, callback, new GrainTimerCreationOptions(dueTime, period));

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, callback, state, new GrainTimerCreationOptions(dueTime, period));

        public static IGrainTimer RegisterGrainTimer<TState>(
            this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
            RegisterGrainTimer(grain, callback, state, new GrainTimerCreationOptions(dueTime, period));

        private static T Required<T>(T callback) where T : class => callback ?? throw new ArgumentNullException(nameof(callback));
    }

    public static class GrainExtensions
    {
        /// <summary>A reference to the grain, or to the same grain through another of its interfaces.</summary>
        public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
            (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

        public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => AsReference<TGrainInterface>(grain);

        public static object AsReference(this IAddressable grain, Type interfaceType) => grain switch
        {
            GrainReference reference => reference.Silo.Reference(interfaceType, reference.Class, reference.GrainId),
            _ => Activation(grain).Silo.Reference(interfaceType, Activation(grain).Class, Activation(grain).GrainId),
        };

        public static object Cast(this IAddressable grain, Type interfaceType) => AsReference(grain, interfaceType);

        public static GrainId GetGrainId(this IAddressable grain) => grain is GrainReference reference ? reference.GrainId : Activation(grain).GrainId;

        public static long GetPrimaryKeyLong(this IAddressable grain) => GetGrainId(grain).GetIntegerKey();

        public static Guid GetPrimaryKey(this IAddressable grain) => GetGrainId(grain).GetGuidKey();

        public static string GetPrimaryKeyString(this IAddressable grain) => GetGrainId(grain).Key.ToString();

        private static Activation Activation(IAddressable grain) => grain is IGrainBase { GrainContext: Activation activation }
            ? activation
            : throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain));
    }

    /// <summary>Makes references to grains; a grain always exists, its activation is made at the first call.</summary>
    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithGuidKey;
        TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithIntegerKey;
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null) where TGrainInterface : IGrainWithStringKey;
        IGrain GetGrain(Type grainInterfaceType, Guid grainPrimaryKey);
        IGrain GetGrain(Type grainInterfaceType, long grainPrimaryKey);
        IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);
        TGrainInterface GetGrain<TGrainInterface>(GrainId grainId) where TGrainInterface : IAddressable;
    }

    public interface IClusterClient : IGrainFactory
    {
        IServiceProvider ServiceProvider { get; }
    }

    public enum DeactivationReasonCode : byte
    {
        None = 0,
        ShuttingDown = 1,
        ActivationFailed = 2,
        DirectoryFailure = 3,
        ActivationIdle = 4,
        ActivationUnresponsive = 5,
        DuplicateActivation = 6,
        IncompatibleRequest = 7,
        ApplicationError = 8,
        ApplicationRequested = 9,
        Migrating = 10,
        RuntimeRequested = 11,
        HighMemoryPressure = 12,
    }

    public readonly struct DeactivationReason
    {
        public DeactivationReason(DeactivationReasonCode code, string text) : this(code, null, text) { }

        public DeactivationReason(DeactivationReasonCode code, Exception? exception, string text) =>
            (ReasonCode, Exception, Description) = (code, exception, text);

        public string Description { get; }
        public DeactivationReasonCode ReasonCode { get; }
        public Exception? Exception { get; }
        public override string ToString() => $"{ReasonCode}: {Description}" + (Exception is null ? "" : $" ({Exception.Message})");
    }
}
