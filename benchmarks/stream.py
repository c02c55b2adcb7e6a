"""How long do so many participants take on so many cores, in bounded memory?

Worker processes make some chunks of participants (not timed), wait until all are ready, and then
all work at once; the clock runs from the first start to the last answer. So what is timed is
"frames ready, until frames made", with every core busy and the slowest worker counting. Rounds of
that go on until the cohort is through; nothing of a chunk outlives its round.
"""

import ctypes
import gc
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Chunk = tuple[int, int]  # first participant, how many
_WARM = 25  # times that a single participant is planned; the best counts
_ROUND = 2  # chunks a worker holds ready at a time: enough to even out, little to hold


@dataclass(frozen=True)
class Measured:
    """Seconds of a whole cohort, the rows made, and the peak memory of all processes (bytes)."""

    seconds: float
    rows: int
    peak: int


class Disagreement(Exception):
    """Two engines that must agree do not."""


class Pool:
    """Worker processes that begin and end their work together."""

    def __init__(self, workers: int, package: Path | None = None) -> None:
        """`package` is a folder whose package `scheduler` the workers use instead of this one."""
        # "spawn": nothing of the parent is in a worker's memory, on any system.
        context = multiprocessing.get_context("spawn")
        self.workers = workers
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(workers):
            mine, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            if package is not None:
                sys.path.insert(0, str(package))  # which a new process takes over
            try:
                process.start()
            finally:
                if package is not None:
                    sys.path.remove(str(package))
            theirs.close()
            self._ends.append(mine)
            self._processes.append(process)

    def ask(self, orders: list[tuple[Any, ...]]) -> list[Any]:
        """Give every worker an order, and wait for all answers."""
        for end, order in zip(self._ends, orders, strict=True):
            end.send(order)
        return [_answer(end) for end in self._ends]

    def all(self, *order: Any) -> list[Any]:
        """Give every worker the same order."""
        return self.ask([order] * self.workers)

    def measure(self, design: str, depth: str, count: int, chunk: int) -> Measured:
        """The seconds of one depth for participants 0..count."""
        chunks = chunks_of(count, min(chunk, -(-count // self.workers)))
        seconds, rows = 0.0, 0
        self.all("fresh")
        size = self.workers * _ROUND
        for place in range(0, len(chunks), size):
            turn = chunks[place : place + size]
            shares = [turn[worker :: self.workers] for worker in range(self.workers)]
            self.ask([("prepare", design, depth, share) for share in shares])
            times = []
            for _ in range(_WARM if count == 1 else 1):  # one is asked while somebody is typing
                begun = time.perf_counter()
                made = sum(self.all("work"))
                times.append(time.perf_counter() - begun)
            rows, seconds = rows + made, seconds + min(times)
        return Measured(seconds, rows, sum(self.all("peak")) + peak_memory())

    def rival(self, name: str, *given: Any) -> Any:
        """What one of benchmarks.rivals finds, in the first worker; None: not applicable."""
        self._ends[0].send(("rival", name, *given))
        return _answer(self._ends[0])

    def close(self) -> None:
        """End the workers."""
        for end, process in zip(self._ends, self._processes, strict=True):
            with suppress(OSError):
                end.send(("stop",))
            process.join(timeout=10)
            end.close()


def _answer(end: Connection) -> Any:
    found = end.recv()
    if isinstance(found, Exception):
        raise found
    return found


@contextmanager
def pool(workers: int, package: Path | None = None) -> Iterator[Pool]:
    """A pool that is closed at the end."""
    made = Pool(workers, package)
    try:
        yield made
    finally:
        made.close()


def chunks_of(count: int, chunk: int) -> list[Chunk]:
    """Participants 0..count in chunks."""
    return [(first, min(chunk, count - first)) for first in range(0, count, chunk)]


def peak_memory() -> int:
    """The most memory that this process ever held at once since `fresh`, in bytes."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    """Let the peak begin anew, where the system can (Linux); else it is that of the whole life.

    What is free already goes back to the system first, where the C library can (glibc): it would
    count as held.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _serve(pipe: Connection) -> None:
    """Do what the parent orders, until it says stop or is gone."""
    # Libraries that start threads of their own would make "one core" untrue.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    worker = _Worker()
    with suppress(EOFError):
        while True:
            name, *given = pipe.recv()
            if name == "stop":
                return
            try:
                found = getattr(worker, name)(*given)
            except Disagreement as error:
                found = error
            except Exception:
                found = RuntimeError(f"{name} {given}:\n{traceback.format_exc()}")
            pipe.send(found)


class _Worker:
    def __init__(self) -> None:
        self._works: list[Any] = []

    def fresh(self) -> None:
        gc.collect()
        forget_peak()

    def prepare(self, design: str, depth: str, chunks: list[Chunk]) -> None:
        from benchmarks import ours
        from benchmarks.design import DESIGNS
        from benchmarks.people import frames

        one = DESIGNS[design]
        self._works = [ours.prepared(one, frames(one, *chunk), depth) for chunk in chunks]
        gc.collect()

    def work(self) -> int:
        return sum(work() for work in self._works)

    def timed(self) -> tuple[int, float]:
        """The rows made, and this process's own time for them."""
        begun = time.process_time()
        rows = self.work()
        return rows, time.process_time() - begun

    def package(self) -> str:
        """Where the package that is measured lies."""
        import scheduler

        return str(Path(scheduler.__file__).parent)

    def peak(self) -> int:
        self._works = []
        return peak_memory()

    def first_call(self, design: str, count: int) -> tuple[float, float]:
        """Seconds of the windows of some participants in this process, first and once more."""
        self.prepare(design, "windows", [(0, count)])
        times = []
        for _ in range(2):
            begun = time.perf_counter()
            self.work()
            times.append(time.perf_counter() - begun)
        self._works = []
        return times[0], times[1]

    def one(self, design: str) -> float:
        """Seconds from a loaded study of one participant to the windows, the best of many."""
        import scheduler
        from benchmarks.design import DESIGNS
        from benchmarks.ours import protocol_of
        from benchmarks.people import frames

        one, protocol = DESIGNS[design], protocol_of(design)
        study = scheduler.load_study(frames(one, 0, 1))
        times = []
        for _ in range(4 * _WARM):
            begun = time.perf_counter()
            _ = scheduler.plan(protocol, study, one.as_of).windows
            times.append(time.perf_counter() - begun)
        return min(times)

    def rival(self, name: str, design: str, *given: Any) -> Any:
        from benchmarks import rivals
        from benchmarks.design import DESIGNS

        self.fresh()
        found = getattr(rivals, name)(DESIGNS[design], *given)
        if found is None or name == "memory_copy":  # its memory is what it copies
            return found
        return replace(found, peak=peak_memory())

    def oracle(self, design: str, most: int) -> int:
        from benchmarks.agree import against_oracle
        from benchmarks.design import DESIGNS

        return against_oracle(DESIGNS[design], most)

    def hashes(self, design: str, chunks: list[Chunk]) -> dict[str, list[Any]]:
        """A number for every row of the windows and the schedule."""
        from benchmarks import ours
        from benchmarks.design import DESIGNS
        from benchmarks.people import frames

        one = DESIGNS[design]
        found: dict[str, list[Any]] = {"windows": [], "schedule": []}
        for chunk in chunks:
            made = ours.tables(one, frames(one, *chunk), "schedule")
            for name, frame in made.items():
                found[name].append(ours.row_hashes(frame))
        return found
