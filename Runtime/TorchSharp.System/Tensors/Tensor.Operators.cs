using static TorchSharp.Aten;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => Op("add.Tensor", left, right);
        public static Tensor operator +(Tensor left, Scalar right) => Op("add.Scalar", left, right);
        public static Tensor operator +(Tensor left, int right) => Op("add.Scalar", left, right);
        public static Tensor operator +(Tensor left, long right) => Op("add.Scalar", left, right);
        public static Tensor operator +(Tensor left, float right) => Op("add.Scalar", left, right);
        public static Tensor operator +(Tensor left, double right) => Op("add.Scalar", left, right);
        public static Tensor operator +(Scalar left, Tensor right) => Op("add.Scalar", right, left);
        public static Tensor operator +(int left, Tensor right) => Op("add.Scalar", right, left);
        public static Tensor operator +(long left, Tensor right) => Op("add.Scalar", right, left);
        public static Tensor operator +(float left, Tensor right) => Op("add.Scalar", right, left);
        public static Tensor operator +(double left, Tensor right) => Op("add.Scalar", right, left);

        public static Tensor operator *(Tensor left, Tensor right) => Op("mul.Tensor", left, right);
        public static Tensor operator *(Tensor left, Scalar right) => Op("mul.Scalar", left, right);
        public static Tensor operator *(Tensor left, int right) => Op("mul.Scalar", left, right);
        public static Tensor operator *(Tensor left, long right) => Op("mul.Scalar", left, right);
        public static Tensor operator *(Tensor left, float right) => Op("mul.Scalar", left, right);
        public static Tensor operator *(Tensor left, double right) => Op("mul.Scalar", left, right);
        public static Tensor operator *(Scalar left, Tensor right) => Op("mul.Scalar", right, left);
        public static Tensor operator *(int left, Tensor right) => Op("mul.Scalar", right, left);
        public static Tensor operator *(long left, Tensor right) => Op("mul.Scalar", right, left);
        public static Tensor operator *(float left, Tensor right) => Op("mul.Scalar", right, left);
        public static Tensor operator *(double left, Tensor right) => Op("mul.Scalar", right, left);

        public static Tensor operator -(Tensor left, Tensor right) => Op("sub.Tensor", left, right);
        public static Tensor operator -(Tensor left, Scalar right) => Op("sub.Scalar", left, right);
        public static Tensor operator -(Tensor left, int right) => Op("sub.Scalar", left, right);
        public static Tensor operator -(Tensor left, long right) => Op("sub.Scalar", left, right);
        public static Tensor operator -(Tensor left, float right) => Op("sub.Scalar", left, right);
        public static Tensor operator -(Tensor left, double right) => Op("sub.Scalar", left, right);
        public static Tensor operator -(Scalar left, Tensor right) => Op("rsub.Scalar", right, left);
        public static Tensor operator -(int left, Tensor right) => Op("rsub.Scalar", right, left);
        public static Tensor operator -(long left, Tensor right) => Op("rsub.Scalar", right, left);
        public static Tensor operator -(float left, Tensor right) => Op("rsub.Scalar", right, left);
        public static Tensor operator -(double left, Tensor right) => Op("rsub.Scalar", right, left);

        public static Tensor operator /(Tensor left, Tensor right) => Op("div.Tensor", left, right);
        public static Tensor operator /(Tensor left, Scalar right) => Op("div.Scalar", left, right);
        public static Tensor operator /(Tensor left, int right) => Op("div.Scalar", left, right);
        public static Tensor operator /(Tensor left, long right) => Op("div.Scalar", left, right);
        public static Tensor operator /(Tensor left, float right) => Op("div.Scalar", left, right);
        public static Tensor operator /(Tensor left, double right) => Op("div.Scalar", left, right);
        public static Tensor operator /(Scalar left, Tensor right) => Inverse(right, left);
        public static Tensor operator /(int left, Tensor right) => Inverse(right, left);
        public static Tensor operator /(long left, Tensor right) => Inverse(right, left);
        public static Tensor operator /(float left, Tensor right) => Inverse(right, left);
        public static Tensor operator /(double left, Tensor right) => Inverse(right, left);

        public static Tensor operator %(Tensor left, Tensor right) => Op("remainder.Tensor", left, right);
        public static Tensor operator %(Tensor left, Scalar right) => Op("remainder.Scalar", left, right);
        public static Tensor operator %(Tensor left, int right) => Op("remainder.Scalar", left, right);
        public static Tensor operator %(Tensor left, long right) => Op("remainder.Scalar", left, right);
        public static Tensor operator %(Tensor left, float right) => Op("remainder.Scalar", left, right);
        public static Tensor operator %(Tensor left, double right) => Op("remainder.Scalar", left, right);

        public static Tensor operator -(Tensor tensor) => Op("neg", tensor);

        private static Tensor Inverse(Tensor right, Arg left)
        {
            using var inverse = Op("reciprocal", right);
            return Op("mul.Scalar", inverse, left);
        }

        public static Tensor operator ==(Tensor left, Tensor right) => Op("eq.Tensor", left, right);
        public static Tensor operator ==(Tensor left, Scalar right) => Op("eq.Scalar", left, right);
        public static Tensor operator ==(Scalar left, Tensor right) => Op("eq.Scalar", right, left);
        public static Tensor operator !=(Tensor left, Tensor right) => Op("ne.Tensor", left, right);
        public static Tensor operator !=(Tensor left, Scalar right) => Op("ne.Scalar", left, right);
        public static Tensor operator !=(Scalar left, Tensor right) => Op("ne.Scalar", right, left);
        public static Tensor operator <(Tensor left, Tensor right) => Op("lt.Tensor", left, right);
        public static Tensor operator <(Tensor left, Scalar right) => Op("lt.Scalar", left, right);
        public static Tensor operator <(Scalar left, Tensor right) => Op("gt.Scalar", right, left);
        public static Tensor operator <=(Tensor left, Tensor right) => Op("le.Tensor", left, right);
        public static Tensor operator <=(Tensor left, Scalar right) => Op("le.Scalar", left, right);
        public static Tensor operator <=(Scalar left, Tensor right) => Op("ge.Scalar", right, left);
        public static Tensor operator >(Tensor left, Tensor right) => Op("gt.Tensor", left, right);
        public static Tensor operator >(Tensor left, Scalar right) => Op("gt.Scalar", left, right);
        public static Tensor operator >(Scalar left, Tensor right) => Op("lt.Scalar", right, left);
        public static Tensor operator >=(Tensor left, Tensor right) => Op("ge.Tensor", left, right);
        public static Tensor operator >=(Tensor left, Scalar right) => Op("ge.Scalar", left, right);
        public static Tensor operator >=(Scalar left, Tensor right) => Op("le.Scalar", right, left);

        public Tensor eq(Tensor target) => Op("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => Op("eq.Scalar", this, target);
        public Tensor ne(Tensor target) => Op("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Op("ne.Scalar", this, target);
        public Tensor lt(Tensor target) => Op("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Op("lt.Scalar", this, target);
        public Tensor le(Tensor target) => Op("le.Tensor", this, target);
        public Tensor le(Scalar target) => Op("le.Scalar", this, target);
        public Tensor gt(Tensor target) => Op("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => Op("gt.Scalar", this, target);
        public Tensor ge(Tensor target) => Op("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => Op("ge.Scalar", this, target);
        public Tensor equal(Tensor target) => eq(target);

        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) =>
            OpValue("allclose", this, target, rtol, atol, equal_nan) != 0;

        // == compares elements, so that equality of objects stays equality of references.
        public override bool Equals(object? obj) => ReferenceEquals(this, obj);
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        /// <summary>Makes a number prefer the overload that takes a scalar where another takes a tensor.</summary>
        public static implicit operator Tensor(Scalar scalar) => full([], scalar, scalar.Type);
        public static implicit operator Tensor(byte value) => tensor(value);
        public static implicit operator Tensor(sbyte value) => tensor(value);
        public static implicit operator Tensor(short value) => tensor(value);
        public static implicit operator Tensor(int value) => tensor(value);
        public static implicit operator Tensor(long value) => tensor(value);
        public static implicit operator Tensor(float value) => tensor(value);
        public static implicit operator Tensor(double value) => tensor(value);
        public static implicit operator Tensor(bool value) => tensor(value);
        public static implicit operator Tensor(byte[] value) => tensor(value);
        public static implicit operator Tensor(sbyte[] value) => tensor(value);
        public static implicit operator Tensor(short[] value) => tensor(value);
        public static implicit operator Tensor(int[] value) => tensor(value);
        public static implicit operator Tensor(long[] value) => tensor(value);
        public static implicit operator Tensor(float[] value) => tensor(value);
        public static implicit operator Tensor(double[] value) => tensor(value);
        public static implicit operator Tensor(bool[] value) => tensor(value);

        public static explicit operator float(Tensor value) => value.ToSingle();
        public static explicit operator double(Tensor value) => value.ToDouble();
        public static explicit operator sbyte(Tensor value) => value.ToSByte();
        public static explicit operator byte(Tensor value) => value.ToByte();
        public static explicit operator short(Tensor value) => value.ToInt16();
        public static explicit operator int(Tensor value) => value.ToInt32();
        public static explicit operator long(Tensor value) => value.ToInt64();
        public static explicit operator bool(Tensor value) => value.ToBoolean();
    }
}
