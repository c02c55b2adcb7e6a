"""docs/semantics.md, section 5: tasks and the days by which they are due."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scheduler

HEAD = """\
protocol: LAW-1
title: The law, tried out
version: "1.0"
date: 2026-01-15
timezone: {zone}
study: {{opens: 2025-06-01, closes: 2027-12-31}}
milestones:
  consent: {{label: Consent}}
  infusion: {{label: Infusion{at}}}
gaps:
  - {{from: consent, to: infusion, min: 0 days, max: 300 days, assumption: made up}}
visits:
  - {{id: safety, after: infusion, target: 10 days, window: {{before: 1 day, after: 1 day}}, assumption: made up}}
  - {{id: phone, label: Call, after: infusion, target: 7 days, window: {{before: 1 day, after: 1 day}}, repeat: {{every: 7 days, times: 2}}, only: {{arm: A}}, assumption: made up}}
tasks:
"""


def tasks(
    lines: str | list[str], dates: list[tuple[str, str, str]], as_of: str, zone: str = "Asia/Shanghai",
    at: str = "", sites: dict[str, Any] | None = None, **person: str,
) -> pd.DataFrame:  # fmt: skip
    """The table of tasks of one participant."""
    written = [lines] if isinstance(lines, str) else lines
    body = "".join(f"  - {{{line}, assumption: made up}}\n" for line in written)
    text = HEAD.format(zone=zone, at=f', at: "{at}"' if at else "") + body
    recorded = pd.DataFrame(dates, columns=["milestone", "date", "status"]).assign(participant="p")
    people = pd.DataFrame([{"participant": "p", **person}])
    study = scheduler.load_study({"participants": people, "dates": recorded, "sites": sites})
    return scheduler.plan(scheduler.load_protocol(text), study, as_of).tasks


def said(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Task, due, due_last and state of every row."""
    return [
        (row.task, *("" if pd.isna(day) else str(day.date()) for day in (row.due, row.due_last)),
         row.state)
        for row in frame.itertuples()
    ]  # fmt: skip


ORDER = "id: order, due: {}, {}: infusion"
CONSENT = ("consent", "2026-01-01", "done")
BOOKED, DONE = ("infusion", "2026-01-20", "booked"), ("infusion", "2026-01-20 10:00", "done")


@pytest.mark.parametrize(
    ("due", "side", "infusion", "done", "as_of", "days", "state"),
    [
        ("5 days", "before", BOOKED, "", "2026-01-15", ["2026-01-15"], "open"),
        ("5 days", "before", BOOKED, "", "2026-01-16", ["2026-01-15"], "late"),
        ("5 days", "before", BOOKED, "2026-01-15", "2026-01-16", ["2026-01-15"], "done"),
        ("5 days", "before", BOOKED, "2026-01-16", "2026-01-16", ["2026-01-15"], "done_late"),
        ("1 month", "before", ("infusion", "2026-03-31", "done"), "2026-03-01", "2026-03-31",
         ["2026-02-28"], "done_late"),
        ("1 month", "before", ("infusion", "2026-03-31", "done"), "2026-02-28", "2026-03-31",
         ["2026-02-28"], "done"),
        ("1 month", "after", ("infusion", "2026-01-31", "done"), "", "2026-02-28",
         ["2026-02-28"], "open"),
        ("1 month", "after", ("infusion", "2026-01-31", "done"), "", "2026-03-01",
         ["2026-02-28"], "late"),
        ("24 hours", "after", DONE, "2026-01-21 10:00", "2026-01-22", ["2026-01-21"], "done"),
        ("24 hours", "after", DONE, "2026-01-21 10:01", "2026-01-22", ["2026-01-21"], "done_late"),
        ("24 hours", "after", DONE, "2026-01-21", "2026-01-22", ["2026-01-21"], "undetermined"),
        ("24 hours", "after", DONE, "2026-01-20", "2026-01-22", ["2026-01-21"], "done"),
        ("30 hours", "after", ("infusion", "2026-01-20", "done"), "", "2026-01-21",
         ["2026-01-21", "2026-01-22"], "open"),
        ("30 hours", "after", ("infusion", "2026-01-20", "done"), "", "2026-01-22",
         ["2026-01-21", "2026-01-22"], "undetermined"),
        ("30 hours", "after", ("infusion", "2026-01-20", "done"), "", "2026-01-23",
         ["2026-01-21", "2026-01-22"], "late"),
        ("30 hours", "before", ("infusion", "2026-01-20", "booked"), "", "2026-01-18",
         ["2026-01-18", "2026-01-19"], "open"),
    ],
)  # fmt: skip
def test_the_table_of_examples(
    due: str, side: str, infusion: tuple[str, str, str], done: str, as_of: str, days: list[str],
    state: str,
) -> None:  # fmt: skip
    dates = [CONSENT, infusion, *([("order", done, "done")] if done else [])]
    found = tasks(ORDER.format(due, side), dates, as_of)
    assert said(found) == [("order", days[0], days[-1], state)]


@pytest.mark.parametrize(
    ("due", "side", "day", "found"),
    [
        ("5 working days", "before", "2026-01-20", "2026-01-13"),
        ("1 working day", "before", "2026-01-19", "2026-01-16"),  # a Monday: the Friday before
        ("1 working day", "after", "2026-01-16", "2026-01-19"),
        ("0 working days", "after", "2026-01-17", "2026-01-17"),
        ("{longer_of: [3 days, 1 working day]}", "before", "2026-01-20", "2026-01-17"),
        ("{longer_of: [3 days, 3 working days]}", "before", "2026-01-20", "2026-01-15"),
        ("{shorter_of: [3 days, 3 working days]}", "before", "2026-01-20", "2026-01-17"),
        ("{longer_of: [3 days, 3 working days]}", "after", "2026-01-16", "2026-01-21"),
    ],
)
def test_working_days_are_those_of_the_site(due: str, side: str, day: str, found: str) -> None:
    sites = {"x": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"]}}
    dates = [CONSENT, ("infusion", day, "booked")]
    table = tasks(ORDER.format(due, side), dates, "2026-01-10", sites=sites, site="x")
    assert said(table)[0][1:3] == (found, found)


def test_a_time_is_told_where_hours_count_from_one() -> None:
    found = tasks(ORDER.format("24 hours", "after"), [CONSENT, DONE], "2026-01-21")
    assert found["time"].tolist() == ["10:00"]
    at_ten = tasks(ORDER.format("26 hours", "before"), [CONSENT, BOOKED], "2026-01-10", at="10:00")
    assert (said(at_ten)[0][1], at_ten["time"].iloc[0]) == ("2026-01-19", "08:00")
    untimed = tasks(ORDER.format("24 hours", "before"), [CONSENT, BOOKED], "2026-01-10")
    assert untimed["time"].isna().all()


def test_hours_are_elapsed_time_across_a_clock_change() -> None:
    night = ("infusion", "2026-03-28 12:00", "done")  # clocks go forward on the 29th
    found = tasks(ORDER.format("24 hours", "after"), [CONSENT, night], "2026-03-29",
                  zone="Europe/Berlin")  # fmt: skip
    assert (said(found)[0][1], found["time"].iloc[0]) == ("2026-03-29", "13:00")


def test_a_recommended_date_gives_a_due_day_that_is_marked() -> None:
    found = tasks(ORDER.format("5 days", "before"), [CONSENT], "2026-01-10")
    assert said(found) == [("order", "2026-01-05", "2026-01-05", "waiting")]
    assert found["basis"].tolist() == ["recommended"]


def test_an_unrecorded_date_bounds_the_due_day() -> None:
    dates = [("infusion", "2026-01-20", "done")]
    lines = "id: form, due: 3 days, after: consent"
    assert said(tasks(lines, dates, "2026-01-23")) == [
        ("form", "2025-06-04", "2026-01-23", "undetermined")
    ]
    assert said(tasks(lines, dates, "2026-01-24"))[0][3] == "late"
    done = [*dates, ("form", "2026-01-24", "done")]
    assert said(tasks(lines, done, "2026-01-24"))[0][3] == "done_late"
    assert said(tasks(lines, [*dates, ("form", "2026-01-23", "done")], "2026-01-24"))[0][3] == (
        "undetermined"
    )


def test_an_overdue_visit_may_not_have_taken_place() -> None:
    dates = [CONSENT, ("infusion", "2026-01-20", "done")]
    lines = "id: form, due: 3 days, after: safety"
    late = tasks(lines, dates, "2026-02-28")  # nobody recorded the visit of 29 to 31 January
    assert said(late)[0][3] == "undetermined"
    gone = tasks(lines, [*dates, ("safety", "2026-01-30", "missed")], "2026-02-28")
    assert said(gone) == [("form", "", "", "dropped")]
    done = tasks(lines, [*dates, ("safety", "2026-01-30", "done")], "2026-02-28")
    assert said(done) == [("form", "2026-02-02", "2026-02-02", "late")]


def test_each_occurrence_has_the_task() -> None:
    dates = [CONSENT, ("infusion", "2026-01-20", "done"), ("phone#1", "2026-01-27", "done"),
             ("form#1", "2026-01-28", "done")]  # fmt: skip
    found = tasks("id: form, due: 1 day, after: phone", dates, "2026-01-28", arm="A")
    assert said(found) == [
        ("form#1", "2026-01-28", "2026-01-28", "done"),
        ("form#2", "2026-02-04", "2026-02-04", "waiting"),
    ]
    assert found["label"].tolist() == ["Form 1", "Form 2"]
    assert said(tasks("id: form, due: 1 day, after: phone", dates[:2], "2026-01-28", arm="B")) == []


def test_who_it_is_for() -> None:
    line = ORDER.format("5 days", "before") + ", only: {sex: female}"
    dates = [CONSENT, BOOKED]
    assert said(tasks(line, dates, "2026-01-10", sex="male")) == []
    assert said(tasks(line, dates, "2026-01-10", sex="female"))[0][3] == "open"
    assert said(tasks(line, dates, "2026-01-10", sex=""))[0][3] == "undetermined"
    assert said(tasks(line, dates, "2026-01-16", sex=""))[0][3] == "undetermined"
    done = [*dates, ("order", "2026-01-15", "done")]
    assert said(tasks(line, done, "2026-01-16", sex=""))[0][3] == "done"
    assert said(tasks(line, done, "2026-01-16", sex="male")) == [("order", "", "", "done")]


def test_who_has_left_still_has_what_hangs_on_done_dates() -> None:
    lines = [ORDER.format("5 days", "before"), "id: form, due: 3 days, after: consent"]
    found = tasks(lines, [CONSENT, BOOKED], "2026-01-10", withdrawn="2026-01-02")
    assert said(found) == [
        ("order", "", "", "dropped"), ("form", "2026-01-04", "2026-01-04", "late")
    ]  # fmt: skip


def test_unscheduled_visits_take_what_is_done_in_turn() -> None:
    line = "id: form, due: 2 days, after: unscheduled"
    visits = [("unscheduled", day, "done") for day in ("2026-02-10", "2026-02-01")]
    early, first = ("form", "2026-01-31", "done"), ("form", "2026-02-02", "done")
    assert said(tasks(line, visits, "2026-02-12")) == [
        ("form", "2026-02-03", "2026-02-03", "late"), ("form", "2026-02-12", "2026-02-12", "open")
    ]  # fmt: skip
    assert [row[3] for row in said(tasks(line, [*visits, first], "2026-02-12"))] == ["done", "open"]
    late = ("form", "2026-02-11", "done")
    assert [row[3] for row in said(tasks(line, [*visits, first, late], "2026-02-13"))] == [
        "done", "done"
    ]  # fmt: skip
    assert [row[3] for row in said(tasks(line, [*visits, late], "2026-02-13"))] == [
        "done_late", "late"
    ]  # fmt: skip
    assert said(tasks(line, [*visits, early], "2026-02-12"))[-1] == ("form", "", "", "done")


@settings(max_examples=25)
@given(
    st.dates(date(2025, 7, 1), date(2026, 11, 30)), st.integers(0, 70),
    st.sampled_from(["days", "weeks", "months"]), st.booleans(), st.integers(-40, 40),
)  # fmt: skip
def test_due_days_are_those_of_a_literal_reading(
    infusion: date, number: int, unit: str, after: bool, off: int
) -> None:
    number = number % 12 if unit == "months" else number
    due = literal(infusion, number if after else -number, unit)
    as_of = max(infusion, due + timedelta(days=off))
    dates = [("consent", "2025-06-01", "done"), ("infusion", infusion.isoformat(), "done")]
    line = ORDER.format(f"{number} {unit}", "after" if after else "before")
    if as_of > date(2027, 11, 30):
        return
    assert said(tasks(line, dates, as_of.isoformat())) == [
        ("order", due.isoformat(), due.isoformat(), "late" if as_of > due else "open")
    ]


def literal(day: date, number: int, unit: str) -> date:
    """The day so many units on, month by month of the calendar, clamped once."""
    if unit != "months":
        return day + timedelta(days=number * (7 if unit == "weeks" else 1))
    place = day.year * 12 + day.month - 1 + number
    for back in count():
        try:
            return date(place // 12, place % 12 + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError


@settings(max_examples=25)
@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)), st.integers(0, 200))
def test_due_hours_are_those_of_a_literal_reading(moment: datetime, hours: int) -> None:
    moment = moment.replace(second=0, microsecond=0)
    dates = [("consent", "2025-06-01", "done"), ("infusion", f"{moment:%Y-%m-%d %H:%M}", "done")]
    found = tasks(ORDER.format(f"{hours} hours", "after"), dates, "2027-02-01")
    due = moment + timedelta(hours=hours)  # the clocks of Shanghai never change
    assert (said(found)[0][1], found["time"].iloc[0]) == (f"{due:%Y-%m-%d}", f"{due:%H:%M}")
