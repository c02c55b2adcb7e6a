"""Tests that expire, in every table that tells of them."""

import re
from collections.abc import Mapping

import pandas as pd
import pytest

import scheduler
from scheduler.calendars.export import CalendarOptions, write_calendars
from tests.unit.small_problems import HEAD, shown

BODY = """
events: {op: {kind: point, label: Operation}}
milestones: {consent: {label: Consent}, infusion: {label: Infusion}}
gaps:
  - {from: consent, to: infusion, min: 0 days, usual: 10 days, assumption: made up}
tests:
  - {id: pregnancy_test, label: Pregnancy test, for: infusion, valid: 7 days, only: {sex: female},
     source: {ref: ct, item: 1}}
  - {id: echo, for: infusion, valid: 28 days, not_before: consent, repeatable: no, source: {ref: ct, item: 2}}
"""
PEOPLE = {"A": "female", "B": "male", "C": "", "D": "female", "E": "male", "F": "female"}
DATES = [
    ("A", "consent", "2026-02-20", "done"), ("A", "pregnancy_test", "2026-02-21", "done"),
    ("A", "infusion", "2026-03-12", "booked"), ("A", "Echo", "2026-02-25", "done"),
    ("B", "consent", "2026-02-20", "done"), ("B", "infusion", "2026-03-30", "booked"),
    ("B", "echo", "2026-02", "done"),
    ("D", "consent", "2026-02-20", "done"), ("D", "infusion", "2026-02-28", "done"),
    ("D", "pregnancy_test", "2026-02-10", "done"), ("D", "pregnancy_test", "2026-03-01", "done"),
    ("E", "consent", "2026-02-02", "done"), ("E", "echo", "2026-02-03", "done"),
    ("E", "infusion", "2026-03-10", "booked"),
    ("F", "consent", "2026-02-20", "done"), ("F", "infusion", "2026-03-12", "booked"),
    ("F", "Pregnancy test", "2026-03-06", "booked"), ("F", "echo", "2026-02-27", "done"),
]  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> scheduler.Plan:
    people = pd.DataFrame({"participant": list(PEOPLE), "sex": list(PEOPLE.values())})
    dates = pd.DataFrame(DATES, columns=["participant", "milestone", "date", "status"])
    study = scheduler.load_study({"participants": people, "dates": dates})
    return scheduler.plan(scheduler.load_protocol(HEAD + BODY), study, "2026-03-02")


def test_the_table_of_tests(plan: scheduler.Plan) -> None:
    columns = (
        "participant",
        "test",
        "last_done",
        "valid_until",
        "repeat_first",
        "repeat_last",
        "state",
    )
    assert list(plan.tests.columns)[:3] == ["participant", "test", "node"]
    assert shown(plan.tests, *columns) == [
        ("A", "pregnancy_test", "2026-02-21", "2026-02-28", "2026-03-05", "2026-03-12", "repeat"),
        ("A", "echo", "2026-02-25", "2026-03-25", "", "", "valid"),
        ("B", "pregnancy_test", "", "", "", "", "not_applicable"),
        ("B", "echo", "", "", "", "", "outlived"),  # on 20 to 28 February, or it does not count
        ("C", "pregnancy_test", "", "", "", "", "no_day"),  # for want of an echo
        ("C", "echo", "", "", "", "", "unrecorded"),
        ("D", "pregnancy_test", "2026-02-10", "2026-02-17", "", "", "lacking"),
        ("D", "echo", "", "", "", "", "lacking"),
        ("E", "pregnancy_test", "", "", "", "", "not_applicable"),
        ("E", "echo", "2026-02-03", "2026-03-03", "", "", "outlived"),
        ("F", "pregnancy_test", "", "", "2026-03-05", "2026-03-12", "booked"),
        ("F", "echo", "2026-02-27", "2026-03-27", "", "", "valid"),
    ]


def test_the_worklist_and_the_agenda_tell_what_to_repeat(plan: scheduler.Plan) -> None:
    mine = plan.todo[plan.todo["what"].str.contains("est: ")]
    assert shown(mine, "act_by", "participant", "kind", "what", "why") == [
        ("2026-03-12", "A", "book", "Pregnancy test: repeat between Thu 5 Mar and Thu 12 Mar",
         "Infusion is booked for Thu 12 Mar"),
    ]  # fmt: skip
    due = plan.agenda(14)
    assert shown(due[due["kind"] == "test"], "date", "participant", "sentence") == [
        ("2026-03-05", "A",
         "Pregnancy test has to be repeated between 2026-03-05 and 2026-03-12 for Infusion."),
    ]  # fmt: skip


def test_questions(plan: scheduler.Plan) -> None:
    asked = plan.queries[plan.queries["rule"].isin(["pregnancy_test", "echo"])]
    assert shown(asked[asked["missing"] == "date"], "participant", "item", "sentence") == [
        ("A", "pregnancy_test",
         "Was Pregnancy test repeated? The last one is valid until 2026-02-28, and Infusion is "
         "booked for 2026-03-12; repeat it 2026-03-05 to 2026-03-12."),
        ("B", "echo",
         "On which day was Echo done, 2026-02-01 to 2026-02-28? It decides on Infusion."),
        ("C", "echo",
         "When was Echo done, on the day of Consent or later? None is recorded, and the protocol lets "
         "nobody make a new one, so Infusion has no day until it is recorded."),
        ("E", "echo",
         "Was Echo repeated? The last one is valid until 2026-03-03, and Infusion is booked for "
         "2026-03-10."),
    ]  # fmt: skip


def test_a_node_that_no_valid_test_covered_is_a_deviation(plan: scheduler.Plan) -> None:
    found = plan.deviations
    assert shown(found, "participant", "milestone", "rule") == [
        ("D", "infusion", "pregnancy_test"), ("D", "infusion", "echo"),
    ]  # fmt: skip
    assert "came without a valid test" in found["sentence"].iloc[0]


def test_reasons(plan: scheduler.Plan) -> None:
    told = plan.explain("E", "infusion", "2026-03-10")
    assert told.verdict == "blocked"
    assert [reason.name for reason in told.reasons] == ["echo"]
    lack = "the lack of a valid Echo (the protocol lets nobody make a new one) rules out infusion"
    assert lack in told.reasons[0].sentence
    rows = plan.rules.set_index(["participant", "rule"])["state"]
    assert (rows["A", "echo"], rows["E", "pregnancy_test"]) == ("blocks", "not_applicable")
    assert plan.bookings.set_index("participant")["state"]["E"] == "not_permitted"
    blocked = plan.blocked[plan.blocked["participant"] == "E"]
    assert shown(blocked, "rule", "first", "last", "certainty") == [
        ("echo", "2026-03-04", "", "blocked")
    ]


def test_one_that_nobody_may_make_again_and_nobody_recorded_is_something_to_do(
    plan: scheduler.Plan,
) -> None:
    assert plan.explain("C", "infusion", "2026-03-12").verdict == "blocked"
    asked = plan.todo[(plan.todo["participant"] == "C") & plan.todo["what"].str.contains("Echo")]
    assert shown(asked, "kind", "what", "why") == [
        ("record", "Echo: record when it was done",
         "Infusion has no day without it: the protocol lets nobody make a new one"),
    ]  # fmt: skip


def test_the_page_lists_what_is_to_be_done_about_tests(
    plan: scheduler.Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("page") / "out"
    plan.write(folder)
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", (folder / "report.html").read_text("utf-8")))
    said = {
        "A": "Pregnancy test Infusion Sat 21 Feb repeat repeat it Thu 5 Mar to Thu 12 Mar",
        "C": "Echo Infusion unrecorded none recorded, and no new one may be made",
        "E": "Echo Infusion Tue 3 Feb outlived none that will do, and none can be made in time",
        "F": "Echo Infusion Fri 27 Feb valid valid until Fri 27 Mar",
    }
    for code, words in said.items():
        part = text.partition(f"Tests of {code} ")[2].partition("Tests of")[0]
        assert words in part, (code, part[:400])


def test_calendars_show_days_that_do_not_move_with_the_day_of_the_plan(
    plan: scheduler.Plan, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = plan.calendar_rows
    mine = rows[rows["kind"] == "test"]
    assert shown(mine[mine["basis"] == "recorded"], "participant", "first", "last") == [
        ("A", "2026-03-05", "2026-03-12"),
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("calendars")
    for detailed in (False, True):
        write_calendars(
            plan, folder / str(detailed), CalendarOptions(questions=True, detailed=detailed)
        )
        text = (folder / str(detailed) / "calendars" / "A.ics").read_bytes().replace(b"\r\n ", b"")
        assert (b"SUMMARY:A test before Infusion" in text) is not detailed
        assert (b"regnancy" in text) is detailed


def test_a_done_test_frees_days_in_a_what_if(plan: scheduler.Plan) -> None:
    protocol = scheduler.load_protocol(HEAD + BODY)
    longer = protocol.to_dict()
    longer["tests"][1]["valid"] = "40 days"
    items: Mapping[str, pd.DataFrame] = scheduler.diff(
        protocol, scheduler.load_protocol(longer), plan.study, "2026-03-02"
    ).tables
    assert shown(items["items"], "section", "item", "aspect", "before", "after") == [
        ("test", "echo", "valid", "28 days", "40 days"),
    ]  # fmt: skip
    assert set(items["days"]["participant"].astype(str)) >= {"E"}


def test_what_the_file_says_comes_back() -> None:
    protocol = scheduler.load_protocol(HEAD + BODY)
    again = scheduler.load_protocol(protocol.to_yaml())
    assert again == protocol == scheduler.load_protocol(protocol.to_dict())
    assert again.tests == protocol.tests and len(protocol.tests) == 2
    other = protocol.to_dict()
    other["tests"][0]["repeatable"] = False
    assert scheduler.load_protocol(other) != protocol
    assert scheduler.load_protocol(other).fingerprint != again.fingerprint
