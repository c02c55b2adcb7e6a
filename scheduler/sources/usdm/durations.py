"""Durations as USDM writes them (ISO 8601, labels), and as the protocol file spells them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MINUTES_OF_A_DAY = 24 * 60
LONGEST_YEARS = 100
LONGEST_MINUTES = 10**7 - 1

_ISO = re.compile(
    r"P(?=[0-9T])(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=[0-9])(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?"
)
_UNITS = {
    "s": ("second", 0), "sec": ("second", 0), "second": ("second", 0),
    "min": ("minute", 1), "minute": ("minute", 1),
    "h": ("hour", 60), "hr": ("hour", 60), "hour": ("hour", 60),
    "d": ("day", 1), "day": ("day", 1),
    "w": ("week", 7), "wk": ("week", 7), "week": ("week", 7),
    "m": ("month", 1), "mo": ("month", 1), "month": ("month", 1),
    "y": ("year", 12), "yr": ("year", 12), "year": ("year", 12),
}  # fmt: skip
_LABEL = re.compile(r"\s*(\d{1,6})\s*([A-Za-z]+?)s?\.?\s*")
_RANGE = re.compile(
    r"\s*([+-]?\d{1,6}|\?)\s*(?:\.\.+|to)\s*([+-]?\d{1,6}|\?)\s*([A-Za-z]+?)s?\.?\s*"
)
_EITHER_WAY = re.compile(r"\s*(?:\u00b1|\+/?-)\s*(\d{1,6})\s*([A-Za-z]+?)s?\.?\s*")


@dataclass(frozen=True)
class Duration:
    """A length of time: calendar months and days, or elapsed minutes, never both.

    `spelled` is the protocol file's spelling in the source's own unit; it takes no part
    in comparisons, so 2 weeks equal 14 days. A month never equals a number of days.
    """

    months: int = 0
    days: int = 0
    minutes: int = 0
    spelled: str = field(default="", compare=False)

    def __str__(self) -> str:
        """How the protocol file spells it."""
        return self.spelled or spell(self.months, self.days, self.minutes)

    @property
    def parts(self) -> tuple[int, int, int]:
        """Months, days and minutes, for comparison."""
        return (self.months, self.days, self.minutes)

    @property
    def is_zero(self) -> bool:
        """Whether the length is nothing, in whatever unit."""
        return self.parts == (0, 0, 0)

    @property
    def in_clock_time(self) -> bool:
        """Whether it is written in hours or minutes (zero minutes too)."""
        return self.minutes > 0 or self.spelled.endswith(("minutes", "hours"))


def in_reach(months: int, days: int, minutes: int) -> bool:
    """Whether a protocol file can hold a length: 100 years, or 19 years of elapsed time."""
    return months / 12 + days / 365 <= LONGEST_YEARS and minutes <= LONGEST_MINUTES


def spell(months: int, days: int, minutes: int) -> str:
    """The protocol file's spelling of a length; only one of calendar or clock parts is set."""
    if months and days:
        return f"P{months}M{days}D"
    if months:
        return _count(months // 12, "year") if months % 12 == 0 else _count(months, "month")
    if minutes:
        return _count(minutes // 60, "hour") if minutes % 60 == 0 else _count(minutes, "minute")
    return _count(days, "day")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def parse_iso(text: str) -> Duration | None:
    """The duration an ISO 8601 text says; None where it is not whole, not negative-free, or mixed.

    Hours and minutes beside days are refused: one is elapsed time, the other calendar time.
    Source: docs/semantics.md, section 2.
    """
    match = _ISO.fullmatch(text.strip())
    if match is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = match.groups()
    calendar = [int(part or 0) for part in (years, months, weeks, days)]
    clock = [int(part or 0) for part in (hours, minutes, seconds)]
    if (any(calendar) and any(clock)) or clock[2] % 60:
        return None
    all_months = calendar[0] * 12 + calendar[1]
    all_days = calendar[2] * 7 + calendar[3]
    all_minutes = clock[0] * 60 + clock[1] + clock[2] // 60
    if not in_reach(all_months, all_days, all_minutes):
        return None
    return Duration(all_months, all_days, all_minutes, _own_unit(match))


_SIGNED = re.compile(r"([+\-\u2212]?)P(.+)", re.DOTALL)
_INNER = re.compile(r"-(?=\d)")


def parse_signed(text: str) -> tuple[int, Duration] | None:
    """A duration written with a sign: -1, +1 or 0 for no sign, and its size.

    `-P7D` and `P-7D` say the same; parts of different signs, and two minus signs, say nothing.
    """
    match = _SIGNED.fullmatch(text.strip())
    if match is None:
        return None
    outer, body = match.groups()
    inner = len(_INNER.findall(body))
    if inner and (outer or inner != len(re.findall(r"\d+", body))):
        return None
    found = parse_iso("P" + _INNER.sub("", body))
    if found is None:
        return None
    sign = -1 if inner or outer in ("-", "\u2212") else 1 if outer else 0
    return sign, found


def _own_unit(match: re.Match[str]) -> str:
    units = ("year", "month", "week", "day", "hour", "minute")
    written = [
        (int(part), unit)
        for part, unit in zip(match.groups()[:6], units, strict=True)
        if part is not None
    ]
    nonzero = [pair for pair in written if pair[0]] or written[-1:]
    if match.group(7) is None and len(nonzero) == 1:
        return _count(*nonzero[0])
    return ""


def parse_label(text: str) -> Duration | None:
    """The duration in a label such as "2 Weeks" or "50min"; None where it is not one."""
    match = _LABEL.fullmatch(text)
    return None if match is None else _of_unit(int(match.group(1)), match.group(2))


@dataclass(frozen=True)
class LabelRange:
    """A window label such as "-3..3 days"; `None` on a side stands for its question mark."""

    low: int | None
    high: int | None
    unit: str
    signed: bool

    def side(self, number: int | None) -> Duration | None:
        """The size of one side."""
        return None if number is None else _of_unit(abs(number), self.unit)


def parse_range(text: str) -> LabelRange | None:
    """The range a window label says; None where it cannot be read."""
    match = _RANGE.fullmatch(text)
    if match is not None:
        low, high, unit = match.groups()
        if _of_unit(1, unit) is None:
            return None
        signed = any(side[0] in "+-" for side in (low, high))
        return LabelRange(_number(low), _number(high), unit, signed)
    match = _EITHER_WAY.fullmatch(text)
    if match is not None and _of_unit(1, match.group(2)) is not None:
        size = int(match.group(1))
        return LabelRange(-size, size, match.group(2), True)
    return None


def _number(text: str) -> int | None:
    return None if text == "?" else int(text)


def _of_unit(number: int, unit: str) -> Duration | None:
    # A capital or small "m" alone could be months or minutes.
    name, size = _UNITS.get(unit.lower(), ("", 0)) if unit.lower() != "m" else ("", 0)
    if not name or name == "second":
        return None
    spelled = _count(number, name)
    if name in ("minute", "hour"):
        return _limited(Duration(minutes=number * size, spelled=spelled))
    if name in ("day", "week"):
        return _limited(Duration(days=number * size, spelled=spelled))
    return _limited(Duration(months=number * size, spelled=spelled))


def _limited(found: Duration) -> Duration | None:
    return found if in_reach(*found.parts) else None


def add(first: Duration, second: Duration) -> Duration | None:
    """The sum, as one step; None where clock and calendar time would be mixed, or out of reach."""
    if first.is_zero or second.is_zero:
        return second if first.is_zero else first
    if bool(first.minutes) != bool(second.minutes):
        return None
    return _limited(
        Duration(
            first.months + second.months, first.days + second.days, first.minutes + second.minutes
        )
    )  # fmt: skip


def subtract(first: Duration, second: Duration) -> tuple[Duration, bool] | None:
    """The size of `first - second` and whether it is negative; None where that is no one length."""
    if second.is_zero:
        return first, False
    months, days, minutes = (a - b for a, b in zip(first.parts, second.parts, strict=True))
    if sum(bool(part) for part in (months, days, minutes)) > 1:
        return None
    negative = min(months, days, minutes) < 0
    return Duration(abs(months), abs(days), abs(minutes)), negative
