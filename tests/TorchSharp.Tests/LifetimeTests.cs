using System.Diagnostics;
using TorchSharp;
using static TorchSharp.Tests.Numbers;
using static TorchSharp.torch;

namespace TorchSharp.Tests;

/// <summary>Dispose scopes, memory, threads and random numbers; the real package's public API only.</summary>
public sealed class LifetimeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_inside()
    {
        Tensor inside, moved, detached;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                inside = ones(1);
                moved = ones(1).MoveToOuterDisposeScope();
                detached = ones(1).DetachFromDisposeScope();
                Assert.Equal(1, inner.DisposablesCount);
                Assert.True(outer.Contains(moved));
            }
            Assert.True(inside.IsInvalid);
            Assert.False(moved.IsInvalid);
        }
        Assert.True(moved.IsInvalid);
        Assert.False(detached.IsInvalid);
        detached.Dispose();
    }

    [Fact]
    public void A_scope_keeps_what_it_is_told_to_keep()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(1), b = ones(1), c = ones(1);
        Assert.Same(b, scope.DisposeEverythingBut(b));
        Assert.True(a.IsInvalid && c.IsInvalid);
        Assert.False(b.IsInvalid);
        b.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void A_scope_adopts()
    {
        var free = ones(1);
        using (var scope = NewDisposeScope()) scope.Attach(free);
        Assert.True(free.IsInvalid);
    }

    [Fact]
    public void The_statistics_of_a_thread_return_to_where_they_were()
    {
        var thread = new Thread(() =>
        {
            var statistics = DisposeScopeManager.Statistics;
            statistics.Reset();
            using (NewDisposeScope())
            {
                var x = ones(3) * 2;
                var y = x + 1;
                Assert.Equal(3, statistics.CreatedInScopeCount);
                y.Dispose();
                Assert.Equal(1, statistics.DisposedInScopeCount);
            }
            ones(1).Dispose();
            Assert.Equal(1, statistics.CreatedOutsideScopeCount);
            Assert.Equal(1, statistics.DisposedOutsideScopeCount);
            Assert.Equal(0, statistics.ThreadTotalLiveCount);
        });
        thread.Start();
        thread.Join();
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? made = null;
        var thread = new Thread(() => made = ones(1));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        made!.Dispose();
    }

    [Fact]
    public void A_million_small_operators_need_no_memory()
    {
        Work(100_000);
        var before = Resident();
        Work(1_000_000);
        Assert.InRange(Resident() - before, long.MinValue, 30L << 20);

        static void Work(int count)
        {
            using var a = ones(8, 8);
            for (var i = 0; i < count; i += 4)
            {
                using var scope = NewDisposeScope();
                var b = a + a;
                var c = b * 2;
                var d = c[0];
                d.sum();
            }
        }
    }

    [Fact]
    public void Forgotten_tensors_are_finalized()
    {
        var before = Resident();
        for (var i = 0; i < 200; i++)
        {
            ones(1 << 20);
            if (i % 10 != 0) continue;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.InRange(Resident() - before, long.MinValue, 200L << 20);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    [Fact]
    public void A_seed_repeats_its_numbers()
    {
        using var scope = NewDisposeScope();
        Generator one = new(5), other = new(5);
        Assert.Equal(Values(rand(100, generator: one)), Values(rand(100, generator: other)));
        Assert.Equal(Values(randn(100, generator: one)), Values(randn(100, generator: other)));
        Assert.Equal(Values(randperm(100, generator: one)), Values(randperm(100, generator: other)));
        Assert.Equal(Values(randint(0, 1000, new long[] { 100 }, generator: one)), Values(randint(0, 1000, new long[] { 100 }, generator: other)));
        Assert.NotEqual(Values(rand(100, generator: new Generator(6))), Values(rand(100, generator: new Generator(5))));

        var state = one.get_state();
        var next = Values(rand(10, generator: one));
        one.set_state(state);
        Assert.Equal(next, Values(rand(10, generator: one)));

        manual_seed(11);
        var first = Values(rand(10));
        manual_seed(11);
        Assert.Equal(first, Values(rand(10)));
        Assert.Equal(11, initial_seed());
        Assert.Equal(100, Values(randperm(100)).Distinct().Count());
    }

    [Fact]
    public void Concurrent_trainings_are_bit_equal_to_serial_ones()
    {
        var serial = Enumerable.Range(0, 4).Select(Train).ToArray();
        var together = new double[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => together[i] = Train(i))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        for (var i = 0; i < 4; i++) Assert.Equal(serial[i], together[i]);
        Assert.NotEqual(serial[0], serial[1]);

        static double[] Train(int seed)
        {
            using var scope = NewDisposeScope();
            var generator = new Generator((ulong)seed);
            Modules.Parameter Weight(long rows, long columns) => new(randn(rows, columns, generator: generator) * 0.1);
            var x = randn(256, 80, generator: generator);
            var y = randint(0, 4, new long[] { 256 }, generator: generator);
            Modules.Parameter first = Weight(128, 80), second = Weight(4, 128);
            using var optimizer = optim.RMSProp([first, second], 1e-3, momentum: 0.9);
            for (var i = 0; i < 40; i++)
            {
                using var step = NewDisposeScope();
                optimizer.zero_grad();
                var hidden = nn.functional.linear(x, first).relu();
                nn.functional.cross_entropy(nn.functional.linear(hidden, second), y).backward();
                optimizer.step();
            }
            return [.. Values(first), .. Values(second)];
        }
    }

    [Fact]
    public void The_number_of_threads_is_set_and_told()
    {
        var before = get_num_threads();
        set_num_threads(2);
        Assert.Equal(2, get_num_threads());
        set_num_threads(before);
        Assert.Equal(before, get_num_threads());
    }
}
