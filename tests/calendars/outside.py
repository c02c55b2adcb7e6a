"""Calendar readers that others wrote, each as one function from a file to what it understood.

A reader that is not on this machine skips the test and says what to install.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NO_ORGANIZER = (
    "ERROR VEVENT: Failed iTIP restrictions for ORGANIZER property. "
    "Expected 1 instances of the property and got 0"
)
READERS = Path(__file__).parent / "readers"
_SEARCHED = (READERS, Path(os.environ.get("WASHOUT_NODE", READERS)))


@dataclass(frozen=True)
class Seen:
    """One event as a reader understood it; a day is YYYYMMDD, an instant seconds since 1970."""

    uid: str
    start: str | int
    end: str | None  # the day after the last one; None for a timed event
    status: str
    summary: str
    description: str | None = None
    sequence: int | None = None


def package(name: str) -> ModuleType:
    """A Python package that only these tests need."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what others' packages warn of is theirs
            return importlib.import_module(name)
    except ImportError:
        pytest.skip(f"the Python package {name} is not installed (test extra)")


def program(name: str, debian: str) -> str:
    """The path of a program that only these tests need."""
    path = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if path is None:
        pytest.skip(f"the program {name} is not installed (Debian: {debian})")
    return path


def _show(value: date | datetime) -> str | int:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value.strftime("%Y%m%d")


def _end(start: str | int, end: date | None) -> str | None:
    return None if isinstance(start, int) or end is None else end.strftime("%Y%m%d")


def with_icalendar(path: Path) -> list[Seen]:
    icalendar = package("icalendar")
    found = []
    for event in icalendar.Calendar.from_ical(path.read_bytes()).events:
        assert not event.errors
        start = _show(event.start)
        found.append(
            Seen(
                str(event["UID"]),
                start,
                _end(start, event.end),
                str(event["STATUS"]),
                str(event["SUMMARY"]),
                str(event["DESCRIPTION"]),
                int(event["SEQUENCE"]),
            )
        )
    return found


class _UnknownZoneError(Exception):
    pass


def _no_zone(name: str) -> None:
    raise _UnknownZoneError(name)


def _file_alone(vobject: ModuleType, patch: pytest.MonkeyPatch) -> None:
    """Make vobject read the file's VTIMEZONE: it prefers pytz, which ends in 2037, and the first
    definition of a name that it met in the whole process."""
    pytz = ModuleType("pytz")
    pytz.timezone, pytz.UnknownTimeZoneError = _no_zone, _UnknownZoneError  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "pytz", pytz)
    patch.setattr(vobject.icalendar.logging, "error", lambda message: None)
    known = vars(vobject.icalendar)["__tzidMap"]
    for name in set(known) - {"UTC"}:
        del known[name]


def with_vobject(path: Path) -> list[Seen]:
    vobject = package("vobject")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        _file_alone(vobject, patch)
        root = vobject.readOne(path.read_bytes().decode())
        root.validate()
        return [_of_vobject(event) for event in root.contents.get("vevent", [])]


def _of_vobject(event: Any) -> Seen:
    start = _show(event.dtstart.value)
    assert isinstance(start, str) or event.dtstart.value.tzinfo is not None
    end = event.dtend.value if "dtend" in event.contents else None
    return Seen(
        event.uid.value,
        start,
        _end(start, end),
        event.status.value,
        event.summary.value,
        event.description.value,
        int(event.sequence.value),
    )


def with_ics(path: Path) -> list[Seen]:
    ics = package("ics")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        events = ics.Calendar(path.read_bytes().decode()).events
    return [_of_ics(event) for event in events]


def _of_ics(event: Any) -> Seen:
    begin = event.begin
    start: str | int = begin.format("YYYYMMDD") if event.all_day else begin.int_timestamp
    # ics shows the last day of an all-day event, included, as its end at midnight
    end = (event.end - timedelta(seconds=1)).date() + timedelta(days=1)
    return Seen(event.uid, start, _end(start, end), event.status, event.name, event.description)


def with_ical(path: Path) -> list[Seen]:
    stream = package("ical.calendar_stream")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        calendar = stream.IcsCalendarStream.calendar_from_ics(path.read_bytes().decode())
    found = []
    for event in calendar.events:
        start = _show(event.dtstart)
        found.append(
            Seen(
                event.uid,
                start,
                _end(start, event.dtend),
                event.status.value,
                event.summary,
                event.description,
                event.sequence,
            )
        )
    return found


def _node(reader: str, path: Path) -> list[Seen]:
    node = program("node", "nodejs")
    folder = next((f for f in _SEARCHED if (f / "node_modules" / reader).is_dir()), None)
    if folder is None:
        pytest.skip(f"{reader} is not installed (npm install --prefix {READERS.name} in {READERS})")
    command = [node, str(READERS / "read.cjs"), str(folder), reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return [Seen(**event) for event in json.loads(done.stdout)]


def with_ical_js(path: Path) -> list[Seen]:
    return _node("ical.js", path)


def with_node_ical(path: Path) -> list[Seen]:
    return _node("node-ical", path)


@cache
def _libical() -> str | None:
    compiler = shutil.which("cc")
    if compiler is None or shutil.which("pkg-config") is None:
        return None
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libical"], capture_output=True, text=True, check=False
    )
    if flags.returncode:
        return None
    built = str(Path(tempfile.mkdtemp(prefix="washout-libical-")) / "libical-read")
    subprocess.run(
        [compiler, str(READERS / "libical.c"), "-o", built, *flags.stdout.split()], check=True
    )
    return built


def with_libical(path: Path) -> list[Seen]:
    """Also libical's check of the restrictions: any objection fails."""
    built = _libical()
    if built is None:
        pytest.skip("libical cannot be used (Debian: libical-dev, pkg-config, gcc)")
    done = subprocess.run(
        [built], input=path.read_bytes(), capture_output=True, check=False, timeout=120
    )
    # RFC 5546 asks for an ORGANIZER with METHOD:PUBLISH. Ours have none on purpose: a program that
    # sees one takes the event for an invitation and writes to that address. All else must pass.
    lines = [line for line in done.stdout.decode().splitlines() if line != NO_ORGANIZER]
    assert not [line for line in lines if "ERROR" in line], lines[:5]
    found = []
    for line in lines:
        uid, start, end, sequence, status, summary = line.split("\t", 5)
        value: str | int = start if end else int(start)
        found.append(Seen(uid, value, end or None, status, summary, None, int(sequence)))
    return found


ALL: dict[str, Callable[[Path], Iterable[Seen]]] = {
    "icalendar": with_icalendar,
    "vobject": with_vobject,
    "ics": with_ics,
    "ical": with_ical,
    "ical.js": with_ical_js,
    "node-ical": with_node_ical,
    "libical": with_libical,
}
