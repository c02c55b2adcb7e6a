"""The protocols that come with the package: cited, without faults, worked by hand, and planned.

`tests/semantics/test_cases.py` runs their worked cases.
"""

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from scheduler.cases.file import Case, load_cases
from scheduler.planning.examples import shipped_examples
from scheduler.planning.plans import plan
from scheduler.protocol import Protocol, Source
from scheduler.protocol.reading import load_protocol, read_protocol
from scheduler.sources.cited import cited_items
from scheduler.sources.registry.record import prose
from scheduler.study.reading import load_study
from tests.end_to_end.conftest import Invoke

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "protocols").glob("*/protocol.yaml"))
EVERY = pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
# Attribute values that no rule names, and a country whose parts have other holidays.
MEANT = {"S246", "S212"}
CRITERIA = ("inclusion", "exclusion")
FEWEST_CASES, MOST_WORDS = 6, 12


@cache
def model(folder: Path) -> Protocol:
    return load_protocol(folder)


@cache
def looked_at() -> dict[str, str]:
    """The day on which each example is looked at."""
    return {one.name: one.as_of for one in shipped_examples()}


def record(folder: Path, shared_data: Path) -> Path:
    """The record that a protocol was taken from, where it lies beside the project."""
    name = folder.name.upper()
    for path in (f"registry/records/{name}.json", f"registry/{name}.txt"):
        if (shared_data / path).is_file():
            return shared_data / path
    pytest.skip(f"no record of {name} among the sample files")


@EVERY
def test_the_file_has_no_fault_and_no_warning(folder: Path) -> None:
    found, faults = read_protocol(folder)
    warned = [fault for fault in faults if fault.place.startswith(folder.as_posix() + "/protocol")]
    assert warned == []
    assert found is not None
    assert folder.name == found.id.lower()


@EVERY
def test_what_is_cited_can_be_found_by_a_reader(folder: Path) -> None:
    protocol = model(folder)
    for rule in protocol.rules:
        assert rule.summary, f"{rule.id} has no words of its own"
    sources = {item.id: item.basis.source for item in protocol.rules}
    sources |= {visit.name: visit.basis.source for visit in protocol.visits}
    sources |= {test.id: test.basis.source for test in protocol.tests}
    sources |= {task.name: task.basis.source for task in protocol.tasks}
    sources |= {activity.name: activity.source for activity in protocol.activities}
    sources |= {check.id: check.source for check in protocol.checklist}
    for item, source in sources.items():
        if source is not None:
            assert_exact(item, source)
    for item, phrase in cited_items(protocol):
        assert len(phrase.split()) <= MOST_WORDS, item


def assert_exact(item: str, source: Source) -> None:
    assert source.section, f"{item} cites no section"
    assert source.phrase, f"{item} cites no words"
    if source.section in CRITERIA:
        assert source.item, f"{item} cites no criterion"


@EVERY
def test_the_cases_stand_on_both_sides_of_boundaries(folder: Path) -> None:
    cases = load_cases(folder, model(folder))
    assert len(cases) >= FEWEST_CASES
    assert sum(map(has_a_boundary, cases)) >= FEWEST_CASES


def has_a_boundary(case: Case) -> bool:
    """Whether a day is expected in one way and its neighbour, at the same node, in another."""
    for expected in case.expected:
        days = {
            day: verdict
            for verdict, spans in expected.days.items()
            for first, last in spans
            for day in range(first, last + 1)
        }
        if expected.earliest:
            days[(date.fromisoformat(expected.earliest) - date(1970, 1, 1)).days] = "permitted"
        if any(days.get(day + 1, verdict) != verdict for day, verdict in days.items()):
            return True
    return False


@EVERY
def test_the_example_is_planned_and_its_page_names_everybody(folder: Path) -> None:
    study = load_study(folder / "example")
    day = looked_at()[folder.name]
    made = plan(model(folder), study, day)
    assert {warning.split()[0] for warning in made.warnings} <= MEANT
    summary = made.summary
    assert (summary["state"] == "scheduled").any()
    assert summary["state"].nunique() >= 2
    page = (folder / "example" / "README.md").read_text(encoding="utf-8")
    assert f"--as-of {day} " in page
    assert re.findall(r"^\| (\S+-\d+) \|", page, re.M) == list(summary["participant"])


@EVERY
def test_every_time_of_the_record_is_cited(folder: Path, shared_data: Path, invoke: Invoke) -> None:
    result = invoke("check", folder, "--source", record(folder, shared_data))
    assert result.exit_code == 0, result.stdout
    last = result.stdout.splitlines()[-1]
    assert " 0 not in the source; " in last and ", 0 not covered; " in last


@EVERY
def test_no_sentence_of_the_record_is_copied(folder: Path, shared_data: Path) -> None:
    """Facts and short citations only: no run of words of the record is longer than a citation."""
    source = "\n\n".join(prose(record(folder, shared_data).read_bytes()))
    words = words_of(source)
    runs = {" ".join(words[at : at + MOST_WORDS + 1]) for at in range(len(words) - MOST_WORDS)}
    for path in sorted(folder.rglob("*.*")):
        mine = words_of(path.read_text(encoding="utf-8"))
        for at in range(len(mine) - MOST_WORDS):
            assert " ".join(mine[at : at + MOST_WORDS + 1]) not in runs, path.name


def words_of(text: str) -> list[str]:
    """The words of a text, small, without the marks around them."""
    return [word.strip(".,;:()'\"") for word in text.lower().split()]


def test_the_worklist_tells_the_last_minute_where_hours_count() -> None:
    """Eight hours of fasting before a dose at 08:00: the last meal is by midnight."""
    folder = ROOT / "protocols" / "nct01841593"
    todo = plan(model(folder), load_study(folder / "example"), looked_at()[folder.name]).todo
    (told,) = todo[(todo["kind"] == "prepare") & (todo["participant"] == "R-002")]["what"]
    assert told.startswith("Tell: last time for Meal is Tue 14 May, 00:00, before Day 7")
