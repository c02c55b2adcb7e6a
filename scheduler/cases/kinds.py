"""What a cases.yaml may hold: days and ranges, rows of a study's tables, expectations.

The cells of `participant`, `history`, `dates` and `decisions` are texts exactly as written, as in
a CSV file; nothing in them is retyped. Source: docs/contract.md (cases.yaml).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scheduler.days import parse_date
from scheduler.errors import FaultList, did_you_mean, shown, suggestion
from scheduler.protocol.scalars import DATE, FREE
from scheduler.study.tables import LAYOUTS
from scheduler.tables.schedule import STATES, STATUS
from scheduler.yaml_text.faults import Refused
from scheduler.yaml_text.kinds import (
    Either,
    Fields,
    Json,
    Listing,
    ReadValue,
    Scalar,
    ValueKind,
    pairs,
)
from scheduler.yaml_text.records import Key, RecordKind
from scheduler.yaml_text.tree import Entries, ListNode, RawText, Tree

VERDICTS = ("permitted", "undetermined", "blocked")
TABLES = ("history", "dates", "decisions")
NONE = "none"

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One row of a table as a case writes it: its cells, and its line in the file."""

    cells: Mapping[str, str]
    line: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case says of one node.

    `days` holds spans of day numbers by verdict; `earliest` is an ISO day, `none`, or empty where
    the case does not say; so is `status`.
    """

    node: str
    line: int
    days: Mapping[str, Spans] = field(default_factory=dict)
    earliest: str = ""
    status: str = ""


def _days(raw: RawText, key: str) -> tuple[int, int]:
    begin, dots, end = raw.value.partition("..")
    found = [_day(part.strip()) for part in ((begin, end) if dots else (begin, begin))]
    first, last = found
    if first is None or last is None:
        message = f"found {shown(raw.value)}, expected a day or a range of days"
        raise Refused("P111", message, "write 2026-02-10 or 2026-02-10..2026-03-10")
    if last < first:
        raise Refused("P111", f"found {shown(raw.value)}, which ends before it starts")
    return first, last


def _day(text: str) -> int | None:
    found = parse_date(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    return found.first if found else None


def _earliest(raw: RawText, key: str) -> str:
    if raw.value != NONE and _day(raw.value) is None:
        raise Refused(
            "P111", f"found {shown(raw.value)}, expected a day such as 2026-02-10, or none"
        )
    return raw.value


def _word(words: tuple[str, ...]) -> Scalar:
    def parse(raw: RawText, key: str) -> str:
        if raw.value not in words:
            tail = suggestion(raw.value, words)
            message = f"found {shown(raw.value)}, expected one of {', '.join(words)}{tail}"
            raise Refused("P109", message)
        return raw.value

    return Scalar("word", f"one of {', '.join(words)}", parse, {"enum": list(words)})


@dataclass(frozen=True)
class _RowKind(ValueKind):
    """One row of a study's table, without its participant; cells as written."""

    table: str

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"columns of {self.table} with their values, such as {{{self._example}}}"

    @property
    def _example(self) -> str:
        return {
            "participants": "birth_date: 1970-05-01, sex: female",
            "history": "event: major_surgery, start: 2026-02-10",
            "dates": "milestone: screening, date: 2026-02-10, status: done",
            "decisions": "rule: E14, decision: clear, date: 2026-02-10",
        }[self.table]

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        if not isinstance(tree, Entries):
            return self.wrong(tree, path, faults)
        cells: dict[str, str] = {}
        there: set[str] = set()  # the columns that are written, rightly or not
        for name, value in pairs(tree, path, faults):
            spot = f"{path}.{shown(name.value)}"
            column = self._column(name, there, spot, faults)
            there.add(column)
            if not isinstance(value, RawText):
                message = "found a list or keys, expected a single value"
                faults.in_line("P109", value.line, spot, message)
            elif column:
                cells[column] = value.value.strip()
        for column in LAYOUTS[self.table].required:
            if column not in there and column != "participant":
                faults.in_line(
                    "P108", tree.line, path, f"found no {column}, expected {self.expected}"
                )
        return ReadValue(CaseRow(cells, tree.line), tree.line, path)

    def _column(self, name: RawText, there: set[str], spot: str, faults: FaultList) -> str:
        """The column that a key means; empty where it means none."""
        columns = [c for c in LAYOUTS[self.table].columns if c != "participant"]
        if name.value in columns:
            return name.value
        left = [column for column in columns if column not in there]
        meant = did_you_mean(name.value, left)
        if not meant and self.table in ("participants", "history") and name.value != "participant":
            return name.value
        way_out = "" if meant else f"columns: {', '.join(columns)}"
        message = f'unknown column "{shown(name.value)}" of {self.table}'
        faults.in_line("P106", name.line, spot, message + suggestion(name.value, left), way_out)
        return meant


@dataclass(frozen=True)
class _Expect(ValueKind):
    """What must come out: `state`, and by node what is said of its days."""

    expected: str = "state, or milestones and visits with their days"
    word: str = "expectations"

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        if not isinstance(tree, Entries) or not tree.entries:
            return self.wrong(tree, path, faults)
        state, nodes = "", []
        for name, value in pairs(tree, path, faults):
            spot = f"{path}.{shown(name.value)}"
            if name.value == "state" and isinstance(value, RawText):
                found = _word(STATES).read(value, "state", spot, faults)
                state = found.value if found.ok else ""
            else:
                found = _NODE.read(value, name.value, spot, faults)
                if found.ok:
                    nodes.append(_expected(name, found.value, spot, faults))
        return ReadValue((state, nodes), tree.line, path)


def _expected(name: RawText, fields: Fields, spot: str, faults: FaultList) -> Expected:
    if not fields:
        keys = ", ".join((*VERDICTS, "earliest", "status"))
        faults.in_line("P108", name.line, spot, f"found no expectation, expected one of {keys}")
    days = {}
    for verdict in VERDICTS:
        found = fields.get_value(verdict)
        if isinstance(found, tuple) and found:
            spans = found if isinstance(found[0], ReadValue) else (found,)
            days[verdict] = tuple(one.value if isinstance(one, ReadValue) else one for one in spans)
    return Expected(
        name.value,
        name.line,
        days,
        fields.get_value("earliest", ""),
        fields.get_value("status", ""),
    )


@dataclass(frozen=True)
class _Sites(ValueKind):
    """The sites of sites.yaml, as plain texts and lists of texts."""

    expected: str = "sites as in sites.yaml"
    word: str = "sites"

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        plain = _plain(tree)
        if not isinstance(plain, dict) or not plain:
            return self.wrong(tree, path, faults)
        return ReadValue(plain, tree.line, path)

    def json(self) -> Json:
        return {"type": "object"}


def _plain(tree: Tree) -> Any:
    if isinstance(tree, RawText):
        return tree.value
    if isinstance(tree, ListNode):
        return [_plain(item) for item in tree.items]
    if isinstance(tree, Entries):
        return {k.value: _plain(v) for k, v in tree.entries if isinstance(k, RawText)}
    return None


_SPAN = Scalar("days", "a day or a range such as 2026-02-10..2026-03-10", _days, {"type": "string"})
_SPANS = Either(_SPAN, Listing(_SPAN, at_least=1), "a day, a range, or a list of them", "days")
_NODE = RecordKind(
    "an expectation", "days by verdict, such as {permitted: [2026-03-11]}",
    (
        Key("permitted", _SPANS, "Days on which the node is permitted."),
        Key("undetermined", _SPANS, "Days that are undetermined."),
        Key("blocked", _SPANS, "Days that are blocked."),
        Key("earliest", Scalar("day", "a day, or none", _earliest, {"type": "string"}),
            "The first permitted day, or none."),
        Key("status", _word(STATUS), "The node's status in schedule.csv."),
    ),
)  # fmt: skip
CASE = RecordKind(
    "a case", "keys of a case",
    (
        Key("name", FREE, "What the case shows, in words.", True),
        Key("as_of", DATE, "The day it is planned for.", True),
        Key("participant", _RowKind("participants"), "The participant's attributes."),
        *(Key(name, Listing(_RowKind(name)), f"Rows of {name}.") for name in TABLES),
        Key("sites", _Sites(), "Sites as in sites.yaml; without it every day is open."),
        Key("expect", _Expect(), "What must come out.", True),
    ),
)  # fmt: skip
