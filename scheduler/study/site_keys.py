"""The keys of one site, read: its time zone, weekend, holidays, closed days, versions, lengths.

Nothing is repaired: an unknown key, weekday, country or time zone is a fault.
Source: docs/study-folder.md (sites).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from scheduler.days import parse_date
from scheduler.days.clocks import is_zone
from scheduler.errors import FaultList, hidden_character, shown, suggestion
from scheduler.study.holiday_parts import categories_of, holidays_left_out
from scheduler.study.sites import EVERY_STEP, WEEKDAYS, Site, Spans, is_country, known_countries

KEYS = ("timezone", "weekend", "holidays", "closed", "open", "versions", "minutes")
LISTS = ("weekend", "closed", "open", "versions", "holidays", "minutes")
MOST_MINUTES = 1440  # of an appointment
HOLIDAY_KEYS = ("country", "part", "include")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {day: number for days in (WEEKDAYS, _LONG) for number, day in enumerate(days)}


@dataclass(frozen=True, slots=True)
class SiteKey:
    """One key of one site as written: its values as text, and its row.

    Pairs (versions with dates, holidays with a part, steps with minutes) are texts `name: value`.
    """

    values: tuple[str, ...]
    row: int | None


Written = dict[str, dict[str, SiteKey]]


def build_sites(written: Written, place: str, faults: FaultList) -> dict[str, Site]:
    """The sites that texts describe; a time zone that is left out stays empty."""
    sites = {}
    for name, entries in written.items():
        for key, entry in entries.items():
            if key not in KEYS:
                text = f"found the key {shown(key)}, expected {', '.join(KEYS)}"
                faults.add("S210", place, entry.row, f"{name}.{key}", text + suggestion(key, KEYS))
            elif key not in LISTS and len(entry.values) > 1:
                text = f"found {len(entry.values)} values, expected one"
                faults.add("S210", place, entry.row, f"{name}.{key}", text)
        reader = _SitesReader(name, entries, place, faults)
        if bad := hidden_character(name):
            faults.add("S203", place, None, name, f"found the character {bad} in a site's name")
        country, include = reader.holidays()
        sites[name] = Site(
            name, reader.timezone(), reader.weekend(), country, reader.spans("closed"),
            reader.spans("open"), reader.versions(), include, reader.minutes(),
        )  # fmt: skip
    return sites


@dataclass(frozen=True, slots=True)
class _SitesReader:
    name: str
    entries: Mapping[str, SiteKey]
    place: str
    faults: FaultList

    def _refuse(self, key: str, code: str, message: str, way_out: str = "") -> None:
        row = self.entries[key].row
        self.faults.add(code, self.place, row, f"{self.name}.{key}", message, way_out)

    def _one(self, key: str) -> str:
        entry = self.entries.get(key)
        return entry.values[0].strip() if entry and len(entry.values) == 1 else ""

    def timezone(self) -> str:
        text = self._one("timezone")
        if text and not is_zone(text):
            expected = "expected a time zone such as Asia/Shanghai"
            self._refuse("timezone", "S210", f"found {shown(text)}, {expected}")
            return ""
        return text

    def weekend(self) -> frozenset[int]:
        days = set()
        for text in self.entries["weekend"].values if "weekend" in self.entries else ():
            if text.strip().lower() in _DAYS:
                days.add(_DAYS[text.strip().lower()])
            else:
                expected = f"expected {', '.join(WEEKDAYS[:-1])} or {WEEKDAYS[-1]}"
                self._refuse("weekend", "S210", f"found {shown(text)}, {expected}")
        return frozenset(days)

    def holidays(self) -> tuple[str, tuple[str, ...] | None]:
        """The country (or its part), and the further classes of holidays; None: none are told."""
        pairs = self._holiday_pairs()
        if pairs is None:
            return "", None
        country = pairs.get("country", "")
        code = f"{country}-{pairs['part']}" if pairs.get("part") else country
        if not self._known(code):
            return "", None
        include = None
        if "include" in pairs:
            include = tuple(text for text in re.split(r"[,;\s]+", pairs["include"]) if text)
            if unknown := [text for text in include if text not in categories_of(code)]:
                known = ", ".join(categories_of(code)) or "none: the data has one class alone"
                text = f"found the class {shown(unknown[0])}, expected some of {known}"
                self._refuse("holidays", "S210", text)
        if text := holidays_left_out(code, include):
            way_out = "write the part, such as {country: GB, part: ENG}"
            if "optional" in text:
                way_out = "write include: [optional] if the site is closed then, include: [] if not"
            self._refuse("holidays", "S212", text, way_out)
        return code, include

    def _holiday_pairs(self) -> dict[str, str] | None:
        """What is written of the country, by HOLIDAY_KEYS; None where it cannot be read."""
        values = self.entries["holidays"].values if "holidays" in self.entries else ()
        if len(values) == 1 and ":" not in values[0]:
            return {"country": values[0].strip()}
        if any(":" not in text for text in values):
            self._refuse("holidays", "S210", f"found {len(values)} values, expected one")
            return None
        pairs = {name.strip(): rest.strip() for name, _, rest in (v.partition(":") for v in values)}
        for name in pairs:
            if name not in HOLIDAY_KEYS:
                text = f"found the key {shown(name)}, expected {', '.join(HOLIDAY_KEYS)}"
                self._refuse("holidays", "S210", text + suggestion(name, HOLIDAY_KEYS))
                return None
        if pairs and not pairs.get("country"):
            self._refuse("holidays", "S210", "found no country, expected one such as HK")
            return None
        return pairs

    def _known(self, text: str) -> bool:
        if not text or is_country(text):
            return bool(text)
        country = text.partition("-")[0]
        tail = suggestion(country.upper(), known_countries())
        if is_country(country):
            tail = f"; {country} is known, {shown(text)} is not"
        self._refuse(
            "holidays", "S210",
            f"found {shown(text)}, expected a country such as CN or US-NY{tail}",
            "leave the key out for a site without public holidays",
        )  # fmt: skip
        return False

    def spans(self, key: str) -> Spans:
        spans = []
        for text in self.entries[key].values if key in self.entries else ():
            first, last = _span(text)
            if first is None or last is None:
                expected = "expected a day such as 2026-02-16 or 2026-02-16..2026-02-22"
                self._refuse(key, "S210", f"found {shown(text)}, {expected}")
            elif last < first:
                self._refuse(key, "S210", f"found {shown(text)}, which ends before it starts")
            else:
                spans.append((first, last))
        return tuple(sorted(spans))

    def versions(self) -> tuple[tuple[str, int], ...]:
        found: dict[str, int] = {}
        for text in self.entries["versions"].values if "versions" in self.entries else ():
            label, _, written = text.rpartition(":")
            day = _day(written)
            if not label.strip() or day is None:
                expected = "expected a version with its date, such as 1.0: 2026-01-30"
                self._refuse("versions", "S210", f"found {shown(text)}, {expected}")
            elif label.strip() in found or day in found.values():
                text = f"found {shown(text)}, expected each version and each date once"
                self._refuse("versions", "S210", text)
            else:
                found[label.strip()] = day
        return tuple(sorted(found.items(), key=lambda pair: pair[1]))

    def minutes(self) -> tuple[tuple[str, int], ...]:
        """How long appointments take, by step; a number alone is for every step."""
        found: dict[str, int] = {}
        texts = self.entries["minutes"].values if "minutes" in self.entries else ()
        if len(texts) > 1 and not any(":" in text for text in texts):
            self._refuse("minutes", "S210", f"found {len(texts)} values, expected one")
            return ()
        for text in texts:
            step, _, number = text.rpartition(":")
            step = step.strip() or EVERY_STEP
            if not _NUMBER.fullmatch(number.strip()) or int(number) > MOST_MINUTES:
                expected = f"expected whole minutes from 1 to {MOST_MINUTES}, such as 45"
                way_out = "write minutes: 45, or one number a step: {infusion: 240, all: 45}"
                self._refuse("minutes", "S210", f"found {shown(text)}, {expected}", way_out)
            elif step in found:
                text = f"found {shown(step)} twice, expected each step once"
                self._refuse("minutes", "S210", text)
            else:
                found[step] = int(number)
        return tuple(found.items())


_NUMBER = re.compile(r"[1-9][0-9]{0,3}")


def _span(text: str) -> tuple[int | None, int | None]:
    begin, dots, end = text.partition("..")
    return _day(begin), _day(end if dots else begin)


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@lru_cache(maxsize=2**14)
def _day(text: str) -> int | None:
    found = parse_date(text) if _ISO_DAY.fullmatch(text.strip()) else None
    return found.first if found else None
