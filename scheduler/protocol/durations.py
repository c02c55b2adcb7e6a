"""Durations as a protocol file writes them, and why a text is none.

Source: docs/semantics.md, section 2.
"""

import re
from collections.abc import Callable

from scheduler.days import Term, parse_term
from scheduler.errors import shown, suggestion
from scheduler.yaml_text.faults import Refused
from scheduler.yaml_text.tree import RawText

LONGEST_YEARS = 100
LOOKED_AT = 200  # characters of a text that is none of what is expected, for a tip
_NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
_UNIT_WORDS = ("minutes", "hours", "days", "weeks", "months", "years", "half-lives")


def duration(
    units: str, half_lives: bool = False, age: bool = False, working: bool = False
) -> Callable[[RawText, str], Term]:
    """A parser of durations; what else than plain units it takes, and what it expects in words."""

    def parse(raw: RawText, key: str) -> Term:
        term = parse_term(raw.value) if raw.value.isascii() else None
        if term is None:
            raise _bad_duration(raw.value.strip(), units, key)
        if term.unit == "half-lives" and not half_lives:
            message = f"found {term.text}, expected {units}"
            raise Refused(
                "P131", message, "half-lives count only in rules, whose exposures have one"
            )
        if term.unit == "working" and not working:
            message = f"found {term.text}, expected {units}"
            way_out = "working days count only from a milestone or visit, on its site's calendar"
            raise Refused("P135", message, way_out)
        if age and not re.fullmatch(r"\d+\s+(year|month|week|day)s?", term.text):
            raise Refused("P104", f"found {shown(term.text)}, expected {units}")
        days = term.days + term.working + term.minutes / 1440
        years = term.months / 12 + days / 365
        if max(years, term.half_lives / 10) > LONGEST_YEARS:
            message = f"found {shown(term.text)}, expected at most {LONGEST_YEARS} years"
            raise Refused("P104", message + (" or 1000 half-lives" if term.half_lives else ""))
        return term

    return parse


def _bad_duration(text: str, units: str, key: str) -> Refused:
    found, text = f"found {shown(text)}", text[:LOOKED_AT]
    if re.fullmatch(r"-\s*\S.*", text):
        way_out = f"write {key}: {shown(text[1:].strip())}" if key else ""
        if key == "target":
            way_out += ", and before: in place of after: for a visit ahead of its anchor"
        return Refused("P104", f"{found}, expected a duration of 0 or more", way_out)
    if _mixed(text):
        message = f"{found}, which mixes hours with days; expected {units}"
        return Refused("P130", message, "write all of it in hours, or all of it in days")
    if re.fullmatch(r"\d+[.,]\d+\s+(minute|hour|day|week|month|year)s?", text):
        way_out = "use a smaller unit, such as 10 days or 36 hours"
        return Refused("P104", f"{found}, expected a whole number", way_out)
    if re.fullmatch(_NUMBER, text):
        return Refused("P104", f"{found} without a unit, expected {units}")
    number, _, unit = text.partition(" ")
    unit = unit.strip()
    if unit.removesuffix("s") + "s" in _UNIT_WORDS:
        if re.fullmatch(r"[0-9]+", number):
            return Refused("P104", f"{found}, expected at most {LONGEST_YEARS} years")
        way_out = "write the number in the digits 0 to 9"
        return Refused("P104", f"{found}, expected {units}", way_out)
    guess = suggestion(unit.lower(), _UNIT_WORDS) if re.fullmatch(r"[0-9]+", number) else ""
    tail = guess.replace('mean "', f'mean "{number} ')
    return Refused("P104", f"{found}, expected {units}{tail}")


def _mixed(text: str) -> bool:
    if re.fullmatch(r"P(\d+[YMWD])+T(\d+[HM])+", text):
        return True
    words = re.findall(r"\d+\s*(minute|hour|day|week|month|year)", text)
    clock = {"minute", "hour"}
    return bool(clock & set(words)) and bool(set(words) - clock)


DAYS = "a number of days or weeks such as 14 days"


def whole_days(least: int) -> Callable[[RawText, str], int]:
    """Days or weeks as a count of days."""

    def parse(raw: RawText, key: str) -> int:
        term = duration(DAYS)(raw, key)
        if term.months or term.minutes or term.days < least:
            message = f"found {shown(term.text)}, expected {DAYS}"
            raise Refused("P104", message + (f", {least} or more" if term.days < least else ""))
        return term.days

    return parse
