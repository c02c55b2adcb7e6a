"""Month laws against calendar arithmetic written out by hand, durations, dates, clock changes."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from scheduler.days import (
    FAR,
    Length,
    Offset,
    PlainLengths,
    Term,
    clamp,
    clocks,
    date_of,
    day_of,
    iso,
    parse_date,
    parse_half_life,
    parse_term,
    parse_time,
    plus,
    roll,
)

FIRST, LAST = day_of(date(1999, 1, 1)), day_of(date(2028, 12, 31))
EVENTS = np.arange(FIRST, LAST + 1, dtype=np.int64)
NONE = np.zeros(1)


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def stepped(value: date, months: int) -> tuple[int, int, bool]:
    """Year and month after a step of months, and whether the day of the month exists there."""
    count = value.year * 12 + value.month - 1 + months
    year, month = divmod(count, 12)
    return year, month + 1, value.day <= monthrange(year, month + 1)[1]


def clamped(value: date, months: int) -> date:
    year, month, exists = stepped(value, months)
    return date(year, month, value.day if exists else monthrange(year, month)[1])


def rolled(value: date, months: int) -> date:
    year, month, exists = stepped(value, months)
    if exists:
        return date(year, month, value.day)
    return date(year, month, monthrange(year, month)[1]) + timedelta(days=1)


@pytest.mark.parametrize("months", [-60, -25, -12, -6, -1, 0, 1, 2, 6, 11, 12, 24, 59, 60])
def test_clamp_and_roll_day_by_day(months: int) -> None:
    dates = [date_of(int(d)) for d in EVENTS]
    assert clamp(EVENTS, months).tolist() == [day_of(clamped(d, months)) for d in dates]
    assert roll(EVENTS, months).tolist() == [day_of(rolled(d, months)) for d in dates]


@pytest.mark.parametrize("months", range(1, 61))
def test_first_clear_day_is_the_smallest_one_for_every_event(months: int) -> None:
    """Roll inverts the clamped step back; clamp inverts it forward."""
    candidates = np.arange(FIRST - 40, LAST + 62 * 31, dtype=np.int64)
    back = np.array([day_of(clamped(date_of(int(d)), -months)) for d in candidates])
    assert (np.diff(back) >= 0).all()  # so the first candidate found is the smallest
    reaching = candidates[np.searchsorted(back, EVENTS, side="left")]
    passing = candidates[np.searchsorted(back, EVENTS, side="right")]
    length = Length((Term("calendar", months=months, text=f"{months} months"),))
    assert np.array_equal(roll(EVENTS, months), reaching)
    assert np.array_equal(length.first_clear(EVENTS, False, NONE), reaching)
    assert np.array_equal(length.first_clear(EVENTS, True, NONE), passing)


def test_plain_lengths_say_of_each_row_what_a_length_says_of_all() -> None:
    far_on = day_of(date(2399, 12, 31)) + 5  # beyond the tables of months
    days = np.array([*EVENTS[::97], far_on, FAR, -FAR], np.int64)
    terms = [(0, 0), (0, 28), (1, 0), (6, 3), (24, 0), (0, 10**6)]
    row, place = (column.ravel() for column in np.indices((len(terms), len(days))))
    kept = (np.array(terms)[row, 0] == 0) | (days[place] != far_on)
    row, place = row[kept], place[kept]
    months, counts = np.array(terms, np.int64)[row].T
    inclusive = np.arange(len(row)) % 3 == 0
    lengths = PlainLengths(months, counts)
    clear, reaching = (
        found(days[place], inclusive, None)
        for found in (lengths.first_clear, lengths.first_reaching)
    )
    for number, (month, count) in enumerate(terms):
        length = Length((Term("calendar", months=month, days=count),))
        assert length.plain
        for flag in (True, False):
            rows = np.flatnonzero((row == number) & (inclusive == flag))
            some = days[place[rows]]
            assert np.array_equal(clear[rows], length.first_clear(some, flag, NONE))
            assert np.array_equal(reaching[rows], length.first_reaching(some, flag, NONE))


@pytest.mark.parametrize("months", [1, 3, 12, 24, 60])
def test_first_day_whose_step_forward_reaches_every_start(months: int) -> None:
    candidates = np.arange(FIRST - 62 * 31, LAST + 40, dtype=np.int64)
    forward = np.array([day_of(clamped(date_of(int(d)), months)) for d in candidates])
    length = Length((Term("calendar", months=months, text=f"{months} months"),))
    inclusive = candidates[np.searchsorted(forward, EVENTS, side="left")]
    exclusive = candidates[np.searchsorted(forward, EVENTS, side="right")]
    assert np.array_equal(length.first_reaching(EVENTS, True, NONE), inclusive)
    assert np.array_equal(length.first_reaching(EVENTS, False, NONE), exclusive)


def test_worked_examples_of_the_semantics() -> None:
    six = Length((Term("calendar", months=6, text="6 months"),))
    event = np.array([day("2019-02-28")])
    assert iso(six.first_clear(event, True, NONE)[0]) == "2019-09-01"
    assert iso(clamp(np.array([day("2025-08-31")]), -6)[0]) == "2025-02-28"
    assert iso(clamp(np.array([day("2024-08-31")]), -6)[0]) == "2024-02-29"
    assert iso(clamp(np.array([day("2026-01-31")]), 1)[0]) == "2026-02-28"
    four_weeks = Length((Term("calendar", days=28, text="4 weeks"),))
    surgery = np.array([day("2026-02-10")])
    assert iso(four_weeks.first_clear(surgery, True, NONE)[0]) == "2026-03-11"
    assert iso(four_weeks.first_clear(surgery, False, NONE)[0]) == "2026-03-10"


def test_months_then_days_in_one_step() -> None:
    step = Offset(months=1, days=3)
    assert iso(step.day_from(np.array([day("2026-01-31")]))[0]) == "2026-03-03"
    assert step.times(2) == Offset(2, 6) and -step == Offset(-1, -3)
    assert step - Offset(days=1) == Offset(1, 2)


def test_no_end_stays_no_end() -> None:
    ends = np.array([FAR, -FAR, 0])
    assert clamp(ends, 5).tolist()[:2] == [FAR, -FAR]
    assert roll(ends, -5).tolist()[:2] == [FAR, -FAR]
    assert plus(ends, 7).tolist() == [FAR, -FAR, 7]
    assert [iso(FAR), iso(-FAR), iso(0)] == ["", "", "1970-01-01"]


def test_longer_and_shorter_by_the_dates_they_give() -> None:
    month, thirty = (
        Term("calendar", months=1, text="1 month"),
        Term("calendar", days=30, text="30 days"),
    )
    longer, shorter = Length((month, thirty), "longer_of"), Length((month, thirty), "shorter_of")
    starts = np.array([day("2026-02-01"), day("2026-03-01")])  # months of 28 and of 31 days
    assert [iso(d) for d in longer.forward(starts)] == ["2026-03-03", "2026-04-01"]
    assert [iso(d) for d in shorter.forward(starts)] == ["2026-03-01", "2026-03-31"]
    assert [iso(d) for d in longer.first_clear(starts, False, NONE)] == ["2026-03-03", "2026-04-01"]
    assert [iso(d) for d in longer.back(np.array([day("2026-03-31")]))] == ["2026-02-28"]
    assert str(longer) == "the longer of 1 month and 30 days"


def test_half_lives_and_hours_inside_are_rounded_up_to_days() -> None:
    halves = Length((Term("half-lives", half_lives=5.0, text="5 half-lives"),))
    ends = np.array([day("2026-03-01")] * 3)
    minutes = np.array([26.0 * 60, 24.0 * 60, np.inf])  # 130 hours, 120 hours, unknown without end
    clear = halves.first_clear(ends, False, minutes)
    assert iso(clear[0]) == "2026-03-07"  # 130 hours are 6 days
    assert iso(clear[1]) == "2026-03-06"  # 120 hours are exactly 5
    assert clear[2] >= FAR
    mixed = Length((Term("elapsed", minutes=25 * 60), Term("calendar", days=1)), "longer_of")
    assert not mixed.elapsed
    assert iso(mixed.forward(ends)[0]) == "2026-03-03"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 minutes", Term("elapsed", minutes=15)),
        ("72 hours", Term("elapsed", minutes=4320)),
        ("1 day", Term("calendar", days=1)),
        ("4 weeks", Term("calendar", days=28)),
        ("6 months", Term("calendar", months=6)),
        ("2 years", Term("calendar", months=24)),
        ("0 days", Term("calendar")),
        ("5 half-lives", Term("half-lives", half_lives=5)),
        ("2.5 half-lives", Term("half-lives", half_lives=2.5)),
        ("1 half-life", Term("half-lives", half_lives=1)),
        ("P4W", Term("calendar", days=28)),
        ("P1M3D", Term("calendar", months=1, days=3)),
        ("P1Y2M", Term("calendar", months=14)),
        ("PT72H", Term("elapsed", minutes=4320)),
        ("PT15M", Term("elapsed", minutes=15)),
        ("PT1H30M", Term("elapsed", minutes=90)),
    ],
)
def test_durations(text: str, expected: Term) -> None:
    found = parse_term(text)
    assert found is not None
    assert found.text == text
    assert found.offset == expected.offset
    assert (found.unit, found.half_lives) == (expected.unit, expected.half_lives)


@pytest.mark.parametrize(
    "text",
    ["", "4", "-2 days", "1.5 days", "4weeks", "P", "PT", "P1DT12H", "1 day 12 hours", "P1.5D",
     "four weeks", "4 fortnights", "P-4W", "4 weeks ago", "5 half-live", "99999999 days"],
)  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    assert parse_term(text) is None


@pytest.mark.parametrize(
    ("text", "first", "last", "minute"),
    [
        ("2026-03-02", "2026-03-02", "2026-03-02", None),
        ("2026-03-02 09:30", "2026-03-02", "2026-03-02", 570),
        ("2026-03-02T09:30", "2026-03-02", "2026-03-02", 570),
        ("2026-03-02 09:30:00", "2026-03-02", "2026-03-02", 570),
        ("2026-02", "2026-02-01", "2026-02-28", None),
        ("2024-02", "2024-02-01", "2024-02-29", None),
        ("2026-12", "2026-12-01", "2026-12-31", None),
        ("2026", "2026-01-01", "2026-12-31", None),
    ],
)
def test_partial_dates(text: str, first: str, last: str, minute: int | None) -> None:
    found = parse_date(text)
    assert found is not None
    assert (iso(found.first), iso(found.last), found.minute) == (first, last, minute)
    assert found.known == (first == last)


@pytest.mark.parametrize(
    "text",
    ["", "03/04/2026", "2026-02-29", "2026-13", "2026-00", "2026-03-00", "2026-00-15",
     "26-01-01", "2026-1-1", "1899", "2101",
     "2026-03-02 24:00", "2026-03-02 09:60", "2026-03-02 9:30", "2026-03-02 09:30:30", "46083"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_times_of_day_and_half_lives() -> None:
    assert [parse_time(t) for t in ("00:00", "10:00", "23:59")] == [0, 600, 1439]
    assert [parse_time(t) for t in ("24:00", "9:00", "10:60", "10", "")] == [None] * 5
    assert [parse_half_life(t) for t in ("26 hours", "1 day", "1.5 days")] == [1560, 1440, 2160]
    assert [parse_half_life(t) for t in ("26", "2 weeks", "-1 hours", "")] == [None] * 4


def test_a_time_that_the_clock_skips_and_one_that_it_shows_twice() -> None:
    new_york = clocks.zone("America/New_York")
    spring, autumn = np.array([day("2026-03-08")]), np.array([day("2026-11-01")])
    early, late, exists = new_york.at(spring, 150)  # 02:30 does not exist
    change = day("2026-03-08") * 1440 + 7 * 60  # 02:00 EST is 07:00 UTC
    assert (early[0], late[0], exists[0]) == (change, change, False)
    early, late, exists = new_york.at(autumn, 90)  # 01:30 is shown in EDT and again in EST
    midnight = day("2026-11-01") * 1440
    assert (early[0], late[0], exists[0]) == (midnight + 330, midnight + 390, True)
    assert (new_york.day_end(spring) - new_york.day_start(spring) + 1)[0] == 23 * 60
    assert (new_york.day_end(autumn) - new_york.day_start(autumn) + 1)[0] == 25 * 60


@pytest.mark.parametrize(
    "name",
    ["UTC", "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe",
     "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo"],
)  # fmt: skip
def test_what_clocks_show_agrees_with_the_zone_data(name: str) -> None:
    """About every thirty hours from 1990 to 2037, against the standard library."""
    source, zone = ZoneInfo(name), clocks.zone(name)
    instants = np.arange(day("1990-01-01") * 1440, day("2037-12-31") * 1440, 367 * 5)
    days, minutes = zone.day(instants), zone.minute(instants)

    for instant, found_day, minute in zip(instants, days, minutes, strict=True):
        local = datetime.fromtimestamp(int(instant) * 60, UTC).astimezone(source)
        assert (found_day, minute) == (day_of(local.date()), local.hour * 60 + local.minute)


def test_which_names_are_zones() -> None:
    assert clocks.is_zone("Asia/Shanghai") and clocks.is_zone("UTC")
    assert not any(map(clocks.is_zone, ("Asia/Shanghia", "", "+08:00", "UTC+8", "../etc/passwd")))
