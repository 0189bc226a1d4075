using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Orleans.InProcess;

/// <summary>
/// Response time-outs. Calls with the same time-out expire in the order they were sent, so each duration has one linked
/// list and one timer for its head: a call costs two list operations and no timer of its own.
/// </summary>
internal sealed class CallTimeouts(TimeProvider time)
{
    private readonly ConcurrentDictionary<TimeSpan, Queue> _queues = new();

    public void Add(GrainCall call, TimeSpan timeout)
    {
        if (timeout > TimeSpan.Zero)
            _queues.GetOrAdd(timeout, static (duration, time) => new Queue(time, duration), time).Add(call);
    }

    /// <summary>Ends every outstanding call with the error.</summary>
    public void RejectAll(Exception error)
    {
        foreach (var queue in _queues.Values)
            queue.RejectAll(error);
    }

    internal sealed class Queue
    {
        private readonly Lock _lock = new();
        private readonly TimeProvider _time;
        private readonly TimeSpan _timeout;
        private readonly ITimer _timer;
        private GrainCall? _head, _tail;
        private bool _armed;

        public Queue(TimeProvider time, TimeSpan timeout)
        {
            (_time, _timeout) = (time, timeout);
            _timer = time.CreateTimer(static queue => ((Queue)queue!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void Add(GrainCall call)
        {
            lock (_lock)
            {
                call.Timeouts = this;
                call.Deadline = _time.GetTimestamp() + (long)(_timeout.TotalSeconds * _time.TimestampFrequency);
                call.Previous = _tail;
                if (_tail is null)
                    _head = call;
                else
                    _tail.Next = call;
                _tail = call;
                if (!_armed)
                    _armed = _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
            }
        }

        public void Remove(GrainCall call)
        {
            lock (_lock)
                Unlink(call);
        }

        public void RejectAll(Exception error)
        {
            while (true)
            {
                GrainCall? call;
                lock (_lock)
                {
                    call = _head;
                    if (call is null)
                        return;
                    Unlink(call);
                }

                call.Reject(error);
            }
        }

        private void Unlink(GrainCall call)
        {
            if (call.Previous is null && !ReferenceEquals(_head, call))
                return;
            if (call.Previous is null)
                _head = call.Next;
            else
                call.Previous.Next = call.Next;
            if (call.Next is null)
                _tail = call.Previous;
            else
                call.Next.Previous = call.Previous;
            call.Previous = call.Next = null;
        }

        private void Expire()
        {
            List<GrainCall> expired = [];
            lock (_lock)
            {
                var now = _time.GetTimestamp();
                while (_head is { } call && call.Deadline <= now)
                {
                    Unlink(call);
                    expired.Add(call);
                }

                _armed = _head is not null;
                if (_head is not null)
                {
                    var left = TimeSpan.FromSeconds((double)(_head.Deadline - now) / _time.TimestampFrequency);
                    _timer.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                }
            }

            foreach (var call in expired)
                call.OnTimeout(_timeout);
        }
    }
}
