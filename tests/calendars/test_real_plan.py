"""The calendars of the shipped example, day by day, and a life lived on a real plan.

What each participant of the example is there for stands in its README.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from icalendar import Calendar

from scheduler.calendars.export import CalendarOptions, calendar, write_calendars
from scheduler.errors import NotFound
from scheduler.planning.plans import Plan, plan
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.study.model import Study
from scheduler.study.reading import load_study
from tests.calendars.fake import EVERYTHING
from tests.calendars.test_simulation import Store

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "nct07342244"
START = date(2026, 6, 15)


@cache
def protocol() -> Protocol:
    return load_protocol(FOLDER)


@cache
def study() -> Study:
    return load_study(FOLDER / "example")


@cache
def example(day: int = 0) -> Plan:
    return plan(protocol(), study(), as_of=START + timedelta(day))


def told(folder: Path, made: Plan, options: CalendarOptions | None = None) -> list[str]:
    changes = write_calendars(
        made,
        folder,
        options or CalendarOptions(questions=True, restrictions=True, booked_windows=True),
    )
    return [str(change) for change in changes.entries]


# Every line is a fact that became true on that day. Nothing else may change in thirty days.
THIRTY_DAYS = {
    # P-005's blood collection was booked for 16 June; its window ends on 25 June.
    "2026-06-17": ["new: P-005 open question about Blood collection for manufacturing, 2026-06-25"],
    # P-007's visit was booked for 17 June; its window (17 June, 3 days around) ends on 20 June.
    "2026-06-18": ["new: P-007 open question about Day 28 after transplantation, 2026-06-20"],
    # Two appointments that were not permitted have passed; month 3 of P-011 (infused 11 March,
    # 3 months and 7 days: 18 June) is overdue.
    "2026-06-19": [
        "changed: P-004 Blood collection for manufacturing, 2026-06-18: text, status or reminder",
        "new: P-004 open question about Blood collection for manufacturing, 2026-06-26",
        "new: P-011 Month 3 overdue, 2026-06-19",
        "changed: P-012 Screening, 2026-06-18: text, status or reminder",
        "new: P-012 open question about Screening, 2026-06-22",
    ],
    "2026-06-21": [
        "changed: P-007 Day 28 after transplantation overdue, was 2026-06-20, now 2026-06-21"
    ],
    "2026-06-23": [
        "changed: P-002 Screening, 2026-06-22: text, status or reminder",
        "new: P-002 open question about Screening, 2026-06-24",
    ],
    "2026-06-26": [
        "new: P-018 open question about Allogeneic stem cell transplantation, 2026-07-02"
    ],
    # An infarction in December 2025 is six months past whatever its day was.
    "2026-07-01": ["cancelled: P-012 open question about Screening, 2026-06-22"],
    "2026-07-07": [
        "changed: P-003 Lymphodepletion starts, 2026-07-06: text, status or reminder",
        "new: P-003 open question about Lymphodepletion starts, 2026-07-08",
    ],
    # No window: consent hangs off nothing. Month 3 of P-018 (infused 3 April) ended on 10 July.
    "2026-07-11": [
        "new: P-008 open question about Informed consent, 2026-07-11",
        "new: P-018 Month 3 overdue, 2026-07-11",
    ],
    "2026-07-14": [
        "changed: P-003 CAR-T cell infusion, 2026-07-13 10:00: text, status or reminder",
        "new: P-003 open question about CAR-T cell infusion, 2026-07-14",
    ],
}


def test_thirty_daily_exports_tell_only_what_became_true(tmp_path: Path) -> None:
    folder, found = tmp_path / "out", {}
    assert len(told(folder, example())) > 150
    for day in range(1, 31):
        made = example(day)
        if lines := told(folder, made):
            found[made.as_of.isoformat()] = sorted(lines, key=lambda line: line.split(": ", 1)[1])
    expected = {
        day: sorted(lines, key=lambda line: line.split(": ", 1)[1])
        for day, lines in THIRTY_DAYS.items()
    }
    assert found == expected


def test_a_day_without_news_touches_no_file(tmp_path: Path) -> None:
    told(tmp_path, example())
    files = sorted((tmp_path / "calendars").iterdir())
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    assert told(tmp_path, example(1)) == []
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files} == before
    assert sorted((tmp_path / "calendars").iterdir()) == files


def test_recorded_rows_rest_on_no_recommended_day() -> None:
    """The rows of two plans ten days apart, of people for whom nothing fell due in between."""
    quiet = ["P-001", "P-006", "P-009", "P-010", "P-013", "P-014", "P-015", "P-016", "P-017"]
    rows = []
    for made in (example(), example(10)):
        frame = made.calendar_rows
        frame = frame[(frame["basis"] == "recorded") & frame["participant"].isin(quiet)]
        rows.append(frame.reset_index(drop=True))
    assert len(rows[0]) > 30
    pd.testing.assert_frame_equal(rows[0], rows[1])


def test_every_row_has_its_own_identity() -> None:
    key = ["participant", "kind", "node", "rule", "event", "occurrence"]
    frame = example().calendar_rows
    frame = frame[frame["node"] != "unscheduled"]
    assert not frame.duplicated(key).any()


def event(made: Plan, who: str, title: str, options: CalendarOptions | None = None) -> Any:
    found = calendar(
        made,
        who,
        options or CalendarOptions(questions=True, restrictions=True, booked_windows=True),
    )
    prefixes = ("", "MOVE: ", "ASK: ")
    named = [f"{prefix}{who} {title}" for prefix in prefixes]
    (one,) = [one for one in found.events if str(one["SUMMARY"]) in named]
    return one


NOT_PERMITTED = "This appointment is not permitted by the plan: move it."


def test_an_appointment_that_is_not_permitted_is_shown_and_says_so() -> None:
    # The live vaccine of 25 May is exactly four weeks before the booked day: still within.
    screening = event(example(), "P-002", "Screening")
    assert str(screening["SUMMARY"]).startswith("MOVE: ")
    assert screening.start == date(2026, 6, 22)
    assert (screening["STATUS"], screening["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert NOT_PERMITTED in screening["DESCRIPTION"]
    assert "Undetermined" not in screening["DESCRIPTION"]
    assert "vaccine" not in str(screening["DESCRIPTION"]).lower()


def test_one_that_hangs_on_a_missing_fact_says_that_too() -> None:
    # An infarction of which only the month is known: any day left for screening is undetermined.
    said = event(example(), "P-012", "Screening")["DESCRIPTION"]
    assert "waits for a fact or a decision: ask." in said
    assert "Undetermined: rests on facts that are not known yet." in said


def test_one_that_is_permitted_says_nothing() -> None:
    said = event(example(), "P-018", "Allogeneic stem cell transplantation")["DESCRIPTION"]
    assert "not permitted" not in said
    assert "check." not in said.replace("Check the plan before acting.", "")


def test_windows_rest_on_booked_days_even_when_they_are_not_permitted() -> None:
    # Infusion is booked for 13 July: two days to spare after three of chemotherapy on 8 July.
    made = example()
    # A steroid through 10 July forbids all of them at ten: no window says that it may take place.
    with pytest.raises(ValueError, match="expected 1, got 0"):
        event(made, "P-003", "CAR-T cell infusion window")
    # Its day 28 aims at 10 August, three days around.
    visit = event(made, "P-003", "Day 28, first response window")
    assert (visit.start, visit.end) == (date(2026, 8, 10), date(2026, 8, 14))  # 8 and 9 are closed
    assert "on these days: 2026-08-10 to 2026-08-13." in visit["DESCRIPTION"]


def test_an_unscheduled_visit_is_in_the_calendar() -> None:
    rows = example().calendar_rows.query("node == 'unscheduled'")
    assert rows["first"].dt.date.tolist() == [date(2026, 5, 8)]


def test_the_plan_gives_calendars_for_notebooks() -> None:
    made = example()
    assert isinstance(made.calendar("P-003"), Calendar)
    assert len(made.site_calendar("wuhan").events) > len(made.calendar("P-003").events) > 20
    with pytest.raises(NotFound, match="P-999"):
        made.calendar("P-999")
    with pytest.raises(NotFound, match="nowhere"):
        made.site_calendar("nowhere")


def lives() -> Iterator[tuple[str, str, list[dict[str, str]], dict[str, str]]]:
    """A day, what happens, the participant's dates from then on, and the participant's row."""
    consent = {"participant": "P-1", "milestone": "consent", "date": "2026-06-10", "status": "done"}
    person = {"participant": "P-1", "birth_date": "1980-01-01", "sex": "male", "site": "wuhan"}

    def booked(day: str) -> dict[str, str]:
        return {"participant": "P-1", "milestone": "screening", "date": day, "status": "booked"}

    yield "2026-06-11", "consented", [consent], person
    yield "2026-06-12", "booked", [consent, booked("2026-06-17")], person
    yield "2026-06-13", "moved", [consent, booked("2026-06-18")], person
    yield "2026-06-14", "moved back", [consent, booked("2026-06-17")], person
    yield "2026-06-15", "withdrew", [consent], person | {"withdrawn": "2026-06-15"}
    yield "2026-06-16", "reinstated", [consent, booked("2026-06-17")], person
    done = booked("2026-06-17") | {"status": "done"}
    yield "2026-06-18", "screened", [consent, done], person


def test_a_life_on_a_real_plan(tmp_path: Path) -> None:
    """Full files and change files lead to the same calendar, and each event keeps its number."""
    full, small, said = Store(), Store(), {}
    for day, what, dates, person in lives():
        tables = {"participants": pd.DataFrame([person]), "dates": pd.DataFrame(dates)}
        sites = {"wuhan": {"timezone": "Asia/Shanghai", "holidays": "CN"}}
        made = plan(protocol(), load_study({**tables, "sites": sites}), day)
        said[what] = told(tmp_path, made)
        full.take(tmp_path / "calendars" / "P-1.ics")
        small.take(tmp_path / "calendars" / ("changes.ics" if len(said) > 1 else "P-1.ics"))
        expected = calendar(made, "P-1", EVERYTHING).events
        shown = sorted(((e["SUMMARY"], e.start, e.end) for e in expected), key=str)
        assert full.live() == shown == small.live(), what
    assert "new: P-1 Screening, 2026-06-17" in said["booked"]
    assert "changed: P-1 Screening, was 2026-06-17, now 2026-06-18" in said["moved"]
    assert "changed: P-1 Screening, was 2026-06-18, now 2026-06-17" in said["moved back"]
    assert "cancelled: P-1 Screening, 2026-06-17" in said["withdrew"]
    assert "restored: P-1 Screening, 2026-06-17" in said["reinstated"]
    assert "changed: P-1 Screening, 2026-06-17: text, status or reminder" in said["screened"]
    final = Calendar.from_ical((tmp_path / "calendars" / "P-1.ics").read_bytes())
    (screening,) = [e for e in final.events if e["SUMMARY"] == "P-1 Screening"]
    # booked 0, moved 1, moved back 2, cancelled 3, restored 4, done 5
    assert int(screening["SEQUENCE"]) == 5
