"""A site's calendar: which days are closed there, why, and which of that is an assumption.

Strongest first: the site's `open` list, its `closed` list, the country's working weekends, weekends
and public holidays. The `holidays` package is imported when the first site names a country.
Source: docs/semantics.md, section 4 (closed days).
"""

import inspect
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scheduler.days import date_of, day_of
from scheduler.days.clocks import Zone, zone
from scheduler.days.working import WorkingDays

if TYPE_CHECKING:
    from holidays import HolidayBase

Spans = tuple[tuple[int, int], ...]
EVERY_STEP = "all"  # in `minutes`: the length of what has none of its own
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_THURSDAY = 3  # 1970-01-01, the day 0
_RECENT = 2  # years of lag within which a country still announces moved days year by year


@dataclass(frozen=True, slots=True)
class Site:
    """One site: its time zone, its weekend, its country's holidays, its own closed and open days.

    `weekend` holds weekdays (0 is Monday); `holidays` is a country code of the `holidays` package,
    with a subdivision where one is wanted (`CN`, `US-NY`), or empty; `closed` and `opened` are
    spans of day numbers, both ends included. `versions` are the protocol versions that the site has
    approved, each with the day from which it is in force there. `include` are classes of holidays
    beside the public ones, such as `optional` (None: nobody said whether any). `minutes` are how
    long appointments take here, by milestone or visit, or for EVERY_STEP.
    """

    id: str
    timezone: str
    weekend: frozenset[int] = frozenset()
    holidays: str = ""
    closed: Spans = ()
    opened: Spans = ()
    versions: tuple[tuple[str, int], ...] = ()
    include: tuple[str, ...] | None = None
    minutes: tuple[tuple[str, int], ...] = ()

    def appointment(self, node: str, usual: int | None) -> int | None:
        """How many minutes an appointment takes here; `usual` is what the protocol says.

        The site's word holds before the protocol's; that for one step before that for all.
        """
        own = dict(self.minutes)
        names = (node, node.partition("#")[0], EVERY_STEP)
        return next((own[name] for name in names if name in own), usual)

    @property
    def zone(self) -> Zone:
        """The site's clocks."""
        return zone(self.timezone)

    def _calendar(self, first_year: int, last_year: int) -> "CountryCalendar":
        return country_calendar(self.holidays, first_year, last_year, self.include or ())

    def closed_days(self, first: int, last: int) -> NDArray[np.bool_]:
        """Whether each of the days first..last is closed."""
        days = np.arange(first, last + 1, dtype=np.int64)
        weekend = np.array([weekday in self.weekend for weekday in range(7)])
        closed = weekend[(days + _THURSDAY) % 7]
        if self.holidays and len(days):
            calendar = self._calendar(date_of(first).year, date_of(last).year)
            closed[[day - first for day in calendar.names if first <= day <= last]] = True
            closed[[day - first for day in calendar.workdays if first <= day <= last]] = False
        for spans, state in ((self.closed, True), (self.opened, False)):
            for begin, end in spans:
                closed[(days >= begin) & (days <= end)] = state
        return closed

    def reason(self, day: int) -> str:
        """Why a day is closed, in words; empty where it is open."""
        if _inside(day, self.opened):
            return ""
        if _inside(day, self.closed):
            return "closed by the site"
        year = date_of(day).year
        calendar = self._calendar(year, year) if self.holidays else None
        if calendar and day in calendar.workdays:
            return ""
        if calendar and day in calendar.names:
            text = f"public holiday {calendar.names[day]}"
            if year not in calendar.assumed:
                return text
            return f"{text} (assumed: the holiday data has no official list of {year} yet)"
        return "weekend" if (day + _THURSDAY) % 7 in self.weekend else ""

    def assumed_years(self, first: int, last: int) -> tuple[int, ...]:
        """The years among the days first..last whose public holidays are not yet official."""
        if not self.holidays or last < first:
            return ()
        begin, end = date_of(first).year, date_of(last).year
        calendar = self._calendar(begin, end)
        return tuple(year for year in range(begin, end + 1) if year in calendar.assumed)


def every_day_open(timezone: str, id: str = "") -> Site:
    """The calendar of a site that never closes, for studies that describe no sites."""
    return Site(id, timezone)


def zones_of(sites: Sequence[Site], works: bool) -> tuple[tuple[Zone, ...], NDArray[np.int64]]:
    """The clocks of some sites, each once, and the place of each site's.

    With `works` sites whose calendars differ have clocks apart, with the working days of each.
    """
    if not works:
        names = [site.timezone for site in sites]
        places = {name: place for place, name in enumerate(sorted(set(names)))}
        return tuple(map(zone, places)), np.array([places[name] for name in names], np.int64)
    keys = [replace(site, id="", versions=()) for site in sites]
    known = sorted(set(keys), key=lambda key: (key.timezone, keys.index(key)))
    zones = tuple(_working_zone(key) for key in known)
    return zones, np.array([known.index(key) for key in keys], np.int64)


@lru_cache(maxsize=256)
def _working_zone(site: Site) -> Zone:
    return replace(site.zone, working=WorkingDays(site.closed_days, site))


def _inside(day: int, spans: Spans) -> bool:
    return any(first <= day <= last for first, last in spans)


@dataclass(frozen=True, slots=True)
class CountryCalendar:
    """A country's public holidays by day number, its working weekends, and its assumed years."""

    names: Mapping[int, str]
    workdays: frozenset[int]
    assumed: frozenset[int]


@lru_cache(maxsize=256)
def is_country(code: str) -> bool:
    """Whether the `holidays` package knows a code such as `CN` or `US-NY`."""
    return country_data(code) is not None


def known_countries() -> list[str]:
    """The country codes that the `holidays` package knows, without subdivisions."""
    import holidays

    return sorted(holidays.list_supported_countries(include_aliases=False))


def holiday_data_version() -> str:
    """The version of the holiday data, for run.json and reports."""
    from holidays.version import __version__

    return __version__


@lru_cache(maxsize=256)
def country_calendar(
    code: str, first_year: int, last_year: int, include: tuple[str, ...] = ()
) -> CountryCalendar:
    """The public holidays of the years first_year..last_year of a country.

    `include` are further classes of holidays that count as well.

    A year is assumed where the country announces moved days year by year and the data has none
    for it yet, or where the data itself calls one of its dates estimated (moon calendars).
    Raises: KeyError where the `holidays` package knows no such country.
    """
    years = tuple(range(first_year - 1, last_year + 2))  # moved days may lie in the year next to it
    found = country_data(code, years, "en_US", include)
    if found is None:
        raise KeyError(code)
    label = str(found.tr(found.estimated_label)) if hasattr(found, "estimated_label") else ""
    mark = re.sub(r"%s|\W", "", label)
    estimated = {d.year for d, name in found.items() if mark and mark in name}
    last = _last_announced(found)
    late = {year for year in years if last is not None and year > last}
    names = {
        day_of(d): _iso_inside(name)
        for d, name in found.items()
        if first_year <= d.year <= last_year
    }
    workdays = frozenset(day_of(d) for d in found.weekend_workdays)
    return CountryCalendar(names, workdays, frozenset(estimated | late))


def country_data(
    code: str, years: tuple[int, ...] = (), language: str = "", include: tuple[str, ...] = ()
) -> "HolidayBase | None":
    """A country of the `holidays` package with its days in some years, or None."""
    import holidays
    from holidays.registry import EntityLoader

    country, _, subdivision = code.partition("-")
    loader = getattr(holidays, country, None)
    if not isinstance(loader, EntityLoader):  # the package has functions and modules beside them
        return None
    if not loader.module_name.startswith("holidays.countries."):  # a market closes on other days
        return None
    _load_alone(loader.module_name)
    try:
        plain = holidays.country_holidays(country, subdiv=subdivision or None)
    except (NotImplementedError, KeyError):
        return None
    if not years:
        return plain
    options: dict[str, Any] = {}
    if "islamic_show_estimated" in inspect.signature(type(plain).__init__).parameters:
        options["islamic_show_estimated"] = True
    if include:
        usual = plain.default_category
        options["categories"] = tuple(dict.fromkeys([*([usual] if usual else []), *include]))
    known = language in plain.supported_languages
    return holidays.country_holidays(
        country, subdiv=subdivision or None, years=years, language=language if known else None,
        **options,
    )  # fmt: skip


def _load_alone(name: str) -> None:
    """Loads the module of a country without the package around it, which would load every country.

    The lazy loader of a country takes the module where it is loaded already.
    """
    package, _, file = name.rpartition(".")
    if name in sys.modules or package in sys.modules:
        return
    found = find_spec(package)
    place = Path(found.origin).with_name(f"{file}.py") if found and found.origin else None
    spec = spec_from_file_location(name, place) if place and place.is_file() else None
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.setdefault(name, module)  # a territory has loaded the package for its parent


def _announced_years(country: "HolidayBase") -> list[int]:
    """The years for which the data holds days off that were swapped for working weekends."""
    years = set()
    for attribute in dir(country):
        if not re.fullmatch(r"special_\w*holidays(_observed)?", attribute):
            continue
        table = getattr(country, attribute)
        for year, entries in table.items() if isinstance(table, dict) else ():
            rows = entries if entries and isinstance(entries[0], tuple) else (entries,)
            if any(len(row) > 3 for row in rows):  # (to month, to day, from month, from day)
                years.add(year)
    return sorted(years)


def _last_announced(country: "HolidayBase") -> int | None:
    """The last announced year of a country that still announces moved days; else None.

    China's notice is the yardstick for how far the installed data reaches.
    """
    years = _announced_years(country)
    return years[-1] if years and years[-1] >= yardstick() - _RECENT else None


@lru_cache(maxsize=1)
def yardstick() -> int:
    """The last year for which the data holds China's moved days: how far the data reaches."""
    china = country_data("CN")
    years = _announced_years(china) if china is not None else []
    return years[-1] if years else 0


def _iso_inside(name: str) -> str:
    """A holiday's name with the American dates of "substituted from" written in the ISO way."""
    return re.sub(r"\b(\d\d)/(\d\d)/(\d{4})\b", r"\3-\1-\2", name)
