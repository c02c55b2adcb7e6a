"""What figures show: worked out by hand on a small study, and compared with the plan's tables."""

from datetime import date

import pandas as pd
import pytest

from scheduler.days import day_of
from scheduler.errors import NotFound, WashoutError
from scheduler.figures.axis import shown_closures, tick_labels, ticks
from scheduler.figures.chart import Bar, Mark, day_label, number_of, runs, span_label
from scheduler.figures.lanes import swimlanes_chart
from scheduler.figures.layout import numbers_text, placed_numbers
from scheduler.figures.participant import timeline_chart
from scheduler.figures.style import FONTS, PAGES
from scheduler.planning.plans import Plan


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def test_timeline_by_hand(small: Plan) -> None:
    """Surgery on 2 March blocks through 16 March (14 days later still counts); consent on 4 March
    leaves 11 to 25 March for infusion; so it may be from 17 to 25 March, and month 1 from 25 days
    after the first to 31 days after the last of these."""
    chart = timeline_chart(small, "$x^2$<b>", last="2026-05-01")
    assert [section.heading for section in chart.sections] == [
        "Milestones and visits", "Days ruled out, by rule", "Duties",
    ]  # fmt: skip
    consent, infusion, month_1 = chart.sections[0].rows
    assert (consent.label, consent.note) == ("Consent", "4 Mar 2026")
    assert consent.marks == [Mark(day("2026-03-04"), "done")]
    assert infusion.bars == [
        Bar(day("2026-03-11"), day("2026-03-25"), "given"),
        Bar(day("2026-03-17"), day("2026-03-25"), "permitted"),
    ]
    assert infusion.marks == [Mark(day("2026-03-17"), "planned")]
    assert (infusion.note, infusion.note_detail) == ("17 Mar 2026", "10:00")
    assert month_1.bars == [
        Bar(day("2026-04-11"), day("2026-04-17"), "given"),
        Bar(day("2026-04-11"), day("2026-04-25"), "permitted"),
    ]
    assert month_1.marks == [Mark(day("2026-04-14"), "planned")]
    (blocked,) = chart.sections[1].rows
    assert (blocked.label, blocked.detail) == ("R1", "Major surgery; for Infusion")
    assert blocked.bars == [
        Bar(day("2026-03-02"), day("2026-03-16"), "blocked"),
        Bar(day("2026-03-02"), day("2026-03-02"), "exposure"),
    ]
    assert (blocked.note, blocked.note_detail) == ("17 Mar 2026", "clear from")
    (duty,) = chart.sections[2].rows  # 14 days before 17 March is the 3rd: the 2nd is the last day
    assert duty.marks == [Mark(day("2026-03-02"), "last_day")]
    assert duty.note == "2 Mar 2026"


def test_swimlanes_by_hand(small: Plan) -> None:
    chart = swimlanes_chart(small)
    assert chart.key == (("1", "Consent"), ("2", "Infusion"))
    first, second = chart.rows
    assert (first.label, first.detail) == ("$x^2$<b>", "scheduled")
    assert (first.note, first.note_detail) == ("2 Infusion", "17 to 25 Mar 2026")
    assert first.bars[0] == Bar(day("2026-03-17"), day("2026-03-25"), "next")
    assert first.marks == [
        Mark(day("2026-03-04"), "done", "1"),
        Mark(day("2026-03-17"), "planned", "2"),
        Mark(day("2026-04-14"), "visit_planned"),
    ]
    assert second.marks[:2] == [
        Mark(day("2026-03-05"), "planned", "1"), Mark(day("2026-03-12"), "planned", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["P-003", "P-004", "P-007", "P-011", "P-013", "P-016"])
def test_timeline_says_what_the_tables_say(example: Plan, code: str) -> None:
    """Over the whole study, every window and every blocked span is drawn once, and nothing else."""
    chart = timeline_chart(example, code, first="2026-01-01", last="2030-01-01")
    drawn: dict[str, list[tuple[int, int]]] = {}
    for row in chart.rows:
        for bar in row.bars:
            drawn.setdefault(bar.kind, []).append(
                (max(bar.first, chart.first), min(bar.last, chart.last))
            )

    def told(frame: pd.DataFrame, certainty: str) -> list[tuple[int, int]]:
        mine = frame[(frame["participant"] == code) & (frame["certainty"] == certainty)]
        spans = []
        for one, other in zip(mine["first"], mine["last"], strict=True):
            begin, end = number_of(one), number_of(other)
            begin = chart.first if begin is None else max(begin, chart.first)
            end = chart.last if end is None else min(end, chart.last)
            spans += [(begin, end)] if begin <= end else []
        return sorted(spans)

    for kind, frame, certainty in (
        ("permitted", example.windows, "permitted"),
        ("undetermined", example.windows, "undetermined"),
        ("blocked", example.blocked, "blocked"),
        ("unsure", example.blocked, "undetermined"),
    ):
        assert sorted(drawn.get(kind, [])) == told(frame, certainty), kind


def test_every_dated_step_is_in_the_picture(example: Plan) -> None:
    """Marked on its day, or named with its day below the rows."""
    for code in example.participants:
        chart = timeline_chart(example, code)
        below = " ".join(chart.sections[0].beyond)
        marked = {mark.day for row in chart.sections[0].rows for mark in row.marks}
        schedule = example.schedule[example.schedule["participant"] == code]
        for value in schedule["date"].dropna():
            found = number_of(value)
            assert found is not None
            assert found in marked or day_label(found) in below


def test_lanes_show_deviations_and_departures(example: Plan) -> None:
    lanes = {row.label: row for row in swimlanes_chart(example).rows}
    late = Mark(day("2026-06-01"), "deviation")
    assert late in lanes["P-011"].marks
    kinds = {mark.kind for mark in lanes["P-011"].marks}
    assert {"missed", "overdue", "done", "visit_done"} <= kinds
    assert [m.kind for m in lanes["P-014"].marks][-1] == "ended"
    assert lanes["P-016"].detail == "no schedule"
    assert lanes["P-016"].marks == []


def test_only_some_lanes(example: Plan) -> None:
    chart = swimlanes_chart(example, ["P-009", "P-002"])
    assert [row.label for row in chart.rows] == ["P-002", "P-009"]  # the file's order
    with pytest.raises(NotFound, match='no participant "P-2"'):
        swimlanes_chart(example, ["P-2"])


def test_days_to_show(example: Plan) -> None:
    chart = timeline_chart(example, "P-003", first="2026-06-01", last=date(2026, 7, 1))
    assert (chart.first, chart.last) == (day("2026-06-01"), day("2026-07-01"))
    with pytest.raises(WashoutError, match=r"last day .* \(1 May 2026\) is before"):
        timeline_chart(example, "P-003", first="2026-06-01", last="2026-05-01")
    with pytest.raises(NotFound, match="is no date"):
        timeline_chart(example, "P-003", first="June")


def test_closed_days_of_the_site(example: Plan) -> None:
    chart = timeline_chart(example, "P-001", first="2026-06-15", last="2026-08-09")
    # Saturday 20 June is opened by the site; the week from 3 August is closed, weekends around it
    assert (day("2026-06-19"), day("2026-06-19")) in chart.closed  # the Dragon Boat holiday
    assert (day("2026-08-01"), day("2026-08-09")) in chart.closed
    assert not any(a <= day("2026-06-20") <= b for a, b in chart.closed)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2026-06-23", "2026-06-23", "23 Jun 2026"),
        ("2026-06-23", "2026-06-24", "23 to 24 Jun 2026"),
        ("2026-06-28", "2026-07-03", "28 Jun to 3 Jul 2026"),
        ("2026-12-30", "2027-01-02", "30 Dec 2026 to 2 Jan 2027"),
        ("2026-06-23", "2027-06-23", "23 Jun 2026 to 23 Jun 2027"),
    ],
)
def test_spans_as_people_write_them(first: str, last: str, text: str) -> None:
    assert span_label(day(first), day(last)) == text


@pytest.mark.parametrize(
    ("first", "last", "most", "labels"),
    [
        ("2026-06-15", "2026-06-19", 8, ["15 Jun", "16 Jun", "17 Jun", "18 Jun", "19 Jun"]),
        ("2026-06-10", "2026-07-08", 8, ["15 Jun", "22 Jun", "29 Jun", "6 Jul"]),
        ("2026-06-10", "2026-09-10", 7,
         ["15 Jun", "29 Jun", "13 Jul", "27 Jul", "10 Aug", "24 Aug", "7 Sep"]),
        ("2026-11-20", "2027-06-10", 4, ["1 Jan", "1 Mar", "1 May"]),
        ("2026-11-20", "2029-06-10", 4, ["1 Jan", "1 Jan", "1 Jan"]),
    ],
)  # fmt: skip
def test_ticks(first: str, last: str, most: int, labels: list[str]) -> None:
    found = tick_labels(ticks(day(first), day(last), most))
    assert [label.split("\n")[0] for label in found] == labels


def test_years_stand_where_they_are_new() -> None:
    days = [day("2026-10-01"), day("2027-01-01"), day("2027-04-01")]
    assert tick_labels(days) == ["1 Oct\n2026", "1 Jan\n2027", "1 Apr\n"]


def test_only_closures_that_can_be_seen() -> None:
    closed = ((10, 10), (20, 29))
    assert shown_closures(closed, 0, 99, 100) == closed  # 1 mm a day
    assert shown_closures(closed, 0, 999, 100) == ((20, 29),)  # 0.1 mm a day


def test_runs() -> None:
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]


def test_numbers_share_a_text_where_they_would_touch() -> None:
    marks = [Mark(0, "done", "1"), Mark(1, "done", "2"), Mark(40, "done", "3")]
    page = PAGES["double"]
    assert [n.text for n in placed_numbers(marks, 0, 1.0, page, FONTS)] == ["1-2", "3"]
    assert [n.text for n in placed_numbers(marks, 0, 10.0, page, FONTS)] == ["1", "2", "3"]
    assert numbers_text(["4", "1", "3"]) == "1,3,4"
    assert placed_numbers([], 0, 1.0, page, FONTS) == []
