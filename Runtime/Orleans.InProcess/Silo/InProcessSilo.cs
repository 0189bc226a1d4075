using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>The silo: which grain classes there are, which activations live, and where a call goes.</summary>
internal sealed partial class InProcessSilo : IClusterClient, IHostedService
{
    private enum Phase { Created, Running, Stopping, Stopped }

    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConcurrentDictionary<GrainId, StatelessPool> _pools = new();
    private readonly Lazy<GrainCatalogue> _catalogue;
    private volatile Phase _phase;
    private ITimer? _collector;

    public InProcessSilo(IServiceProvider services, StrictCopier? copier = null)
    {
        ServiceProvider = services;
        Time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Orleans.InProcess");
        Messaging = Options<SiloMessagingOptions>();
        Scheduling = Options<SchedulingOptions>();
        Collection = Options<GrainCollectionOptions>();
        Timeouts = new CallTimeouts(Time);
        Copier = copier;
        _catalogue = new(() => new GrainCatalogue(Options<GrainTypeOptions>().Classes, Collection));
    }

    public IServiceProvider ServiceProvider { get; }
    public TimeProvider Time { get; }
    public ILogger Logger { get; }
    public SiloMessagingOptions Messaging { get; }
    public SchedulingOptions Scheduling { get; }
    public GrainCollectionOptions Collection { get; }
    public CallTimeouts Timeouts { get; }

    /// <summary>Copies what crosses a call; null where arguments and results are passed as they are.</summary>
    public StrictCopier? Copier { get; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (ServiceProvider.GetService<ClusteringMarker>() is null)
            throw new OrleansConfigurationException("Clustering has not been configured: call UseLocalhostClustering() in UseOrleans.");
        if (Collection.CollectionAge <= Collection.CollectionQuantum)
            throw new OrleansConfigurationException($"GrainCollectionOptions: CollectionAge {Collection.CollectionAge} must be longer than CollectionQuantum {Collection.CollectionQuantum}.");
        _catalogue.Value.ThrowIfUnsupported();
        _collector = Time.CreateTimer(static silo => ((InProcessSilo)silo!).Collect(), this, Collection.CollectionQuantum, Collection.CollectionQuantum);
        _phase = Phase.Running;
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_phase is not Phase.Running)
            return;
        _phase = Phase.Stopping;
        _collector?.Dispose();
        var reason = new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The silo is shutting down.");
        try
        {
            await Task.WhenAll(Living().Select(a => a.DeactivateAsync(reason, cancellationToken))).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Logger.LogWarning("Stopped with {Count} activations still busy", Living().Count());
        }

        _phase = Phase.Stopped;
        Timeouts.RejectAll(Unavailable());
    }

    public void Send(GrainReference target, WorkItem work)
    {
        if (_phase is not Phase.Running and not Phase.Stopping)
        {
            work.Reject(Unavailable());
            return;
        }

        if (target.Class.MaxWorkers > 0)
        {
            _pools.GetOrAdd(target.GrainId, static (id, of) => new StatelessPool(of.Silo, of.Class, id), target).Send(work);
            return;
        }

        while (true)
        {
            if (target.LastActivation is { } last && last.TryAccept(work))
                return;
            if (_phase is not Phase.Running && !_activations.ContainsKey(target.GrainId))
            {
                work.Reject(Unavailable());
                return;
            }

            target.LastActivation = _activations.GetOrAdd(
                target.GrainId, static (id, of) => new Activation(of.Silo, of.Class, id, of.Silo.Remove), target);
        }
    }

    /// <summary>Sends on what an activation that goes did not start.</summary>
    public void Forward(WorkItem work, Activation from) => Send(from.GrainReference, work);

    public void Report(Exception error, string where) => Logger.LogWarning(error, "Failure in {Where}", where);

    public void ReportLongTurn(Activation activation, TimeSpan length) =>
        Logger.LogWarning("A turn of {Grain} took {Length}", activation.GrainId, length);

    public object?[] Copy(GrainMethod method, GrainReference target, object?[] arguments)
    {
        foreach (var i in method.Addressable)
        {
            if (arguments[i] is IGrainBase and IAddressable grain)
                arguments[i] = grain.AsReference(method.Parameters[i]);
        }

        Copier?.CopyArguments(method, arguments);
        return arguments;
    }

    public T CopyResult<T>(GrainMethod method, T result) => Copier is null ? result : (T)Copier.CopyResult(method, typeof(T), result)!;

    public Exception CopyError(Exception error) => Copier is null ? error : Copier.CopyError(error);

    private T Options<T>() where T : class => ServiceProvider.GetRequiredService<IOptions<T>>().Value;

    private void Remove(Activation activation) => _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    private IEnumerable<Activation> Living() => _activations.Values.Concat(_pools.Values.SelectMany(p => p.Snapshot()));

    private void Collect()
    {
        foreach (var activation in Living())
            activation.CollectIfIdle();
    }

    private SiloUnavailableException Unavailable() => new(_phase is Phase.Created
        ? "The silo has not started: grain calls are possible once the host runs."
        : "The silo is shutting down and processes no more calls.");
}
