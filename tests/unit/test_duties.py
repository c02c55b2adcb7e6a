"""Duties, with days counted by hand, and against the spans that the engine makes."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from scheduler.days import day_of
from scheduler.tables.duties import duties_frame
from tests.unit.small_problems import SOURCE, Solved, done, shown, solve, took

EVENTS = """
events:
  op: {label: Surgery, kind: point}
  drug: {label: The drug, kind: course}
  tablet: {label: Tablet, kind: course}
"""


def body(*rules: str, at: str = "", extra: str = "", more: str = "") -> str:
    clock = f', at: "{at}"' if at else ""
    lines = "".join(f"  - {{{rule}, {SOURCE}}}\n" for rule in rules)
    milestones = f"milestones:\n  consent: {{}}\n  infusion: {{label: Infusion{clock}}}\n{more}"
    return f"{EVENTS}{milestones}rules:\n{lines}{extra}"


def duties(solved: Solved) -> pd.DataFrame:
    return duties_frame(solved).pandas()


def booked(day: str) -> list[dict[str, str]]:
    return [done("infusion", day, status="booked")]


@pytest.mark.parametrize(
    ("rule", "infusion", "last"),
    [
        # 28 days before 8 April is 11 March; it counts as within, so 10 March is the last day
        ("forbid: op, within: 4 weeks, before: infusion", "2026-04-08", "2026-03-10"),
        ("forbid: op, within: 4 weeks, before: infusion, boundary: exclusive", "2026-04-08",
         "2026-03-11"),
        ("forbid: op, clear: 4 weeks, before: infusion", "2026-04-08", "2026-03-11"),
        # 31 August less 6 months is 28 February (clamped)
        ("forbid: op, within: 6 months, before: infusion", "2026-08-31", "2026-02-27"),
        ("forbid: op, clear: 6 months, before: infusion", "2026-08-31", "2026-02-28"),
        ("forbid: op, clear: 0 days, before: infusion", "2026-04-08", "2026-04-08"),
        ("forbid: op, within: 0 days, before: infusion", "2026-04-08", "2026-04-07"),
        # 10 days are longer than 100 hours, which count as 5 days
        ("forbid: op, within: {longer_of: [10 days, 100 hours]}, before: infusion", "2026-04-20",
         "2026-04-09"),
        ("forbid: op, within: {shorter_of: [10 days, 100 hours]}, before: infusion", "2026-04-20",
         "2026-04-14"),
    ],
)  # fmt: skip
def test_the_last_day_before_a_booked_milestone(rule: str, infusion: str, last: str) -> None:
    frame = duties(solve(body(f"id: R, {rule}"), dates=booked(infusion)))
    assert shown(frame, "kind", "first", "last", "time", "milestone_date", "basis") == [
        ("last_day", "", last, "", infusion, "recorded")
    ]


@pytest.mark.parametrize(
    ("at", "boundary", "booking", "last", "time"),
    [
        # 72 hours before 10:00 on 10 April is 10:00 on 7 April
        ("10:00", "inclusive", "2026-04-10", "2026-04-07", "09:59"),
        ("10:00", "exclusive", "2026-04-10", "2026-04-07", "10:00"),
        ("10:00", "inclusive", "2026-04-10 14:30", "2026-04-07", "14:29"),
        ("00:00", "inclusive", "2026-04-10", "2026-04-06", "23:59"),
        # without a clock time 72 hours before the day begins: 6 April is free to its end
        ("", "inclusive", "2026-04-10", "2026-04-06", ""),
        ("", "exclusive", "2026-04-10", "2026-04-07", "00:00"),
    ],
)
def test_the_last_minute_in_hour_rules(
    at: str, boundary: str, booking: str, last: str, time: str
) -> None:
    rule = f"id: R, forbid: drug, within: 72 hours, before: infusion, boundary: {boundary}"
    frame = duties(solve(body(rule, at=at), dates=booked(booking)))
    assert shown(frame, "last", "time", "milestone_date") == [(last, time, "2026-04-10")]


def test_hours_cross_a_clock_change() -> None:
    """Clocks in New York went forward at 02:00 on 8 March 2026: 72 hours hold one hour less."""
    text = body("id: R, forbid: drug, within: 72 hours, before: infusion", at="10:00")
    sites = {"ny": {"timezone": "America/New_York"}}
    who = [{"participant": "P1", "site": "ny"}]
    frame = duties(solve(text, who, dates=booked("2026-03-10"), sites=sites))
    assert shown(frame, "last", "time") == [("2026-03-07", "08:59")]


@pytest.mark.parametrize("at", ["", "10:00", "00:00"])
@pytest.mark.parametrize(
    "rule",
    [
        "within: 4 weeks, before: infusion",
        "within: 4 weeks, before: infusion, boundary: exclusive",
        "within: 1 months, before: infusion",
        "clear: 1 months, before: infusion",
        "within: P1M3D, before: infusion",
        "within: {longer_of: [1 months, 30 days]}, before: infusion",
        "within: {shorter_of: [1 months, 30 days]}, before: infusion",
        "within: 72 hours, before: infusion",
        "within: 72 hours, before: infusion, boundary: exclusive",
        "within: 45 minutes, before: infusion",
    ],
)
@pytest.mark.parametrize("infusion", ["2026-03-31", "2026-05-31", "2026-07-01"])
def test_one_step_later_forbids_the_milestone(rule: str, at: str, infusion: str) -> None:
    """An exposure at the last day or minute leaves the milestone's day, one step later does not."""
    text = body(f"id: R, forbid: op, {rule}", at=at)
    [(last, time)] = shown(duties(solve(text, dates=booked(infusion))), "last", "time")
    hours = "hours" in rule or "minutes" in rule
    if hours:
        moment = pd.Timestamp(f"{last} {time or '23:59'}")
        later = moment + pd.Timedelta(minutes=1)
        starts = [moment.strftime("%Y-%m-%d %H:%M"), later.strftime("%Y-%m-%d %H:%M")]
    else:
        starts = [last, (date.fromisoformat(last) + timedelta(days=1)).isoformat()]
    forbidden = [forbids(text, start, infusion) for start in starts]
    assert forbidden == [False, True]


def forbids(text: str, start: str, infusion: str) -> bool:
    spans = solve(text, history=[took("op", start)]).problem.spans
    day = day_of(date.fromisoformat(infusion))
    return bool(np.any((spans.first <= day) & (day <= spans.last)))


@pytest.mark.parametrize(
    ("rule", "infusion", "last", "time"),
    [
        ("within: 2 years, after: infusion", "2026-05-04", "2028-05-04", ""),
        ("within: 2 years, after: infusion, boundary: exclusive", "2026-05-04", "2028-05-03", ""),
        ("within: 1 months, after: infusion", "2026-05-31", "2026-06-30", ""),
        ("within: 48 hours, after: infusion", "2026-05-04", "2026-05-06", "10:00"),
        ("within: 48 hours, after: infusion, boundary: exclusive", "2026-05-04", "2026-05-06",
         "09:59"),
        ("within: 48 hours, after: infusion", "2026-05-04 15:45", "2026-05-06", "15:45"),
    ],
)  # fmt: skip
def test_the_period_after_a_done_milestone(rule: str, infusion: str, last: str, time: str) -> None:
    text = body(f"id: R, forbid: drug, {rule}", at="10:00")
    solved = solve(text, dates=[done("infusion", infusion)], as_of="2026-07-01")
    assert shown(duties(solved), "kind", "first", "last", "time", "basis") == [
        ("period", infusion[:10], last, time, "recorded")
    ]


def test_a_period_in_hours_without_a_clock_time_ends_with_a_whole_day() -> None:
    text = body("id: R, forbid: drug, within: 48 hours, after: infusion")
    solved = solve(text, dates=[done("infusion", "2026-05-04")], as_of="2026-07-01")
    assert shown(duties(solved), "last", "time") == [("2026-05-06", "")]


def test_nothing_is_forbidden_within_0_days_after_by_the_exclusive_reading() -> None:
    rule = "id: R, forbid: drug, within: 0 days, after: infusion, boundary: exclusive"
    assert duties(solve(body(rule), dates=booked("2026-04-08"))).empty


def test_a_withdrawn_participant_keeps_periods_and_loses_last_days() -> None:
    text = body(
        "id: A, forbid: drug, within: 2 years, after: infusion",
        "id: B, forbid: drug, within: 4 weeks, before: m1",
        more="  m1: {}\n",
    )
    who = [{"participant": "P1", "withdrawn": "2026-07-01"}]
    solved = solve(text, who, dates=[done("infusion", "2026-05-04")], as_of="2026-08-01")
    assert shown(duties(solved), "rule", "kind", "first", "last") == [
        ("A", "period", "2026-05-04", "2028-05-04")
    ]


HALF_LIVES = """agents:
  drug: {half_life: 50 hours, source: {ref: ct}}
"""


@pytest.mark.parametrize(
    ("length", "drug", "tablet", "says"),
    [
        # 5 x 50 hours = 250 hours = 11 whole days; 20 April less 11 days is 9 April
        ("5 half-lives", "2026-04-08", "", "cannot be told"),
        ("{longer_of: [10 days, 5 half-lives]}", "2026-04-08", "2026-04-09", "may be earlier"),
        ("{shorter_of: [10 days, 5 half-lives]}", "2026-04-09", "2026-04-09", "may be later"),
    ],
)
def test_half_lives_known_and_missing(length: str, drug: str, tablet: str, says: str) -> None:
    rule = f"id: R, forbid: [tablet, drug], within: {length}, before: infusion"
    frame = duties(solve(body(rule, extra=HALF_LIVES), dates=booked("2026-04-20")))
    assert shown(frame, "event", "last") == [("drug", drug), ("tablet", tablet)]
    known, missing = frame["sentence"]
    assert "counted with the half-life of The drug, 50 hours" in known
    assert "the half-life of Tablet is missing" in missing
    assert says in missing


def test_from_until_is_a_period_between_two_dates() -> None:
    text = body(
        "id: A, forbid: op, from: consent, until: infusion",
        "id: B, forbid: op, from: consent, until: study_closes",
        "id: C, forbid: op, from: study_opens, until: consent",
    )
    recorded = [done("consent", "2026-02-10"), *booked("2026-04-08")]
    frame = duties(solve(text, dates=recorded))
    assert shown(frame, "rule", "first", "last", "milestone", "milestone_date", "basis") == [
        ("A", "2026-02-10", "2026-04-08", "consent", "2026-02-10", "recorded"),
        ("B", "2026-02-10", "2029-12-20", "consent", "2026-02-10", "recorded"),
        ("C", "2026-02-01", "2026-02-10", "", "2026-02-01", "recorded"),
    ]


def test_from_until_with_a_recommended_end_and_with_none_that_comes() -> None:
    text = body("id: A, forbid: op, from: consent, until: infusion")
    who = [{"participant": "P1", "withdrawn": ""}, {"participant": "P2", "withdrawn": "2026-02-20"}]
    recorded = [done("consent", "2026-02-10"), done("consent", "2026-02-10", "P2")]
    frame = duties(solve(text, who, dates=recorded))
    assert shown(frame, "participant", "first", "last", "basis") == [
        ("P1", "2026-02-10", "2026-03-01", "recommended"),  # the earliest day is as_of
    ]  # P2 has left: no infusion comes any more that the rule could guard


def test_only_is_no_duty_where_it_does_not_apply_and_a_clause_where_unknown() -> None:
    text = body("id: R, forbid: drug, only: {sex: female}, within: 2 years, after: infusion")
    who = [{"participant": p, "sex": s} for p, s in (("P1", "male"), ("P2", "female"), ("P3", ""))]
    frame = duties(solve(text, who))
    assert frame["participant"].tolist() == ["P2", "P3"]
    assert "if sex is female" not in frame["sentence"].iloc[0]
    assert "if sex is female, which is not recorded" in frame["sentence"].iloc[1]


def test_at_and_ever_and_age_give_none() -> None:
    text = body(
        "id: A, forbid: op, at: infusion",
        "id: B, forbid: op, ever_before: infusion",
        "id: C, age: {min: 18 years}, at: infusion",
    )
    frame = duties(solve(text, [{"participant": "P1", "birth_date": "1980-01-01"}]))
    assert frame.empty
    assert frame["first"].dtype == "datetime64[s]"


def test_rows_follow_the_files_and_columns_the_contract() -> None:
    text = body(
        "id: Z, forbid: [tablet, op], within: 1 weeks, before: infusion",
        "id: A, forbid: drug, within: 1 weeks, after: infusion",
    )
    frame = duties(solve(text, [{"participant": "P2"}, {"participant": "P1"}]))
    assert list(frame.columns) == [
        "participant", "rule", "event", "kind", "first", "last", "time", "milestone",
        "milestone_date", "sentence", "basis", "rests_on",
    ]  # fmt: skip
    rows = [("Z", "op"), ("Z", "tablet"), ("A", "drug")]
    assert shown(frame, "participant", "rule", "event") == [
        (who, *row) for who in ("P2", "P1") for row in rows
    ]


def test_the_sentence_says_reading_exemption_and_source() -> None:
    rule = (
        "id: R, forbid: op, except: {purpose: [biopsy, diagnostic]}, within: 4 weeks, "
        "before: infusion, judgement: investigator"
    )
    frame = duties(solve(body(rule), dates=booked("2026-04-08")))
    assert frame["sentence"].tolist() == [
        "2026-03-10 is the last day on which Surgery is still allowed before Infusion (booked for "
        "2026-04-08); exactly 4 weeks counts as within (if it did not: 2026-03-11); biopsy, "
        "diagnostic excepted; subject to the investigator's decision [ct exclusion 1]."
    ]
