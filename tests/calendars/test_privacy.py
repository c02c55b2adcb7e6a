"""Calendars tell codes, days and labels of nodes, and nothing about the person."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from icalendar import Calendar

from scheduler.calendars.export import CalendarOptions, write_calendars
from scheduler.calendars.texts import neutral
from tests.calendars.fake import EVERYTHING, FakePlan, full_plan, row

SECRETS = ("corticosteroid", "venetoclax", "surgery", "pregnancy", "female", "1970")


def _unfolded(folder: Path) -> str:
    files = sorted((folder / "calendars").glob("*.ics"))
    return "".join(f.read_bytes().replace(b"\r\n ", b"").decode() for f in files).lower()


@pytest.mark.parametrize(
    "options",
    [
        CalendarOptions(questions=True, restrictions=True, booked_windows=True),
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, planned=True),
    ],
)
def test_no_event_or_drug_unless_asked_for(options: CalendarOptions, tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, options)
    text = _unfolded(tmp_path)
    assert "p-001" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_detail_shows_what_it_is_asked_for(tmp_path: Path) -> None:
    write_calendars(
        full_plan(),
        tmp_path,
        CalendarOptions(questions=True, restrictions=True, booked_windows=True, detailed=True),
    )
    text = _unfolded(tmp_path)
    assert "summary:p-001 last day for systemic corticosteroid before cell infusion" in text
    assert "venetoclax" in text
    assert "rule: e20f-pregnancy" in text


def test_columns_that_nobody_asked_for_never_come_out(tmp_path: Path) -> None:
    plan = full_plan()
    rows = tuple(
        {**one, "birth_date": "1970-05-01", "sex": "female", "name": "Ms Marple",
         "diagnosis": "myeloma", "phone": "027-1234", "note": "likes gardening"}
        for one in plan.rows
    )  # fmt: skip
    options = CalendarOptions(
        questions=True,
        restrictions=True,
        booked_windows=True,
        detailed=True,
        planned=True,
        site_alarms=True,
    )
    write_calendars(replace(plan, rows=rows), tmp_path, options)
    text = _unfolded(tmp_path)
    for secret in ("1970", "female", "marple", "myeloma", "027-1234", "gardening"):
        assert secret not in text


@pytest.mark.parametrize(
    ("text", "event", "shown"),
    [
        ("E12-surgery", "major_surgery", "E12"),
        ("E15b-steroid", "systemic_corticosteroid", "E15b"),
        ("E20f", "pregnancy", "E20f"),
        ("registry exclusion 12", "major_surgery", "registry exclusion 12"),
        ("No_Surgery", "major_surgery", ""),
        ("E14-CYTOKINE-2", "long_acting_cytokine", "E14 2"),
        ("I1-age", "", "I1-age"),
    ],
)
def test_what_a_rules_name_may_tell(text: str, event: str, shown: str) -> None:
    assert neutral(text, event) == shown


def test_a_rules_name_tells_none_of_its_events(tmp_path: Path) -> None:
    """A rule about two events, named after the one that the row is not about."""
    one = row(kind="duty_last_day", node="infusion", rule="E5-bypass", event="infarction",
              days="2026-03-07", secrets="infarction bypass Coronary bypass")  # fmt: skip
    write_calendars(FakePlan(rows=(one,)), tmp_path, EVERYTHING)
    assert "rule e5\\nprotocol" in _unfolded(tmp_path).replace("rule: ", "rule ")
    assert "bypass" not in _unfolded(tmp_path)


def test_codes_are_not_in_uids_and_nobody_is_invited(tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    for path in (tmp_path / "calendars").iterdir():
        calendar = Calendar.from_ical(path.read_bytes())
        for event in calendar.events:
            assert re.fullmatch(r"[0-9a-f-]{36}", event["UID"])
            assert event["CLASS"] == "PRIVATE"
            assert not {"ORGANIZER", "ATTENDEE", "CONTACT", "COMMENT"} & set(event.keys())


def test_a_participants_file_holds_no_one_else(tmp_path: Path) -> None:
    sites = {"P-001": ("w", "UTC"), "P-002": ("w", "UTC")}
    rows = tuple(row(who, node="month_1", days="2026-04-07") for who in sites)
    write_calendars(FakePlan(rows=rows, sites=sites), tmp_path, EVERYTHING)
    folder = tmp_path / "calendars"
    assert b"P-002" not in (folder / "P-001.ics").read_bytes()
    assert (folder / "site-w.ics").read_bytes().count(b"BEGIN:VEVENT") == 2


def _secrets(folder: Path) -> set[str]:
    """Names and labels of a protocol's events, and what its example study tells about people."""
    found: set[str] = set()
    text = (folder / "protocol.yaml").read_text(encoding="utf-8")
    for name, event in yaml.safe_load(text)["events"].items():
        found |= {name, (event or {}).get("label", name)}
    for name, columns in (("participants", ["birth_date"]), ("history", ["note", "agent"])):
        with (folder / "example" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            for line in csv.DictReader(stream):
                found |= {line.get(column) or "" for column in columns}
    return {secret.casefold() for secret in found if len(secret) > 5}


@pytest.mark.parametrize("name", ["demo-cycles", "nct07342244"])
def test_no_golden_calendar_tells_more(root: Path, name: str) -> None:
    golden = sorted((root / "tests" / "golden" / name).glob("**/*.ics"))
    golden = [path for path in golden if "detailed" not in path.as_posix()]
    assert golden
    # A note in an example, and a word of every calendar.
    secrets = _secrets(root / "protocols" / name) - {"planned"}
    assert secrets
    for path in golden:
        text = path.read_bytes().replace(b"\r\n ", b"").decode().casefold()
        assert not [secret for secret in secrets if secret in text], path.name
