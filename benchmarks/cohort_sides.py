"""`washout cohort` beside another commit, twelve protocols beside one, and sizes beside sizes.

Whole commands, as they are typed. Both trees import and plan the same source in turn, so that what
else the machine does meets both alike.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from benchmarks.against import package_of
from benchmarks.commands import Took, run
from benchmarks.design import Design
from benchmarks.report import gib, rate, span

Tell = Callable[[str], None]
Write = Callable[[Design, int, Path], None]


@dataclass(frozen=True)
class Road:
    """One source on disk, and how it goes through the commands."""

    design: Design
    folder: Path
    tables: str
    workers: int
    partitions: int | None
    limit: float
    protocols: tuple[Path, ...] = field(default=())

    def imported(self, package: Path | None = None) -> Took:
        """Import the source anew."""
        rmtree(self._study(package), ignore_errors=True)
        parts = ["--partitions", str(self.partitions)] if self.partitions else []
        source, study = str(self.folder / "source"), str(self._study(package))
        return run(["cohort-import", source, study, *parts, "--quiet"], self.limit, package)

    def planned(self, package: Path | None = None, protocols: Sequence[Path] = ()) -> Took:
        """Plan what was imported, into an empty folder."""
        out = self._out(package)
        rmtree(out, ignore_errors=True)
        return self.planned_again(package, protocols)

    def planned_again(self, package: Path | None = None, protocols: Sequence[Path] = ()) -> Took:
        """The same command once more: every partition is kept."""
        files = map(str, protocols or [self.folder / "protocol.yaml"])
        words = ["cohort", *files, str(self._study(package)), "--as-of", str(self.design.as_of)]
        words += ["--out", str(self._out(package)), "--workers", str(self.workers), "--quiet"]
        tables = [] if len(protocols) > 1 else ["--tables", self.tables]
        return run([*words, *tables], self.limit, package)

    def _study(self, package: Path | None) -> Path:
        return self.folder / ("study-before" if package else "study")

    def _out(self, package: Path | None) -> Path:
        return self.folder / ("out-before" if package else "out")


def variants(design: Design, count: int) -> list[str]:
    """The files of several protocols: other ids, and other days in every rule."""

    def text(number: int) -> str:
        own = design.text.replace("protocol: BENCH-", f"protocol: BENCH-{number:02d}-")
        return re.sub(
            r"within: (\d+) days, (before|after)",
            lambda found: f"within: {int(found[1]) + number} days, {found[2]}", own,
        )  # fmt: skip

    return [text(number) for number in range(1, count + 1)]


def beside(commit: str, road: Road, count: int, rounds: int, tell: Tell) -> str:
    """The commands of another commit and of this tree, in turn."""
    steps: dict[str, list[Took]] = {"import": [Took(), Took()], "plan and write": [Took(), Took()]}
    with package_of(commit) as package:
        for _ in range(rounds):
            for side, tree in enumerate((package, None)):
                steps["import"][side] += road.imported(tree)
                steps["plan and write"][side] += road.planned(tree)
                tell(f"{'this tree' if tree is None else commit}: {steps['plan and write'][side]}")
    both = list(steps.values())
    steps["both"] = [both[0][side] + both[1][side] for side in (0, 1)]
    lines = [
        f"`{commit}` and this tree in turn, {rounds} times; processor time of all processes of a "
        "command, a participant",
        "",
        "| step | seconds before | now | ratio | processor time before | now | ratio "
        "| largest process before | now |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_line(name, before, now, count * rounds) for name, (before, now) in steps.items()),
    ]
    return "\n".join(lines)


def _line(name: str, before: Took, now: Took, people: int) -> str:
    cells = [
        name, span(before.seconds), span(now.seconds), f"{now.seconds / before.seconds:.2f}",
        span(before.cpu / people), span(now.cpu / people), f"{now.cpu / before.cpu:.2f}",
        gib(before.peak), gib(now.peak),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def several(road: Road, number: int) -> str:
    """Some protocols in one pass, beside one of them as often."""
    files = []
    for place, text in enumerate(variants(road.design, number), 1):
        files.append(road.folder / f"protocol-{place:02d}.yaml")
        files[-1].write_text(text, encoding="utf-8")
    road.imported()
    together = road.planned(protocols=files)
    one = road.planned(protocols=files[:1])
    rmtree(road.folder / "out")
    return (
        f"{number} protocols in one pass: {span(together.seconds)}, {span(together.cpu)} of "
        f"processor time, which is {together.cpu / one.cpu:.2f} times one of them alone "
        f"({span(one.cpu)}); the largest process held {gib(together.peak)}"
    )


def growth(
    design: Design, sizes: Sequence[int], write: Write, options: Callable[[Path], Road], tell: Tell
) -> str:
    """What do more people cost, each?"""
    lines = [
        "| participants | import | plan and write | processor time each | largest process |",
        "|---|---|---|---|---|",
    ]
    for count in sizes:
        with TemporaryDirectory(prefix="washout-benchmark-") as place:
            write(design, count, Path(place))
            road = options(Path(place))
            read, made = road.imported(), road.planned()
        each = span((read.cpu + made.cpu) / count)
        line = [
            f"{count:,}", span(read.seconds), f"{span(made.seconds)}, {rate(count / made.seconds)} "
            "a second", each, gib(max(read.peak, made.peak)),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(line)} |")
        tell(lines[-1])
    return "\n".join(lines)
