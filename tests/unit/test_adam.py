"""Analysts' tables: analysis windows, subject visits, day by day, deviations summed up.

Study days are counted by hand with the infusion as Day 1 and no Day 0.
"""

import numpy as np
import pandas as pd
import pytest

import scheduler
from scheduler.errors import NotFound
from scheduler.protocol.visit_order import visit_numbers
from scheduler.tables.adam import study_days
from tests.unit.small_plans import BODY, plan
from tests.unit.small_problems import done, shown, took

MORE = BODY.replace(
    "rules:",
    """  - {id: before, label: Day before, before: infusion, target: 1 day, window: {before: 2 days, after: 1 day}, assumption: ours}
  - {id: month_1, label: Month 1, after: infusion, target: 1 month, window: {before: 3 days, after: 3 days}, assumption: ours}
  - {id: check, label: Check, after: transplant, target: 5 days, window: {before: 1 day, after: 1 day}, assumption: ours}
  - {id: hours, label: Blood sample, after: infusion, target: 4 hours, window: {before: 1 hour, after: 1 hour}, assumption: ours}
  - {id: loose, label: Loose, after: infusion, target: 60 days, window: unknown, assumption: ours}
rules:""",
)  # fmt: skip
AS_OF = "2026-05-20"


def test_there_is_no_day_zero() -> None:
    assert study_days(np.array([-2, -1, 0, 1, 28])).tolist() == [-2, -1, 1, 2, 29]


def test_windows_of_the_protocol() -> None:
    frame = plan(MORE).visit_windows()
    rows = shown(frame, "AVISIT", "AVISITN", "AWTARGET", "AWLO", "AWHI", "AWU", "VISITID")
    assert rows == [
        ("Week 1", "5", "8", "7", "9", "DAYS", "week_1"),
        ("Week 4", "9", "29", "26", "32", "DAYS", "week_4"),
        ("Phone call", "7", "11", "9", "13", "DAYS", "phone"),
        ("Day before", "2", "-1", "-3", "1", "DAYS", "before"),  # to the infusion's own day
        ("Month 1", "10", "", "", "", "DAYS", "month_1"),
        ("Check", "8", "", "", "", "DAYS", "check"),
        ("Blood sample", "4", "", "", "", "DAYS", "hours"),
    ]
    notes = dict(zip(frame["VISITID"].astype(str), frame["AWNOTE"], strict=True))
    assert notes["week_1"] == ""
    assert notes["month_1"] == "in months: study days differ by participant"
    assert "counted from transplant" in notes["check"]
    assert "in hours" in notes["hours"]
    assert set(frame["PROTVER"].astype(str)) == {"1.0"}


def test_another_reference() -> None:
    frame = plan(MORE).visit_windows(reference="transplant")
    rows = shown(frame[frame["VISITID"] == "check"], "AWTARGET", "AWLO", "AWHI")
    assert rows == [("6", "5", "7")]
    assert shown(frame[frame["VISITID"] == "week_1"], "AWTARGET") == [("",)]


def test_a_reference_must_be_a_milestone() -> None:
    with pytest.raises(NotFound, match="no milestone has day_zero"):
        plan(BODY.replace(", day_zero: yes", "")).visit_windows()
    with pytest.raises(NotFound, match='"week_1" is a visit'):
        plan().visit_windows(reference="week_1")


DONE = [done("consent", "2026-03-02"), done("infusion", "2026-03-31")]


def test_windows_of_a_participant_have_dates() -> None:
    frame = plan(MORE, AS_OF, dates=DONE).visit_windows(by_participant=True)
    rows = {
        row[0]: row[1:]
        for row in shown(
            frame, "VISITID", "AWTARGET", "AWLO", "AWHI", "AWTARGDT", "AWLODT", "AWHIDT", "AWBASIS"
        )
    }
    assert rows["week_1"] == (
        "8", "7", "9", "2026-04-07", "2026-04-06", "2026-04-08", "recorded",
    )  # fmt: skip
    # 31 March and a month is 30 April, 30 days on: Day 31
    assert rows["month_1"] == (
        "31", "28", "34", "2026-04-30", "2026-04-27", "2026-05-03", "recorded",
    )  # fmt: skip
    assert rows["before"][:4] == ("-1", "-3", "1", "2026-03-30")
    assert rows["check"] == ("", "", "", "", "", "", "")  # no transplantation can be in time
    assert set(frame["SUBJID"].astype(str)) == {"P1"}
    assert set(frame["USUBJID"].astype(str)) == {"W-1-P1"}


def test_windows_from_a_recommended_anchor_say_so() -> None:
    made = plan(MORE, "2026-04-01", dates=DONE)
    frame = made.visit_windows(by_participant=True)
    rows = shown(frame[frame["VISITID"] == "check"], "AWTARGDT", "AWTARGET", "AWBASIS")
    # the transplantation is recommended for its first day, 10 April; 5 days on, from 31 March
    assert rows == [("2026-04-15", "16", "recommended")]


VISITS = [
    done("consent", "2026-03-02"),
    done("infusion", "2026-03-10 09:30"),
    done("week_1", "2026-03-17"),
    {**done("week_4", "2026-04-07", status="missed"), "note": "on holiday"},
    {**done("unscheduled", "2026-03-19"), "note": "fever"},
    done("unscheduled", "2026-03-19 08:00"),
    done("unscheduled", "2026-02-27"),
    done("transplant", "2026-03-25"),
    done("phone", "2026-05-30", status="booked"),
]


def test_subject_visits() -> None:
    frame = plan(as_of=AS_OF, dates=VISITS).subject_visits()
    assert list(frame) == [
        "STUDYID", "DOMAIN", "USUBJID", "VISITNUM", "VISIT", "VISITDY", "EPOCH", "SVPRESP", "SVOCCUR",
        "SVREASOC", "SVSTDTC", "SVENDTC", "SVSTDY", "SVENDY", "SVUPDES",
    ]  # fmt: skip
    rows = shown(frame, "VISITNUM", "VISIT", "SVPRESP", "SVOCCUR", "SVSTDTC", "SVENDTC", "SVSTDY")
    assert rows == [
        ("0.01", "Unscheduled 0.01", "", "", "2026-02-27", "2026-02-27", "-11"),
        ("1.0", "Consent", "Y", "Y", "2026-03-02", "2026-03-02", "-8"),
        ("2.0", "Infusion", "Y", "Y", "2026-03-10T09:30", "2026-03-10", "1"),
        ("3.0", "Week 1", "Y", "Y", "2026-03-17", "2026-03-17", "8"),
        ("3.01", "Unscheduled 3.01", "", "", "2026-03-19", "2026-03-19", "10"),
        ("3.02", "Unscheduled 3.02", "", "", "2026-03-19T08:00", "2026-03-19", "10"),
        ("4.0", "Transplantation", "Y", "Y", "2026-03-25", "2026-03-25", "16"),
        ("6.0", "Week 4", "Y", "N", "", "", ""),  # the phone call is 5
    ]
    planned = ["", "", "1", "8", "", "", "", "29"]  # consent and transplantation vary
    assert [row[0] for row in shown(frame, "VISITDY")] == planned
    told = shown(frame, "SVREASOC", "SVUPDES")
    assert told[4] == ("", "fever")
    assert told[7] == ("on holiday", "")
    assert set(frame["DOMAIN"].astype(str)) == {"SV"}


def test_how_far_a_visit_was_from_its_target() -> None:
    late = [*DONE, done("week_1", "2026-04-08")]
    frame = plan(MORE, AS_OF, dates=late).visit_windows(by_participant=True)
    rows = dict(shown(frame, "VISITID", "AWTDIFF"))
    assert rows["week_1"] == "1" and rows["week_4"] == "" and rows["check"] == ""
    early = [*DONE, done("week_1", "2026-04-05")]
    frame = plan(MORE, AS_OF, dates=early).visit_windows(by_participant=True)
    assert dict(shown(frame, "VISITID", "AWTDIFF"))["week_1"] == "2"  # without a sign, as in ADaM


def test_numbers_follow_planned_time() -> None:
    """Worked out by hand: consent 0, infusion 1, transplantation 11 days on; ties as in the file."""
    assert visit_numbers(plan(MORE).protocol) == {
        "consent": 1, "before": 2, "infusion": 3, "hours": 4, "week_1": 5, "transplant": 6,
        "phone": 7, "check": 8, "week_4": 9, "month_1": 10, "loose": 11,
    }  # fmt: skip


def test_days_give_a_verdict_for_every_node() -> None:
    made = plan(
        as_of="2026-03-05",
        dates=[done("consent", "2026-03-02")],
        history=[took("surgery", "2026-03-10"), took("surgery", "2026-03")],
    )
    frame = made.days("P1")
    assert list(frame) == [
        "participant", "day", "consent", "infusion", "transplant", "week_1", "week_4", "phone",
    ]  # fmt: skip
    assert len(frame) == 180  # 5 March to 31 August
    assert frame["consent"].isna().all()  # done
    verdict = frame.set_index("day")["infusion"].astype(str)
    assert verdict["2026-03-10"] == "blocked"  # the surgery of that day
    assert verdict["2026-03-24"] == "blocked"
    assert verdict["2026-03-25"] == "undetermined"  # the other one may have been within 14 days
    assert verdict["2026-04-02"] == "blocked"  # more than 30 days after consent
    assert list(frame["infusion"].cat.categories) == ["permitted", "undetermined", "blocked"]
    with pytest.raises(NotFound):
        made.days("P9")


@pytest.mark.parametrize("node", ["consent", "infusion", "transplant", "week_1", "phone"])
def test_days_are_the_windows(node: str) -> None:
    made = plan(history=[took("surgery", "2026-03-10"), took("surgery", "2026-04")])
    frame = made.days("P1")
    rows = made.windows[made.windows["milestone"] == node]
    for word in ("permitted", "undetermined"):
        some = rows[rows["certainty"] == word]
        days = [
            day
            for first, last in zip(some["first"], some["last"], strict=True)
            for day in pd.date_range(first, last)
        ]
        assert frame.loc[frame[node] == word, "day"].tolist() == days


def test_deviations_summed_up() -> None:
    dates = []
    for code, week_4 in (("P1", "04-05"), ("P2", "04-07"), ("P3", "04-08"), ("P4", "04-13")):
        dates += [
            done("consent", "2026-03-02", code),
            done("infusion", "2026-03-10", code),
            done("transplant", "2026-03-25" if code != "P4" else "2026-03-19", code),
            done("week_4", f"2026-{week_4}", code),
        ]
    dates += [done("week_1", "2026-03-16", "P1"), done("week_1", "2026-03-15", "P2")]
    dates += [done("week_1", "2026-03-17", "P3", "missed")]
    people = [{"participant": f"P{n}"} for n in range(1, 5)]
    frame = plan(as_of=AS_OF, participants=people, dates=dates).deviation_summary()
    counts = ("milestone", "expected", "done", "in_window", "early", "late", "not_judged",
              "missed", "overdue")  # fmt: skip
    rows = {row[0]: row[1:] for row in shown(frame, *counts)}
    # targets 17 March and 7 April, windows 16 to 18 March and 4 to 10 April
    assert rows["week_1"] == ("4", "2", "1", "1", "0", "0", "1", "1")
    assert rows["week_4"] == ("4", "4", "3", "0", "1", "0", "0", "0")
    assert rows["transplant"] == ("4", "4", "3", "1", "0", "0", "0", "0")  # 9 days, not 10
    assert rows["consent"] == ("4", "4", "0", "0", "0", "4", "0", "0")  # nothing to judge it by
    off = frame.set_index("milestone").filter(like="days_off")
    # off target by -2, 0, 1 and 6 days
    assert off.loc["week_4"].tolist() == [4, -2, -0.5, 0.5, 2.25, 6]
    assert off.loc["week_1"].tolist() == [2, -2, -1.75, -1.5, -1.25, -1]
    assert off.loc["consent", "days_off_n"] == 0
    assert np.isnan(off.loc["consent", "days_off_median"])


def test_the_frames_of_an_empty_study_have_their_columns() -> None:
    made = plan()
    assert len(made.subject_visits()) == 0
    assert made.subject_visits()["SVSTDY"].dtype == "Int64"
    assert (made.deviation_summary()["done"] == 0).all()


def test_visits_of_the_pilot_stand_in_the_order_of_its_visit_numbers() -> None:
    """Weeks after the baseline, as the CDISC pilot plans its visits: facts of its protocol."""
    weeks = pd.DataFrame({"VISIT": [4, 5, 7, 8, 9, 10, 11, 12, 13],
                          "WEEK": [2, 4, 6, 8, 12, 16, 20, 24, 26]})  # fmt: skip
    frame = scheduler.plan(*scheduler.example("h2q-mc-lzzt")).visit_windows()
    frame["VISIT"] = frame["AVISIT"].astype(str).str.extract(r"Visit (\d+)")[0].astype(int)
    merged = weeks.merge(frame, on="VISIT")
    assert len(merged) == len(weeks) and merged["AVISITN"].is_monotonic_increasing
    assert (merged["AWTARGET"] == 7 * merged["WEEK"] + 1).all()  # the baseline is Day 1
    assert (merged["AWLO"] < merged["AWTARGET"]).all() and (
        merged["AWTARGET"] < merged["AWHI"]
    ).all()


# Analysis windows of the CDISC pilot's own analysis data, in its days from randomization: the last
# day of each, and its target. ADQSNPI has one for every visit, ADADAS three for the whole study
# (in RConsortium/submissions-pilot3-adam: submission/programs/adadas.r).
NPI_WINDOWS = {
    2: (2, 14, 21), 4: (22, 28, 35), 6: (36, 42, 49), 8: (50, 56, 63), 12: (78, 84, 91),
    16: (106, 112, 119), 20: (134, 140, 147), 24: (162, 168, 175), 26: (176, 182, 999),
}  # fmt: skip
ADAS_WINDOWS = {8: (2, 56, 84), 16: (85, 112, 140), 24: (141, 168, 999)}


@pytest.mark.parametrize("windows", [NPI_WINDOWS, ADAS_WINDOWS])
def test_windows_merge_with_those_of_the_pilots_analysis_data(
    windows: dict[int, tuple[int, int, int]],
) -> None:
    """A visit that keeps to the protocol falls into the pilot's analysis window of the same week.

    The pilot's targets are whole weeks; the baseline is Day 1, so a visit on its day is one later.
    """
    pilot = pd.DataFrame.from_dict(windows, "index", columns=["low", "target", "high"])
    frame = scheduler.plan(*scheduler.example("h2q-mc-lzzt")).visit_windows()
    week = frame["AVISIT"].astype(str).str.extract(r"week (\d+)")[0]
    merged = pilot.merge(frame.assign(week=pd.to_numeric(week)), left_index=True, right_on="week")
    assert merged["week"].tolist() == list(windows)
    assert (merged["AWTARGET"] - merged["target"]).eq(1).all()
    assert (merged["low"] <= merged["AWLO"]).all() and (merged["AWHI"] <= merged["high"]).all()


def test_how_far_a_visit_is_from_its_target_as_the_pilot_counts() -> None:
    """The pilot: AWTDIFF is the absolute difference of the analysis day and the target."""
    frame = scheduler.plan(*scheduler.example("h2q-mc-lzzt")).visit_windows(by_participant=True)
    visits = scheduler.plan(*scheduler.example("h2q-mc-lzzt")).subject_visits()
    done = frame.merge(visits, left_on=["USUBJID", "AVISIT"], right_on=["USUBJID", "VISIT"])
    done = done[done["AWTDIFF"].notna() & (done["AWTARGET"] > 0) & (done["SVSTDY"] > 0)]
    assert len(done) >= 4
    assert (done["AWTDIFF"] == (done["SVSTDY"] - done["AWTARGET"]).abs()).all()
