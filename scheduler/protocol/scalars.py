"""The single values of a protocol file: texts, names, dates, durations, numbers, words.

Each is a pair of a strict parser of the raw text and the JSON Schema that says the same.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from scheduler.days import parse_date, parse_half_life, parse_time
from scheduler.errors import hidden_character, shown, suggestion
from scheduler.protocol.durations import DAYS, LONGEST_YEARS, LOOKED_AT, duration, whole_days
from scheduler.protocol.nodes import BIRTH, FIXED_NODES
from scheduler.protocol.tasks import UNSCHEDULED
from scheduler.yaml_text.faults import Refused
from scheduler.yaml_text.kinds import Scalar
from scheduler.yaml_text.tree import RawText, retyped_as

ID_PATTERN = r"^[A-Za-z][A-Za-z0-9_.-]*$"
PHRASE_WORDS = 12
MOST_TIMES = 1000
_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _text(raw: RawText, key: str, keep: tuple[str, ...] = ()) -> str:
    """A text field: nothing that YAML would retype unless quoted, no control characters."""
    value = raw.value.rstrip("\n") if raw.quoted else raw.value
    kind = "" if raw.quoted else retyped_as(value)
    if kind and kind not in keep:
        start = f"{key}: " if key else ""
        message = f"found {shown(value)} without quotes, which YAML reads as {kind}; expected text"
        raise Refused("P110", message, f'write {start}"{shown(value)}"')
    if not value.strip():
        raise Refused("P109", "found an empty text, expected one with something in it")
    if bad := hidden_character(value, besides=""):
        way_out = "write it on one line, or use > in place of |" if bad == "U+000A" else ""
        raise Refused("P127", f"found the character {bad}, expected readable text", way_out)
    return value


def _free(raw: RawText, key: str) -> str:
    return _text(raw, key, keep=("a date",))


def _item(raw: RawText, key: str) -> str:
    whole = not raw.quoted and re.fullmatch(r"0|[1-9][0-9]*", raw.value)
    return raw.value if whole else _text(raw, key)


def _identifier(raw: RawText, key: str) -> str:
    value = _text(raw, key)
    if not re.fullmatch(ID_PATTERN.strip("^$"), value):
        allowed = "a letter, then letters, digits, and the signs _ . -"
        raise Refused("P114", f'found the id "{shown(value)}", expected {allowed}')
    return value


def _node_id(raw: RawText, key: str) -> str:
    value = _identifier(raw, key)
    if value in (*FIXED_NODES, BIRTH, UNSCHEDULED):
        raise Refused("P114", f"found the id {value}, which is reserved; expected another one")
    return value


def _date(raw: RawText, key: str) -> str:
    found = parse_date(raw.value) if re.fullmatch(_DATE_PATTERN, raw.value) else None
    if found is None:
        message = f"found {shown(raw.value)}, expected a date from 1900 to 2100 such as 2026-01-15"
        raise Refused("P111", message, _date_tip(raw.value))
    return raw.value


def _date_tip(value: str) -> str:
    written = re.search(r"\d+[/.]\d+|\d-[A-Za-z]", value[:LOOKED_AT])
    return "write year-month-day" if written else ""


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """The IANA time zones, the same on every machine (the system's own list is not)."""
    from importlib.resources import files  # loads much, and is wanted for a slip alone

    listed = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    return frozenset(listed) - {"Factory"}


def _zone(raw: RawText, key: str) -> str:
    value, known = _text(raw, key), zone_names()
    if value not in known:
        offset = re.search(r"[+-]\s*\d", value)
        tail = "" if offset else _city(value, known) or suggestion(value, sorted(known))
        way_out = "" if tail else "write a name of the IANA list, such as Asia/Shanghai or UTC"
        raise Refused("P112", f'no time zone "{shown(value)}"{tail}', way_out)
    return value


def _city(value: str, known: frozenset[str]) -> str:
    wanted = value.replace(" ", "_").lower().rpartition("/")[2]
    close = sorted(name for name in known if name.lower().rpartition("/")[2] == wanted)
    return f'; did you mean "{close[0]}"?' if close else ""


_BOOLEANS = {"yes": True, "true": True, "no": False, "false": False}


def _boolean(raw: RawText, key: str) -> bool:
    if raw.quoted or raw.value not in _BOOLEANS:
        found = f'the text "{shown(raw.value)}"' if raw.quoted else shown(raw.value)
        way_out = "write it without quotes" if raw.value in _BOOLEANS else ""
        if not raw.quoted and raw.value.lower() in _BOOLEANS:
            way_out = f"write {raw.value.lower()} in small letters"
        raise Refused("P109", f"found {found}, expected yes or no", way_out)
    return _BOOLEANS[raw.value]


def _whole(most: int) -> Callable[[RawText, str], int]:
    def parse(raw: RawText, key: str) -> int:
        plain = not raw.quoted and re.fullmatch(r"[1-9][0-9]{0,9}", raw.value)
        if not plain or int(raw.value) > most:
            found = f'the text "{shown(raw.value)}"' if raw.quoted else shown(raw.value)
            way_out = "write it without quotes" if raw.quoted and raw.value.isdecimal() else ""
            message = f"found {found}, expected a whole number from 1 to {most}"
            raise Refused("P128", message, way_out)
        return int(raw.value)

    return parse


def _time(raw: RawText, key: str) -> int:
    found = parse_time(raw.value) if raw.value.isascii() else None
    if found is not None and not raw.quoted:
        message = f"found {raw.value} without quotes, which YAML may read as a number of minutes"
        raise Refused(
            "P110", f"{message}; expected a time in quotes", f'write {key}: "{raw.value}"'
        )
    if found is None:
        message = f'found {shown(raw.value)}, expected a time from "00:00" to "23:59"'
        way_out = f'write "0{raw.value}"' if parse_time(f"0{raw.value}") is not None else ""
        raise Refused("P129", message, way_out)
    return found


def _choice(*words: str) -> Scalar:
    expected = " or ".join(words)

    def parse(raw: RawText, key: str) -> str:
        if raw.value not in words:
            tail = suggestion(raw.value, words)
            raise Refused("P109", f"found {shown(raw.value)}, expected {expected}{tail}")
        return raw.value

    return Scalar(expected, expected, parse, {"enum": list(words)})


def _phrase(raw: RawText, key: str) -> str:
    value = _text(raw, key)
    if (count := len(value.split())) > PHRASE_WORDS:
        message = f"found a phrase of {count} words, expected at most {PHRASE_WORDS}"
        raise Refused("P116", message, "keep the words for the time; say the rest in summary")
    return value


def _attribute_value(raw: RawText, key: str) -> str:
    value = _text(raw, key)
    if value == "unknown":
        raise Refused("P109", "found unknown, which stands for a blank; expected a value")
    return value


def _half_life(raw: RawText, key: str) -> tuple[float, str]:
    found = parse_half_life(raw.value) if raw.value.isascii() else None
    if not found or found > LONGEST_YEARS * 365 * 1440:
        message = f"found {shown(raw.value)}, expected a half-life such as 26 hours or 1.5 days"
        raise Refused("P104", message)
    return found, raw.value


_PLAIN = r"^\d+\s+(minute|hour|day|week|month|year)s?$"
_ISO = r"^P(?=.)((\d+Y)?(\d+M)?(\d+W)?(\d+D)?|T(?=.)(\d+H)?(\d+M)?)$"
_WORKING = r"^\d+\s+working\s+days?$"
_HALVES = r"^\d+(\.\d+)?\s+half-li(fe|ves)$"


def _string(pattern: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"pattern": pattern} if pattern else {}), **more}


def _patterns(*patterns: str) -> dict[str, Any]:
    return {"type": "string", "anyOf": [{"pattern": pattern} for pattern in patterns]}


def whole_number(most: int) -> Scalar:
    """Whole numbers from 1; the schema also takes them from loaders that keep all as text."""
    schema = {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": most},
            {"type": "string", "pattern": r"^[1-9]\d*$"},
        ]
    }
    return Scalar("whole number", f"a whole number from 1 to {most}", _whole(most), schema)


TEXT = Scalar("text", "text", _text, _string(minLength=1))
FREE = Scalar("text", "text", _free, _string(minLength=1))
ITEM = Scalar("text or number", "text or a whole number", _item, {"type": ["string", "integer"]})
PHRASE = Scalar("at most twelve words", "the source's own words", _phrase, _string(minLength=1))
ID = Scalar("id", "an id", _identifier, _string(ID_PATTERN))
NODE_ID = Scalar("id", "an id", _node_id, _string(ID_PATTERN))
NODE = Scalar("node", "the name of a milestone or visit", _text, _string(minLength=1))
EVENT = Scalar("event", "the name of an event", _text, _string(minLength=1))
VALUE = Scalar("value", "a value", _attribute_value, _string(minLength=1))
DATE = Scalar("date", "a date such as 2026-01-15", _date, _string(_DATE_PATTERN))
ZONE = Scalar("time zone", "a time zone such as Asia/Shanghai", _zone, _string(minLength=1))
FLAG = Scalar(
    "yes or no", "yes or no", _boolean, {"enum": [True, False, "yes", "no", "true", "false"]}
)
TIME = Scalar("time", 'a time such as "10:00"', _time, _string(r"^([01]\d|2[0-3]):[0-5]\d$"))
KIND = _choice("point", "course")
BOUNDARY = _choice("inclusive", "exclusive")
INVESTIGATOR = _choice("investigator")
ANY = _choice("any")
UNKNOWN = _choice("unknown")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = _choice(*WEEKDAYS)
_SPAN = "a duration such as 28 days, 3 months or 72 hours"
WHOLE_SPAN = Scalar("duration", _SPAN, duration(_SPAN), _patterns(_PLAIN, _ISO))
SPAN = Scalar("duration", _SPAN, duration(_SPAN, working=True), _patterns(_PLAIN, _ISO, _WORKING))
TERM = Scalar(
    "duration or half-lives", "a duration such as 4 weeks, 72 hours or 5 half-lives",
    duration("a duration such as 4 weeks, 72 hours or 5 half-lives", half_lives=True),
    _patterns(_PLAIN, _ISO, _HALVES),
)  # fmt: skip
_IN_DAYS = _patterns(r"^\d+\s+(day|week)s?$", r"^P(?=.)(\d+W)?(\d+D)?$")
PAUSE = Scalar("days or weeks", DAYS, whole_days(0), _IN_DAYS)
DAYS_COUNTED = Scalar("days or weeks", DAYS, whole_days(1), _IN_DAYS)
AGE = Scalar(
    "years, months, weeks or days", "an age such as 18 years, 6 months or 6 weeks",
    duration("an age such as 18 years, 6 months or 6 weeks", age=True),
    _patterns(r"^\d+\s+(year|month|week|day)s?$"),
)  # fmt: skip
HALF_LIFE = Scalar(
    "half-life", "a half-life such as 26 hours or 1.5 days", _half_life,
    _patterns(r"^\d+(\.\d+)?\s+(hour|day)s?$"),
)  # fmt: skip
