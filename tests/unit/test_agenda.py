"""The agenda from a plan's frames."""

from collections.abc import Mapping, Sequence
from datetime import date

import pandas as pd
import pytest

from scheduler.tables.agenda import KINDS, compute_agenda
from scheduler.tables.frames import Frame
from tests.columns import frame_of
from tests.unit.small_problems import shown

WHO = pd.CategoricalDtype(["P2", "P1"], ordered=True)
STEPS = ["screening", "infusion", "month_1"]
NODES = pd.CategoricalDtype(STEPS, ordered=True)
NAMED = pd.CategoricalDtype([*STEPS, "unscheduled"], ordered=True)
DATES = ("due", "done", "date", "first", "last", "permitted_before", "permitted_after")
COLUMNS = {
    "schedule": ("participant", "milestone", "date", "time", "status", "certainty", "first",
                 "last", "assumption"),
    "duties": ("participant", "rule", "kind", "first", "last", "milestone", "sentence"),
    "tasks": ("participant", "milestone", "due", "done", "state", "sentence"),
    "queries": ("participant", "missing", "milestone", "sentence"),
    "bookings": ("participant", "milestone", "date", "time", "state", "permitted_before",
                 "permitted_after"),
    "unscheduled": ("participant", "milestone", "date", "time", "state"),
}  # fmt: skip
Row = Mapping[str, str | None]


AS_OF = date(2026, 3, 2)


def plan(**rows: Sequence[Row]) -> dict[str, Frame]:
    return {name: frame_of(frame(name, rows.get(name, []))) for name in COLUMNS}


def frame(name: str, rows: Sequence[Row]) -> pd.DataFrame:
    full = [{"participant": "P1", "milestone": "infusion", **row} for row in rows]
    made = pd.DataFrame(full, columns=list(COLUMNS[name]), dtype="object")
    for column in made:
        if column in DATES:
            made[column] = pd.to_datetime(made[column]).astype("datetime64[s]")
    return made.astype({"participant": WHO, "milestone": NAMED if name == "unscheduled" else NODES})


FACTS = ("date", "participant", "kind", "milestone")


def agenda(days: int = 14, **rows: Sequence[Row]) -> list[tuple[str, ...]]:
    return shown(compute_agenda(plan(**rows), AS_OF, days).pandas(), *FACTS)


@pytest.mark.parametrize(
    ("day", "days", "told"),
    [
        ("2026-03-01", 14, False),
        ("2026-03-02", 14, True),
        ("2026-03-15", 14, True),
        ("2026-03-16", 14, False),
        ("2026-03-02", 1, True),
        ("2026-03-03", 1, False),
    ],
)
def test_the_days_from_as_of_on(day: str, days: int, told: bool) -> None:
    rows = agenda(days, schedule=[{"date": day, "status": "planned"}])
    assert rows == ([(day, "P1", "visit", "infusion")] if told else [])


def test_visits_are_those_booked_or_planned() -> None:
    rows = [{"date": f"2026-03-{day}", "status": status} for day, status in (
        ("03", "done"), ("04", "booked"), ("05", "planned"), ("06", "missed"),
    )]  # fmt: skip
    assert [row[0] for row in agenda(schedule=rows)] == ["2026-03-04", "2026-03-05"]


def test_booked_unscheduled_visits_stand_behind_those_of_the_plan() -> None:
    mine = [
        {"milestone": "unscheduled", "date": f"2026-03-{day}", "state": state, "time": time}
        for day, state, time in (
            ("03", "done", None), ("04", "booked", None), ("04", "booked", "09:30"),
            ("01", "past", "08:00"), ("16", "booked", None),
        )
    ]  # fmt: skip
    rows = [{"date": "2026-03-04", "status": "booked", "milestone": "month_1"}]
    found = compute_agenda(plan(schedule=rows, unscheduled=mine), AS_OF, 14,
                           {"unscheduled": "Unscheduled visit"}).pandas()  # fmt: skip
    assert shown(found, *FACTS, "sentence") == [
        ("2026-03-04", "P1", "visit", "month_1", "month_1 is booked for this day."),
        ("2026-03-04", "P1", "visit", "unscheduled",
         "Unscheduled visit is booked for this day."),
        ("2026-03-04", "P1", "visit", "unscheduled",
         "Unscheduled visit is booked for this day at 09:30."),
    ]  # fmt: skip


def test_windows_open_and_close_for_open_nodes_only() -> None:
    window = {"milestone": "month_1", "first": "2026-03-05", "last": "2026-03-11"}
    assert agenda(schedule=[{**window, "status": "none"}]) == [
        ("2026-03-05", "P1", "window_opens", "month_1"),
        ("2026-03-11", "P1", "window_closes", "month_1"),
    ]
    assert agenda(schedule=[{**window, "status": "done"}]) == []


def test_duties_start_and_end() -> None:
    rows = agenda(
        duties=[
            {"rule": "A", "kind": "last_day", "last": "2026-03-10", "sentence": "a"},
            {"rule": "B", "kind": "period", "first": "2026-03-04", "last": "2028-03-04"},
            {"rule": "C", "kind": "period", "first": "2025-03-04", "last": "2026-03-04"},
            {"rule": "D", "kind": "last_day"},
        ]
    )
    assert rows == [
        ("2026-03-04", "P1", "duty_starts", "infusion"),
        ("2026-03-04", "P1", "duty_ends", "infusion"),
        ("2026-03-10", "P1", "duty_ends", "infusion"),
    ]


def test_what_is_overdue_asked_or_cannot_stand_is_due_on_as_of() -> None:
    rows = agenda(
        1,
        schedule=[{"status": "overdue", "milestone": "month_1", "last": "2026-02-20"}],
        queries=[{"missing": "end", "sentence": "When did it end?"}, {"milestone": None}],
        bookings=[
            {"date": "2026-06-01", "state": state}
            for state in ("kept", "does_not_fit", "not_permitted", "past")
        ],
    )
    assert rows == [
        ("2026-03-02", "P1", "overdue", "month_1"),
        ("2026-03-02", "P1", "query", "infusion"),
        ("2026-03-02", "P1", "query", ""),
        ("2026-03-02", "P1", "booking", "infusion"),
        ("2026-03-02", "P1", "booking", "infusion"),
    ]


def test_the_order_is_day_then_participant_then_kind() -> None:
    rows = agenda(
        schedule=[
            {"participant": who, "date": day, "first": day, "status": "planned"}
            for who in ("P1", "P2") for day in ("2026-03-04", "2026-03-03")
        ]
    )  # fmt: skip
    assert [row[:3] for row in rows] == [
        (day, who, kind)
        for day in ("2026-03-03", "2026-03-04")
        for who in ("P2", "P1")
        for kind in ("visit", "window_opens")
    ]


def test_sentences() -> None:
    table = compute_agenda(
        plan(
            schedule=[
                {"date": "2026-03-04", "time": "10:00", "status": "planned",
                 "certainty": "undetermined", "assumption": "site practice"},
                {"milestone": "month_1", "first": "2026-03-05", "last": "2026-03-31",
                 "status": "planned"},
                {"milestone": "screening", "status": "overdue", "last": "2026-02-20"},
            ],
            bookings=[
                {"date": "2026-03-20", "state": "not_permitted", "permitted_after": "2026-03-22"}
            ],
        ),
        AS_OF, 14,
    ).pandas()  # fmt: skip
    assert table["sentence"].tolist() == [
        "screening is overdue: its window closed on 2026-02-20; was it done or missed?",
        "infusion is booked for 2026-03-20, which is not permitted; the nearest permitted are "
        "2026-03-22 after.",
        "infusion is planned for this day at 10:00; undetermined until open questions are "
        "answered [assumption: site practice].",
        "The window of month_1 opens: 2026-03-05 to 2026-03-31.",
    ]


def test_an_empty_agenda_has_its_columns_and_types() -> None:
    table = compute_agenda(plan(), AS_OF, 14).pandas()
    assert table.empty
    assert list(table.columns) == ["date", "participant", "kind", "milestone", "sentence"]
    assert table["date"].dtype == "datetime64[s]"
    assert table["participant"].dtype == WHO
    assert table["milestone"].dtype == NAMED
    assert tuple(table["kind"].cat.categories) == KINDS
