"""The part of a protocol that every outside format leaves open: the study's dates and time zone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from scheduler.days import FIRST_YEAR, LAST_YEAR
from scheduler.protocol.scalars import zone_names
from scheduler.sources.findings import FindingList, ImportRefused, quoted
from scheduler.yaml_text.writing import Plain


@dataclass(frozen=True)
class Options:
    """What the caller tells of the study's dates and time zone; None where nothing is told."""

    opens: date | str | None = None
    closes: date | str | None = None
    timezone: str | None = None
    as_of: date | str | None = None


def study_part(
    options: Options, file_dates: Iterable[date], findings: FindingList, code: str
) -> tuple[str, dict[str, Plain]]:
    """The protocol's time zone and its `study` section, placeholders marked and reported.

    Opens: the option, else the file's earliest date, else the first of `as_of`'s year.
    Closes: the option, else ten years after opening. Time zone: the option, else UTC.
    Raises: ImportRefused for options that are no dates, no time zone, or in the wrong order,
    and where neither the options nor the file give any date to open on.
    """
    zone = _zone(options.timezone)
    assumed = []
    opens = _day(options.opens, "opens")
    if opens is None:
        opens, origin = _opening(file_dates, _day(options.as_of, "as-of"))
        assumed.append(f"opens: a placeholder, {origin}")
    closes = _day(options.closes, "closes")
    if closes is None:
        closes = _ten_years_after(opens)
        assumed.append("closes: a placeholder, ten years after opening")
    if opens.year < FIRST_YEAR or closes.year > LAST_YEAR:
        raise ImportRefused(f"opening {opens}, closing {closes}: expected dates from 1900 to 2100")
    if closes < opens:
        raise ImportRefused(f"the study would close on {closes}, before it opens on {opens}")
    if zone is None:
        assumed.append("time zone: a placeholder, UTC")
    for line in assumed:
        findings.warn(code, "study", f"not stated: {line.split(':')[0]}", line)
    section: dict[str, Plain] = {"opens": opens, "closes": closes}
    section["assumption"] = "; ".join(assumed or ["dates and time zone as given to the import"])
    return zone or "UTC", section


def _zone(name: str | None) -> str | None:
    if name is None:
        return None
    if name not in zone_names():
        raise ImportRefused(f"{quoted(name)} is no time zone; write it as Asia/Shanghai")
    return name


def _day(value: date | str | None, option: str) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    found = iso_date(str(value))
    if found is None:
        raise ImportRefused(f"--{option}: found {quoted(str(value))}, expected a date YYYY-MM-DD")
    return found


def iso_date(text: str) -> date | None:
    """The day that begins an ISO text (a time may follow); None where there is none."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})(?:[T ]|$)", text.strip())
    if match is None:
        return None
    try:
        return date.fromisoformat(match.group(1))
    except ValueError:
        return None


def _opening(file_dates: Iterable[date], as_of: date | None) -> tuple[date, str]:
    known = sorted(day for day in file_dates if 1970 <= day.year <= 2090)
    if known:
        return known[0], "the earliest date in the file"
    if as_of is None:
        raise ImportRefused(
            "the file holds no date: say when the study opens (--opens), or today's date (--as-of)"
        )
    return as_of.replace(month=1, day=1), "the first day of the year of --as-of"


def _ten_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 10)
    except ValueError:
        return day.replace(year=day.year + 10, day=28)
