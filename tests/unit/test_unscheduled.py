"""Unscheduled visits: which of them stand, and that every output says the same of each."""

import io
import random
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import scheduler
from scheduler.planning.comparison import compared
from scheduler.planning.plans import Plan
from scheduler.report.page import page_bytes
from scheduler.report.terminal import print_agenda
from scheduler.report.workbook import workbook_bytes
from tests.reports.test_page import Reader, said
from tests.unit.small_plans import study
from tests.unit.test_versions import folder

AS_OF = "2026-03-12"
LATER, TODAY, BEFORE = "2026-03-20", "2026-03-12", "2026-03-10"
Visit = tuple[str, str]  # date and status


def rows(*visits: Visit, code: str = "P1", node: str = "unscheduled") -> list[dict[str, str]]:
    return [
        {"participant": code, "milestone": node, "date": date, "status": status}
        for date, status in visits
    ]


def planned(tmp_path: Path, dates: list[dict[str, str]], **person: str) -> Plan:
    """P1 under the new version of a protocol, P2 under the old one."""
    people = [{"participant": "P1", **person}, {"participant": "P2", "protocol_version": "1.0"}]
    protocol = tmp_path / "protocol"
    if not protocol.exists():
        protocol.mkdir()
        folder(protocol)
    return scheduler.plan(
        scheduler.load_protocol(protocol), study(participants=people, dates=dates), AS_OF
    )


def found(plan: Plan, code: str = "P1") -> list[tuple[str, str]]:
    """Date with its time, and state, in the order of the table."""
    frame = plan.unscheduled[plan.unscheduled["participant"] == code]
    return [
        (f"{row.date:%Y-%m-%d} {row.time if isinstance(row.time, str) else ''}".strip(),
         str(row.state))
        for row in frame.itertuples()
    ]  # fmt: skip


CASES: dict[str, tuple[list[Visit], list[tuple[str, str]]]] = {
    "none": ([], []),
    "one": ([(LATER, "booked")], [(LATER, "booked")]),
    "at a time": ([(f"{LATER} 10:00", "booked")], [(f"{LATER} 10:00", "booked")]),
    "today is not over": ([(f"{TODAY} 00:00", "booked")], [(f"{TODAY} 00:00", "booked")]),
    "past": ([(BEFORE, "booked")], [(BEFORE, "past")]),
    "done": ([(BEFORE, "done")], [(BEFORE, "done")]),
    "missed": ([(BEFORE, "missed")], []),
    "two days": (
        [(LATER, "booked"), (TODAY, "booked")], [(TODAY, "booked"), (LATER, "booked")],
    ),
    "two on one day": (
        [(f"{LATER} 14:00", "booked"), (LATER, "booked"), (f"{LATER} 09:00", "booked")],
        [(LATER, "booked"), (f"{LATER} 09:00", "booked"), (f"{LATER} 14:00", "booked")],
    ),
    "the same twice": (
        [(LATER, "booked"), (LATER, "booked")], [(LATER, "booked"), (LATER, "booked")],
    ),
    "cancelled": ([(LATER, "booked"), (LATER, "cancelled")], []),
    "cancelled on another day": (
        [(LATER, "booked"), (TODAY, "cancelled")], [(LATER, "booked")],
    ),
    "one of two cancelled": (
        [(f"{LATER} 09:00", "booked"), (f"{LATER} 14:00", "booked"),
         (f"{LATER} 09:00", "cancelled")],
        [(f"{LATER} 14:00", "booked")],
    ),
    "one of two, nobody says which": (
        [(f"{LATER} 09:00", "booked"), (f"{LATER} 14:00", "booked"), (LATER, "cancelled")],
        [(f"{LATER} 09:00", "booked"), (f"{LATER} 14:00", "booked")],
    ),
    "both cancelled, one by its time": (
        [(LATER, "cancelled"), (f"{LATER} 14:00", "booked"), (f"{LATER} 09:00", "booked"),
         (f"{LATER} 09:00", "cancelled")],
        [],
    ),
    "done as booked": ([(f"{BEFORE} 09:00", "booked"), (f"{BEFORE} 09:00", "done")],
                       [(f"{BEFORE} 09:00", "done")]),
    "done, its time told later": ([(BEFORE, "booked"), (f"{BEFORE} 09:00", "done")],
                                  [(f"{BEFORE} 09:00", "done")]),
    "done at a time that nobody tells": ([(f"{BEFORE} 09:00", "booked"), (BEFORE, "done")],
                                         [(BEFORE, "done")]),
    "another one is still to come today": (
        [(f"{TODAY} 08:00", "done"), (f"{TODAY} 15:00", "booked")],
        [(f"{TODAY} 08:00", "done"), (f"{TODAY} 15:00", "booked")],
    ),
    "one done of two": (
        [(f"{TODAY} 15:00", "booked"), (f"{TODAY} 08:00", "booked"), (TODAY, "done")],
        [(TODAY, "done"), (f"{TODAY} 15:00", "booked")],
    ),
    "did not come": ([(BEFORE, "booked"), (BEFORE, "missed")], []),
    "came on another day": (
        [(BEFORE, "booked"), (BEFORE, "cancelled"), ("2026-03-11", "done")],
        [("2026-03-11", "done")],
    ),
    "done on another day, which may be another visit": (
        [(BEFORE, "booked"), ("2026-03-11", "done")], [(BEFORE, "past"), ("2026-03-11", "done")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_which_visits_stand(case: str, tmp_path: Path) -> None:
    """In any order of the rows, and under either version of the protocol."""
    visits, wanted = CASES[case]
    for code in ("P1", "P2"):
        for seed in range(3):
            some = rows(*visits, code=code)
            random.Random(seed).shuffle(some)
            assert found(planned(tmp_path, some), code) == wanted


@pytest.mark.parametrize("case", CASES)
def test_every_output_says_the_same(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    visits, wanted = CASES[case]
    plan = planned(tmp_path, rows(*visits) + rows((LATER, "booked"), code="P2"))
    booked = [day for day, state in wanted if state == "booked"]
    past = [day for day, state in wanted if state == "past"]

    in_calendars = plan.calendar_rows.query("node == 'unscheduled' and participant == 'P1'")
    assert len(in_calendars.query("status == 'booked'")) == len(booked) + len(past)
    assert len(in_calendars.query("status == 'done'")) == len(wanted) - len(booked + past)

    agenda = plan.agenda(28)
    agenda = agenda[(agenda["milestone"] == "unscheduled") & (agenda["participant"] == "P1")]
    assert set(agenda["kind"]) <= {"visit"}
    assert [f"{row.date:%Y-%m-%d}" for row in agenda.itertuples()] == [day[:10] for day in booked]
    assert agenda["sentence"].tolist() == [
        f"Unscheduled visit is booked for this day{f' at {day[11:]}' if day[10:] else ''}."
        for day in booked
    ]

    todo = plan.todo.query("step == 'Unscheduled visit' and participant == 'P1'")
    days = [f"{said(pd.Timestamp(day[:10]), 2026)}{day[10:]}" for day in past]
    assert todo["what"].tolist() == [
        f"Record Unscheduled visit: it was booked for {day}" for day in days
    ]
    assert {str(kind) for kind in todo["kind"]} <= {"record"}
    assert all(todo["act_by"] == pd.Timestamp(AS_OF))

    print_agenda(plan, 28, full=True)
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("P1: Unscheduled visit is booked") == len(booked)
    assert printed.count("P1: Record Unscheduled visit") == len(past)

    tables = Reader(page_bytes(plan, plan.written())).tables
    week = [day for day in booked if day[:10] <= "2026-03-18"]
    for caption, mine, place in (
        ("Milestones and visits of the coming seven days", week, 0),
        ("Appointments", booked, 0),
        ("Every booking that stands, and what has become of it", booked + past, 2),
    ):
        shown = [
            row for row in tables.get(caption, []) if "P1" in row and "Unscheduled visit" in row
        ]
        texts = {" ".join(row[place : place + 2]) for row in shown}
        assert len(shown) == len(mine), caption
        for day in mine:
            told = said(pd.Timestamp(day[:10]), 2026)
            assert any(told in text and day[11:] in text for text in texts), (caption, day)

    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(plan, plan.written())))
    cells = [[str(cell) for cell in row] for row in book["agenda"].iter_rows(values_only=True)]
    assert sum("unscheduled" in row and "P1" in row for row in cells) == len(booked)


def test_who_has_left_has_only_what_was_done(tmp_path: Path) -> None:
    visits = rows((LATER, "booked"), (BEFORE, "booked"), ("2026-03-04", "done"))
    for column in ("withdrawn", "screen_failed"):
        plan = planned(tmp_path, visits, **{column: "2026-03-11"})
        assert found(plan) == [("2026-03-04", "done")]
        assert not (plan.agenda()["milestone"] == "unscheduled").any()
        assert "Unscheduled visit" not in plan.todo["step"].tolist()


def test_they_stand_beside_the_tables_that_programs_read(tmp_path: Path) -> None:
    """No row of any other table differs, and two versions share one list."""
    visits = rows((LATER, "booked"), (BEFORE, "booked")) + rows((LATER, "booked"), code="P2")
    plain, plan = planned(tmp_path, []), planned(tmp_path, visits)
    assert [len(part.cohort) for part in plan.parts] == [1, 1]
    assert plan.unscheduled["participant"].astype(str).tolist() == ["P1", "P1", "P2"]
    same = set(plan.frames()) - {"unscheduled", "coming", "todo", "calendar_rows"}
    for name in same:
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(plan, name), obj=name)
    assert list(plan.frames()["unscheduled"].columns) == [
        "participant", "milestone", "date", "time", "state",
    ]  # fmt: skip
    assert plain.unscheduled.dtypes.astype(str).tolist() == (
        plan.unscheduled.dtypes.astype(str).tolist()
    )
    plan.write(tmp_path / "out")
    assert "unscheduled.csv" not in [path.name for path in (tmp_path / "out").iterdir()]


def test_a_difference_tells_of_them_as_of_other_bookings(tmp_path: Path) -> None:
    before = planned(tmp_path, rows((f"{LATER} 10:00", "booked"), (BEFORE, "booked")))
    after = planned(tmp_path, rows(("2026-03-23", "booked"), (BEFORE, "booked")))
    assert not len(compared(before, before).bookings)
    told = compared(before, after).bookings
    assert told[["milestone", "date", "time"]].fillna({"time": ""}).astype(str).to_numpy().tolist() == [
        ["unscheduled", "2026-03-20", "10:00"], ["unscheduled", "2026-03-23", ""],
    ]  # fmt: skip
    states = told[["state_before", "state_after"]].astype(object)
    assert states.where(states.notna(), "").to_numpy().tolist() == [["kept", ""], ["", "kept"]]
    moved = planned(tmp_path, rows(("2026-03-20", "booked"), node="infusion"))
    both = compared(planned(tmp_path, []), moved).bookings
    assert both["milestone"].astype(str).tolist() == ["infusion"]


def test_an_appointment_keeps_its_event_when_it_is_done(tmp_path: Path) -> None:
    """The event of a booking becomes that of the visit; nothing is shown twice."""
    out = tmp_path / "out"
    for visits in ([(TODAY, "booked")], [(TODAY, "booked"), (TODAY, "done")]):
        planned(tmp_path, rows(*visits)).write(out)
        text = (out / "calendars" / "P1.ics").read_text(encoding="utf-8")
        unfolded = text.replace("\r\n ", "").replace("\n ", "")
        events = [one for one in unfolded.split("BEGIN:VEVENT")[1:] if "Unscheduled" in one]
        uids = {uid for one in events for uid in re.findall(r"UID:(\S+)", one)}
        assert len(events) == 1 and len(uids) == 1
    assert "SEQUENCE:1" in events[0]
