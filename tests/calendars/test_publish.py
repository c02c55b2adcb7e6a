"""Pushing to a real CalDAV server (Radicale), read back through the caldav package."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.calendars.publishing import PublishResult, publish
from scheduler.errors import NotFound
from tests.calendars import outside
from tests.calendars.fake import EVERYTHING, FakePlan, full_plan, row

USER, PASSWORD = "coordinator", "sécret:x"


@dataclass(frozen=True)
class Radicale:
    root: str

    @property
    def url(self) -> str:
        return f"{self.root}/{USER}/study/"

    def push(self, folder: Path) -> PublishResult:
        return publish(folder, self.url, USER, PASSWORD)

    def calendar(self) -> Any:
        caldav = outside.package("caldav")
        client = caldav.DAVClient(url=self.root, username=USER, password=PASSWORD)
        return client.calendar(url=self.url)

    def events(self) -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = [event.icalendar_component for event in self.calendar().events()]
        return {str(event["SUMMARY"]): event for event in found}

    def change(self, summary: str, **values: str) -> None:
        """Edit an event as a coordinator's program does."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for event in self.calendar().events():
                component = event.icalendar_component
                if str(component["SUMMARY"]) == summary:
                    for name, value in values.items():
                        component[name] = value
                    event.save(increase_seqno=False)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Radicale]:
    outside.package("radicale")
    outside.package("caldav")
    folder = tmp_path / "radicale"
    folder.mkdir()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
    port = _free_port()
    command = [
        sys.executable, "-m", "radicale", "--config", "",
        "--server-hosts", f"127.0.0.1:{port}",
        "--storage-filesystem-folder", str(folder / "store"),
        "--auth-type", "htpasswd", "--auth-htpasswd-filename", str(folder / "users"),
        "--auth-htpasswd-encryption", "plain", "--auth-delay", "0", "--logging-level", "error",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            _wait(port)
            found = Radicale(f"http://127.0.0.1:{port}")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                caldav = outside.package("caldav")
                client = caldav.DAVClient(url=found.root, username=USER, password=PASSWORD)
                client.mkcalendar(found.url)
            yield found
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=1)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Radicale does not answer")


def _counts(result: PublishResult) -> tuple[int, int, int, int]:
    return result.created, result.updated, result.unchanged, len(result.conflicts)


PLAN = FakePlan(
    rows=(
        row(node="month_1", days="2026-04-07"),
        row(node="infusion", days="2026-03-10", time="10:00"),
        row(kind="window", node="month_1", first="2026-04-04", last="2026-04-10", status="booked"),
    )
)


def _moved(day: str) -> FakePlan:
    return replace(PLAN, rows=(row(node="month_1", days=day), *PLAN.rows[1:]))


def test_a_push_and_a_second_push(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(full_plan(), tmp_path, EVERYTHING)
    first = radicale.push(tmp_path)
    # nine of P-001 and one of P-002, each once though sites hold them too
    assert _counts(first) == (10, 0, 0, 0)
    assert _counts(radicale.push(tmp_path)) == (0, 0, 10, 0)
    assert _counts(radicale.push(tmp_path / "calendars")) == (0, 0, 10, 0)
    events = radicale.events()
    assert len(events) == 10
    window = events["P-001 Cell infusion window"]
    assert (window["DTSTART"].dt, window["DTEND"].dt) == (date(2026, 3, 2), date(2026, 3, 21))
    infusion = events["P-001 Cell infusion"]["DTSTART"].dt
    assert infusion.timestamp() == datetime.fromisoformat("2026-03-10T02:00+00:00").timestamp()


def test_the_next_export_updates_in_place(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    radicale.push(tmp_path)
    write_calendars(_moved("2026-04-09"), tmp_path, EVERYTHING)
    assert _counts(radicale.push(tmp_path)) == (0, 1, 2, 0)
    event = radicale.events()["P-001 Month 1 follow-up"]
    assert (event["DTSTART"].dt, event["SEQUENCE"]) == (date(2026, 4, 9), 1)
    write_calendars(replace(PLAN, rows=PLAN.rows[1:]), tmp_path, EVERYTHING)
    assert _counts(radicale.push(tmp_path)) == (0, 1, 2, 0)
    grave = radicale.events()["CANCELLED: P-001 Month 1 follow-up"]
    assert (grave["STATUS"], grave["SEQUENCE"]) == ("CANCELLED", 2)
    assert _counts(radicale.push(tmp_path)) == (0, 0, 3, 0)


def test_an_edit_on_the_server_is_reported_and_kept(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    radicale.push(tmp_path)
    radicale.change("P-001 Month 1 follow-up", DESCRIPTION="call first")
    write_calendars(_moved("2026-04-09"), tmp_path, EVERYTHING)
    result = radicale.push(tmp_path)
    assert _counts(result) == (0, 0, 2, 1)
    assert not result.ok
    assert result.lines()[1].startswith(
        "  not sent: P-001 Month 1 follow-up: someone changed it on the server"
    )
    kept = radicale.events()["P-001 Month 1 follow-up"]
    assert (kept["DESCRIPTION"], kept["DTSTART"].dt) == ("call first", date(2026, 4, 7))


def test_a_newer_version_on_the_server_is_kept(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path / "a", EVERYTHING)
    write_calendars(PLAN, tmp_path / "b", EVERYTHING)
    write_calendars(_moved("2026-04-09"), tmp_path / "b", EVERYTHING)
    radicale.push(tmp_path / "b")
    result = radicale.push(tmp_path / "a")
    assert _counts(result) == (0, 0, 2, 1)
    assert "the server holds version 1, newer than 0 here" in result.lines()[1]
    write_calendars(_moved("2026-04-08"), tmp_path / "a", EVERYTHING)
    assert "another version 1, from another export" in radicale.push(tmp_path / "a").lines()[1]


def test_nothing_is_cancelled_that_was_never_there(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    write_calendars(replace(PLAN, rows=PLAN.rows[1:]), tmp_path, EVERYTHING)
    assert _counts(radicale.push(tmp_path)) == (2, 0, 1, 0)


def test_events_of_others_on_the_server_stay(radicale: Radicale, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        radicale.calendar().save_event(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:mine\r\n"
            "DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T100000Z\r\nSUMMARY:Mine\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    write_calendars(PLAN, tmp_path, EVERYTHING)
    assert _counts(radicale.push(tmp_path)) == (3, 0, 0, 0)
    assert "Mine" in radicale.events()


def test_a_wrong_password_and_a_missing_calendar(radicale: Radicale, tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    with pytest.raises(CalendarError, match=r"^C424 .*not let in \(HTTP 401\)"):
        publish(tmp_path, radicale.url, USER, "wrong")
    with pytest.raises(CalendarError, match=r"^C42[45] "):
        publish(tmp_path, radicale.root + f"/{USER}/nothing/", USER, PASSWORD)
    assert radicale.events() == {}


def test_no_server_and_impossible_addresses(tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    port = _free_port()
    with pytest.raises(CalendarError, match=r"^C423 http://127\.0\.0\.1:\d+/cal/: no answer"):
        publish(tmp_path, f"http://127.0.0.1:{port}/cal", USER, PASSWORD)
    for url, code in (
        ("ftp://example.org/x", "C420"), ("calendar", "C420"), ("https://", "C420"),
        ("https://me:secret@example.org/cal", "C421"), ("http://example.org/cal", "C422"),
        ("https://example.org:port/", "C420"), ("https://[x/", "C420"),
        ("https://user:secret@[x/", "C420"),
    ):  # fmt: skip
        with pytest.raises(CalendarError, match=f"^{code} ") as caught:
            publish(tmp_path, url, USER, PASSWORD)
        assert "secret" not in str(caught.value)
        assert PASSWORD not in str(caught.value)


def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    write_calendars(PLAN, tmp_path, EVERYTHING)
    with pytest.raises(CalendarError, match=r"^C423 https://calendar\.invalid/cal/: no answer"):
        publish(tmp_path, "https://calendar.invalid/cal", USER, PASSWORD)


def test_a_folder_without_an_export(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no exported calendars"):
        publish(tmp_path, "https://calendar.invalid/cal", USER, PASSWORD)


class _Odd(BaseHTTPRequestHandler):
    """Answers as the test says; remembers what it was asked."""

    answers: tuple[tuple[int, dict[str, str], bytes], ...] = ()
    asked: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, headers, body = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append((self.command, dict(self.headers)))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_REPORT = do_PUT = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[tuple[type[_Odd], str]]:
    class Handler(_Odd):
        asked: list[tuple[str, dict[str, str]]] = []  # noqa: RUF012

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Handler, f"http://127.0.0.1:{server.server_address[1]}/cal"
        finally:
            server.shutdown()
            thread.join()


EMPTY = b'<?xml version="1.0"?><multistatus xmlns="DAV:"/>'


def test_answers_that_are_no_calendar(odd: tuple[type[_Odd], str], tmp_path: Path) -> None:
    handler, url = odd
    write_calendars(PLAN, tmp_path, EVERYTHING)
    for answer, said in (
        ((404, {}, b""), r"no CalDAV calendar answers there \(HTTP 404\)"),
        ((200, {}, b"<html>"), r"HTTP 200"),
        ((207, {}, b"<html>"), "the answer is no CalDAV answer"),
        ((207, {}, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"), "the answer is no CalDAV answer"),
        (
            (301, {"Location": "https://example.org/dav/"}, b""),
            "has moved to https://example.org/dav/",
        ),
    ):
        handler.answers = (answer,)
        with pytest.raises(CalendarError, match=f"^C425 .*{said}"):
            publish(tmp_path, url, USER, PASSWORD)
    assert {method for method, _ in handler.asked} == {"REPORT"}


def test_new_events_are_stored_only_where_nothing_is(
    odd: tuple[type[_Odd], str], tmp_path: Path
) -> None:
    handler, url = odd
    write_calendars(PLAN, tmp_path, EVERYTHING)
    handler.answers = ((207, {}, EMPTY), (412, {}, b""), (201, {}, b""), (507, {}, b"full"))
    with pytest.raises(CalendarError, match=r"(?s)^C426 .*HTTP 507: full.*2 of 3 events"):
        publish(tmp_path, url, USER, PASSWORD)
    puts = [headers for method, headers in handler.asked if method == "PUT"]
    assert [headers["If-None-Match"] for headers in puts] == ["*"] * 3
    assert not [headers for headers in puts if "If-Match" in headers]


def test_a_change_between_looking_and_sending_is_not_overwritten(
    odd: tuple[type[_Odd], str], tmp_path: Path
) -> None:
    handler, url = odd
    only = replace(PLAN, rows=PLAN.rows[:1])
    write_calendars(only, tmp_path, EVERYTHING)
    old = (tmp_path / "calendars" / "P-001.ics").read_text().replace("&", "&amp;")
    listing = (
        '<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response>'
        "<href>/cal/x.ics</href><propstat><prop><getetag>{}</getetag>"
        f"<C:calendar-data>{old}</C:calendar-data></prop></propstat></response></multistatus>"
    )
    write_calendars(replace(only, rows=(row(node="month_1", days="2026-04-09"),)), tmp_path)
    handler.answers = ((207, {}, listing.format('"7"').encode()), (412, {}, b""))
    result = publish(tmp_path, url, USER, PASSWORD)
    assert "it was changed just now" in result.lines()[1]
    assert handler.asked[-1][1]["If-Match"] == '"7"'
    handler.asked.clear()
    handler.answers = ((207, {}, listing.format("").encode()),)
    assert "no ETag" in publish(tmp_path, url, USER, PASSWORD).lines()[1]
    assert [method for method, _ in handler.asked] == ["REPORT"]
