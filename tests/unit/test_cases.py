"""Worked cases: what is read from cases.yaml, what is refused, and how differences are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from scheduler.cases.running import CaseResult, load_cases, read_cases, run_cases
from scheduler.errors import InputFaults
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol

Run = Callable[[str], list[CaseResult]]


@pytest.fixture(scope="module")
def protocol(root: Path) -> Protocol:
    return load_protocol(root / "tests" / "data" / "demo-001.yaml")


@pytest.fixture
def run(protocol: Protocol, tmp_path: Path) -> Run:
    def run_text(text: str) -> list[CaseResult]:
        file = tmp_path / "cases.yaml"
        file.write_text(dedent(text), encoding="utf-8")
        return run_cases(protocol, load_cases(file, protocol), "cases.yaml")

    return run_text


def faults(protocol: Protocol, folder: Path, text: str) -> str:
    (folder / "cases.yaml").write_text(dedent(text), encoding="utf-8")
    cases, found = read_cases(folder, protocol)
    assert bool(cases) != bool(found)
    return "\n".join(map(str, found)).replace(folder.as_posix(), "demo")


# Surgery on 10 February: four weeks later is 10 March, which counts as within. Rule E16 keeps
# consent after the surgery; infusion has no gap to lymphodepletion.
SURGERY = """\
    - name: surgery four weeks before lymphodepletion counts as within
      as_of: 2026-02-02
      participant: {birth_date: 1970-05-01, sex: female}
      history: [{event: major_surgery, start: 2026-02-10, purpose: therapeutic}]
      expect:
        state: scheduled
        lymphodepletion: {blocked: [2026-02-10..2026-03-10], permitted: [2026-03-11]}
        consent: {blocked: 2026-02-02..2026-02-10, earliest: 2026-02-11, status: planned}
"""


def test_a_case_that_holds(run: Run) -> None:
    (result,) = run(SURGERY)
    assert result.passed
    assert result.differences == ()
    assert result.case.name == "surgery four weeks before lymphodepletion counts as within"


def test_differences_name_the_days_and_what_they_are(run: Run) -> None:
    (result,) = run("""\
        - name: everything wrong
          as_of: 2026-02-02
          participant: {birth_date: 1970-05-01, sex: female}
          history: [{event: major_surgery, start: 2026-02-10, purpose: therapeutic}]
          expect:
            state: no_schedule
            lymphodepletion:
              blocked: [2026-02-10..2026-03-12]
              permitted: [2026-03-11, 2026-03-10]
              undetermined: 2026-03-10..2026-03-11
            consent: {earliest: 2026-02-10, status: booked}
            infusion: {earliest: none}
        """)
    assert not result.passed
    assert list(result.differences) == [
        "state: expected no_schedule, found scheduled",
        "lymphodepletion: expected permitted 2026-03-10, found blocked 2026-03-10",
        "lymphodepletion: expected undetermined 2026-03-10 to 2026-03-11, "
        "found blocked 2026-03-10, permitted 2026-03-11",
        "lymphodepletion: expected blocked 2026-02-10 to 2026-03-12, "
        "found permitted 2026-03-11 to 2026-03-12",
        "consent: expected status booked, found planned",
        "consent: expected 2026-02-10 as the earliest day, found 2026-02-11",
        "infusion: expected none as the earliest day, found 2026-02-02",
    ]


def test_a_blank_attribute_that_could_exempt_is_undetermined(run: Run) -> None:
    (result,) = run("""\
        - name: purpose not recorded
          as_of: 2026-02-02
          participant: {birth_date: 1970-05-01, sex: female}
          history: [{event: major_surgery, start: 2026-01-20, purpose: }]
          expect:
            lymphodepletion: {undetermined: [2026-02-16..2026-02-17], earliest: 2026-02-18}
        """)
    assert result.differences == ()


def test_a_node_that_is_over_has_no_days(run: Run) -> None:
    (result,) = run("""\
        - name: consent is done
          as_of: 2026-02-05
          participant: {birth_date: 1970-05-01, sex: female}
          dates: [{milestone: consent, date: 2026-02-03, status: done}]
          expect:
            consent: {blocked: [2026-02-05], status: done}
            screening: {permitted: [2026-02-05..2026-02-17], blocked: [2026-02-18]}
        """)
    assert result.differences == ("consent: found no days to choose from, its status is done",)


def test_closed_days_count_only_where_a_case_names_sites(run: Run) -> None:
    results = run("""\
        - name: a weekend site
          as_of: 2026-02-06
          participant: {birth_date: 1970-05-01, sex: female, site: wuhan}
          sites: {wuhan: {weekend: [sat, sun], closed: [2026-02-10..2026-02-11]}}
          expect: {consent: {permitted: [2026-02-06, 2026-02-09], blocked: [2026-02-07..2026-02-08, 2026-02-10, 2026-02-11]}}
        - name: no sites
          as_of: 2026-02-06
          participant: {birth_date: 1970-05-01, sex: female}
          expect: {consent: {permitted: [2026-02-06..2026-02-11]}}
        """)
    assert [result.differences for result in results] == [(), ()]


def test_each_case_is_planned_for_its_own_day_and_alone(run: Run) -> None:
    text = ""
    for number, day in enumerate(["2026-02-04", "2026-02-02", "2026-02-04", "2026-02-03"]):
        event = "" if number % 2 else "history: [{event: hepatitis_b, start: 2020, end: ongoing}]"
        state, earliest = ("scheduled", day) if number % 2 else ("no_schedule", "none")
        text += f"""\
- name: case {number}
  as_of: {day}
  participant: {{birth_date: 1970-05-01, sex: female}}
  {event}
  expect: {{state: {state}, consent: {{earliest: {earliest}}}}}
"""
    results = run(text)
    assert [result.case.name for result in results] == [f"case {n}" for n in range(4)]
    assert [result.differences for result in results] == [()] * 4


def test_all_faults_of_a_file_at_once(protocol: Protocol, tmp_path: Path) -> None:
    found = faults(
        protocol,
        tmp_path,
        """\
        - name: first
          as_of: 02/02/2026
          participant: {birthdate: 1970-05-01, sex: female, participant: P-1}
          history: [{evnt: major_surgery, start: [2026-02-10]}, {event: x}]
          dates: [{milestone: screening, date: 2026-02-03, status: done, by: me}]
          expct: {}
        - name: second
          as_of: 2026-02-02
          participant: {site: wuhan}
          expect:
            lympho-depletion: {blocked: [2026-03-10..2026-02-10, soon]}
            infusion: {}
            screening: {earlyest: 2026-02-02, status: finished}
            state: shceduled
        - name: second
          as_of: 2026-02-02
          expect: {infusion: {earliest: early}}
        """,
    )
    assert found == dedent(ALL_AT_ONCE).strip()


# Long lines: faults are told on one.
ALL_AT_ONCE = """
    P111 demo/cases.yaml:2 1.as_of: found 02/02/2026, expected a date from 1900 to 2100 such as 2026-01-15
         write year-month-day
    P106 demo/cases.yaml:3 1.participant.birthdate: unknown column "birthdate" of participants; did you mean "birth_date"?
    P106 demo/cases.yaml:3 1.participant.participant: unknown column "participant" of participants
         columns: birth_date, sex, site, arm, protocol_version, withdrawn, screen_failed
    P106 demo/cases.yaml:4 1.history.1.evnt: unknown column "evnt" of history; did you mean "event"?
    P109 demo/cases.yaml:4 1.history.1.start: found a list or keys, expected a single value
    P108 demo/cases.yaml:4 1.history.2: found no start, expected columns of history with their values, such as {event: major_surgery, start: 2026-02-10}
    P106 demo/cases.yaml:5 1.dates.1.by: unknown column "by" of dates
         columns: milestone, date, status, note
    P106 demo/cases.yaml:6 1.expct: unknown key "expct" in a case; did you mean "expect"?
    P109 demo/cases.yaml:6 1.expct: found empty braces, expected state, or milestones and visits with their days
    P107 demo/cases.yaml:9 2.participant.site: found the site wuhan, but the case describes no sites
         add sites: to the case
    P107 demo/cases.yaml:11 2.expect.lympho-depletion: no milestone or visit "lympho-depletion"; did you mean "lymphodepletion"?
    P111 demo/cases.yaml:11 2.expect.lympho-depletion.blocked.1: found 2026-03-10..2026-02-10, which ends before it starts
    P111 demo/cases.yaml:11 2.expect.lympho-depletion.blocked.2: found soon, expected a day or a range of days
         write 2026-02-10 or 2026-02-10..2026-03-10
    P108 demo/cases.yaml:12 2.expect.infusion: found no expectation, expected one of permitted, undetermined, blocked, earliest, status
    P106 demo/cases.yaml:13 2.expect.screening.earlyest: unknown key "earlyest" in an expectation; did you mean "earliest"?
    P109 demo/cases.yaml:13 2.expect.screening.status: found finished, expected one of done, booked, planned, awaiting, overdue, unrecorded, missed, none
    P109 demo/cases.yaml:14 2.expect.state: found shceduled, expected one of scheduled, undetermined, no_schedule, complete, withdrawn, screen_failed; did you mean "scheduled"?
    P113 demo/cases.yaml:15 name: found the name second twice, the first time in line 7
    P111 demo/cases.yaml:17 3.expect.infusion.earliest: found early, expected a day such as 2026-02-10, or none
"""


TABLE_FAULTS = """\
    - name: rows that a study would refuse too
      as_of: 2026-02-02
      participant: {birth_date: 1970-13-01, sex: female}
      history:
        - {event: major_surgery, start: 2026-02-10, end: 2026-02-01}
        - {event: major_surgry, start: 2026-02-10}
      expect: {state: scheduled}
    - name: an entry of the future
      as_of: 2026-02-02
      dates:
        - {milestone: consent, date: 2026-02-01, status: done}
        - {milestone: screening, date: 2026-02-03, status: done}
      decisions: [{rule: E3, decision: clear, date: 2026-02-01}]
      expect: {state: scheduled}
"""


def test_faults_of_tables_are_told_by_the_lines_of_the_cases(run: Run) -> None:
    with pytest.raises(InputFaults) as error:
        run(TABLE_FAULTS)
    told = [f"{fault.place} {fault.path} {fault.code}" for fault in error.value.faults]
    assert told == [
        "cases.yaml:3 participants birth_date S231",
        "cases.yaml:5 history end S260",
        "cases.yaml:6 history event S243",
        "cases.yaml:12 dates date S250",
        "cases.yaml:13 decisions rule S282",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "P109 demo/cases.yaml: found an empty file, expected a list of cases"),
        ("name: x", "P109 demo/cases.yaml:1: found keys and values, expected a list of at least 1"),
        ("[]", "P109 demo/cases.yaml:1: found no entries, expected a list of at least 1"),
    ],
)
def test_a_file_without_cases(protocol: Protocol, tmp_path: Path, text: str, expected: str) -> None:
    assert faults(protocol, tmp_path, text) == expected


def test_no_file_at_all(protocol: Protocol, tmp_path: Path) -> None:
    _, found = read_cases(tmp_path, protocol)
    assert [str(fault) for fault in found] == [
        f"P100 {tmp_path.as_posix()}/cases.yaml: no such file, expected a file of worked cases"
    ]


def test_a_byte_that_is_no_utf8_is_told_with_its_line(protocol: Protocol, tmp_path: Path) -> None:
    (tmp_path / "cases.yaml").write_bytes(b"- name: a\n  as_of: 2026-01-01\n  note: caf\xe9\n")
    told = [str(fault) for fault in read_cases(tmp_path, protocol)[1]]
    assert [text.replace(tmp_path.as_posix(), "demo") for text in told] == [
        "P101 demo/cases.yaml:3: found the byte 0xE9, expected UTF-8 text\n     save the file as UTF-8"
    ]
