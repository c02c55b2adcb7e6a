"""Servers that are broken, odd or hostile: one bad item is reported, and nothing is believed."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from scheduler.calendars.bounded import Limits
from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.calendars.publishing import publish
from tests.calendars.fake import EVERYTHING, FakePlan, row
from tests.calendars.fake_server import (
    CREATED,
    MULTISTATUS,
    FakeServer,
    Say,
    answered,
    drips,
    listing,
    serving,
)

ONE = FakePlan(rows=(row(node="month_1", days="2026-04-07"),))
EMPTY = answered(listing())


def _exported(folder: Path, day: str = "2026-04-09") -> str:
    """An export whose one event has moved; the calendar as it was before."""
    write_calendars(ONE, folder, EVERYTHING)
    old = (folder / "calendars" / "P-001.ics").read_text(encoding="utf-8")
    write_calendars(replace(ONE, rows=(row(node="month_1", days=day),)), folder)
    return old


def _puts(server: FakeServer) -> list[bytes]:
    return [request for request in server.asked if request.startswith(b"PUT")]


# ---- Answers that are none -----------------------------------------------------------------------

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ) + ']><multistatus xmlns="DAV:">&i;</multistatus>'
)  # fmt: skip
NO_ANSWERS = (
    b"", b"<", b"<html>", b"\x00" * 100, b"<a>" * 200_000, b"<a" + b' b="c"' * 3,
    b'<?xml version="1.0" encoding="klingon"?><multistatus xmlns="DAV:"/>',
    b'<?xml version="1.0" encoding="utf-7"?><multistatus xmlns="DAV:"/>',
    b'<?xml version="1.0" encoding="shift_jis"?><multistatus xmlns="DAV:"/>',
    b'<?xml version="1.0" encoding="idna"?><multistatus xmlns="DAV:"/>',
    b'<?xml version="1.0" encoding="rot13"?><multistatus xmlns="DAV:"/>',
    b'<multistatus xmlns="DAV:">\xff\xfe</multistatus>', b'<x:multistatus/>',
    BOMB.encode(), BOMB.encode("utf-16"), BOMB.encode("utf-16-be"),
    b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><multistatus xmlns="DAV:"/>',
    b'<multistatus xmlns="DAV:">&nbsp;</multistatus>',
)  # fmt: skip


@pytest.mark.parametrize("body", NO_ANSWERS, ids=range(len(NO_ANSWERS)))
def test_what_is_no_xml_is_refused(tmp_path: Path, body: bytes) -> None:
    write_calendars(ONE, tmp_path, EVERYTHING)
    with serving(answered(body)) as server, pytest.raises(CalendarError, match=r"^C425 .*: no|XML"):
        publish(tmp_path, server.url)
    assert not _puts(server)


def test_answers_in_other_encodings_are_read(tmp_path: Path) -> None:
    old = _exported(tmp_path)
    for encoding in ("utf-16", "iso-8859-1", "us-ascii"):
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        body = head + listing(("/cal/x.ics", '"1"', old)).decode()
        with serving(answered(body.encode(encoding)), CREATED) as server:
            assert publish(tmp_path, server.url).updated == 1
        assert b'If-Match: "1"' in _puts(server)[0]


HEADS = (
    b"", b"\r\n\r\n", b"SSH-2.0\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 99999 x\r\n\r\n",
    b"HTTP/1.1 207 x\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 207 " + b"x" * 70_000,
    b"HTTP/1.1 207 x\r\nContent-Length: 10\r\n\r\nabc",
    b"HTTP/1.1 207 x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 207 x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
)  # fmt: skip


@pytest.mark.parametrize("head", HEADS, ids=range(len(HEADS)))
def test_what_is_no_http_is_refused(tmp_path: Path, head: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(head)

    write_calendars(ONE, tmp_path, EVERYTHING)
    with serving(say) as server, pytest.raises(CalendarError, match=r"^C42[35] "):
        publish(tmp_path, server.url)


# ---- Time and size -------------------------------------------------------------------------------

FEW = Limits(silence=0.5, seconds=0.6, size=1 << 20)


@pytest.mark.parametrize(
    "say",
    [drips(b"", b"", 0.05), drips(b"HTTP/1.1 207 x\r\n", b"a: b\r\n", 0.05),
     drips(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
     drips(MULTISTATUS + b"Content-Length: 9999\r\n\r\n<a>", b"x", 0.05),
     drips(MULTISTATUS + b"\r\n<a>", b"x", 0.05),
     drips(MULTISTATUS + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n", b"1\r\nx\r\n", 0.05)],
    ids=["silent", "headers", "continue", "length", "open end", "chunks"],
)  # fmt: skip
def test_an_answer_that_drips_ends(tmp_path: Path, say: Say) -> None:
    write_calendars(ONE, tmp_path, EVERYTHING)
    begun = time.monotonic()
    with serving(say) as server, pytest.raises(CalendarError, match=r"^C423 .*no answer: "):
        publish(tmp_path, server.url, limits=FEW)
    assert time.monotonic() - begun < 20  # without an end it would be hours


def _floods(begin: bytes, piece: bytes) -> Say:
    def say(connection: socket.socket) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(piece)

    return say


@pytest.mark.parametrize(
    "answer",
    [MULTISTATUS + b"Content-Length: 3221225472\r\n\r\n<a>",
     _floods(MULTISTATUS + b"\r\n<a>", b"x" * 65536),
     _floods(MULTISTATUS + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"<a/>" * 16384 + b"\r\n"),
     _floods(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)],
    ids=["claimed", "open end", "chunks", "continue"],
)  # fmt: skip
def test_an_answer_that_is_too_large_is_not_read(tmp_path: Path, answer: bytes | Say) -> None:
    write_calendars(ONE, tmp_path, EVERYTHING)
    limits = Limits(silence=10, seconds=30, size=1 << 20)
    with serving(answer) as server, pytest.raises(CalendarError, match=r"^C42[35] "):
        publish(tmp_path, server.url, limits=limits)


def test_the_limits_that_hold_without_a_word(tmp_path: Path) -> None:
    usual = Limits()
    assert (usual.silence, usual.seconds, usual.size) == (30, 300, 64 << 20)
    write_calendars(ONE, tmp_path, EVERYTHING)
    large = MULTISTATUS + b"Content-Length: %d\r\n\r\n" % (usual.size + 1)
    with serving(large) as server, pytest.raises(CalendarError, match=r"C423 .*more than 64 MiB"):
        publish(tmp_path, server.url)


# ---- Single items --------------------------------------------------------------------------------

HREFS = (
    ("http://[x/y.ics", "no usable address"), ("http://h:port/y.ics", "no usable address"),
    ("/cal/a%00b.ics", "no usable address"), ("/cal/a%0d%0aHost: x.ics", "no usable address"),
    ("http://elsewhere.example/cal/y.ics", "on another host"),
    ("https://127.0.0.1/cal/y.ics", "on another host"), ("//elsewhere/cal/y.ics", "another host"),
    ("../other/y.ics", "outside of this calendar"), ("/cal/../other/y.ics", "outside"),
    ("/cal/%2e%2e/other/y.ics", "outside"), ("/other/y.ics", "outside"), ("/cal", "outside"),
    ("/cal/..", "outside"), ("", "outside"),
)  # fmt: skip


@pytest.mark.parametrize(("href", "why"), HREFS)
def test_an_address_that_cannot_be_asked_for(tmp_path: Path, href: str, why: str) -> None:
    old = _exported(tmp_path)
    with serving(answered(listing((href, '"1"', old))), CREATED) as server:
        if not href:  # an item without any address is none
            assert publish(tmp_path, server.url).created == 1
            return
        result = publish(tmp_path, server.url)
    assert (result.updated, result.created, len(result.conflicts)) == (0, 0, 1)
    assert why in result.conflicts[0].reason
    assert not _puts(server)


@pytest.mark.parametrize(
    ("href", "asked"),
    [("x.ics", b"/cal/x.ics"), ("/cal/a b.ics", b"/cal/a%20b.ics"),
     ("/cal/ü☃.ics", b"/cal/%C3%BC%E2%98%83.ics"), ("/cal/a%20b.ics", b"/cal/a%20b.ics"),
     ("/c%61l/x.ics", b"/c%61l/x.ics"), ("/cal/./x.ics", b"/cal/x.ics"),
     ("/cal/%zz.ics", b"/cal/%zz.ics"), ("/cal/a'b(1).ics", b"/cal/a'b(1).ics")],
)  # fmt: skip
def test_addresses_of_good_servers_are_asked_for(tmp_path: Path, href: str, asked: bytes) -> None:
    old = _exported(tmp_path)
    with serving(answered(listing((href, '"1"', old))), CREATED) as server:
        assert publish(tmp_path, server.url).updated == 1
    assert _puts(server)[0].startswith(b"PUT " + asked + b" HTTP/1.1\r\n")


def test_the_same_host_written_out(tmp_path: Path) -> None:
    old = _exported(tmp_path)
    with serving(EMPTY, CREATED) as server:
        href = server.url.replace("http://", "HTTP://") + "x.ics"
        server.answers = (answered(listing((href, '"1"', old))), CREATED)
        assert publish(tmp_path, server.url).updated == 1


@pytest.mark.parametrize(
    ("etag", "told"),
    [('"a\r\nX-Evil: 1"', "ETag"), ('"a\nb"', "ETag"), ("\u201c7\u201d", "ETag"), ('"7\u2013"', "ETag"),
     ("*", "ETag"), ("\x7f", "ETag"), ("", "no ETag")],
)  # fmt: skip
def test_an_etag_that_cannot_be_sent_back(tmp_path: Path, etag: str, told: str) -> None:
    old = _exported(tmp_path)
    with serving(answered(listing(("/cal/x.ics", etag, old))), CREATED) as server:
        result = publish(tmp_path, server.url)
    assert told in result.conflicts[0].reason and "\r" not in str(result.lines())
    assert not _puts(server)


@pytest.mark.parametrize("etag", ['"7"', 'W/"7"', "7", '"\xe9-7"', '"a b"'])
def test_an_etag_that_can(tmp_path: Path, etag: str) -> None:
    old = _exported(tmp_path)
    with serving(answered(listing(("/cal/x.ics", etag, old))), CREATED) as server:
        assert publish(tmp_path, server.url).updated == 1
    assert b"If-Match: " + etag.encode("latin-1") + b"\r\n" in _puts(server)[0]


@pytest.mark.parametrize(
    "change",
    [("DTEND;VALUE=DATE:20260408", "DTEND;VALUE=DATE:00010101"),
     ("DTSTART;VALUE=DATE:20260407", "DTSTART;VALUE=DATE:00010101"),
     ("DTSTART;VALUE=DATE:20260407", "DTSTART;VALUE=DATE:99999999"),
     ("DTSTART;VALUE=DATE:20260407", "DTSTART;TZID=x:1"), ("STATUS:", "STATE:")],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_one_that_was_edited(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    old = _exported(tmp_path)
    assert change[0] in old
    with serving(answered(listing(("/cal/x.ics", '"1"', old.replace(*change)))), CREATED) as server:
        result = publish(tmp_path, server.url)
    assert "someone changed it on the server" in result.conflicts[0].reason


def test_one_bad_item_does_not_stop_the_rest(tmp_path: Path) -> None:
    rows = tuple(row(node=f"visit#{i}", days=f"2026-04-{i:02d}") for i in range(1, 6))
    write_calendars(replace(ONE, rows=rows), tmp_path, EVERYTHING)
    odd = [
        ("http://[x", "x", "BEGIN:VEVENT\r\nUID"),
        ("/cal/y.ics", "\r\n", "\x85"),
        ("../z", "", "?"),
    ]
    refused = b"HTTP/1.1 415 No\r\nContent-Length: 12\r\n\r\nno\x1b[31m this\x07"
    with serving(answered(listing(*odd)), CREATED, refused, CREATED) as server:
        result = publish(tmp_path, server.url)
    assert (result.created, len(result.conflicts)) == (4, 1)
    assert result.conflicts[0].reason == "refused with HTTP 415: no\\u001b[31m this"


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 500 \x1b]0;x\x07\r\nContent-Length: 7\r\n\r\na\x1b[2Jb\x00",
     b"HTTP/1.1 302 x\r\nLocation: https://x/\x1b[2J\r\nContent-Length: 0\r\n\r\n",
     b"\x1b[2J\x07 200 hello\r\n\r\n"],
    ids=["body", "location", "status line"],
)  # fmt: skip
def test_no_control_byte_of_a_server_reaches_the_terminal(tmp_path: Path, answer: bytes) -> None:
    write_calendars(ONE, tmp_path, EVERYTHING)
    with serving(EMPTY, answer) as server, pytest.raises(CalendarError) as caught:
        publish(tmp_path, server.url)
    told = str(caught.value)
    assert not [c for c in told if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160], told
