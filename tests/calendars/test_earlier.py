"""Calendars that lie in the folder are not trusted: heads and events of anybody are C410."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from scheduler.calendars.errors import CalendarError
from scheduler.calendars.export import write_calendars
from scheduler.calendars.files import Owner, owner_of, read_earlier
from scheduler.calendars.publishing import publish
from tests.calendars.fake import EVERYTHING, FakePlan, row

PLAN = FakePlan(
    rows=(
        row(node="month_1", days="2026-04-07"),
        row(node="infusion", days="2026-03-10", time="10:00"),
    )
)
MOVED = FakePlan(rows=(row(node="month_1", days="2026-04-09"),))
IDENTITY = b"X-WASHOUT-CALENDAR:"

HEADS = (
    b"1", b"true", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"", b"[]", b"[1\\,2\\,3]",
    b'"abc"', b'{"a": 1\\, "b": 2\\, "c": 3}', b'["participant"\\, "x"]',
    b'["participant"\\, "DEMO"\\, 1]', b'["participant"\\, null\\, "P-001"]',
    b'["other"\\, "DEMO"\\, "P-001"]', b'[["participant"]\\, "DEMO"\\, "P-001"]',
    b'["participant"\\, "DEMO"\\, "\\\\ud800"]', b"\xff\xfe", b"9" * 5000, b"NaN",
)  # fmt: skip


def signed(raw: bytes) -> bytes:
    """The bytes with the digest that goes with them: anybody can work it out."""
    lines = [line for line in raw.split(b"\r\n") if not line.startswith(b"X-WASHOUT-DIGEST:")]
    rest = b"\r\n".join(lines)
    at = rest.index(b"BEGIN:V", 20) if b"BEGIN:V" in rest[20:] else rest.index(b"END:VCALENDAR")
    mark = sha256(rest).hexdigest()[:32].encode()
    return rest[:at] + b"X-WASHOUT-DIGEST:" + mark + b"\r\n" + rest[at:]


def _calendar(folder: Path) -> Path:
    write_calendars(PLAN, folder, EVERYTHING)
    return folder / "calendars" / "P-001.ics"


def _with_head(raw: bytes, value: bytes) -> bytes:
    begin = raw.index(IDENTITY)
    end = begin
    while raw[end : end + 2] != b"\r\n" or raw[end + 2 : end + 3] == b" ":
        end += 1
    return raw[:begin] + IDENTITY + value + raw[end:]


@pytest.mark.parametrize("value", HEADS, ids=range(len(HEADS)))
def test_a_head_that_names_nobody(tmp_path: Path, value: bytes) -> None:
    path = _calendar(tmp_path)
    path.write_bytes(signed(_with_head(path.read_bytes(), value)))
    before = path.read_bytes()
    with pytest.raises(CalendarError, match=r"^C410 .*P-001\.ics: is not a calendar"):
        write_calendars(MOVED, tmp_path, EVERYTHING)
    assert path.read_bytes() == before
    publish_folder = tmp_path / "calendars" / "aside.ics"
    path.rename(publish_folder)
    write_calendars(MOVED, tmp_path, EVERYTHING)  # one of a name that nobody has is left alone
    assert publish_folder.read_bytes() == before


def test_the_helper_signs_as_the_export_does(tmp_path: Path) -> None:
    path = _calendar(tmp_path)
    assert signed(path.read_bytes()) == path.read_bytes()


EVENTS = (
    (b"SEQUENCE:0", b"SEQUENCE:" + b"9" * 5000), (b"SEQUENCE:0", b"SEQUENCE:x"),
    (b"DTSTART;VALUE=DATE:20260407", b"DTSTART;VALUE=DATE:20261345"),
    (b"DTSTART;VALUE=DATE:20260407", b"DTSTART;VALUE=DATE:00010101"),
    (b"DTSTART;VALUE=DATE:20260407", b"DTSTART;VALUE=DATE:99991231"),
    (b"DTSTART;VALUE=DATE:20260407", b"DTSTART;VALUE=DATE:T"),
    (b"DTEND;VALUE=DATE:20260408", b"DTEND;VALUE=DATE:00010101"),
    (b"DTEND;VALUE=DATE:20260408", b"DTEND;VALUE=DATE:99999999"),
    (b"DTSTAMP:20260202", b"DTSTAMP:20269902"), (b"TZID=Asia/Shanghai:2", b"TZID=../../etc:2"),
    (b"TZID=Asia/Shanghai:2", b"TZID=No/Where:2"), (b"UID:", b"UID:not-one-"),
    (b"SUMMARY:", b"SUMMARIES:"), (b"SUMMARY:", b"SUMMARY:\xff"), (b"STATUS:", b"STATE:"),
    (b"DESCRIPTION:", b"DESCRIBED:"),
)  # fmt: skip


@pytest.mark.parametrize(("old", "new"), EVENTS, ids=range(len(EVENTS)))
def test_an_event_that_washout_did_not_write(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = _calendar(tmp_path)
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(signed(raw.replace(old, new)))
    before = path.read_bytes()
    with pytest.raises(CalendarError, match=r"^C410 "):
        write_calendars(MOVED, tmp_path, EVERYTHING)
    assert path.read_bytes() == before
    with pytest.raises(CalendarError, match=r"^C4[12]"):
        publish(tmp_path, "http://127.0.0.1:1/", "", "")


def test_many_beginnings_without_an_end_are_read_once(tmp_path: Path) -> None:
    path = _calendar(tmp_path)
    raw = path.read_bytes().replace(b"END:VEVENT", b"END:X")
    path.write_bytes(signed(raw + b"BEGIN:VEVENT\r\n" * 300_000))
    earlier = read_earlier(path, owner_of(path.read_bytes()) or Owner("", "", ""))
    assert earlier is not None and earlier.blocks == {}
