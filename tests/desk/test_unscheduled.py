"""Booked unscheduled visits at the desk: every page that has visits has them, and links lead on."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.desk.routes import PAGES
from scheduler.desk.worklist import tasks_of
from scheduler.store.stored import Edit, Store
from tests.desk.office import KEY, ME, Desk, fill, words

OTHER = "DEMO-CYCLES"
CODE = "P-011"  # who has one unscheduled visit that is done, on 8 May


def book(desk: Desk, *dates: str, code: str = CODE, key: str = KEY) -> None:
    edits = [
        Edit("add", "dates", {"participant": code, "milestone": "unscheduled", "date": date,
                              "status": "booked"})
        for date in dates
    ]  # fmt: skip
    desk.store.apply(key, edits, ME)


@pytest.fixture
def desk(tmp_path: Path, root: Path) -> Iterator[Desk]:
    store = Store.open(tmp_path / "site.db", make=True)
    fill(store, root / "protocols" / "nct07342244")
    fill(store, root / "protocols" / "demo-cycles", OTHER)
    desk = Desk(store)
    desk.enter()
    yield desk
    store.close()


def text(desk: Desk, path: str, **fields: str) -> str:
    found = desk.web.get(path, params={"s": KEY, **fields})
    assert found.status_code == 200, (path, fields)
    return words(found.text)


def links(desk: Desk, path: str, inside: str, **fields: str) -> list[str]:
    found = desk.web.get(path, params={"s": KEY, **fields}).text
    hrefs = [html.unescape(one) for one in re.findall(r'href="([^"]+)"', found)]
    return [one for one in hrefs if inside in one]


def test_today_has_visits_of_two_days_and_asks_about_the_past(desk: Desk) -> None:
    book(desk, "2026-06-15 09:30", "2026-06-15", "2026-06-16 11:00", "2026-06-17", "2026-06-08")
    said = text(desk, "/", q=CODE)
    assert said.count("Unscheduled visit: today, Mon 15 Jun") == 2
    assert "Unscheduled visit: today, Mon 15 Jun 09:30" in said
    assert "Unscheduled visit: tomorrow, Tue 16 Jun 11:00" in said
    assert "Wed 17 Jun Call" not in said and said.count("Unscheduled visit:") == 4
    assert "Record Unscheduled visit: it was booked for Mon 8 Jun done, missed or moved" in said
    dates = [one.partition("c_date=")[2].partition("&")[0] for one in links(desk, "/", "c_date=")]
    assert sorted(dates) == ["2026-06-08", "2026-06-15", "2026-06-15+09%3A30"]


def test_what_became_of_one_is_recorded_where_today_leads(desk: Desk) -> None:
    book(desk, "2026-06-15 09:30", "2026-06-08")
    for link in links(desk, "/", "c_date="):
        form = desk.web.get(link).text
        given = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form))
        for name in ("c_milestone", "c_status"):
            choice = re.search(rf'<select id="f-{name}".*?</select>', form, re.S)
            assert choice is not None
            (given[name],) = re.findall(r'value="([^"]*)" selected', choice[0])
        saved = desk.post("/row", **given, go="save")
        assert saved.status_code == 303, words(saved.text)
    assert "Unscheduled" not in text(desk, "/", q=CODE)
    states = [row["state"] for row in desk.office.desk(KEY).known[CODE].table("unscheduled")]
    assert states == ["done"] * 3


def test_calendar_week_and_sheet_have_every_one(desk: Desk) -> None:
    book(desk, "2026-06-17 14:00", "2026-06-17", "2026-06-19", "2026-06-03")
    month = text(desk, "/calendar", month="2026-06")
    assert month.count(f"{CODE} Unscheduled visit") == 4
    assert f"14:00 {CODE} Unscheduled visit" in month
    assert text(desk, "/calendar", month="2026-06", planned="yes").count("Unscheduled visit") == 4
    site = desk.office.desk(KEY).known[CODE].summary["site"]
    assert text(desk, "/calendar", month="2026-06", site=site).count("Unscheduled visit") == 4
    assert "Unscheduled visit" not in text(desk, "/calendar", month="2026-06", site="elsewhere")
    assert f"{CODE} Unscheduled visit (done)" in text(desk, "/calendar", month="2026-05")
    week = text(desk, "/week", day="2026-06-17")
    assert week.count(f"{CODE} Unscheduled visit") == 3
    assert f"14:00 {CODE} Unscheduled visit" in week
    sheet = text(desk, "/sheet", p=CODE)
    assert sheet.count("Unscheduled visit booked") == 3
    assert "Wed 17 Jun at 14:00 Unscheduled visit booked" in sheet
    assert "Wed 3 Jun" not in sheet
    for link in links(desk, "/calendar", f"p={CODE}", month="2026-06"):
        assert desk.web.get(link).status_code == 200, link


def test_the_page_of_a_participant_leads_to_the_row_that_ends_one(desk: Desk) -> None:
    book(desk, "2026-06-17 14:00", "2026-06-08")
    said = text(desk, "/participant", p=CODE)
    assert "Unscheduled visit Mon 8 Jun booked: is over: was it done? What happened?" in said
    assert "Unscheduled visit Wed 17 Jun 14:00 booked Cancel" in said
    ahead, past = sorted(links(desk, "/participant", "c_date=", p=CODE), reverse=True)
    assert past.endswith("c_milestone=unscheduled&c_date=2026-06-08&c_status=done")
    assert ahead.endswith("c_date=2026-06-17+14%3A00&c_status=cancelled")
    for link in (ahead, past):
        assert desk.web.get(link).status_code == 200
    saved = desk.post("/row", s=KEY, t="dates", p=CODE, c_participant=CODE, go="save",
                      c_milestone="unscheduled", c_date="2026-06-17 14:00",
                      c_status="cancelled")  # fmt: skip
    assert saved.status_code == 303
    assert "17 Jun 14:00 booked Cancel" not in text(desk, "/participant", p=CODE)
    assert "Unscheduled" not in text(desk, "/sheet", p=CODE)


def test_all_studies_have_theirs_on_one_page(desk: Desk) -> None:
    book(desk, "2026-06-16")
    book(desk, "2026-06-16 08:00", code="D-002", key=OTHER)
    for path in ("/", "/calendar", "/week"):
        said = words(desk.web.get(path).text)
        assert said.count("Unscheduled visit") == 2, path
        assert KEY in said and OTHER in said and "D-002" in said


def test_no_page_stumbles_over_a_step_that_no_protocol_has(desk: Desk) -> None:
    book(desk, "2026-06-15", "2026-06-01")
    fields = {"s": KEY, "p": CODE, "n": "unscheduled", "t": "dates", "what": "workbook",
              "day": "2026-06-15"}  # fmt: skip
    for path, _, _ in PAGES:
        found = desk.web.get(path, params=fields)
        assert found.status_code in (200, 404), path
    nodes = {task.node: task.page for task in tasks_of(desk.office.desk(KEY))
             if task.node == "unscheduled"}  # fmt: skip
    assert nodes == {"unscheduled": "paper"}


def test_a_desk_without_one_says_nothing_of_them(desk: Desk) -> None:
    for path, fields in (
        ("/", {}), ("/calendar", {}), ("/week", {}), ("/sheet", {"p": "P-003"}),
        ("/participant", {"p": "P-003"}),
    ):  # fmt: skip
        assert "nscheduled" not in desk.web.get(path, params={"s": KEY, **fields}).text, path


def test_who_is_complete_comes_too_and_who_has_left_does_not(desk: Desk) -> None:
    known = desk.office.desk(KEY).known
    by_state = {one.summary["state"]: code for code, one in known.items()}
    for code in by_state.values():
        book(desk, "2026-06-15", code=code)
    for state, code in by_state.items():
        shown = "Unscheduled visit: today" in text(desk, "/", q=code)
        assert shown == (state not in ("withdrawn", "screen_failed")), state
    assert {"complete", "withdrawn"} & set(by_state)
