"""Does the whole road hold a million? Import, `washout cohort` under a memory limit, same rows.

    python -m benchmarks.cohort                                       # a million, windows, summary
    python -m benchmarks.cohort --count 100000 --protocol real_life --tables windows,schedule
    python -m benchmarks.cohort --count 100000 --against REV          # beside another commit
    python -m benchmarks.cohort --count 24000 --several 12            # protocols in one pass
    python -m benchmarks.cohort --sizes 100000,300000                 # does time grow with people?

A seeded cohort is written as Parquet (not timed), imported, and planned by the command with its
workers, all of it under the system's limit on the address space of every process. Then every row
that it wrote is held against plans of chunks in this process: counts, and a sum of the rows'
hashes that does not depend on their order. The exit code is 1 where they differ. With --save a
page goes into benchmarks/results. The last three only measure; see benchmarks/cohort_sides.py.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.cohort_sides import Road, beside, growth, several
from benchmarks.commands import Took
from benchmarks.design import DESIGNS, TABLES, Design
from benchmarks.machine import describe
from benchmarks.ours import protocol_of, row_hashes
from benchmarks.people import frames
from benchmarks.report import gib, rate, span
from benchmarks.stream import chunks_of

CHUNK = 10_000
_LIBRARIES = ("numpy", "pandas", "pyarrow", "dask", "distributed")
Sums = dict[str, tuple[int, int]]  # by table: rows, and the sum of their hashes


def write_source(design: Design, count: int, folder: Path) -> None:
    """The cohort as Parquet, some participants a file, with its protocol and its sites."""
    import yaml

    (folder / "protocol.yaml").write_text(design.text, encoding="utf-8")
    source = folder / "source"
    for number, (first, size) in enumerate(chunks_of(count, CHUNK)):
        made = frames(design, first, size)
        for name, table in made.items():
            if isinstance(table, pd.DataFrame):
                path = source / name / f"{number:05d}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                table.to_parquet(path, index=False)
            elif number == 0:
                (source / "sites.yaml").write_text(yaml.safe_dump(table), encoding="utf-8")


def sums_of(tables: Iterator[tuple[str, pd.DataFrame]]) -> Sums:
    """Rows and hashes of tables that come in pieces."""
    found: Sums = {}
    for name, table in tables:
        rows, total = found.get(name, (0, 0))
        found[name] = rows + len(table), (total + _hash(table)) % 2**64
    return found


def _hash(table: pd.DataFrame) -> int:
    """The sum of the rows' hashes: words of categories, whole days, whatever the types."""
    plain = {
        head: column.astype("datetime64[s]") if column.dtype.kind == "M" else column
        for head, column in table.items()
    }
    frame = pd.DataFrame({head: column.array for head, column in plain.items()})
    return int(row_hashes(frame).sum(dtype=np.uint64))


def written(out: Path, names: list[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """What the command wrote, part by part."""
    for name in names:
        for path in sorted((out / name).glob("part-*.parquet")):
            yield name, pd.read_parquet(path)


def planned(design: Design, count: int, names: list[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The same from plans in this process."""
    import scheduler

    for first, size in chunks_of(count, CHUNK):
        study = scheduler.load_study(frames(design, first, size))
        plan = scheduler.plan(protocol_of(design.name), study, design.as_of)
        for name in names:
            yield name, getattr(plan, name)
        print(f"in this process: {first + size:,} of {count:,}", file=sys.stderr, flush=True)


def main(given: list[str] | None = None) -> int:
    """Run it all; 1 where rows differ."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cohort", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--count", type=int, default=1_000_000, help="default: 1,000,000")
    parser.add_argument("--protocol", choices=sorted(DESIGNS), default="screening")
    parser.add_argument("--tables", default="windows,summary", help="default: windows,summary")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--partitions", type=int, help="default: the import's own")
    parser.add_argument("--limit-gib", type=float, default=1.5, help="each process; 0: none")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--against", metavar="REV", help="a commit to measure beside this tree")
    parser.add_argument("--rounds", type=int, default=2, help="with --against; default: 2")
    parser.add_argument("--several", type=int, metavar="N", help="N protocols in one pass")
    parser.add_argument("--sizes", help="numbers of participants, one after another")
    wish = parser.parse_args(given)
    names = wish.tables.split(",")
    if unknown := set(names) - set(TABLES):
        parser.error(f"no table {', '.join(unknown)}")
    same, lines = True, _measured(wish)
    if not lines:
        lines, same = _figures(wish, names)
    lines = [f"# `washout cohort`, {date.today()}", "", describe(_LIBRARIES), "", *lines]
    print("\n".join(lines))
    if wish.save:
        path = Path(__file__).parent / "results" / f"{date.today()}-cohort-command.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if same else 1


def _measured(wish: Any) -> list[str]:
    """What is only measured, where that is asked for."""
    design, found = DESIGNS[wish.protocol], []
    if wish.sizes:
        sizes = [int(size) for size in wish.sizes.split(",")]
        found = [growth(design, sizes, write_source, lambda place: _road(wish, place), _tell)]
    elif wish.against or wish.several:
        with TemporaryDirectory(prefix="washout-benchmark-") as place:
            road = _road(wish, Path(place))
            write_source(design, wish.count, road.folder)
            if wish.against:
                found.append(beside(wish.against, road, wish.count, wish.rounds, _tell))
            if wish.several:
                found.append(several(road, wish.several))
    if not found:
        return []
    people = "" if wish.sizes else f" {wish.count:,} participants,"
    asked = f"{wish.protocol},{people} {wish.tables}, {wish.workers} workers."
    return [asked, *(text for part in found for text in ("", part))]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _road(wish: Any, place: Path) -> Road:
    design = DESIGNS[wish.protocol]
    return Road(design, place, wish.tables, wish.workers, wish.partitions, wish.limit_gib)


def _figures(wish: Any, names: list[str]) -> tuple[list[str], bool]:
    design, count = DESIGNS[wish.protocol], wish.count
    with TemporaryDirectory(prefix="washout-benchmark-") as place:
        road, out = _road(wish, Path(place)), Path(place) / "out"
        write_source(design, count, road.folder)
        read, made, again = road.imported(), road.planned(), road.planned_again()
        size = sum(path.stat().st_size for path in out.rglob("*.parquet"))
        found = sums_of(written(out, names))
    wanted = sums_of(planned(design, count, names))
    limit = f"{wish.limit_gib} GiB of address space a process" if wish.limit_gib else "none"
    peak = max(read.peak, made.peak)
    return [
        f"{wish.protocol}, {count:,} participants, {wish.workers} workers, limit: {limit}.",
        "",
        "| | |",
        "|---|---|",
        f"| import from Parquet | {_told(read, count)} |",
        f"| plan and write {', '.join(names)} | {_told(made, count)} |",
        f"| the same command again: every partition is kept | {span(again.seconds)} |",
        f"| written | {gib(size)} |",
        f"| the largest process held at most | {gib(peak)} |",
        *(
            f"| {name} | {found[name][0]:,} rows; in this process {wanted[name][0]:,}; "
            f"{'the same rows' if found[name] == wanted[name] else '**other rows**'} |"
            for name in names
        ),
    ], found == wanted  # fmt: skip


def _told(took: Took, count: int) -> str:
    each = f"{rate(count / took.seconds)} people a second"
    return f"{span(took.seconds)}, {each}; {span(took.cpu)} of processor time"


if __name__ == "__main__":
    sys.exit(main())
