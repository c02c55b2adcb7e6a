"""How fast is it, for one participant and for a million, beside other ways to do it?

    python -m benchmarks.scale                     # everything, some 15 minutes on two cores
    python -m benchmarks.scale --quick             # under a minute: sizes 1 and 1,000
    python -m benchmarks.scale --sizes 1,1000 --protocols anchored --save
    python -m benchmarks.scale --against REV       # this tree beside another commit, nothing else

First the exact engines are compared with each other; where they differ, nothing is measured and the
exit code is 1. Then ours and the rivals run side by side on three fixed, seeded cohorts. The table
goes to standard output, progress to standard error; with --save a table (Markdown and CSV) and a
figure go to benchmarks/results. What is timed, and what is not: docs/speed.md.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.against import side_by_side
from benchmarks.design import DEPTHS, DESIGNS, Design
from benchmarks.goals import HUGE, LARGE, goals
from benchmarks.machine import cores, describe
from benchmarks.report import OURS, RIVAL, Cell, Report, Rival, as_csv, markdown, span
from benchmarks.same_rows import same_rows
from benchmarks.stream import Disagreement, Pool, pool

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
SIZES = (1, 1_000, LARGE, HUGE)
PACKAGES = ("numpy", "pandas", "pyarrow", "pendulum", "holidays", "ortools", "duckdb")
_EXAMPLE = "protocols/nct07342244"


@dataclass(frozen=True)
class Wish:
    """What a run is asked for."""

    sizes: tuple[int, ...]
    protocols: tuple[str, ...]
    workers: int
    chunk: int
    sample: int  # participants of the slow rivals
    limit: float  # no run of ours that would take longer than so many seconds
    quick: bool


def tell(text: str) -> None:
    """A line of progress."""
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def measure(wish: Wish) -> Report:
    """Check, then measure everything.

    Raises: Disagreement where exact engines differ.
    """
    begun = time.perf_counter()
    cells: list[Cell] = []
    agreed, first_call, alone = {}, {}, {}
    explain = explain_command(1 if wish.quick else 5)
    others: dict[str, list[Cell]] = {}
    with pool(1) as apart:
        for name in wish.protocols:
            others[name] = list(_rivals(DESIGNS[name], apart, wish))
            agreed[name] = _checked(DESIGNS[name], apart, others[name], wish)
    for name in wish.protocols:
        design = DESIGNS[name]
        with ExitStack() as stack:
            counts = sorted({1, wish.workers})
            pools = [stack.enter_context(pool(workers)) for workers in counts]
            for one in reversed(pools):  # warms all of them; the single worker's times are kept
                first_call[name] = one.all("first_call", name, 256)[0]
                alone[name] = one.all("one", name)[0]
            tell(f"{name}: one core against several")
            rows = min(max(wish.sizes), 1_000 if wish.quick else 20_000)
            agreed[name].append(same_rows(design, pools, rows))
            for one in pools:
                cells += _ours(design, one, wish)
        cells += others[name]
    took, machine = time.perf_counter() - begun, describe(PACKAGES)
    return Report(
        str(date.today()), machine, wish.sizes, cells, agreed, first_call, alone, explain, took
    )


def _checked(design: Design, apart: Pool, others: list[Cell], wish: Wish) -> list[str]:
    """What the rivals' runs have shown already, and the oracle."""
    told = [
        f"{cell.what}, every day of every node: {cell.measured:,} participants, no difference"
        for cell in others
        if cell.exact == "exact"
    ][:1]
    if design.life:  # elsewhere nobody has so few days that an exhaustive search ends soon
        tell(f"{design.name}: against the tests' oracle")
        (count,) = apart.all("oracle", design.name, 3 if wish.quick else 10)
        told.append(f"the tests' oracle: {count} participants with few days, no difference")
    return told


def _ours(design: Design, one: Pool, wish: Wish) -> Iterator[Cell]:
    """Every depth and size on one pool; what would take too long is scaled."""
    for depth, what in DEPTHS.items():
        last: Cell | None = None
        for size in wish.sizes:
            found = last
            if last is None or _wanted(depth, one.workers, size, last, wish):
                best = min(
                    (
                        one.measure(design.name, depth, size, wish.chunk)
                        for _ in range(_repeats(size, wish.quick))
                    ),
                    key=lambda run: run.seconds,
                )
                found = Cell(
                    design.name, what, OURS, one.workers, size, size, best.seconds, peak=best.peak
                )
                cores_ = f"{one.workers} core{'s' if one.workers > 1 else ''}"
                tell(f"{design.name}: {what}, {cores_}, {size:,}: {span(best.seconds)}")
                last = found
            assert found is not None
            yield found if found.participants == size else _scaled(found, size)


def _wanted(depth: str, workers: int, size: int, last: Cell, wish: Wish) -> bool:
    """A million: every depth on all cores, and the windows on one, unless it takes too long."""
    if size > LARGE and (depth == "core" or (workers == 1 < wish.workers and depth != "windows")):
        return False
    return last.each * size <= wish.limit or last.measured < 1_000


def _scaled(cell: Cell, size: int) -> Cell:
    return Cell(
        cell.protocol, cell.what, cell.family, cell.cores, size, cell.measured, cell.seconds,
        cell.exact, cell.peak, cell.note,
    )  # fmt: skip


def _repeats(size: int, quick: bool) -> int:
    return (2 if quick else 7) if size <= 1_000 else 1


def _rivals(design: Design, apart: Pool, wish: Wish) -> Iterator[Cell]:
    """The other ways, each at the largest size that ends in reasonable time."""
    limit = 3.0 if wish.quick else 30.0
    some = wish.sample
    for name, given in (
        ("cp_sat", (some, limit)), ("pendulum_loop", (some, limit)), ("pandas_merge", (10 * some,)),
    ):  # fmt: skip
        tell(f"{design.name}: {name}")
        found = apart.rival(name, design.name, *given)
        for size in wish.sizes if found is not None else ():
            yield _of_rival(design, found, size)
    for name in ("duckdb_simple", "memory_copy"):
        for size in wish.sizes:
            found = apart.rival(name, design.name, size)
            if found is not None:
                yield _of_rival(design, found, size)


def _of_rival(design: Design, one: Rival, size: int) -> Cell:
    count = cores() if one.name.startswith("DuckDB") else 1
    return Cell(
        design.name, one.name, RIVAL, count, size, one.participants, one.seconds, one.exact,
        one.peak, one.note,
    )  # fmt: skip


def explain_command(times: int) -> float:
    """Seconds of one `washout explain` as a whole command, the best of some."""
    command = [
        sys.executable, "-m", "scheduler", "explain", _EXAMPLE, f"{_EXAMPLE}/example",
        "P-003", "infusion", "2026-07-10", "--as-of", "2026-06-15",
    ]  # fmt: skip
    tell("washout explain, as a command")
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        best = min(best, time.perf_counter() - begun)
        if done.returncode not in (0, 3, 4):  # 3 and 4 are answers: blocked, undetermined
            raise SystemExit(f"washout explain failed: {done.stderr}")
    return best


def save(report: Report, told: list[str]) -> None:
    """The table, the rows and the figure under benchmarks/results."""
    from benchmarks.chart import draw

    RESULTS.mkdir(exist_ok=True)
    name = f"{report.date}-scale"
    draw(report, RESULTS / f"{name}.png")
    page = markdown(report, told, f"{name}.png")
    (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
    (RESULTS / f"{name}.csv").write_text(as_csv(report), encoding="utf-8")


def wish_of(given: list[str] | None) -> tuple[Wish, bool, str | None]:
    """The command line, whether to save, and the commit to measure against."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--sizes", help="participants, as 1,1000,100000 (default: to 1,000,000)")
    parser.add_argument(
        "--protocols", default=",".join(DESIGNS), help=f"some of {', '.join(DESIGNS)}"
    )
    parser.add_argument("--workers", type=int, default=min(2, cores()), help="cores (default: 2)")
    parser.add_argument("--chunk", type=int, default=7_500, help="participants a chunk")
    parser.add_argument(
        "--sample", type=int,
        help="participants for the loop and CP-SAT, ten times as many for pandas (default: 100)",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=float, default=150.0,
        help="seconds: what would take longer is scaled from the size before (default: 150)",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="sizes 1 and 1,000, small samples")
    parser.add_argument("--save", action="store_true", help="write to benchmarks/results")
    parser.add_argument(
        "--against", metavar="REV",
        help="only this: windows and whole plan side by side with another commit's package",
    )  # fmt: skip
    chosen = parser.parse_args(given)
    protocols = tuple(chosen.protocols.split(","))
    unknown = [name for name in protocols if name not in DESIGNS]
    if unknown:
        parser.error(f"no protocol {', '.join(unknown)}; there are {', '.join(DESIGNS)}")
    sizes = chosen.sizes or ("1,1000" if chosen.quick else ",".join(map(str, SIZES)))
    sample = chosen.sample or (5 if chosen.quick else 100)
    numbers = tuple(sorted({int(size) for size in sizes.split(",")}))
    wish = Wish(
        numbers, protocols, chosen.workers, chosen.chunk, sample, chosen.limit, chosen.quick
    )
    return wish, chosen.save, chosen.against


def main(given: list[str] | None = None) -> int:
    """Check, measure, print, save; 1 where exact engines differ."""
    wish, wanted, against = wish_of(given)
    if against is not None:
        size = max((size for size in wish.sizes if size <= LARGE), default=LARGE)
        table = side_by_side(against, wish.protocols, size, wish.workers, wish.chunk, tell)
        print(f"{describe(PACKAGES)}\n\n{table}")
        return 0
    try:
        report = measure(wish)
    except Disagreement as error:
        print(f"the engines do not agree: {error}", file=sys.stderr)
        return 1
    told = goals(report, wish.workers)
    print(markdown(report, told, ""))
    if wanted:
        save(report, told)
        tell(f"saved under benchmarks/results as {report.date}-scale")
    return 0


if __name__ == "__main__":
    sys.exit(main())
