"""Which days carry a tick, and what stands under it: dates as people write them."""

from datetime import date

from scheduler.days import date_of, day_of
from scheduler.figures.chart import day_label

_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


def ticks(first: int, last: int, most: int) -> list[int]:
    """At most `most` days of first..last: Mondays, or the first days of months, or of years."""
    span = last - first + 1
    if span <= most:
        return list(range(first, last + 1))
    for weeks in (1, 2):
        mondays = [day for day in range(first, last + 1) if date_of(day).weekday() == 0]
        chosen = mondays[::weeks]
        if 2 <= len(chosen) <= most:
            return chosen
    for step in _MONTH_STEPS:
        chosen = _month_starts(first, last, step)
        if len(chosen) <= most:
            return chosen or [first]
    return [first]


def _month_starts(first: int, last: int, step: int) -> list[int]:
    """The first days of every step-th month; years are counted from a round one."""
    begin, end = date_of(first), date_of(last)
    months = range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month)
    days = [day_of(date(m // 12, m % 12 + 1, 1)) for m in months if m % step == 0]
    return [day for day in days if first <= day <= last]


def tick_labels(days: list[int]) -> list[str]:
    """`15 Jun`, with the year in a second line where it is new."""
    labels, year = [], 0
    for day in days:
        found = date_of(day)
        labels.append(f"{day_label(day, year=False)}\n{found.year if found.year != year else ''}")
        year = found.year
    return labels


def shown_closures(
    closed: tuple[tuple[int, int], ...], first: int, last: int, width: float
) -> tuple[tuple[int, int], ...]:
    """The runs of closed days that are wide enough to be seen: 0.4 mm on `width` mm."""
    scale = width / (last - first + 1)
    return tuple((a, b) for a, b in closed if (b - a + 1) * scale >= 0.4)
