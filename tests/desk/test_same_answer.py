"""The same answer: whatever is done at the desk, its tables are those of the commands.

Random actions through the desk's own forms and interface, then: the export planned by
`washout plan` gives the bytes of the desk's tables and calendars; what the desk keeps of each
participant is what the whole plan says; the trail rebuilds the same rows.
"""

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from scheduler.cli import washout_command
from scheduler.desk.daypicker import Picker
from scheduler.desk.effects import effects_of
from scheduler.desk.forms import book
from scheduler.desk.frames import grouped
from scheduler.desk.one_plan import KEPT
from scheduler.desk.pages.study import TABLE_NAMES, plan_files
from scheduler.desk.people import StudyDesk
from scheduler.store.exporting import export_folder
from scheduler.store.proving import verify
from scheduler.store.stored import Store
from tests.desk.office import AS_OF, Desk, fill

ROOT = Path(__file__).resolve().parents[2] / "protocols"
STUDIES = {"nct07342244": "NCT07342244", "demo-cycles": "DEMO-CYCLES"}
_BEGIN = AS_OF - timedelta(days=60)
days = st.integers(0, 200).map(lambda k: (_BEGIN + timedelta(days=k)).isoformat())
typed = st.one_of(
    days, days.map(lambda d: d[:7]), st.sampled_from(["unknown", "2025", "none", "x"])
)
some = st.integers(0, 10**6)


class AtTheDesk(RuleBasedStateMachine):
    """Somebody who does anything that the desk offers, wrong things too."""

    folder = ROOT / "nct07342244"
    place = ""

    def __init__(self) -> None:
        super().__init__()
        self.held = tempfile.TemporaryDirectory(prefix="washout-desk-test-")
        path = Path(self.held.name)
        self.store = Store.open(self.place or path / "site.db", make=True)
        self.key = STUDIES[self.folder.name]
        if self.key not in self.store.studies():
            fill(self.store, self.folder, self.key)
        self.at = Desk(self.store)
        self.at.enter()
        self.desk: StudyDesk = self.at.desk
        self.statuses: list[int] = []

    def _pick(self, listed: Any, number: int) -> Any:
        listed = list(listed)
        return listed[number % len(listed)] if listed else ""

    def _post(self, path: str, **fields: str) -> None:
        found = self.at.post(path, s=self.key, **fields)
        assert found.status_code in (200, 303, 404, 409, 422), (path, fields, found.status_code)
        self.statuses.append(found.status_code)

    def _node(self, number: int) -> str:
        return str(self._pick([node.name for node in self.desk.protocol.nodes], number))

    @rule(who=some, node=some, day=days, time=st.sampled_from(["", "10:00", "23:59"]))
    def books(self, who: int, node: int, day: str, time: str) -> None:
        self._post("/step", p=self._pick(self.desk.codes, who), n=self._node(node), day=day,
                   time=time, go="save")  # fmt: skip

    @rule(who=some, node=some, day=days, note=st.sampled_from(["", "fever"]),
          answer=st.sampled_from(["done", "other_day", "missed", "moved", "cancelled"]))  # fmt: skip
    def says_what_happened(self, who: int, node: int, day: str, note: str, answer: str) -> None:
        self._post("/happened", p=self._pick(self.desk.codes, who), n=self._node(node), day=day,
                   answer=answer, note=note, go="save")  # fmt: skip

    @rule(who=some, event=some, start=typed, end=st.one_of(typed, st.just(""), st.just("ongoing")))
    def records_an_exposure(self, who: int, event: int, start: str, end: str) -> None:
        names = [one.name for one in self.desk.protocol.events]
        self._post("/exposure", p=self._pick(self.desk.codes, who), c_event=self._pick(names, event),
                   c_start=start, c_end=end, go="save")  # fmt: skip

    @rule(who=some, which=some, day=days, word=st.sampled_from(["clear", "exclude"]))
    def decides(self, who: int, which: int, day: str, word: str) -> None:
        rules = [one.id for one in self.desk.protocol.rules if one.judgement]
        if rules:
            self._post("/decision", p=self._pick(self.desk.codes, who), decision=word, date=day,
                       rule=self._pick(rules, which), by="Dr. A", note="x", go="save")  # fmt: skip

    @rule(number=some, site=some, born=typed)
    def adds_somebody(self, number: int, site: int, born: str) -> None:
        sites = [row.cells["site"] for row in self.desk.shared if not row.void]
        self._post("/row", t="participants", c_participant=f"N-{number % 7}", c_birth_date=born,
                   c_site=str(self._pick(sites, site)), go="save")  # fmt: skip

    @rule(table=st.sampled_from(["history", "dates", "decisions"]), which=some, day=typed,
          old=st.booleans())  # fmt: skip
    def corrects_a_row(self, table: str, which: int, day: str, old: bool) -> None:
        rows = [row for row in self.store.rows(self.key, table) if not row.void]
        row = self._pick(rows, which)
        if row:
            head = "start" if table == "history" else "date"
            body = {"cells": {head: day}, "version": row.version - old, "reason": "found"}
            found = self.at.api.put(f"/api/rows/{table}/{row.row}?s={self.key}", json=body)
            assert found.status_code in (200, 409, 422), found.text
            self.statuses.append(found.status_code)

    @rule(table=st.sampled_from(["history", "dates", "decisions", "participants"]), which=some)
    def voids_a_row(self, table: str, which: int) -> None:
        rows = [row for row in self.store.rows(self.key, table) if not row.void]
        row = self._pick(rows, which)
        if row and (table != "participants" or len(rows) > 3):
            body = {"version": row.version, "reason": "entered twice"}
            path = f"/api/rows/{table}/{row.row}/void?s={self.key}"
            found = self.at.api.post(path, json=body)
            assert found.status_code in (200, 422), found.text

    @rule(day=days, open_=st.booleans())
    def closes_a_day(self, day: str, open_: bool) -> None:
        rows = [row for row in self.desk.shared if not row.void]
        if rows:
            cells = {f"c_{head}": text for head, text in rows[0].cells.items()}
            head = "c_open" if open_ else "c_closed"
            cells[head] = ", ".join(part for part in (cells.get(head, ""), day) if part)
            version = self.store.row(self.key, "sites", rows[0].row).version
            self._post("/sites", **cells, row=str(rows[0].row), version=str(version),
                       why_words="x", go="save")  # fmt: skip

    def teardown(self) -> None:
        if len(self.statuses) > 10:
            assert 303 in self.statuses, "nothing that was tried was saved"
        try:
            check(self.at, Path(self.held.name), self.key)
        finally:
            self.store.close()
            self.held.cleanup()


def check(at: Desk, folder: Path, key: str) -> None:
    """Everything that the desk says is what the commands say of its export."""
    desk, store = at.desk, at.store
    proof = verify(store)
    assert proof.fault == "", proof.fault
    export_folder(store.heads(key), store.rows(key), folder / "study")
    protocol = folder / "protocol"
    for name, text in store.protocol_files(key).items():
        (protocol / name).parent.mkdir(parents=True, exist_ok=True)
        (protocol / name).write_bytes(text.encode())
    line = ["plan", str(protocol), str(folder / "study"), "--as-of", AS_OF.isoformat(), "--out",
            str(folder / "out"), "--quiet"]  # fmt: skip
    found = CliRunner().invoke(washout_command, line)
    assert found.exit_code == 0, found.output
    for name in TABLE_NAMES:
        told = at.api.get(f"/api/tables/{name}.csv", params={"s": key})
        assert told.content == (folder / "out" / f"{name}.csv").read_bytes(), name
    files = plan_files(desk, AS_OF)
    for path in sorted((folder / "out" / "calendars").glob("*.ics")):
        assert files[f"calendars/{path.name}"] == path.read_bytes(), path.name
    assert_rows(desk, desk.whole(AS_OF))
    fresh = StudyDesk(store, key, lambda: AS_OF)
    assert fresh.codes == desk.codes and fresh.known == desk.known
    for code in desk.codes[::9]:
        assert picked(desk, code) == picked(fresh, code), code


def picked(desk: StudyDesk, code: str) -> list[Any]:
    """What the day picker says of somebody's next step, and what its first day would change."""
    one = desk.person(code)
    node = one.known.summary.get("next_milestone", "")
    if one.plan is None or not node:
        return []
    picker = Picker(one, node, desk.as_of, desk.protocol.study.closes, desk.label)
    found = picker.days()
    told: list[Any] = [found, picker.row]
    for day in found.best[:1]:
        edits = book(desk, code, node, {"day": day.day, "time": "", "note": ""})
        told.append(effects_of(one, desk.suppose(code, edits).told(desk.before(code)), desk.label))
    return told


def assert_rows(desk: StudyDesk, whole: Any) -> None:
    """What is kept of each participant, planned by itself, is what the whole plan says."""
    for name in KEPT:
        wanted = grouped(whole.table(name).rows())
        for code in desk.codes:
            assert desk.known[code].tables[name] == wanted.get(code, []), (name, code)


@pytest.mark.parametrize("name", sorted(STUDIES))
def test_the_desk_and_the_commands_agree(name: str) -> None:
    machine = type("AtTheDesk", (AtTheDesk,), {"folder": ROOT / name})
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=3, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_on_postgres_too(postgres: str) -> None:
    from itertools import count

    from tests.store.places import new_database

    numbers = count(1)

    class There(AtTheDesk):
        def __init__(self) -> None:
            self.place = new_database(postgres, f"same{next(numbers)}")
            super().__init__()

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        There,
        settings=settings(
            max_examples=1, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_one_participant_planned_alone_is_the_same_as_among_all(desk: Desk) -> None:
    study = desk.desk
    for code in study.codes:
        assert study.known[code] == study.alone(code).known, code
    assert date.fromisoformat(study.known["P-001"].summary["next_first"]) >= AS_OF
