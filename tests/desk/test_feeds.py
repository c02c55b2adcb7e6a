"""Calendar feeds: the events of the exported calendars, an ETag, an end when revoked."""

import os
import subprocess
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.calendars import outside
from tests.desk.office import KEY, Desk, listening, on_sqlite


def _made(desk: Desk, what: str, **more: str) -> str:
    page = desk.post("/feeds", s=KEY, what=what, go="make", **more).text
    return "/feeds/" + page.split("/feeds/")[1].split(".ics")[0] + ".ics"


def _events(content: bytes) -> list[tuple[str, str, str]]:
    found = Calendar.from_ical(content)
    return sorted(
        (str(e["uid"]), str(e["summary"]), e["dtstart"].to_ical().decode())
        for e in found.walk("VEVENT")
    )


@pytest.mark.parametrize(
    ("what", "name"), [("site:wuhan", "site-wuhan"), ("participant:P-003", "P-003")]
)
def test_a_feed_has_the_events_of_the_exported_calendar(desk: Desk, what: str, name: str) -> None:
    import io
    import zipfile

    address = _made(desk, what)
    stranger = desk.visitor()
    found = stranger.get(address)
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/calendar; charset=utf-8"
    exported = zipfile.ZipFile(io.BytesIO(desk.web.get("/export/file?what=plan").content))
    assert _events(found.content) == _events(exported.read(f"calendars/{name}.ics"))
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in found.content
    assert b"X-PUBLISHED-TTL:PT1H\r\n" in found.content


def test_what_did_not_change_is_not_sent_again(desk: Desk) -> None:
    address, stranger = _made(desk, "participant:P-003"), desk.visitor()
    mark = stranger.get(address).headers["etag"]
    again = stranger.get(address, headers={"If-None-Match": f'"x", W/{mark}'})
    assert again.status_code == 304 and not again.content
    before = _events(stranger.get(address).content)
    desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", time="10:00", go="save")
    found = stranger.get(address, headers={"If-None-Match": mark})
    assert found.status_code == 200 and found.headers["etag"] != mark
    after = _events(found.content)
    assert before != after
    assert {uid for uid, _, _ in before} & {uid for uid, _, _ in after}, (
        "the same things keep their UID"
    )


def _sequences(content: bytes) -> dict[str, int]:
    return {str(e["uid"]): int(e["sequence"]) for e in Calendar.from_ical(content).walk("VEVENT")}


def _bare(content: bytes) -> dict[str, str]:
    """What each event says, but for its number and stamp."""
    found = {}
    for event in Calendar.from_ical(content).walk("VEVENT"):
        lines = event.to_ical().decode().splitlines()
        kept = [line for line in lines if not line.startswith(("SEQUENCE", "DTSTAMP"))]
        found[str(event["uid"])] = "\n".join(kept)
    return found


def test_a_changed_event_has_a_higher_sequence(desk: Desk) -> None:
    address, stranger = _made(desk, "site:wuhan"), desk.visitor()
    before = stranger.get(address).content
    desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", time="10:00", go="save")
    after = stranger.get(address).content
    old, new = _sequences(before), _sequences(after)
    said, says = _bare(before), _bare(after)
    changed = {uid for uid in said.keys() & says.keys() if said[uid] != says[uid]}
    assert changed and all(new[uid] > old[uid] for uid in changed)
    risen = {uid for uid in old.keys() & new.keys() if new[uid] > old[uid]}
    others = old.keys() & new.keys() - risen
    assert others, "the events of everybody else keep their number"
    assert all(new[uid] == old[uid] for uid in others)
    last = desk.store.number
    desk.post("/sites", **_site_form(desk), go="save")
    assert desk.store.number > last
    third = _sequences(stranger.get(address).content)
    assert all(third[uid] > last for uid in third), "a closed day can move everybody's"


def _site_form(desk: Desk) -> dict[str, str]:
    row = next(row for row in desk.desk.shared if row.cells["site"] == "wuhan")
    cells = {f"c_{head}": text for head, text in row.cells.items()}
    closed = ", ".join(filter(None, (cells.get("c_closed", ""), "2026-11-11")))
    return {**cells, "c_closed": closed, "row": str(row.row), "version": str(row.version),
            "why_words": "closed"}  # fmt: skip


@on_sqlite
def test_khal_reads_a_feed_and_its_change(desk: Desk, tmp_path: Path) -> None:
    khal = outside.program("khal", "khal")
    (tmp_path / "store").mkdir()
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[study]]\npath = {tmp_path / 'store'}\n"
        f"[sqlite]\npath = {tmp_path / 'khal.db'}\n"
        "[locale]\nlocal_timezone = Asia/Shanghai\ndefault_timezone = Asia/Shanghai\n"
        "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\n"
        "datetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path),
                   "LC_ALL": "C.UTF-8"}  # fmt: skip
    address, feed = _made(desk, "participant:P-003"), tmp_path / "feed.ics"

    def run(*more: str) -> str:
        line = [khal, "-c", str(config), *more]
        found = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
        assert found.returncode == 0, found.stderr
        return found.stdout

    def on(day: str) -> str:
        feed.write_bytes(desk.visitor().get(address).content)
        run("import", "--batch", "-a", "study", str(feed))
        return run("list", "--format", "{start-time}{title}", "--day-format", "", day, "1d")

    fields = {"s": KEY, "p": "P-003", "n": "infusion", "go": "save"}
    desk.post("/step", **fields, day="2026-07-14", time="10:00")
    assert "10:00P-003 " in on("2026-07-14")
    desk.post("/step", **fields, day="2026-07-15", time="11:00")
    assert "11:00P-003 " in on("2026-07-15") and "10:00P-003 " not in on("2026-07-14")


@on_sqlite
def test_vdirsyncer_fetches_a_feed_and_its_change(desk: Desk, tmp_path: Path) -> None:
    """Fetched anew from the secret address, what moved has moved, and nothing is there twice.

    vdirsyncer takes no UID from an address: it names events by what they say.
    """
    vdirsyncer = outside.program("vdirsyncer", "vdirsyncer")
    files, config = tmp_path / "files", tmp_path / "config"
    files.mkdir()
    address = _made(desk, "site:wuhan")
    environment = {**os.environ, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}

    def run(verb: str) -> None:
        line = [vdirsyncer, "--config", str(config), verb]
        found = subprocess.run(
            line, env=environment, capture_output=True, text=True, timeout=120, input="y\n"
        )
        assert found.returncode == 0, found.stdout + found.stderr

    def kept() -> list[list[str]]:
        found = [_events(path.read_bytes()) for path in files.glob("*.ics")]
        assert all(len(events) == 1 for events in found), "one file an event"
        return sorted(said for events in found for _, *said in events)

    def told() -> list[list[str]]:
        return sorted(said for _, *said in _events(desk.visitor().get(address).content))

    with listening(desk) as host:
        config.write_text(
            f'[general]\nstatus_path = "{tmp_path / "status"}"\n'
            '[pair study]\na = "feed"\nb = "files"\ncollections = null\n'
            'conflict_resolution = "a wins"\n'
            f'[storage feed]\ntype = "http"\nurl = "{host}{address}"\n'
            f'[storage files]\ntype = "filesystem"\npath = "{files}"\nfileext = ".ics"\n'
        )
        fields = {"s": KEY, "p": "P-003", "n": "infusion", "go": "save"}
        desk.post("/step", **fields, day="2026-07-14", time="10:00")
        run("discover")
        run("sync")
        assert kept() == told() and "20260714T100000" in [at for _, at in kept()]
        desk.post("/step", **fields, day="2026-07-15", time="11:00")
        run("sync")
    assert kept() == told()
    times = [at for _, at in kept()]
    assert "20260715T110000" in times and "20260714T100000" not in times


@on_sqlite
def test_titles_are_neutral_unless_chosen_otherwise(desk: Desk) -> None:
    stranger = desk.visitor()
    plain = stranger.get(_made(desk, "participant:P-003")).content
    told = stranger.get(_made(desk, "participant:P-003", detailed="yes")).content
    assert b"orticosteroid" not in plain and b"orticosteroid" in told


def test_a_revoked_address_ends(desk: Desk) -> None:
    address, stranger = _made(desk, "site:wuhan"), desk.visitor()
    assert stranger.get(address).status_code == 200
    feed = desk.office.access.feeds(KEY)[0]
    assert desk.post("/feeds", s=KEY, digest=feed.digest, go="revoke").status_code == 303
    assert stranger.get(address).status_code == 404
    assert desk.post("/feeds", s=KEY, digest=feed.digest, go="revoke").status_code == 404
    told = [entry.what for entry in desk.store.latest(2)]
    assert told == ["feed_revoked", "feed_made"]


@on_sqlite
def test_guessed_and_foreign_addresses_tell_nothing(desk: Desk) -> None:
    for secret in ("x", "a" * 32, "..%2f..%2fetc", ""):
        assert desk.visitor().get(f"/feeds/{secret}.ics").status_code == 404
    assert desk.post("/feeds", s=KEY, what="site:nowhere", go="make").status_code == 404


def test_a_feed_of_somebody_who_is_gone_is_empty(desk: Desk) -> None:
    address = _made(desk, "participant:P-017")
    row = desk.store.rows(KEY, "participants", "P-017")[0]
    body = {"version": row.version, "reason": "entered twice"}
    assert desk.api.post(f"/api/rows/participants/{row.row}/void", json=body).status_code == 200
    found = desk.visitor().get(address)
    assert found.status_code == 200 and _events(found.content) == []


@on_sqlite
def test_ical_js_reads_a_feed(desk: Desk, root: Path, tmp_path: Path) -> None:
    modules = root / "tests" / "calendars" / "readers" / "node_modules" / "ical.js"
    if not modules.is_dir():
        pytest.skip("ical.js is not here; npm install in tests/calendars/readers")
    feed = tmp_path / "feed.ics"
    feed.write_bytes(desk.visitor().get(_made(desk, "site:wuhan")).content)
    script = (
        "import ICAL from 'ical.js'; import {readFileSync} from 'node:fs';"
        "const c = new ICAL.Component(ICAL.parse(readFileSync(process.argv[1], 'utf8')));"
        "console.log(c.getAllSubcomponents('vevent').length);"
    )
    line = ["node", "--input-type=module", "-e", script, str(feed)]
    found = subprocess.run(line, capture_output=True, text=True, cwd=modules.parents[1], check=True)
    assert int(found.stdout) == len(_events(feed.read_bytes()))
