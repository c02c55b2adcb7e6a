"""What was measured, as rows, as a table for people and as CSV for programs."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

OURS, RIVAL = "ours", "rival"


@dataclass(frozen=True)
class Rival:
    """What one rival took for how many participants, and how far its answers are right."""

    name: str
    participants: int
    seconds: float
    exact: str
    note: str = ""
    peak: int = 0  # bytes


@dataclass(frozen=True)
class Cell:
    """One time: of `participants` participants, from a run with `measured` of them."""

    protocol: str
    what: str
    family: str
    cores: int
    participants: int
    measured: int
    seconds: float  # of the run with `measured` participants
    exact: str = "exact"
    peak: int = 0  # bytes, all processes
    note: str = ""

    @property
    def each(self) -> float:
        """Seconds a participant."""
        return self.seconds / self.measured

    @property
    def total(self) -> float:
        """Seconds for all participants; scaled where fewer were measured."""
        return self.each * self.participants

    @property
    def scaled(self) -> bool:
        """Whether it was measured on fewer participants."""
        return self.measured != self.participants

    @property
    def line(self) -> tuple[str, str, int]:
        """What belongs together in a table or figure."""
        return self.family, self.what, self.cores


@dataclass(frozen=True)
class Report:
    """Everything that a run found."""

    date: str
    machine: str
    sizes: Sequence[int]
    cells: Sequence[Cell]
    agreed: dict[str, list[str]]
    first_call: dict[str, tuple[float, float]]
    one: dict[str, float]  # seconds from a loaded study of one participant to the windows
    explain: float
    took: float

    @property
    def protocols(self) -> list[str]:
        """The protocols measured, in order."""
        return list(dict.fromkeys(cell.protocol for cell in self.cells))

    def lines(self, protocol: str) -> list[list[Cell]]:
        """The cells of a protocol, one list a table row, by size."""
        rows: dict[tuple[str, str, int], list[Cell]] = {}
        for cell in self.cells:
            if cell.protocol == protocol:
                rows.setdefault(cell.line, []).append(cell)
        return list(rows.values())

    def find(self, protocol: str, what: str, cores: int | None, size: int) -> Cell | None:
        """The measured cell of a row and size, if there is one."""
        for cell in self.cells:
            same = (cell.protocol, cell.what, cell.participants) == (protocol, what, size)
            if same and cores in (None, cell.cores) and not (cell.scaled and cell.family == OURS):
                return cell
        return None


def span(seconds: float) -> str:
    """A time in the unit that reads best."""
    for limit, unit, size in (
        (1e-3, "µs", 1e-6), (1.0, "ms", 1e-3), (180.0, "s", 1.0), (7200.0, "min", 60.0),
        (172_800.0, "h", 3600.0),
    ):  # fmt: skip
        if seconds < limit:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds / 86_400)} days"


def _three(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rate(value: float) -> str:
    """Participants a second."""
    return _three(value) if value < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def gib(size: int) -> str:
    """Bytes as GiB."""
    return f"{size / 2**30:.2f} GiB"


def markdown(report: Report, goals: Iterable[str], figure: str) -> str:
    """The page that is kept under benchmarks/results."""
    parts = [f"# Speed, {report.date}", "", report.machine, ""]
    parts += ["What is measured and how: [docs/speed.md](../../docs/speed.md). "
              "Best of several runs up to 1,000 participants, one run above. "
              f"The whole benchmark took {span(report.took)}.", ""]  # fmt: skip
    if figure:
        parts += [f"![Time against participants, both axes logarithmic]({figure})", ""]
    parts += ["## Goals", "", *goals, ""]
    for protocol in report.protocols:
        parts += [f"## {protocol}", "", *_table(report, protocol), ""]
        first, again = report.first_call[protocol]
        parts += [
            f"In a new process the windows of the first 256 participants take {span(first)} "
            f"(imports, holiday data, calendar tables), the same again {span(again)}.",
            "",
            "Checked before measuring:",
            "",
            *(f"- {line}" for line in report.agreed[protocol]),
            "",
        ]
    return "\n".join(parts)


def _table(report: Report, protocol: str) -> list[str]:
    heads = [f"{size:,}" for size in report.sizes]
    lines = [
        f"| | cores | {' | '.join(heads)} | a second | x loop | x CP-SAT | peak memory | answer |",
        f"|---|---|{'---|' * len(heads)}---|---|---|---|---|",
    ]
    each = {
        name: next((c.each for c in report.cells if (c.protocol, c.what) == (protocol, name)), 0.0)
        for name in ("pendulum loop", "OR-Tools CP-SAT")
    }
    for row in report.lines(protocol):
        best = max(row, key=lambda cell: cell.measured)
        ratios = [_ratio(each[name], best) for name in each]
        times = [
            next((_time(c) for c in row if c.participants == size), "") for size in report.sizes
        ]
        answer = "; ".join(filter(None, (best.exact, best.note)))
        if any(cell.scaled for cell in row):
            answer += f"; measured on {best.measured:,}"
        peak = gib(max(cell.peak for cell in row)) if best.peak else ""
        cells = [best.what, str(best.cores), *times, rate(1 / best.each), *ratios, peak, answer]
        lines.append(f"| {' | '.join(cells)} |")
    scaled = "*About* (~): scaled from the participants that were measured. "
    times_of = "*x loop*, *x CP-SAT*: how many times as many participants a second, in this run."
    return [*lines, "", scaled + times_of]


def _time(cell: Cell) -> str:
    return f"~ {span(cell.total)}" if cell.scaled else span(cell.total)


def _ratio(each: float, cell: Cell) -> str:
    return rate(each / cell.each) if each else ""


def as_csv(report: Report) -> str:
    """One row a cell."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["protocol", "what", "family", "cores", "participants", "measured", "seconds",
         "scaled", "per_second", "microseconds_each", "peak_bytes", "answer", "note"]
    )  # fmt: skip
    for c in report.cells:
        writer.writerow(
            [c.protocol, c.what, c.family, c.cores, c.participants, c.measured, f"{c.total:.6g}",
             "yes" if c.scaled else "no", f"{1 / c.each:.6g}", f"{c.each * 1e6:.6g}",
             c.peak or "", c.exact, c.note]
        )  # fmt: skip
    return text.getvalue()
