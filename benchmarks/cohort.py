"""Does the whole road hold a million? Import, `washout cohort` under a memory limit, same rows.

    python -m benchmarks.cohort                                       # a million, windows, summary
    python -m benchmarks.cohort --count 100000 --protocol real_life --tables windows,schedule

A seeded cohort is written as Parquet (not timed), imported, and planned by the command with its
workers, all of it under the system's limit on the address space of every process. Then every row
that it wrote is held against plans of chunks in this process: counts, and a sum of the rows'
hashes that does not depend on their order. The exit code is 1 where they differ. With --save a
page goes into benchmarks/results.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.design import DESIGNS, Design
from benchmarks.machine import describe
from benchmarks.ours import TABLES, protocol_of, row_hashes
from benchmarks.people import frames
from benchmarks.report import rate, span
from benchmarks.stream import chunks_of

CHUNK = 10_000
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


def run(words: list[str], limit: float) -> float:
    """Seconds of a washout command, with all its processes under a limit of GiB each."""
    size = int(limit * 2**30)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))

    # Arrow's own allocator reserves address space that it never touches.
    frugal = {"ARROW_DEFAULT_MEMORY_POOL": "system", "OPENBLAS_NUM_THREADS": "1"}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "scheduler", *words],
        check=True, env=os.environ | frugal, preexec_fn=limited if limit else None,
    )  # fmt: skip
    return time.perf_counter() - begun


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
    wish = parser.parse_args(given)
    names = wish.tables.split(",")
    if unknown := set(names) - set(TABLES):
        parser.error(f"no table {', '.join(unknown)}")
    lines, same = _figures(wish, names)
    print("\n".join(lines))
    if wish.save:
        path = Path(__file__).parent / "results" / f"{date.today()}-cohort-command.md"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0 if same else 1


def _figures(wish: Any, names: list[str]) -> tuple[list[str], bool]:
    design, count = DESIGNS[wish.protocol], wish.count
    with TemporaryDirectory(prefix="washout-benchmark-") as place:
        folder = Path(place)
        write_source(design, count, folder)
        parts = ["--partitions", str(wish.partitions)] if wish.partitions else []
        study, out = str(folder / "study"), folder / "out"
        imported = run(
            ["cohort-import", str(folder / "source"), study, *parts, "--quiet"], wish.limit_gib
        )
        words = ["cohort", str(folder / "protocol.yaml"), study, "--as-of", str(design.as_of)]
        words += ["--out", str(out), "--workers", str(wish.workers), "--tables", wish.tables]
        took = run([*words, "--quiet"], wish.limit_gib)
        again = run([*words, "--quiet"], wish.limit_gib)
        size = sum(path.stat().st_size for path in out.rglob("*.parquet"))
        found = sums_of(written(out, names))
    wanted = sums_of(planned(design, count, names))
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    limit = f"{wish.limit_gib} GiB of address space a process" if wish.limit_gib else "none"
    return [
        f"# `washout cohort`, {date.today()}",
        "",
        describe(("numpy", "pandas", "pyarrow", "dask", "distributed")),
        "",
        f"{wish.protocol}, {count:,} participants, {wish.workers} workers, limit: {limit}.",
        "",
        "| | |",
        "|---|---|",
        f"| import from Parquet | {span(imported)}, {rate(count / imported)} people a second |",
        f"| plan and write {', '.join(names)} | {span(took)}, {rate(count / took)} a second |",
        f"| the same command again: every partition is kept | {span(again)} |",
        f"| written | {size / 2**30:.2f} GiB |",
        f"| the largest process held at most | {children / 2**30:.2f} GiB |",
        *(
            f"| {name} | {found[name][0]:,} rows; in this process {wanted[name][0]:,}; "
            f"{'the same rows' if found[name] == wanted[name] else '**other rows**'} |"
            for name in names
        ),
    ], found == wanted  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
