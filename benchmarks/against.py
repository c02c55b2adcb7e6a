"""How much faster is this tree than another commit, side by side in one run?

    python -m benchmarks.scale --against REV --sizes 100000

The package of the other commit is taken from git into a folder of its own. Worker processes of
both wait side by side, and each round of chunks is measured with the one and then with the other,
so that what else the machine does meets both alike. Everything beside the package (cohorts,
protocols, clocks) is this tree's.
"""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import gib, rate, span
from benchmarks.stream import Pool, chunks_of, peak_memory, pool

ROOT = Path(__file__).resolve().parents[1]
DEPTHS = ("windows", "plan")
_WARM = 256


@dataclass
class Side:
    """What one of two trees needed for a cohort: wall and processor seconds, rows, peak bytes."""

    seconds: float = 0.0
    cpu: float = 0.0
    rows: int = 0
    peak: int = 0


@contextmanager
def package_of(commit: str) -> Iterator[Path]:
    """A folder with the package as it was in a commit.

    Raises: SystemExit where git knows no such commit.
    """
    with TemporaryDirectory(prefix="washout-against-") as place:
        told = subprocess.run(
            ["git", "archive", "--format=tar", commit, "scheduler"],
            cwd=ROOT, capture_output=True, check=False,
        )  # fmt: skip
        if told.returncode:
            raise SystemExit(f"no package of {commit}: {told.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", place], input=told.stdout, check=True)
        yield Path(place)


def side_by_side(
    commit: str, protocols: tuple[str, ...], count: int, workers: int, chunk: int,
    tell: Callable[[str], None],
) -> str:  # fmt: skip
    """The table of both, protocol by protocol and depth by depth."""
    lines = [
        f"{count:,} participants, {workers} processes, chunks of {chunk:,}; "
        f"`{commit}` and this tree, round by round in turn",
        "",
        "| protocol | depth | a second before | now | ratio | processor time before | now | ratio "
        "| peak before | now |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    with package_of(commit) as package:
        for name in protocols:
            with ExitStack() as stack:  # new processes, which hold nothing of another protocol
                pools = [stack.enter_context(pool(workers, tree)) for tree in (package, None)]
                places = set(pools[0].all("package"))
                if places != {str(package / "scheduler")}:
                    raise SystemExit(f"measured {', '.join(places)}, not the package of {commit}")
                for one in pools:
                    one.all("first_call", name, _WARM)
                for depth in DEPTHS:
                    before, now = _measured(pools, name, depth, count, chunk)
                    lines.append(_line(name, depth, before, now, count))
                    tell(lines[-1])
    return "\n".join(lines)


def _measured(pools: list[Pool], name: str, depth: str, count: int, chunk: int) -> list[Side]:
    workers = pools[0].workers
    chunks = chunks_of(count, min(chunk, -(-count // workers)))
    sides = [Side(), Side()]
    for one in pools:
        one.all("prepare", name, depth, [(0, _WARM)])
        one.all("work")
        one.all("fresh")
    for place in range(0, len(chunks), workers):
        turn = chunks[place : place + workers]
        shares = [turn[worker : worker + 1] for worker in range(workers)]
        for one, side in zip(pools, sides, strict=True):
            one.ask([("prepare", name, depth, share) for share in shares])
            begun = time.perf_counter()
            found = one.all("timed")
            side.seconds += time.perf_counter() - begun
            side.rows += sum(rows for rows, _ in found)
            side.cpu += sum(cpu for _, cpu in found)
            one.ask([("prepare", name, depth, [])] * workers)  # lets go of what was made
    for one, side in zip(pools, sides, strict=True):
        side.peak = sum(one.all("peak")) + peak_memory()
    return sides


def _line(name: str, depth: str, before: Side, now: Side, count: int) -> str:
    cells = [
        name, depth, rate(count / before.seconds), rate(count / now.seconds),
        f"{before.seconds / now.seconds:.2f}", span(before.cpu / count), span(now.cpu / count),
        f"{before.cpu / now.cpu:.2f}", gib(before.peak), gib(now.peak),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"
