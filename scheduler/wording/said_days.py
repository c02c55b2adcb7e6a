"""Days as people say them: with their week day, the year only where it is another one."""

import re
from collections.abc import Iterable
from datetime import date as Date

from scheduler.days import FAR, clock_text, date_of, day_of

WEEK_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


def day_said(day: int, near: int, minute: int = -1, week_day: bool = True) -> str:
    """A day in words, such as `Mon 6 Jul`; the year is left out where it is that of `near`."""
    if abs(day) >= FAR:
        return "no known day"
    date = date_of(day)
    parts = [WEEK_DAYS[date.weekday()]] if week_day else []
    parts += [str(date.day), MONTHS[date.month - 1]]
    parts += [] if date.year == date_of(near).year else [str(date.year)]
    return " ".join([*parts, *([clock_text(minute)] if minute >= 0 else [])])


_WRITTEN = re.compile(r"(?<![\w-])(\d{4})-(\d{2})(?:-(\d{2}))?(?![\w-])")


def days_said(text: str, near: int) -> str:
    """A sentence with the days that stand in it as `2026-07-06` as people say them."""

    def said(found: re.Match[str]) -> str:
        year, month, day = (int(part or 1) for part in found.groups())
        try:
            date = Date(year, month, day)
        except ValueError:
            return found[0]
        return day_said(day_of(date), near) if found[3] else f"{MONTHS[month - 1]} {year}"

    return _WRITTEN.sub(said, text)


def clock_said(time: str, minutes: int | None) -> str:
    """A time of the day with how long it takes: `10:00 (4 h)`, `10:00 (1 h 30 min)`."""
    if not time or not minutes:
        return time
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return f"{time} ({' '.join([*parts, *([f'{rest} min'] if rest else [])])})"


def runs_said(runs: Iterable[tuple[int, int]], near: int, most: int = 6) -> str:
    """Runs of days in words: `26 Jun; 29 Jun to 3 Jul; 6 Jul`; of many the first ones."""
    listed = list(runs)
    said = [
        day_said(first, near, week_day=False)
        if first == last
        else f"{day_said(first, near, week_day=False)} to {day_said(last, near, week_day=False)}"
        for first, last in listed[:most]
    ]
    if (more := len(listed) - most) > 0:
        end = day_said(listed[-1][1], near, week_day=False)
        said.append(
            f"and {more} more, the last until {end}" if listed[-1][1] < FAR else f"and {more} more"
        )
    return "; ".join(said)
