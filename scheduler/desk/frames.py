"""Rows of a plan's tables by participant, and days as people say them."""

from collections.abc import Iterable
from datetime import date, datetime

from scheduler.tables.frames import Row
from scheduler.wording.said_days import MONTHS, WEEK_DAYS


def grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by participant, in their order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["participant"], []).append(row)
    return found


def day_words(text: str, year: bool = True) -> str:
    """An ISO day, or the begin of one, with its week day: `Mon 15 Jun 2026`, with a time after it.

    What is no whole day stays as it is written.
    """
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return text
    said = f"{WEEK_DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return (f"{said} {day.year}" if year else said) + text[10:]


def span_words(first: str, last: str, year: str = "") -> str:
    """Two ISO days as one span in words; a blank one is an open end; `year` is left unsaid."""

    def said(text: str) -> str:
        return day_words(text, text[:4] != year)

    if first == last:
        return said(first)
    if first and last:
        same = first[:4] == last[:4]
        return f"{day_words(first, not same and first[:4] != year)} to {said(last)}"
    if first:
        return f"from {said(first)}"
    return f"until {said(last)}" if last else ""


def instant_words(text: str) -> str:
    """The instant of an entry in the trail: `Mon 15 Jun 2026 09:31 UTC`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{day_words(at.date().isoformat())} {at:%H:%M} UTC"
