"""Reading cases.yaml: worked examples, with every fault of the file and its line at once.

The cells of `participant`, `history`, `dates` and `decisions` are texts exactly as written, as in
a CSV file; nothing in them is retyped. Source: docs/contract.md (cases.yaml).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scheduler.cases.kinds import CASE, TABLES, CaseRow, Expected
from scheduler.errors import Fault, FaultList, InputFaults, shown, suggestion
from scheduler.protocol import Protocol
from scheduler.yaml_text.faults import yaml_faults
from scheduler.yaml_text.kinds import Fields, Listing, ReadValue
from scheduler.yaml_text.tree import compose

FILE_NAME = "cases.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked example: one participant on one day, and what must come out."""

    name: str
    line: int
    as_of: date
    participant: CaseRow
    tables: Mapping[str, tuple[CaseRow, ...]]
    expected: tuple[Expected, ...]
    state: str = ""
    sites: Mapping[str, object] | None = None
    sites_line: int = 0

    def __repr__(self) -> str:
        return f"<Case {shown(self.name)}, line {self.line}>"

    def __hash__(self) -> int:
        return hash((self.name, self.line, self.as_of))


def load_cases(path: str | Path, protocol: Protocol) -> list[Case]:
    """Which worked cases does a file, or the cases.yaml of a folder, hold?

    Raises: InputFaults with all faults of the file.
    """
    cases, faults = read_cases(path, protocol)
    if faults:
        raise InputFaults(faults)
    return cases


def read_cases(path: str | Path, protocol: Protocol) -> tuple[list[Case], list[Fault]]:
    """The worked cases of a file or folder, and everything that is wrong with it."""
    file = Path(path)
    file = file / FILE_NAME if file.is_dir() else file
    faults = yaml_faults(file.as_posix())
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"found the byte 0x{error.object[error.start]:02X}, expected UTF-8 text"
        faults.in_line("P101", line, "", message, "save the file as UTF-8")
        return [], faults.all
    except (OSError, ValueError) as error:
        reason = "no such file"
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            reason = str(error.strerror)
        faults.in_line("P100", 0, "", f"{reason}, expected a file of worked cases")
        return [], faults.all
    return _parse(text, faults, protocol)


def _parse(text: str, faults: FaultList, protocol: Protocol) -> tuple[list[Case], list[Fault]]:
    tree = compose(text, faults)
    if tree is None:
        if faults.clean:
            faults.in_line("P109", 0, "", "found an empty file, expected a list of cases")
        return [], faults.all
    found = Listing(CASE, at_least=1).read(tree, "", "", faults)
    entries = found.value if found.ok and found.value else ()
    for number, item in enumerate(entries, 1):
        if item.ok:
            _check(item.value, str(number), protocol, faults)
    _check_names(entries, faults)
    if not faults.clean:
        return [], faults.all
    return [_case(item) for item in entries], faults.all


def _check(fields: Fields, path: str, protocol: Protocol, faults: FaultList) -> None:
    _, nodes = fields.get_value("expect", ("", []))
    for expected in nodes:
        if expected.node not in protocol.index:
            known = list(protocol.index)
            message = f'no milestone or visit "{shown(expected.node)}"'
            message += suggestion(expected.node, known)
            faults.in_line("P107", expected.line, f"{path}.expect.{expected.node}", message)
    row = fields.get_value("participant")
    if row and row.cells.get("site") and not fields.get_value("sites"):
        message = f"found the site {shown(row.cells['site'])}, but the case describes no sites"
        faults.in_line(
            "P107", row.line, f"{path}.participant.site", message, "add sites: to the case"
        )


def _check_names(entries: tuple[ReadValue, ...], faults: FaultList) -> None:
    first: dict[str, int] = {}
    for item in entries:
        name = item.value.get_value("name", "") if item.ok else ""
        if name and name in first:
            message = f"found the name {shown(name)} twice, the first time in line {first[name]}"
            faults.in_line("P113", item.line, "name", message)
        first.setdefault(name, item.line)


def _case(item: ReadValue) -> Case:
    fields: Fields = item.value
    state, nodes = fields.get_value("expect")
    tables = {name: tuple(row.value for row in fields.items_of(name)) for name in TABLES}
    case = Case(
        fields.get_value("name"), item.line, date.fromisoformat(fields.get_value("as_of")),
        fields.get_value("participant", CaseRow({}, item.line)), tables, tuple(nodes), state,
    )  # fmt: skip
    if "sites" not in fields:
        return case
    return replace(case, sites=fields.get_value("sites"), sites_line=fields["sites"].line)
