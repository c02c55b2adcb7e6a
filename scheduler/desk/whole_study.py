"""Changes that touch everybody: a site's closed days, a version of the protocol.

They are judged against the whole study before they are saved, and everybody is planned anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.desk.people import StudyDesk
from scheduler.errors import Fault, InputFaults, shown
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.store.entries import Actor
from scheduler.store.proving import write_protocol
from scheduler.store.reading import read_rows
from scheduler.store.stored import PROTOCOL, Edit, StoredRow
from scheduler.study.faults import study_faults
from scheduler.tables.frames import Row

MAIN = "protocol.yaml"


def study_faults_with(
    desk: StudyDesk, shared: Sequence[StoredRow], protocol: Protocol
) -> list[Fault]:
    """The faults that the study would have with other sites or another protocol."""
    rows = [row for row in desk.every_row() if row.table != "sites"]
    study, faults = read_rows(desk.heads, [*rows, *shared], desk.key)
    found = [fault for fault in faults if not fault.warning]
    if len(study.participants):
        found += [f for f in bind_versions(study, protocol, day_of(desk.as_of))[1] if not f.warning]
    if not desk.codes:
        found = [fault for fault in found if fault.code != "S201"]
    return found


def save_sites(desk: StudyDesk, edits: Sequence[Edit], actor: Actor) -> None:
    """Saves edits of sites.

    Raises: InputFaults, and what the store raises.
    """
    with desk.lock:
        desk.refresh()
        before = study_faults_with(desk, desk.shared, desk.protocol)
        known = {(f.code, f.path) for f in [*_site_names(desk.shared), *before]}
        rows = {row.row: row for row in desk.shared}
        for number, edit in enumerate(edits):
            old = rows.get(edit.row)
            place = edit.row or 10**9 + number
            cells = {**(old.cells if old else {}), **edit.cells}
            rows[place] = StoredRow("sites", place, 0, edit.what == "void", cells)
        found = _site_names(rows.values())
        found += study_faults_with(desk, list(rows.values()), desk.protocol)
        if new := [fault for fault in found if (fault.code, fault.path) not in known]:
            raise InputFaults(new)
        desk.store.apply(desk.key, list(edits), actor)
        desk.load()


def _site_names(rows: Iterable[StoredRow]) -> list[Fault]:
    """The faults of sites without a name, or with the name of another one."""
    faults = study_faults()
    first: dict[str, int] = {}
    for row in rows:
        name = row.cells.get("site", "")
        if row.void:
            continue
        if not name:
            faults.add("S230", "sites", row.row, "site", "found a blank, expected a value")
        elif first.setdefault(name, row.row) != row.row:
            said = f"found the site {shown(name)} again, expected it once"
            faults.add("S210", "sites", row.row, "site", said, f"correct row {first[name]}")
    return faults.all


@dataclass(frozen=True)
class Proposal:
    """A protocol file that somebody wants to load: what it changes, and for whom."""

    file: str
    text: str
    protocol: Protocol
    items: list[Row]
    days: list[Row]
    bookings: list[Row]


def propose(desk: StudyDesk, text: str, as_version: bool) -> Proposal:
    """What a new protocol file would change.

    Raises: InputFaults where it cannot be read, or the study does not fit it.
    """
    with TemporaryDirectory(prefix="washout-protocol-") as folder:
        alone = load_protocol(write_protocol({MAIN: text}, Path(folder)))
    name = f"versions/{alone.version}.yaml" if as_version else MAIN
    files = {**desk.store.protocol_files(desk.key), name: text}
    with TemporaryDirectory(prefix="washout-protocol-") as folder:
        wanted = load_protocol(write_protocol(files, Path(folder)))
    if found := study_faults_with(desk, desk.shared, wanted):
        raise InputFaults(found)
    items, days, bookings = _difference(desk, alone)
    return Proposal(name, text, wanted, items, days, bookings)


def _difference(desk: StudyDesk, new: Protocol) -> tuple[list[Row], list[Row], list[Row]]:
    from scheduler.planning.amendments import Diff, diff

    if not desk.codes:
        return [], [], []
    study, _ = read_rows(desk.heads, desk.every_row(), desk.key)
    found: Diff = diff(desk.protocol, new, study, desk.as_of)
    items, days, bookings = (found.frames[name].rows() for name in ("items", "days", "bookings"))
    return items, days, bookings


def save_protocol(desk: StudyDesk, proposal: Proposal, reason: str, actor: Actor) -> None:
    """Saves a protocol file and plans everybody by it."""
    with desk.lock:
        rows = [row for row in desk.store.rows(desk.key, PROTOCOL)
                if row.cells["file"] == proposal.file and not row.void]  # fmt: skip
        cells: Mapping[str, str] = {"file": proposal.file, "text": proposal.text}
        edit = Edit("add", PROTOCOL, cells, reason=reason)
        if rows:
            edit = Edit("correct", PROTOCOL, cells, rows[0].row, rows[0].version, reason)
        desk.store.apply(desk.key, [edit], actor)
        desk.load()
