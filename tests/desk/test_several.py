"""Several studies at one desk: one Today and one calendar over all, and pages of each."""

import re
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
from click.testing import CliRunner

from scheduler.cli import washout_command
from scheduler.commands.desk import _made
from scheduler.store.stored import Store
from tests.desk.office import KEY, Desk, fill, words

OTHER = "DEMO-CYCLES"


@pytest.fixture
def both(tmp_path: Path, root: Path) -> Iterator[Desk]:
    """A desk with two studies, and a visit booked in each in the same week."""
    store = Store.open(tmp_path / "site.db", make=True)
    fill(store, root / "protocols" / "nct07342244")
    fill(store, root / "protocols" / "demo-cycles", OTHER)
    desk = Desk(store)
    desk.enter()
    new = {"s": OTHER, "t": "participants", "c_participant": "P-003", "c_site": "boston"}
    assert desk.post("/row", **new, c_birth_date="1980-05-01", go="save").status_code == 303
    found = desk.post("/step", s=OTHER, p="P-003", n="consent", day="2026-06-16", go="save")
    assert found.status_code == 303
    yield desk
    store.close()


def test_one_today_over_all_and_one_of_each(both: Desk) -> None:
    said = words(both.web.get("/").text)
    assert said.index("All studies") < said.index("Today Mon 15 Jun")
    assert f"P-002 wuhan {KEY} Move Screening, booked" in said
    assert f"P-003 boston {OTHER}" in said, "the visit of tomorrow in the other study"
    for key, here, elsewhere in ((KEY, "P-002", "D-004"), (OTHER, "D-004", "P-002")):
        one = words(both.web.get("/", params={"s": key}).text)
        assert here in one and elsewhere not in one
        assert f"washout {key} version" in one


def test_one_calendar_and_one_week_over_all(both: Desk) -> None:
    week = words(both.web.get("/week").text)
    assert f"P-003 Informed consent {OTHER}" in week
    assert re.search(rf"P-005 [\w ]+ {KEY}", week)
    month = words(both.web.get("/calendar").text)
    assert f"P-003 Informed consent {OTHER}" in month and f"{KEY} " in month
    assert f"Calendars to subscribe to {OTHER}" in month
    for path in ("/week", "/calendar"):
        one = words(both.web.get(path, params={"s": OTHER}).text)
        assert "P-003 Informed consent" in one and "P-005" not in one
        boston = words(both.web.get(path, params={"site": "boston"}).text)
        assert "P-003 Informed consent" in boston and "P-005" not in boston


def test_one_switches_and_stays_on_the_page(both: Desk) -> None:
    html = both.web.get("/participants", params={"s": KEY}).text
    assert f'href="/participants?s={OTHER}"' in html
    assert f'href="/questions?s={KEY}"' in html, "the pages of this study"
    assert re.search(rf'href="/participants\?s={KEY}" aria-current="true"', html)
    html = both.web.get("/").text
    assert re.search(r'href="/" aria-current="true">All studies', html)
    assert 'href="/questions' not in html, "over all studies there are Today and Calendar"
    html = both.web.get("/calendar").text
    assert f'href="/calendar?s={OTHER}"' in html and 'href="/week"' in html


def test_the_same_code_in_two_studies_is_two_people(both: Desk) -> None:
    for key, wanted, other in ((KEY, "CAR-T cell infusion", "First dose"),
                               (OTHER, "First dose", "CAR-T cell infusion")):  # fmt: skip
        said = words(both.web.get("/participant", params={"p": "P-003", "s": key}).text)
        assert wanted in said and other not in said
    number = both.store.number
    fields = {"s": OTHER, "p": "P-003", "c_event": "radiotherapy", "c_start": "2026-06"}
    assert both.post("/exposure", **fields, go="save").status_code == 303
    assert {entry.study for entry in both.store.changes(number)} == {OTHER}
    assert "Radiotherapy" not in words(both.web.get("/participant?p=P-003").text)
    trail = words(both.web.get("/trail", params={"s": KEY, "p": "P-003"}).text)
    assert "radiotherapy" not in trail


def test_each_study_has_its_protocol_its_calendars_and_its_interface(both: Desk) -> None:
    assert "six cycles" in words(both.web.get("/protocol", params={"s": OTHER}).text)
    events = {}
    for key, what in ((KEY, "site:wuhan"), (OTHER, "site:boston")):
        page = both.post("/feeds", s=key, what=what, go="make").text
        secret = re.findall(r"/feeds/([\w-]+)\.ics", page)[0]
        found = icalendar.Calendar.from_ical(both.visitor().get(f"/feeds/{secret}.ics").content)
        events[key] = {str(event["UID"]) for event in found.walk("VEVENT")}
        assert events[key], key
        refused = both.post("/feeds", s=OTHER if key == KEY else KEY, what=what, go="make")
        assert refused.status_code == 404
    assert not events[KEY] & events[OTHER]
    rows = both.api.get("/api/rows/participants", params={"s": OTHER}).json()["rows"]
    assert [row["cells"]["participant"] for row in rows][-1] == "P-003"
    tables = both.api.get("/api/tables/summary.csv", params={"s": OTHER}).content
    assert b"P-003" in tables and b"P-002" not in tables


def test_a_second_study_joins_a_store(tmp_path: Path, root: Path) -> None:
    place, protocols = str(tmp_path / "site.db"), root / "protocols"
    for name in ("nct07342244", "demo-cycles"):
        folder = protocols / name
        store = _made(place, str(folder), str(folder / "example"), "Anna")
        store.close()
    store = Store.open(place)
    assert store.studies() == [KEY, OTHER]
    store.close()
    found = CliRunner().invoke(washout_command, ["desk", "verify", place])
    assert found.exit_code == 0, found.output
    line = ["desk", "export", f"{place}#{OTHER}", str(tmp_path / "out")]
    assert CliRunner().invoke(washout_command, line).exit_code == 0
    wanted = (protocols / "demo-cycles" / "example" / "dates.csv").read_bytes()
    assert (tmp_path / "out" / "dates.csv").read_bytes() == wanted
