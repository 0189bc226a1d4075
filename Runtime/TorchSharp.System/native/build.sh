#!/bin/sh
# Builds libtorchsharp_system.so into the folder $1, over the libtorch in $2 or the system's.
# Several builds may run at once (one project graph each): the first one works, the others wait and find it done.
set -eu
target=$1
libtorch=${2:-}
source=$(cd "$(dirname "$0")" && pwd)

fail() {
    echo "TorchSharp.System : error TS0001: $1" >&2
    exit 1
}

command -v cmake > /dev/null || fail "cmake is missing: apt-get install cmake g++ libtorch-dev libopenblas0-openmp"
command -v c++ > /dev/null || fail "g++ is missing: apt-get install cmake g++ libtorch-dev libopenblas0-openmp"

mkdir -p "$target"
exec 9> "$target/lock"
flock 9

build=$target/build
# Another libtorch than last time: start over, cmake keeps what it found once.
if ! cmp -s "$target/libtorch.txt" "$build/libtorch.txt" 2> /dev/null; then
    rm -rf "$build"
    mkdir -p "$build"
    cp "$target/libtorch.txt" "$build/libtorch.txt" 2> /dev/null || true
fi
log=$target/build.log
if ! cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="$libtorch" > "$log" 2>&1; then
    grep -q "libtorch was not found" "$log" &&
        fail "libtorch was not found: apt-get install libtorch-dev libopenblas0-openmp, or set LIBTORCH to another one"
    fail "cmake failed, see $log"
fi
cmake --build "$build" >> "$log" 2>&1 || fail "the C++ compiler failed, see $log"

# A rename, so that a process that has the old library loaded keeps it.
cp "$build/libtorchsharp_system.so" "$target/new.so"
mv "$target/new.so" "$target/libtorchsharp_system.so"
