"""Running worked cases: does a protocol give the days that somebody worked out by hand?

Cases of one day and the same sites are planned together, one participant each.
Source: docs/contract.md (cases.yaml).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scheduler.binding.study import bind
from scheduler.cases.file import FILE_NAME, Case, load_cases, read_cases
from scheduler.cases.kinds import NONE, TABLES, VERDICTS, CaseRow, Expected
from scheduler.days import day_of, iso
from scheduler.errors import Fault, InputFaults, shown
from scheduler.planning.plans import Plan, plan
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.study.model import Study
from scheduler.study.reading import read_study
from scheduler.study.tables import TextRows
from scheduler.tables.schedule import next_frame

__all__ = ["CaseResult", "load_cases", "read_cases", "run_cases"]

Runs = list[tuple[int, int, str]]  # first and last day, verdict
_SHOWN = 4
_OVER = ("done", "missed", "overdue", "unrecorded", "awaiting")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case; it holds where there are no `differences`."""

    case: Case
    differences: tuple[str, ...]

    def __repr__(self) -> str:
        told = "passed" if self.passed else f"failed, {len(self.differences)} differences"
        return f"<CaseResult {shown(self.case.name)}: {told}>"

    @property
    def passed(self) -> bool:
        """Whether everything came out as the case expects it."""
        return not self.differences


def run_cases(
    protocol: Protocol | str | Path, cases: Sequence[Case] | None = None, name: str = ""
) -> list[CaseResult]:
    """Which cases come out as expected, and what differs in the others? In the cases' order.

    `protocol` may be a file or its folder; without `cases`, those of the cases.yaml beside it are
    run. `name` is the file that faults are told of.
    Raises: InputFaults with the faults of all cases' tables, each with its line in the file;
    ValueError where neither cases nor a file beside the protocol are there.
    """
    if not isinstance(protocol, Protocol):
        protocol = load_protocol(protocol)
    if cases is None:
        file = Path(protocol.path).with_name(FILE_NAME)
        if not protocol.path or not file.is_file():
            raise ValueError(f"no cases are given, and no {FILE_NAME} lies beside the protocol")
        cases, name = load_cases(file, protocol), name or file.as_posix()
    batches = [_Batch(protocol, group) for group in _groups(cases)]
    faults = [fault for batch in batches for fault in batch.faults(name)]
    if faults:
        raise InputFaults(sorted(faults, key=_by_line))
    results = {id(r.case): r for batch in batches for r in batch.results()}
    return [results[id(case)] for case in cases]


def _by_line(fault: Fault) -> tuple[int, Fault]:
    line = fault.place.rpartition(":")[2]
    return int(line) if line.isdigit() else 0, fault


def _groups(cases: Sequence[Case]) -> list[list[Case]]:
    groups: dict[tuple[date, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.as_of, repr(case.sites)), []).append(case)
    return list(groups.values())


class _Batch:
    """Cases that are planned together: the study that they make, and its plan."""

    def __init__(self, protocol: Protocol, cases: Sequence[Case]) -> None:
        self.protocol, self.cases = protocol, cases
        self.as_of = cases[0].as_of
        self.codes = [f"case-{number}" for number in range(1, len(cases) + 1)]
        people = [(code, case.participant) for code, case in zip(self.codes, cases, strict=True)]
        self.rows: dict[str, list[tuple[str, CaseRow]]] = {"participants": people}
        for table in TABLES:
            self.rows[table] = [
                (code, row)
                for code, case in zip(self.codes, cases, strict=True)
                for row in case.tables[table]
            ]
        self.study, self._read = read_study(self._source())

    def _source(self) -> dict[str, object]:
        source: dict[str, object] = {name: _texts(rows) for name, rows in self.rows.items() if rows}
        if self.cases[0].sites is not None:
            source["sites"] = self.cases[0].sites
        return source

    def faults(self, name: str) -> list[Fault]:
        """What is wrong with the tables, told by the lines of the file of cases."""
        _, bound = bind(self.study, self.protocol, day_of(self.as_of))
        found = {fault: None for fault in (*self._read, *bound) if not fault.warning}
        return [self._placed(fault, name) for fault in found]

    def _placed(self, fault: Fault, name: str) -> Fault:
        table, _, number = fault.place.partition(":")
        rows = self.rows.get(table, [])
        line = self.cases[0].sites_line or self.cases[0].line
        if number.isdigit() and int(number) < len(rows):
            line = rows[int(number)][1].line
        elif rows:
            line = next((row.line for _, row in rows if fault.path in row.cells), rows[0][1].line)
        return replace(fault, place=f"{name}:{line}", path=f"{table} {fault.path}".strip())

    def results(self) -> list[CaseResult]:
        """The cases, judged."""
        found = _Found(plan(self.protocol, _quiet(self.study), as_of=self.as_of))
        return [
            CaseResult(case, tuple(_differences(case, code, found, self.protocol)))
            for case, code in zip(self.cases, self.codes, strict=True)
        ]


def _quiet(study: Study) -> Study:
    return replace(study, warnings=())


def _texts(rows: Sequence[tuple[str, CaseRow]]) -> TextRows:
    heads = list(dict.fromkeys(["participant", *(c for _, row in rows for c in row.cells)]))
    cells = [{"participant": code, **row.cells} for code, row in rows]
    columns = [[row.get(head, "") for row in cells] for head in heads]
    return TextRows(heads, columns, range(len(rows)))


class _Found:
    """A plan's answers by participant and node."""

    def __init__(self, plan: Plan) -> None:
        self.first, self.last = day_of(plan.as_of), plan.protocol.study.last_day
        self.states: dict[str, str] = {}
        for part in plan.parts:
            self.states |= dict(part.made(next_frame).pairs("participant", "state"))
        schedule = plan.table("schedule").pairs("participant", "milestone", "status")
        self.status = {(code, node): status for code, node, status in schedule}
        self.runs: dict[tuple[str, str], Runs] = {}
        heads = ("participant", "milestone", "first", "last", "certainty")
        for code, node, *run in plan.table("windows").pairs(*heads):
            self.runs.setdefault((code, node), []).append(tuple(run))

    def verdicts(self, participant: str, node: str, first: int, last: int) -> Runs:
        """The verdict of every day first..last, as runs."""
        found: Runs = []
        at = first
        for begin, end, verdict in sorted(self.runs.get((participant, node), [])):
            begin, end = max(begin, at), min(end, last)
            if begin > end:
                continue
            if begin > at:
                found.append((at, begin - 1, "blocked"))
            found.append((begin, end, verdict))
            at = end + 1
        if at <= last:
            found.append((at, last, "blocked"))
        return found

    def earliest(self, participant: str, node: str) -> str:
        """The first permitted day, or `none`."""
        runs = self.runs.get((participant, node), [])
        firsts = [first for first, _, verdict in runs if verdict == "permitted"]
        return iso(min(firsts)) if firsts else NONE


def _differences(case: Case, code: str, found: _Found, protocol: Protocol) -> Iterable[str]:
    if case.state and found.states[code] != case.state:
        yield f"state: expected {case.state}, found {found.states[code]}"
    for expected in case.expected:
        status = found.status.get((code, expected.node), NONE)
        if expected.status and status != expected.status:
            yield f"{expected.node}: expected status {expected.status}, found {status}"
        if not expected.days and not expected.earliest:
            continue
        node = protocol.nodes[protocol.index[expected.node]]
        if status in _OVER:
            yield f"{expected.node}: found no days to choose from, its status is {status}"
        elif not node.milestone and not node.windowed:
            yield f"{expected.node}: found no days, its window is unknown"
        else:
            yield from _of_days(expected, code, found)


def _of_days(expected: Expected, code: str, found: _Found) -> Iterable[str]:
    node = expected.node
    for verdict in VERDICTS:
        for first, last in expected.days.get(verdict, ()):
            runs = found.verdicts(code, node, first, last)
            wrong = [run for run in runs if run[2] != verdict]
            if wrong:
                yield f"{node}: expected {verdict} {_span(first, last)}, found {_told(wrong)}"
    earliest = found.earliest(code, node)
    if expected.earliest and earliest != expected.earliest:
        yield f"{node}: expected {expected.earliest} as the earliest day, found {earliest}"


def _told(runs: Runs) -> str:
    shown = [f"{verdict} {_span(first, last)}" for first, last, verdict in runs[:_SHOWN]]
    more = len(runs) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _span(first: int, last: int) -> str:
    return iso(first) if first == last else f"{iso(first)} to {iso(last)}"
