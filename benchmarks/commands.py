"""What does a whole `washout` command cost: seconds, processor seconds, and its largest process?

Processor time is that of the command and of every process that it starts and waits for, as its
workers, so it says much also on a machine that others use. Bytecode is on, as on people's machines:
it is written before anything is measured.
"""

import compileall
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Arrow's own allocator reserves address space that it never touches.
_FRUGAL = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Took:
    """Wall and processor seconds of a command, and the peak bytes of its largest process."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak: int = 0

    def __add__(self, other: "Took") -> "Took":
        peak = max(self.peak, other.peak)
        return Took(self.seconds + other.seconds, self.cpu + other.cpu, peak)


def run(words: list[str], limit: float, package: Path | None = None) -> Took:
    """Run a washout command, with all its processes under a limit of GiB each (0: none).

    `package` is a folder whose package `scheduler` is used instead of this tree's.
    Raises: subprocess.CalledProcessError where the command fails.
    """
    size = int(limit * 2**30)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    place = package or ROOT  # first on the path of `python -m`
    _write_bytecode(place)
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler", *words], cwd=place,
        env=os.environ | _FRUGAL | {"PYTHONPATH": str(place)},
        preexec_fn=limited if limit else None,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, words)
    return Took(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)


@lru_cache(maxsize=8)
def _write_bytecode(place: Path) -> None:
    """Compile a tree's package, so that no start that is measured does."""
    compileall.compile_dir(place / "scheduler", quiet=1)
