"""Does a million participants fit into little memory? One process under a hard limit.

    python -m benchmarks.limited                                  # 1.5 GiB, a million, windows
    python -m benchmarks.limited --limit-gib 1.0 --depth plan --count 100000

The limit is the system's own on the address space (`RLIMIT_AS`, as `ulimit -v`), which is harder
than one on memory in use: what is reserved and never touched counts too. That it holds is tried
first, by asking for more than it allows. The exit code is 1 where the run breaks it.
"""

import argparse
import os
import sys
import time

from benchmarks.design import DESIGNS

# What reserves address space and never touches it: threads of the linear algebra library, which
# nothing here uses, and Arrow's own allocator (a gibibyte at its first text column).
_FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}  # fmt: skip


def limit(size: int) -> None:
    """Forbid this process more address space than `size` bytes, and make sure of it."""
    import resource

    import numpy as np

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    try:
        np.empty(size, np.uint8)
    except MemoryError:
        return
    raise SystemExit("the limit does not hold on this system; nothing was measured")


def main(given: list[str] | None = None) -> int:
    """Run under the limit; 1 where memory does not suffice."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.limited", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--limit-gib", type=float, default=1.5, help="default: 1.5")
    parser.add_argument("--count", type=int, default=1_000_000, help="default: 1,000,000")
    parser.add_argument("--protocol", choices=sorted(DESIGNS), default="screening")
    depths = ("core", "windows", "schedule", "plan")
    parser.add_argument("--depth", choices=depths, default="windows")
    parser.add_argument("--chunk", type=int, default=10_000)
    chosen = parser.parse_args(given)
    os.environ.update(_FRUGAL)  # before anything that reads it is imported
    from benchmarks.design import DEPTHS
    from benchmarks.report import gib, rate, span
    from benchmarks.stream import peak_memory

    limit(int(chosen.limit_gib * 2**30))
    name = f"{chosen.protocol}, {DEPTHS[chosen.depth]}, {chosen.count:,} participants"
    try:
        seconds, rows = _stream(chosen.protocol, chosen.depth, chosen.count, chosen.chunk)
    except MemoryError:
        print(f"{name}: does not fit into {chosen.limit_gib} GiB", file=sys.stderr)
        return 1
    print(
        f"{name}: {rows:,} rows in {span(seconds)} on one core "
        f"({rate(chosen.count / seconds)} a second, making them not counted), "
        f"peak memory {gib(peak_memory())}, under a limit of {chosen.limit_gib} GiB"
    )
    return 0


def _stream(protocol: str, depth: str, count: int, chunk: int) -> tuple[float, int]:
    from benchmarks.ours import prepared
    from benchmarks.people import frames
    from benchmarks.stream import chunks_of

    seconds, rows, told = 0.0, 0, time.perf_counter()
    for first, size in chunks_of(count, chunk):
        work = prepared(DESIGNS[protocol], frames(DESIGNS[protocol], first, size), depth)
        begun = time.perf_counter()
        rows += work()
        now = time.perf_counter()
        seconds += now - begun
        if now - told > 10:
            told = now
            print(f"{first + size:,} of {count:,}", file=sys.stderr, flush=True)
    return seconds, rows


if __name__ == "__main__":
    sys.exit(main())
