"""The settings of a study: study.yaml in its folder, what else would be typed at every command.

All keys are optional. Source: docs/study-folder.md (settings).
"""

import re
from dataclasses import dataclass
from pathlib import Path

from scheduler.errors import Fault, FaultList, shown, suggestion
from scheduler.protocol.scalars import TEXT
from scheduler.study.faults import study_faults
from scheduler.study.heads import plain_name
from scheduler.yaml_text.faults import Refused, yaml_faults
from scheduler.yaml_text.kinds import Either, Listing, Scalar
from scheduler.yaml_text.records import Key, RecordKind
from scheduler.yaml_text.tree import RawText, compose

SETTINGS_FILE = "study.yaml"
DATE_ORDERS = ("dmy", "mdy", "ymd")
CALENDAR_WORDS = (
    "detailed", "planned", "restrictions", "questions", "booked-windows", "no-alarms",
    "site-alarms", "milestones-only",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StudySettings:
    """What study.yaml says; empty where it says nothing.

    `protocol` and `out` are paths as written, seen from the study's folder. `dates` is the order
    of dates that have two readings: dmy, mdy or ymd. `language` is a code such as `en` or `zh`,
    for the names of week days. `ignore` names files and sheets that are left alone. `calendars`
    are the options of calendars by the words of the command line.
    """

    protocol: str = ""
    out: str = ""
    dates: str = ""
    language: str = ""
    ignore: tuple[str, ...] = ()
    calendars: tuple[str, ...] = ()

    @property
    def ignored(self) -> frozenset[str]:
        """The names of `ignore` as names are compared."""
        return frozenset(map(plain_name, self.ignore))


def read_settings(folder: str | Path) -> tuple[StudySettings, list[Fault]]:
    """The settings in a study's folder (or beside a study's workbook), and every fault in them.

    A folder without such a file has none, and no fault.
    """
    faults = study_faults()
    place = Path(folder)
    path = (place if place.is_dir() else place.parent) / SETTINGS_FILE
    if not path.is_file():
        return StudySettings(), []
    return parse_settings(path.name, path.read_bytes(), faults), faults.all


def parse_settings(place: str, content: bytes, faults: FaultList) -> StudySettings:
    """The settings in the bytes of a file, as far as they can be read."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        found = f"found the byte 0x{content[error.start]:02X}, expected UTF-8 text"
        faults.add("S202", place, row, "", found, "save the file as UTF-8")
        return StudySettings()
    own = yaml_faults(place)
    tree = compose(text, own)
    empty = tree is None or (isinstance(tree, RawText) and not tree.value and not tree.quoted)
    fields = {} if empty or tree is None else _SETTINGS.read(tree, "", "", own).value or {}
    for fault in own.all:
        line = fault.place.rpartition(":")[2]
        row_number = int(line) if line.isdigit() else None
        faults.add("S214", place, row_number, fault.path, fault.message, fault.way_out)
    values = {name: field.value for name, field in fields.items() if field.ok}
    for name in ("ignore", "calendars"):
        value = values.get(name, ())
        one = isinstance(value, str)
        values[name] = (value,) if one else tuple(item.value for item in value)
    return StudySettings(**values)


def _word(allowed: tuple[str, ...], noun: str) -> Scalar:
    expected = f"{', '.join(allowed[:-1])} or {allowed[-1]}"

    def parse(raw: RawText, key: str) -> str:
        if raw.value in allowed:
            return raw.value
        close = suggestion(raw.value, allowed)
        raise Refused("P109", f"found {shown(raw.value)}, expected {expected}{close}")

    return Scalar(noun, expected, parse, {"enum": list(allowed)})


def _language(raw: RawText, key: str) -> str:
    if re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", raw.value, re.ASCII):
        return raw.value
    raise Refused("P109", f"found {shown(raw.value)}, expected a language such as en or zh")


_LANGUAGE = Scalar("language", "a language such as en or zh", _language, {"type": "string"})
_CALENDARS = _word(CALENDAR_WORDS, "word")
_SETTINGS = RecordKind(
    "the settings",
    f"keys and values, such as dates: {DATE_ORDERS[0]}",
    (
        Key("protocol", TEXT, "the protocol file or its folder, seen from this folder"),
        Key("out", TEXT, "the folder that plans are written into, seen from this folder"),
        Key("dates", _word(DATE_ORDERS, "order"), "the order of dates that have two readings"),
        Key("language", _LANGUAGE, "the language of week days"),
        Key("ignore", Either(TEXT, Listing(TEXT), "a name or a list of names", "names"),
            "files and sheets that are left alone"),
        Key("calendars", Either(_CALENDARS, Listing(_CALENDARS), "a word or a list", "words"),
            "options of the calendars"),
    ),
)  # fmt: skip
