"""Day numbers, calendar steps, dates as people write them, and the clocks of time zones.

`steps` counts days and months, `working` the open days of a calendar, `lengths` holds durations and
what they reach, `written` reads dates and times of day, `clocks` turns local times into instants
and back; it alone knows pendulum.
Doors: this face, which is all but the clocks; `clocks.Zone`.
"""

from scheduler.days.lengths import (
    Length,
    PlainLengths,
    Term,
    Unit,
    parse_half_life,
    parse_term,
)
from scheduler.days.steps import (
    EPOCH,
    FAR,
    FIRST_YEAR,
    LAST_YEAR,
    MINUTES_A_DAY,
    NO_TIME,
    Calendar,
    Days,
    Offset,
    clamp,
    date_of,
    day_of,
    iso,
    moved,
    on_weekdays,
    plus,
    roll,
)
from scheduler.days.written import (
    PartialDate,
    as_day,
    as_moment,
    clock_text,
    parse_date,
    parse_time,
)

__all__ = [
    "EPOCH",
    "FAR",
    "FIRST_YEAR",
    "LAST_YEAR",
    "MINUTES_A_DAY",
    "NO_TIME",
    "Calendar",
    "Days",
    "Length",
    "Offset",
    "PartialDate",
    "PlainLengths",
    "Term",
    "Unit",
    "as_day",
    "as_moment",
    "clamp",
    "clock_text",
    "date_of",
    "day_of",
    "iso",
    "moved",
    "on_weekdays",
    "parse_date",
    "parse_half_life",
    "parse_term",
    "parse_time",
    "plus",
    "roll",
]
