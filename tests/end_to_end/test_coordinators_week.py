"""A coordinator's week: five people, a sloppy workbook, and `washout plan` each day.

The days are worked out by hand from the protocol below. Every day the folder is what she left
behind the day before; nothing is typed that the list of commands does not hold.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from icalendar import Calendar

from scheduler.commands import daily
from tests.end_to_end.conftest import Invoke

PROTOCOL = """\
protocol: WEEK-001
title: A made-up week
version: "1.0"
date: 2026-01-15
timezone: Europe/Berlin
study: {opens: 2026-02-01, closes: 2027-12-20}
events:
  live_vaccine: {label: Live vaccine, kind: point}
  steroid: {label: Corticosteroid, kind: course}
milestones:
  consent: {label: Informed consent}
  screening: {label: Screening visit}
  infusion: {label: Cell infusion, at: "10:00"}
gaps:
  - {from: consent, to: screening, min: 0 days, max: 28 days, assumption: made up}
  - {from: screening, to: infusion, min: 7 days, max: 28 days, assumption: made up}
visits:
  - {id: day_7, label: Day 7, after: infusion, target: 7 days, window: {before: 2 days, after: 2 days}, assumption: made up}
  - {id: month_1, label: Month 1, after: infusion, target: 28 days, window: {before: 3 days, after: 3 days}, assumption: made up}
rules:
  - {id: E1, summary: No live vaccine in the 2 weeks before screening, forbid: live_vaccine, within: 2 weeks, before: screening, assumption: made up}
  - {id: E2, summary: No steroid in the 72 hours before infusion, forbid: steroid, within: 72 hours, before: infusion, assumption: made up}
"""
SITES = """\
berlin: {timezone: Europe/Berlin, weekend: [sat, sun], holidays: DE-BE, minutes: {Cell infusion: 240, all: 45}}
"""
PEOPLE = [
    ("B-01", "12.04.1978", "Female"), ("B-02", "03.11.1990", "MALE"), ("B-03", "1961", "female"),
    ("B-04", "30.01.1985", "Male"), ("B-05", "07.07.1970", "female"),
]  # fmt: skip
ASKED = [(who, event, "none") for who, _, _ in PEOPLE for event in ("Live vaccine", "STEROID")]
DATES = [
    ("B-01", "Informed consent", "01.06.2026", "Done"),
    ("B-01", "screening VISIT", "08.06.2026", "done"),
    ("B-01", "Cell infusion", "2026-06-18 10:00", "BOOKED"),
    ("B-02", "informed consent", "10.06.2026", "done"),
    ("B-02", "Screening visit", "22.06.2026", "booked"),
    ("B-03", "consent", "27.04.2026", "done"), ("B-03", "screening", "04.05.2026", "done"),
    ("B-03", "infusion", "20.05.2026", "done"), ("B-03", "Day 7", "27.05.2026", "done"),
    ("B-03", "Month 1", "17.06.2026", "booked"),
    ("B-04", "consent", "08.06.2026", "done"), ("B-04", "screening", "10.06.2026", "done"),
    ("B-04", "infusion", "2026-06-24 10:00", "booked"),
    ("B-05", "consent", "12.06.2026", "done"),
]  # fmt: skip
NOW = {
    "Mon": ["washout init study --protocol protocol.yaml", "cd study", "washout plan",
            "washout plan"],
    "Tue": ["washout plan"], "Wed": ["washout plan"], "Thu": ["washout plan"],
    "Fri": ["washout plan"],
}  # fmt: skip
# what the same took before a study had its settings
LONG = "washout plan protocol.yaml study --as-of 2026-06-{} --out out"
BEFORE = {
    "Mon": ["washout init study --protocol protocol.yaml", LONG.format(15), LONG.format(15)],
    **{name: [LONG.format(day)] for name, day in zip(("Tue", "Wed", "Thu", "Fri"),
                                                    range(16, 20), strict=True)},
}  # fmt: skip


BOOK_SCREENING = "Book Screening visit, by Fri 10 Jul"  # four weeks after B-05's consent
MOVE = (
    "06-19", "B-02", "move", "Move Screening visit, booked Mon 22 Jun: not permitted",
    "Wed 1 Jul (2 of 2 visits on target)",
)  # fmt: skip


def last_dose(day: str) -> str:
    """Exactly 72 hours before ten o'clock count as within."""
    return f"Tell: last time for Corticosteroid is {day}, 09:59, before Cell infusion"


class Week:
    """The study folder, the clock, and what one does there."""

    def __init__(self, folder: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.invoke, self.monkeypatch = folder, invoke, monkeypatch
        self.typed: list[str] = []

    @property
    def out(self) -> Path:
        return self.folder / "plan"

    def type(self, command: str) -> Result | None:
        """Types one command."""
        self.typed.append(command)
        words = command.split()
        if words[0] == "cd":
            self.monkeypatch.chdir(words[1])
            return None
        return self.invoke(*words[1:])

    def day(self, number: int) -> None:
        """Another day of June 2026."""

        class Clock(date):
            @classmethod
            def today(cls) -> date:
                return date(2026, 6, number)

        self.monkeypatch.setattr(daily, "date", Clock)

    def edit(self, change: Callable[[Any], None]) -> None:
        """Changes the workbook, as somebody at a keyboard would."""
        book = openpyxl.load_workbook(self.folder / "study.xlsx")
        change(book)
        book.save(self.folder / "study.xlsx")

    def add(self, sheet: str, **cells: str) -> None:
        """Types one row below the last one."""

        def change(book: Any) -> None:
            heads = heads_of(book[sheet])
            row = 1 + max(cell.row for line in book[sheet] for cell in line if cell.value)
            for head, text in cells.items():
                book[sheet].cell(row, heads.index(head) + 1, text)

        self.edit(change)

    def change(self, sheet: str, where: tuple[str, ...], **cells: str) -> None:
        """Types over cells of the first row that begins like this."""

        def change(book: Any) -> None:
            heads = heads_of(book[sheet])
            row = next(row for row in book[sheet].iter_rows(min_row=2)
                       if tuple(cell.value for cell in row[: len(where)]) == where)  # fmt: skip
            for head, text in cells.items():
                row[heads.index(head)].value = text

        self.edit(change)

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.out / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def todo(self) -> list[tuple[str, str, str, str, str]]:
        return [(r["act_by"][5:], r["participant"], r["kind"], r["what"], r["options"])
                for r in self.rows("todo")]  # fmt: skip

    def bookings(self) -> dict[str, str]:
        return {f"{r['participant']} {r['milestone']} {r['date'][8:]}": r["state"]
                for r in self.rows("bookings")}  # fmt: skip

    def calendar(self, who: str) -> dict[str, tuple[str, int, Any]]:
        """Status, SEQUENCE and start of the events of a participant, by title."""
        content = (self.out / "calendars" / f"{who}.ics").read_bytes()
        return {
            str(e["SUMMARY"]).removeprefix("CANCELLED: "): (
                str(e["STATUS"]), int(e["SEQUENCE"]), e.start,
            )
            for e in Calendar.from_ical(content).events
        }  # fmt: skip


def heads_of(sheet: Any) -> list[str]:
    """The heads of a sheet, as the program reads them."""
    return [str(cell.value).strip().lower().replace(" ", "_") for cell in sheet[1]]


def sloppy(book: Any) -> None:
    """Fills the workbook in as people do: labels, odd case, German dates, a hidden row, other names."""
    people, history, dates = book["participants"], book["history"], book["dates"]
    heads = [cell.value for cell in people[1]]
    people.cell(1, heads.index("birth_date") + 1, "Birth Date ")
    people.cell(1, heads.index("sex") + 1, "SEX")
    for number, (code, born, sex) in enumerate(PEOPLE, 2):
        cells = {"participant": code, "birth_date": born, "sex": sex, "site": "berlin"}
        for head, text in cells.items():
            people.cell(number, heads.index(head) + 1, text)
    for sheet, rows, names in (
        (history, ASKED, ("participant", "event", "start")),
        (dates, DATES, ("participant", "milestone", "date", "status")),
    ):
        heads = [cell.value for cell in sheet[1]]
        for number, row in enumerate(rows, 2):
            for name, text in zip(names, row, strict=True):
                sheet.cell(number, heads.index(name) + 1, text)
    history.row_dimensions[5].hidden = True
    heads = [cell.value for cell in dates[1]]
    dates.cell(1, heads.index("date") + 1, "Datum")
    history.title = "History 2026"


def mend(book: Any) -> None:
    """What the two faults say: the sheet and the column get their names back."""
    book["History 2026"].title = "history"
    heads = [cell.value for cell in book["dates"][1]]
    book["dates"].cell(1, heads.index("Datum") + 1, "date")


@pytest.fixture
def week(tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Week:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protocol.yaml").write_text(PROTOCOL, encoding="utf-8")
    return Week(tmp_path / "study", invoke, monkeypatch)


def test_the_week(week: Week) -> None:
    _monday(week)
    infusion = week.calendar("B-01")["B-01 Cell infusion"]
    assert infusion[:2] == ("CONFIRMED", 0) and infusion[2].date() == date(2026, 6, 18)
    _tuesday(week)
    _wednesday(week)
    _thursday(week)
    _friday(week)
    assert week.typed == [command for day in NOW.values() for command in day]


def _monday(week: Week) -> None:
    week.day(15)
    for command in NOW["Mon"][:2]:
        week.type(command)
    (week.folder / "sites.yaml").write_text(SITES, encoding="utf-8")
    week.edit(sloppy)
    refused = week.type("washout plan")
    assert refused is not None and refused.exit_code == 1, refused.output
    assert not week.out.exists()
    assert "S213 study.xlsx: the sheet History 2026 looks like the table history" in refused.stderr
    assert "S220 study.xlsx[dates]:1: found no column date" in refused.stderr
    week.edit(mend)
    planned = week.type("washout plan")
    assert planned is not None and planned.exit_code == 0, planned.output
    assert "hidden" in planned.stderr, "the hidden row is read, and told of"
    assert week.todo() == [
        ("06-15", "B-01", "prepare", last_dose("Mon 15 Jun"), ""),
        ("06-21", "B-04", "prepare", last_dose("Sun 21 Jun"), ""),
        ("07-10", "B-05", "book", BOOK_SCREENING, "Mon 15 Jun; Tue 16 Jun; Wed 17 Jun"),
    ]
    assert week.bookings() == dict.fromkeys(
        ["B-01 infusion 18", "B-02 screening 22", "B-03 month_1 17", "B-04 infusion 24"], "kept"
    )


def _tuesday(week: Week) -> None:
    """The infusion of B-01 is moved to Monday; B-02 has had a vaccine."""
    week.day(16)
    week.change("dates", ("B-01", "Cell infusion"), status="cancelled")
    week.add("dates", participant="B-01", milestone="Cell infusion", date="2026-06-22 10:00",
             status="booked")  # fmt: skip
    week.add("history", participant="B-02", event="live vaccine", start="16.06.2026")
    week.type("washout plan")
    assert week.todo() == [
        MOVE,
        ("06-19", "B-01", "prepare", last_dose("Fri 19 Jun"), ""),
        ("06-21", "B-04", "prepare", last_dose("Sun 21 Jun"), ""),
        ("07-10", "B-05", "book", BOOK_SCREENING, "Tue 16 Jun; Wed 17 Jun; Thu 18 Jun"),
    ]
    assert week.bookings() == {
        "B-01 infusion 22": "kept", "B-02 screening 22": "not_permitted",
        "B-03 month_1 17": "kept", "B-04 infusion 24": "kept",
    }  # fmt: skip
    status, sequence, start = week.calendar("B-01")["B-01 Cell infusion"]
    assert (status, sequence) == ("CONFIRMED", 1)
    assert start.replace(tzinfo=None) == datetime(2026, 6, 22, 10)
    assert b"DURATION:PT4H" in (week.out / "calendars" / "B-01.ics").read_bytes()
    assert "MOVE: B-02 Screening visit" in week.calendar("B-02")


def _wednesday(week: Week) -> None:
    """B-03 came on Friday already, two days before the window opened."""
    week.day(17)
    week.add("dates", participant="B-03", milestone="month_1", date="12.06.2026", status="done")
    week.type("washout plan")
    assert week.todo()[0] == MOVE and week.todo()[-1] == (
        "", "B-03", "explain_deviation", "Explain Month 1 on Fri 12 Jun: 2 days too early",
        "write a note beside the date",
    )  # fmt: skip
    assert "B-03 month_1 17" not in week.bookings()
    (broken,) = week.rows("deviations")
    assert (broken["participant"], broken["days_out"], broken["first"]) == (
        "B-03", "-2", "2026-06-14",
    )  # fmt: skip


def _thursday(week: Week) -> None:
    """B-04 withdraws: the booking and what guarded it are cancelled, what is done stays."""
    week.day(18)
    week.change("participants", ("B-04",), withdrawn="18.06.2026")
    week.change("dates", ("B-03", "month_1"), note="came early, asked by phone")
    week.type("washout plan")
    assert [row[1:3] for row in week.todo()] == [
        ("B-02", "move"), ("B-01", "prepare"), ("B-05", "book"),
    ]  # fmt: skip
    assert week.bookings() == {"B-01 infusion 22": "kept", "B-02 screening 22": "not_permitted"}
    told = week.calendar("B-04")
    assert {title for title, (status, _, _) in told.items() if status == "CONFIRMED"} == {
        "B-04 Informed consent", "B-04 Screening visit",
    }  # fmt: skip
    assert told["B-04 Cell infusion"][:2] == ("CANCELLED", 1)


def _friday(week: Week) -> None:
    """A sixth participant consents, of whom nothing was asked yet; the screening is moved."""
    week.day(19)
    week.add(
        "participants", participant="B-06", birth_date="09.09.1999", sex="FEMALE", site="berlin"
    )
    week.add("dates", participant="B-06", milestone="CONSENT", date="19.06.2026", status="done")
    week.change("dates", ("B-02", "Screening visit"), status="cancelled")
    week.add("dates", participant="B-02", milestone="screening", date="01.07.2026", status="booked")
    week.type("washout plan")
    assert week.todo() == [
        ("06-19", "B-01", "prepare", last_dose("Fri 19 Jun"), ""),
        ("07-10", "B-05", "book", BOOK_SCREENING, "Fri 19 Jun; Mon 22 Jun; Tue 23 Jun"),
        ("07-17", "B-06", "book", "Book Screening visit, by Fri 17 Jul",
         "Fri 19 Jun; Mon 22 Jun; Tue 23 Jun"),
    ]  # fmt: skip
    assert week.bookings() == {"B-01 infusion 22": "kept", "B-02 screening 01": "kept"}
    assert week.calendar("B-02")["B-02 Screening visit"][:2] == ("CONFIRMED", 2)
    asked = {row["participant"]: row["history_asked"] for row in week.rows("summary")}
    assert asked == dict.fromkeys([who for who, _, _ in PEOPLE], "2") | {"B-06": "0"}
    page = (week.out / "report.html").read_text(encoding="utf-8")
    assert re.search(r"History asked: <span[^>]*>0 of 2</span> events", page)


def keystrokes(days: dict[str, list[str]]) -> tuple[int, int]:
    """How many commands, and how many keys with the one that ends each of them."""
    typed = [command for day in days.values() for command in day]
    return len(typed), sum(len(command) + 1 for command in typed)


def test_the_docs_say_what_the_week_costs(root: Path) -> None:
    text = (root / "docs" / "study-folder.md").read_text(encoding="utf-8")
    before, now = keystrokes(BEFORE), keystrokes(NOW)
    assert f"| places and day typed each time | {before[0]} | {before[1]} |" in text
    assert f"| study.yaml | {now[0]} | {now[1]} |" in text
    assert now[1] < before[1] / 2
