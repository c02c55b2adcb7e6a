"""Every output says the same of every booking: the same day, the same state, the same way out."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.report.page import page_bytes
from scheduler.report.terminal import MOST_TASKS, print_agenda, print_summary
from scheduler.report.workbook import workbook_bytes
from scheduler.study.reading import load_study
from tests.desk.office import opened, words
from tests.oracle.generate import Features, generate, write
from tests.reports.test_page import Reader, day_of_words, said

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {"nct07342244": "2026-06-15", "demo-cycles": "2026-02-16"}
SEEDS = range(7000, 7160)
VERDICTS = {
    "kept": {"permitted"}, "does_not_fit": {"permitted"}, "waits_for_answer": {"undetermined"},
    "not_permitted": {"blocked"},
}  # fmt: skip
CERTAINTIES = {
    "kept": {"permitted"}, "does_not_fit": {"does_not_fit"}, "waits_for_answer": {"undetermined"},
    "not_permitted": {"blocked", "closed"}, "past": {"undetermined"},
}  # fmt: skip
FAILING = ("not_permitted", "does_not_fit")


@cache
def example(name: str) -> Plan:
    folder = ROOT / "protocols" / name
    return plan(load_protocol(folder), load_study(folder / "example"), as_of=EXAMPLES[name])


def drawn(seed: int, folder: Path) -> Plan:
    case = generate(seed, Features(), people=3)
    protocol, study = write(case, folder)
    return plan(load_protocol(protocol), load_study(study), case.as_of, strict=case.strict)


def row_of(frame: pd.DataFrame, booking: Any) -> Any:
    """The one row about the same participant and milestone or visit."""
    same = (frame["participant"] == booking.participant) & (frame["milestone"] == booking.milestone)
    (row,) = frame[same].itertuples()
    return row


def clock(value: object) -> str:
    return value if isinstance(value, str) else ""


def tasks_of(made: Plan, booking: Any, *kinds: str) -> pd.DataFrame:
    label = made.protocol.nodes[made.protocol.index[booking.milestone]].label
    todo = made.todo[made.todo["participant"] == booking.participant]
    return todo[todo["kind"].isin(kinds) & (todo["step"] == label)]


def in_tables(made: Plan, booking: Any) -> None:
    """schedule, agenda, worklist and summary: the booked day, and one state."""
    row = row_of(made.schedule, booking)
    assert (row.date, row.status) == (booking.date, "booked")
    assert str(row.certainty) in CERTAINTIES[booking.state]
    agenda = made.agenda(400)
    mine = agenda[agenda["participant"] == booking.participant]
    mine = mine[mine["milestone"] == booking.milestone]
    visits = mine[mine["kind"] == "visit"]["date"].tolist()
    assert visits == ([booking.date] if booking.state != "past" else [])
    told = mine[mine["kind"] == "booking"]["sentence"].tolist()
    assert len(told) == (booking.state in (*FAILING, "waits_for_answer"))
    assert all(f"{booking.date:%Y-%m-%d}" in sentence for sentence in told)
    moves = tasks_of(made, booking, "move")
    assert len(moves) == (booking.state in FAILING)
    day = said(booking.date, made.as_of.year)
    assert all(f"booked {day}" in what for what in moves["what"])
    if booking.state == "past":
        assert tasks_of(made, booking, "record")["what"].str.contains(day).any()


def explained(made: Plan, booking: Any) -> None:
    """What `explain` says of the booked day."""
    if booking.state != "past":
        found = made.explain(booking.participant, booking.milestone, f"{booking.date:%Y-%m-%d}")
        assert found.verdict in VERDICTS[booking.state], found


def in_calendars(made: Plan, booking: Any) -> None:
    """The calendar's own row: the same day and time, and whether it must move or waits."""
    rows = made.calendar_rows
    rows = rows[(rows["kind"] == "date") & (rows["status"] == "booked")]
    row = row_of(rows.rename(columns={"node": "milestone"}), booking)
    assert row.first == booking.date
    assert clock(row.time) == clock(row_of(made.schedule, booking).time)
    assert clock(booking.time) in ("", clock(row.time))  # an own time goes before the protocol's
    assert row.caution == (booking.state if booking.state not in ("kept", "past") else "")


def page_rows(made: Plan) -> list[list[str]]:
    tables = Reader(page_bytes(made, made.written())).tables
    return tables.get("Every booking that stands, and what has become of it", [[]])[1:]


def in_page(made: Plan) -> None:
    rows, year = page_rows(made), made.as_of.year
    extra = [row for row in rows if row[1] == "Unscheduled visit"]
    rows = [row for row in rows if row not in extra]
    standing = made.unscheduled[made.unscheduled["state"] != "done"]
    assert [(row[0], day_of_words(row[2], year)) for row in extra] == [
        (visit.participant, visit.date) for visit in standing.itertuples()
    ]
    assert len(rows) == len(made.bookings)
    for row, booking in zip(rows, made.bookings.itertuples(), strict=True):
        assert row[0] == booking.participant
        assert day_of_words(row[2], year) == booking.date
        assert row[2].endswith(booking.time) if isinstance(booking.time, str) else True
        assert row[3] == booking.state.replace("_", " ")
        moves = tasks_of(made, booking, "move")["options"].tolist()
        assert row[4] in moves if moves else booking.state not in FAILING


def in_workbook(made: Plan) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(made, made.written())))
    assert book.sheetnames[0] == "todo"
    heads, *rows = book["bookings"].iter_rows(values_only=True)
    places = [heads.index(name) for name in ("participant", "milestone", "date", "state")]
    assert [[row[place] for place in places] for row in rows] == [
        [b.participant, b.milestone, b.date.to_pydatetime(), b.state]
        for b in made.bookings.itertuples()
    ]


def in_terminal(made: Plan, printed: Callable[[], str]) -> None:
    """`plan` and `agenda` print the worklist in its own words, however the lines are folded."""
    for show in (print_summary, lambda found: print_agenda(found, 14)):
        show(made)
        text = " ".join(printed().split())
        for begun, most in ((True, MOST_TASKS), (False, 3)):
            some = made.todo[made.todo["begun"] == begun].head(most)
            for task in some.itertuples():
                assert " ".join(f"{task.participant}: {task.what}".split()) in text
                assert " ".join(task.options.split()) in text


def in_desk(made: Plan, folder: Path, study: Path, store: Path) -> int:
    """The desk's Today has every row of the worklist, in its own words, once; and its bookings."""
    with opened(str(store), folder, study, as_of=made.as_of) as desk:
        desk.enter()
        today = words(desk.web.get("/", params={"all": "1"}).text)
        known = {code: desk.desk.known[code].tables for code in desk.desk.codes}
    agenda = {code: tables["bookings"] for code, tables in known.items()}
    for task in made.todo.itertuples():
        line = " ".join(f"{task.what} {task.options}".split())
        assert line in today.replace("Works: ", "").replace("Days: ", ""), line
    stated = {(b.participant, b.milestone): str(b.state) for b in made.bookings.itertuples()}
    assert stated == {(code, row["milestone"]): row["state"]
                      for code, rows in agenda.items() for row in rows}  # fmt: skip
    visits = [row for tables in known.values() for row in tables["unscheduled"]]
    assert [(row["participant"], row["date"], row["time"], row["state"]) for row in visits] == [
        (v.participant, f"{v.date:%Y-%m-%d}", clock(v.time), v.state)
        for v in made.unscheduled.itertuples()
    ]
    return len(made.todo)


def all_agree(made: Plan, printed: Callable[[], str], shown: bool = True) -> Iterator[str]:
    for booking in made.bookings.itertuples():
        in_tables(made, booking)
        explained(made, booking)
        in_calendars(made, booking)
        yield str(booking.state)
    if shown:
        in_page(made)
        in_workbook(made)
        in_terminal(made, printed)


@pytest.fixture
def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], str]:
    monkeypatch.setenv("COLUMNS", "400")
    return lambda: capsys.readouterr().out


@pytest.mark.parametrize("name", EXAMPLES)
def test_outputs_agree_about_every_booking_of_an_example(
    name: str, printed: Callable[[], str]
) -> None:
    states = set(all_agree(example(name), printed))
    assert {"kept", "waits_for_answer", "not_permitted"} <= states


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_desk_agrees_about_an_example(name: str, tmp_path: Path) -> None:
    folder = ROOT / "protocols" / name
    assert in_desk(example(name), folder, folder / "example", tmp_path / "site.db")


def test_outputs_agree_where_unscheduled_visits_are_booked(
    tmp_path: Path, printed: Callable[[], str]
) -> None:
    folder = ROOT / "protocols" / "nct07342244"
    study = shutil.copytree(folder / "example", tmp_path / "study")
    with (study / "dates.csv").open("a", encoding="utf-8") as dates:
        for code, day in (("P-003", "2026-06-17 10:00"), ("P-003", "2026-06-17"),
                          ("P-011", "2026-06-08 09:30"), ("P-014", "2026-06-15")):  # fmt: skip
            dates.write(f"{code},unscheduled,{day},booked,\n")
    made = plan(load_protocol(folder), load_study(study), as_of=EXAMPLES["nct07342244"])
    assert len(list(all_agree(made, printed))) == len(example("nct07342244").bookings)
    assert in_desk(made, folder, study, tmp_path / "site.db")


def test_the_desk_agrees_about_random_studies(tmp_path: Path) -> None:
    rows = 0
    for seed in SEEDS[:12]:
        case = generate(seed, Features(), people=3)
        protocol, study = write(case, tmp_path / str(seed))
        if not case.strict:
            made = plan(load_protocol(protocol), load_study(study), case.as_of)
            rows += in_desk(made, protocol.parent, study, tmp_path / f"{seed}.db")
    assert rows > 10


def test_outputs_agree_about_every_booking_of_random_studies(
    tmp_path: Path, printed: Callable[[], str]
) -> None:
    states: dict[str, int] = {}
    for seed in SEEDS:
        made = drawn(seed, tmp_path / str(seed))
        if len(made.bookings):
            rare = (made.bookings["state"] == "does_not_fit").any()
            for state in all_agree(made, printed, shown=rare or seed % 5 == 0):
                states[state] = states.get(state, 0) + 1
    assert all(states.get(state, 0) >= 3 for state in CERTAINTIES), states
