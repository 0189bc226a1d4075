using Orleans.Runtime;

namespace Orleans.InProcess;

internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _firing;
    private bool _changed;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        (_activation, _callback, _options) = (activation, callback, options);
        _timer = activation.Silo.Time.CreateTimer(static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Change(options.DueTime, options.Period);
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        ThrowIfOutOfRange(dueTime, nameof(dueTime));
        ThrowIfOutOfRange(period, nameof(period));
        (_changed, _dueTime, _period) = (true, dueTime, period);
        if (!_firing)
            Arm(dueTime);
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _timer.Dispose();
        _activation.Forget(this);
    }

    private static void ThrowIfOutOfRange(TimeSpan time, string name)
    {
        if (time != Timeout.InfiniteTimeSpan && (time < TimeSpan.Zero || time.TotalMilliseconds > 0xfffffffe))
            throw new ArgumentOutOfRangeException(name, time, "A time is infinite or between zero and 49 days.");
    }

    private void Fire()
    {
        _firing = true;
        _activation.TryAccept(new Tick(this));
    }

    private void Arm(TimeSpan time)
    {
        if (!_disposed.IsCancellationRequested)
            _timer.Change(time, Timeout.InfiniteTimeSpan);
    }

    private sealed class Tick(GrainTimer timer) : WorkItem
    {
        public override bool AlwaysInterleave => timer._options.Interleave;
        public override bool LocalOnly => true;
        public override bool Expired => timer._disposed.IsCancellationRequested;

        public override async Task RunAsync(Activation activation)
        {
            timer._changed = false;
            try
            {
                await timer._callback(timer._disposed.Token);
            }
            catch (Exception error)
            {
                activation.Silo.Report(error, $"a timer of {activation.GrainId}");
            }
            finally
            {
                if (timer._options.KeepAlive)
                    activation.Touch();
                timer._firing = false;
                timer.Arm(timer._changed ? timer._dueTime : timer._period);
            }
        }

        public override void Reject(Exception error) { }
    }
}
