using System;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers; the same seed gives the same numbers on one device.</summary>
    public class Generator : IDisposable
    {
        private IntPtr handle;

        public unsafe Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            IntPtr made;
            Library.Check(Library.ts_generator(seed, (int)this.device.type, this.device.index, &made));
            handle = made;
        }

        private unsafe Generator()
        {
            device = CPU;
            IntPtr made;
            Library.Check(Library.ts_default_generator(&made));
            handle = made;
        }

        ~Generator() => Dispose(false);

        public IntPtr Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));
        public Device device { get; }

        /// <summary>torch's own generator, from which operators without a generator take their numbers.</summary>
        public static Generator Default => new();

        public unsafe Tensor get_state()
        {
            IntPtr state;
            Library.Check(Library.ts_generator_state(Handle, &state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        public void set_state(Tensor value)
        {
            Library.Check(Library.ts_set_generator_state(Handle, value.Handle));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            Library.Check(Library.ts_generator_seed(Handle, (ulong)seed));
            return this;
        }

        public unsafe long seed()
        {
            ulong seed;
            Library.Check(Library.ts_generator_new_seed(Handle, &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        public unsafe long initial_seed()
        {
            ulong seed;
            Library.Check(Library.ts_generator_current_seed(Handle, &seed));
            GC.KeepAlive(this);
            return (long)seed;
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == 0) return;
            Library.ts_delete_generator(handle);
            handle = 0;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }
    }

    public static long seed() => Generator.Default.seed();
    public static long initial_seed() => Generator.Default.initial_seed();
    public static Tensor get_rng_state() => Generator.Default.get_state();
    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    public static Generator manual_seed(long seed)
    {
        Library.Check(Library.ts_manual_seed((ulong)seed));
        return Generator.Default;
    }

    public static partial class random
    {
        public static long seed() => torch.seed();
        public static long initial_seed() => torch.initial_seed();
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
        public static Tensor get_rng_state() => torch.get_rng_state();
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
