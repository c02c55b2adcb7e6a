"""Deviations, with days counted by hand."""

import pandas as pd
import pytest

from scheduler.tables.deviations import deviations_frame
from tests.unit.small_problems import SOURCE, Solved, done, shown, solve, took

FACTS = ("milestone", "rule", "days_out", "first", "last")
MILESTONES = """
events:
  op: {label: Surgery, kind: point}
  drug: {label: The drug, kind: course}
milestones:
  consent: {label: Consent}
  screening: {label: Screening}
  infusion: {label: Infusion, at: "10:00"}
"""
AS_OF = "2027-06-01"


def deviations(solved: Solved) -> pd.DataFrame:
    return deviations_frame(solved).pandas()


def rules(*texts: str) -> str:
    return "rules:\n" + "".join(f"  - {{{text}, {SOURCE}}}\n" for text in texts)


def found(
    body: str, dates: list[dict[str, str]], *history: dict[str, str], **more: object
) -> "list[tuple[str, ...]]":
    solved = solve(
        MILESTONES + body,
        dates=dates,
        history=list(history),
        as_of=AS_OF,
        **more,  # type: ignore[arg-type]
    )
    return shown(deviations(solved), *FACTS)


GAP = "gaps:\n  - {from: consent, to: screening, min: 2 days, max: 14 days, assumption: ours}\n"


@pytest.mark.parametrize(
    ("screening", "days_out"),
    [("2026-03-02", -1), ("2026-03-03", None), ("2026-03-15", None), ("2026-03-18", 3)],
)
def test_a_gap_with_both_ends_done(screening: str, days_out: int | None) -> None:
    rows = found(GAP, [done("consent", "2026-03-01"), done("screening", screening)])
    told = [("screening", "consent..screening", str(days_out), "2026-03-03", "2026-03-15")]
    assert rows == ([] if days_out is None else told)


def test_a_gap_in_months_has_one_side_only() -> None:
    body = "gaps:\n  - {from: consent, to: screening, min: 1 months, assumption: ours}\n"
    rows = found(body, [
        done("consent", "2026-03-31"), done("screening", "2026-04-30"),
    ])  # fmt: skip
    # 30 April less one month is 30 March, before 31 March; 1 May gives 1 April
    assert rows == [("screening", "consent..screening", "-1", "2026-05-01", "")]


def test_a_gap_to_a_fixed_date_stands_under_its_start() -> None:
    body = "gaps:\n  - {from: infusion, to: study_closes, min: 1 years, assumption: ours}\n"
    head = (
        "protocol: T\ntitle: T\nversion: '1'\ndate: 2026-01-01\ntimezone: Asia/Shanghai\n"
        "study: {opens: 2026-02-01, closes: 2028-02-29, assumption: a}\n"
        "sources: {ct: {document: A record}}\n"
    )
    # 29 February 2028 less a year is 28 February 2027
    rows = found(body, [done("infusion", "2027-03-05")], head=head)
    assert rows == [("infusion", "infusion..study_closes", "5", "", "2027-02-28")]
    assert found(body, [done("infusion", "2027-02-28")], head=head) == []


def test_a_gap_from_a_fixed_date() -> None:
    body = "gaps:\n  - {from: study_opens, to: consent, max: 30 days, assumption: ours}\n"
    # 1 February and 30 days is 3 March
    rows = found(body, [done("consent", "2026-03-10")])
    assert rows == [("consent", "study_opens..consent", "7", "", "2026-03-03")]


def test_a_gap_for_others_or_for_nobody_knows_whom_is_none() -> None:
    body = (
        "gaps:\n  - {from: consent, to: screening, max: 5 days, only: {sex: female}, "
        "assumption: ours}\n"
    )
    people = [
        {"participant": p, "sex": s} for p, s in (("P1", "male"), ("P2", ""), ("P3", "female"))
    ]
    dates = [
        done(node, day, p["participant"]) for p in people
        for node, day in (("consent", "2026-03-01"), ("screening", "2026-03-11"))
    ]  # fmt: skip
    frame = deviations(solve(MILESTONES + body, people, dates=dates, as_of=AS_OF))
    assert shown(frame, "participant", "days_out") == [("P3", "5")]


def test_a_gap_in_hours_on_the_right_day_but_too_soon() -> None:
    body = (
        'events: {op: {kind: point}}\nmilestones:\n  draw: {at: "09:00"}\n  dose: {at: "09:00"}\n'
        "gaps:\n  - {from: draw, to: dose, min: 48 hours, assumption: ours}\n"
    )
    rows = [done("draw", "2026-03-01 09:00"), done("dose", "2026-03-03 08:30")]
    frame = deviations(solve(body, dates=rows, as_of=AS_OF))
    assert shown(frame, *FACTS) == [("dose", "draw..dose", "0", "2026-03-03", "")]
    assert (
        "too early on that day: the gap draw..dose allowed from 2026-03-03 09:00"
        in (frame["sentence"].iloc[0])
    )
    on_time = [rows[0], done("dose", "2026-03-03 09:00")]
    assert deviations(solve(body, dates=on_time, as_of=AS_OF)).empty


VISITS = """visits:
  - {id: v1, label: Visit 1, after: infusion, target: 28 days, window: {before: 3 days, after: 3 days}, assumption: ours}
  - {id: v2, label: Visit 2, after: v1, target: 28 days, window: {before: 0 days, after: 2 days}, assumption: ours}
  - {id: free, after: infusion, target: 5 days, window: unknown, assumption: ours}
"""
INFUSED = done("infusion", "2026-05-04")


@pytest.mark.parametrize(
    ("day", "days_out"),
    [("2026-05-28", -1), ("2026-05-29", None), ("2026-06-04", None), ("2026-06-10", 6)],
)
def test_a_visit_window_from_its_done_anchor(day: str, days_out: int | None) -> None:
    # 4 May and 28 days is 1 June
    rows = found(VISITS, [INFUSED, done("v1", day)])
    told = [("v1", "window", str(days_out), "2026-05-29", "2026-06-04")]
    assert rows == ([] if days_out is None else told)


def test_a_missed_anchor_stands_on_its_target_day() -> None:
    rows = [INFUSED, done("v1", "2026-06-01", status="missed"), done("v2", "2026-07-04")]
    solved = solve(MILESTONES + VISITS, dates=rows, as_of=AS_OF)
    # 1 June and 28 days is 29 June
    frame = deviations(solved)
    assert shown(frame, *FACTS) == [("v2", "window", "3", "2026-06-29", "2026-07-01")]
    assert "the target day 2026-06-01 of Visit 1" in frame["sentence"].iloc[0]


def test_an_unknown_window_and_an_unrecorded_anchor_give_none() -> None:
    assert found(VISITS, [INFUSED, done("free", "2027-05-01")]) == []
    assert found(VISITS, [done("v1", "2026-06-10")]) == []


def test_a_visit_that_is_for_others_has_no_window() -> None:
    body = VISITS.replace("{id: v1,", "{id: v1, only: {sex: female},")
    rows = [INFUSED, done("v1", "2026-06-10")]
    for sex, expected in (("male", ["only"]), ("", []), ("female", ["window"])):
        who = [{"participant": "P1", "sex": sex}]
        found = deviations(solve(MILESTONES + body, who, dates=rows, as_of=AS_OF))
        assert found["rule"].tolist() == expected
        assert found["date"].astype(str).tolist() == ["2026-06-10"] * len(expected)


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("2026-05-04 12:00", []),
        ("2026-05-04 11:45", []),
        ("2026-05-04 11:44", [("pk", "window", "0", "2026-05-04", "2026-05-04")]),
        ("2026-05-04 12:16", [("pk", "window", "0", "2026-05-04", "2026-05-04")]),
        ("2026-05-04", []),
        ("2026-05-05 12:00", [("pk", "window", "1", "2026-05-04", "2026-05-04")]),
    ],
)
def test_a_visit_timed_in_hours(when: str, facts: list[tuple[str, ...]]) -> None:
    body = (
        "visits:\n  - {id: pk, after: infusion, target: 2 hours, "
        "window: {before: 15 minutes, after: 15 minutes}, assumption: ours}\n"
    )
    assert found(body, [done("infusion", "2026-05-04 10:00"), done("pk", when)]) == facts


BEFORE = "id: R, forbid: op, within: 4 weeks, before: infusion"


def test_a_washout_cut_short() -> None:
    body = rules(BEFORE)
    # 10 February and 28 days is 10 March, which counts as within: clear from 11 March
    rows = found(body, [done("infusion", "2026-03-05")], took("op", "2026-02-10"))
    assert rows == [("infusion", "R", "6", "2026-03-11", "")]
    assert found(body, [done("infusion", "2026-03-11")], took("op", "2026-02-10")) == []
    # done before the exposure
    assert found(body, [done("infusion", "2026-02-09")], took("op", "2026-02-10")) == []


def test_the_sentence_says_what_the_other_reading_gives_where_the_day_turns_on_it() -> None:
    def told(day: str) -> str:
        solved = solve(
            MILESTONES + rules(BEFORE), dates=[done("infusion", day)],
            history=[took("op", "2026-02-10")], as_of=AS_OF,
        )  # fmt: skip
        return str(deviations(solved)["sentence"].iloc[0])

    assert told("2026-03-10") == (
        "Infusion (done on 2026-03-10) came too soon after Surgery (2026-02-10), 1 day before the "
        "first clear day 2026-03-11; the rule is no op within 4 weeks before infusion; exactly "
        "4 weeks counts as within (if it did not, the date would be clear) [ct exclusion 1]."
    )
    assert "if it did not" not in told("2026-03-09")


def test_the_worst_exposure_is_told() -> None:
    history = [took("op", "2026-02-10"), took("op", "2026-02-20"), took("op", "2026-02-15")]
    rows = found(rules(BEFORE), [done("infusion", "2026-03-05")], *history)
    assert rows == [("infusion", "R", "16", "2026-03-21", "")]


def test_only_what_is_certain_is_told() -> None:
    body = rules(
        "id: R, forbid: drug, except: {route: [inhaled]}, within: 4 weeks, before: infusion"
    )
    infused = [done("infusion", "2026-03-05")]
    blank = took("drug", "2026-02-01", "2026-02-10", route="")
    assert found(body, infused, blank) == []
    assert found(body, infused, {**blank, "route": "inhaled"}) == []
    assert found(body, infused, {**blank, "route": "oral"}) == [
        ("infusion", "R", "6", "2026-03-11", "")
    ]
    # some day of February: certainly within only where 1 February, the earliest, is: to 1 March
    month = took("drug", "2026-02", "2026-02", route="oral")
    assert found(body, infused, month) == []
    assert found(body, [done("infusion", "2026-02-28")], month) == [
        ("infusion", "R", "2", "2026-03-02", "")
    ]


def test_an_exposure_that_goes_on_has_no_first_clear_day() -> None:
    body = rules("id: R, forbid: drug, within: 4 weeks, before: infusion")
    rows = found(body, [done("infusion", "2026-03-05")], took("drug", "2026-02-01", "ongoing"))
    assert rows == [("infusion", "R", "", "", "")]


@pytest.mark.parametrize(
    ("infusion", "facts"),
    [
        # 2 March 11:00 and 72 hours is 5 March 11:00, which counts as within
        ("2026-03-05 11:00", [("infusion", "R", "0", "2026-03-05", "")]),
        ("2026-03-05 11:01", []),
        ("2026-03-03 15:00", [("infusion", "R", "2", "2026-03-05", "")]),
        ("2026-03-02 10:00", []),
        # no time recorded: the protocol's 10:00, first clear at 10:00 of 6 March
        ("2026-03-05", [("infusion", "R", "1", "2026-03-06", "")]),
    ],
)
def test_a_washout_in_hours(infusion: str, facts: list[tuple[str, ...]]) -> None:
    body = rules("id: R, forbid: op, within: 72 hours, before: infusion")
    assert found(body, [done("infusion", infusion)], took("op", "2026-03-02 11:00")) == facts


@pytest.mark.parametrize(
    ("rule", "event", "facts"),
    [
        # forbidden from the day whose 2 years reach 1 January 2027, to the drug's last day
        ("within: 2 years, after: infusion", took("drug", "2027-01-01", "2027-01-09"),
         ("2025-01-01", "2027-01-09")),
        ("at: infusion", took("drug", "2026-03-01", "2026-03-09"), ("2026-03-01", "2026-03-09")),
        ("ever_before: infusion", took("drug", "2026-03-01", "2026-03-02"), ("2026-03-01", "")),
    ],
)  # fmt: skip
def test_the_other_forms_tell_the_forbidden_days(
    rule: str, event: dict[str, str], facts: tuple[str, str]
) -> None:
    rows = found(rules(f"id: R, forbid: drug, {rule}"), [done("infusion", "2026-03-05")], event)
    assert rows == [("infusion", "R", "", *facts)]


def test_age_limits() -> None:
    body = rules("id: A, age: {min: 18 years, max: 75 years}, at: infusion")
    for birth, facts in (
        ("2008-03-06", [("infusion", "A", "", "", "2026-03-05")]),
        ("2008-03-05", []),
        ("1950-03-06", []),
        ("1950-03-05", [("infusion", "A", "", "2026-03-05", "")]),
    ):
        who = [{"participant": "P1", "birth_date": birth}]
        rows = [done("infusion", "2026-03-05")]
        frame = deviations(solve(MILESTONES + body, who, dates=rows, as_of=AS_OF))
        assert shown(frame, *FACTS) == facts


def test_from_until_with_both_ends_done() -> None:
    body = rules("id: F, forbid: op, from: consent, until: infusion")
    dates = [done("consent", "2026-03-01"), done("screening", "2026-03-02"), INFUSED]
    assert found(body, dates, took("op", "2026-03-15")) == [
        ("consent", "F", "", "2026-03-15", "2026-03-15")
    ]
    assert found(body, dates, took("op", "2026-05-05")) == []
    # some day of May 2026 may be after the infusion; some day of April cannot
    assert found(body, dates, took("op", "2026-05")) == []
    assert found(body, dates, took("op", "2026-04")) == [
        ("consent", "F", "", "2026-04-01", "2026-04-30")
    ]


def test_dates_outside_the_study() -> None:
    assert found("", [done("consent", "2026-01-30")]) == [
        ("consent", "study_opens", "-2", "2026-02-01", "2029-12-20")
    ]
    solved = solve(MILESTONES, dates=[done("consent", "2030-01-01")], as_of="2030-06-01")
    assert shown(deviations(solved), *FACTS) == [
        ("consent", "study_closes", "12", "2026-02-01", "2029-12-20")
    ]


def test_the_empty_table_has_the_columns_and_types_of_the_contract() -> None:
    frame = deviations(solve(MILESTONES))
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "participant": "category", "milestone": "category", "date": "datetime64[s]",
        "rule": "category", "days_out": "Int64", "first": "datetime64[s]",
        "last": "datetime64[s]", "sentence": "str",
    }  # fmt: skip
    assert frame.empty


def test_rows_follow_the_files() -> None:
    body = GAP + rules(BEFORE.replace("infusion", "screening"))
    people = [{"participant": "P2"}, {"participant": "P1"}]
    dates = [
        done(node, day, who["participant"]) for who in people
        for node, day in (("screening", "2026-03-20"), ("consent", "2026-01-01"))
    ]  # fmt: skip
    history = [took("op", "2026-03-10", participant=who["participant"]) for who in people]
    solved = solve(MILESTONES + body, people, history=history, dates=dates, as_of=AS_OF)
    expected = [("consent", "study_opens"), ("screening", "consent..screening"), ("screening", "R")]
    assert shown(deviations(solved), "participant", "milestone", "rule") == [
        (who, *row) for who in ("P2", "P1") for row in expected
    ]


def test_a_window_in_hours_tells_times_only_of_dates_with_a_time() -> None:
    body = (
        "visits:\n  - {id: blood, label: Blood, after: infusion, target: 24 hours, "
        "window: {before: 1 hours, after: 1 hours}, assumption: ours}\n"
    )
    people = [{"participant": who} for who in ("P1", "P2")]
    dates = [
        *(done("infusion", "2026-03-02 10:00", who["participant"]) for who in people),
        done("blood", "2026-03-05", "P1"),
        done("blood", "2026-03-05 12:00", "P2"),
    ]
    solved = solve(MILESTONES + body, people, dates=dates, as_of=AS_OF)
    rows = deviations(solved)
    told = rows[rows["milestone"] == "blood"]["sentence"].tolist()
    infusion = "Infusion (done on 2026-03-02) [assumption: ours]."
    assert told == [
        "Blood (done on 2026-03-05) was 2 days too late: its window allowed 2026-03-03, "
        f"counted with {infusion}",
        "Blood (done on 2026-03-05 12:00) was 2 days too late: its window allowed "
        f"from 2026-03-03 09:00 until 2026-03-03 11:00, counted with {infusion}",
    ]
