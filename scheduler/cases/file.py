"""Reading cases.yaml: worked examples, with every fault of the file and its line at once.

The cells of `participant`, `history`, `dates` and `decisions` are texts exactly as written, as in
a CSV file; nothing in them is retyped. Source: docs/contract.md (cases.yaml).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scheduler.cases.kinds import CASE, TABLES, Expected, Row
from scheduler.errors import Fault, InputFaults, suggestion
from scheduler.protocol import Protocol
from scheduler.yaml_text.faults import Report, shown
from scheduler.yaml_text.kinds import Fields, Found, Listing
from scheduler.yaml_text.tree import compose

FILE_NAME = "cases.yaml"


@dataclass(frozen=True, slots=True)
class Case:
    """One worked example: one participant on one day, and what must come out."""

    name: str
    line: int
    as_of: str
    participant: Row
    tables: Mapping[str, tuple[Row, ...]]
    expected: tuple[Expected, ...]
    state: str = ""
    sites: Mapping[str, object] | None = None
    sites_line: int = 0


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
    report = Report(file.as_posix())
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        report.add(
            "P101", 0, "", f"found the byte 0x{error.object[error.start]:02X}, expected UTF-8"
        )
        return [], report.faults
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror)
        report.add("P100", 0, "", f"{reason}, expected a file of worked cases")
        return [], report.faults
    return _parse(text, report, protocol)


def _parse(text: str, report: Report, protocol: Protocol) -> tuple[list[Case], list[Fault]]:
    tree = compose(text, report)
    if tree is None:
        if report.clean:
            report.add("P109", 0, "", "found an empty file, expected a list of cases")
        return [], report.faults
    found = Listing(CASE, at_least=1).read(tree, "", "", report)
    entries = found.value if found.ok and found.value else ()
    for number, item in enumerate(entries, 1):
        if item.ok:
            _check(item.value, str(number), protocol, report)
    _check_names(entries, report)
    if not report.clean:
        return [], report.faults
    return [_case(item) for item in entries], report.faults


def _check(fields: Fields, path: str, protocol: Protocol, report: Report) -> None:
    _, nodes = fields.get_value("expect", ("", []))
    for expected in nodes:
        if expected.node not in protocol.index:
            known = list(protocol.index)
            message = f'no milestone or visit "{shown(expected.node)}"'
            message += suggestion(expected.node, known)
            report.add("P107", expected.line, f"{path}.expect.{expected.node}", message)
    row = fields.get_value("participant")
    if row and row.cells.get("site") and not fields.get_value("sites"):
        message = f"found the site {shown(row.cells['site'])}, but the case describes no sites"
        report.add("P107", row.line, f"{path}.participant.site", message, "add sites: to the case")


def _check_names(entries: tuple[Found, ...], report: Report) -> None:
    first: dict[str, int] = {}
    for item in entries:
        name = item.value.get_value("name", "") if item.ok else ""
        if name and name in first:
            message = f"found the name {shown(name)} twice, the first time in line {first[name]}"
            report.add("P113", item.line, "name", message)
        first.setdefault(name, item.line)


def _case(item: Found) -> Case:
    fields: Fields = item.value
    state, nodes = fields.get_value("expect")
    tables = {name: tuple(row.value for row in fields.items_of(name)) for name in TABLES}
    case = Case(
        fields.get_value("name"), item.line, fields.get_value("as_of"),
        fields.get_value("participant", Row({}, item.line)), tables, tuple(nodes), state,
    )  # fmt: skip
    if "sites" not in fields:
        return case
    return replace(case, sites=fields.get_value("sites"), sites_line=fields["sites"].line)
