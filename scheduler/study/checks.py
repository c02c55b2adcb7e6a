"""What can be checked of a table without the protocol: codes, words, half-lives, blanks.

Source: docs/study-folder.md.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scheduler.days import parse_half_life
from scheduler.errors import FaultList, did_you_mean, hidden_character, shown
from scheduler.study.beside import check_beside
from scheduler.study.cells import MISSING, MISSING_WAY_OUT, REPORTED, is_missing_word
from scheduler.study.tables import LAYOUTS, SEXES, Table
from scheduler.study.text_columns import text_column
from scheduler.study.twins import folded

STATUSES = ("done", "booked", "missed", "cancelled")
DECISIONS = ("clear", "exclude")
_LONGEST_CODE = 64
_MEANT = {
    "f": "female", "w": "female", "woman": "female", "m": "male", "man": "male",
    "complete": "done", "completed": "done", "planned": "booked", "scheduled": "booked",
    "canceled": "cancelled", "yes": "exclude", "no": "clear", "excluded": "exclude",
    "cleared": "clear", "include": "clear", "eligible": "clear",
}  # fmt: skip


_WORDS = {
    "participants": ("sex", SEXES), "dates": ("status", STATUSES),
    "decisions": ("decision", DECISIONS),
}  # fmt: skip


def checked_table(name: str, table: Table, faults: FaultList) -> Table:
    """A table with its words in small letters; every fault that it shows by itself is noted."""
    if name in _WORDS:
        head, words = _WORDS[name]
        table = _in_small_letters(table, head, words)
    check_table(name, table, faults)
    return table


def _in_small_letters(table: Table, head: str, words: tuple[str, ...]) -> Table:
    column = table.coded(head)
    texts = [text.lower() if text.lower() in words else text for text in column.texts]
    if texts == column.texts.tolist():
        return table
    small = text_column(column.codes, np.array(texts, object))
    return replace(table, columns={**table.columns, head: small})


def check_table(name: str, table: Table, faults: FaultList) -> None:
    """Notes every fault of one table that the table shows by itself."""
    for head in LAYOUTS[name].required:
        if head not in LAYOUTS[name].dates:
            _check_filled(table, head, faults)
    check_beside(name, table, faults)
    if name == "participants":
        _check_codes(table, faults)
        _check_words(table, "sex", SEXES, faults)
    elif name == "history":
        _check_each(table, "half_life", _half_life_fault, "S234", faults)
    elif name == "dates":
        _check_words(table, "status", STATUSES, faults)
    elif name == "decisions":
        _check_words(table, "decision", DECISIONS, faults)


def _check_filled(table: Table, head: str, faults: FaultList) -> None:
    for row in np.flatnonzero(table.coded(head).are("")):
        faults.add(
            "S230", table.place, int(table.rows[row]), head, "found a blank, expected a value"
        )


def _check_words(table: Table, head: str, allowed: tuple[str, ...], faults: FaultList) -> None:
    def fault(text: str) -> str:
        if text in allowed or (head == "sex" and text.lower() == "unknown"):
            return ""
        meant = _MEANT.get(text.lower(), "")
        close = meant if meant in allowed else did_you_mean(text.lower(), allowed)
        tail = f'; did you mean "{close}"?' if close else ""
        return f"found {shown(text)}, expected {', '.join(allowed[:-1])} or {allowed[-1]}{tail}"

    _check_each(table, head, fault, "S233", faults)


def _half_life_fault(text: str) -> str:
    minutes = parse_half_life(text)
    if minutes or text.lower() == "unknown":
        return ""
    return f"found {shown(text)}, expected a half-life such as 26 hours or 1.5 days"


def _check_each(
    table: Table, head: str, fault: Callable[[str], str], code: str, faults: FaultList
) -> None:
    """Judges each distinct text of a column once; blanks and cells told of before pass."""
    column = table.coded(head)
    told = ["" if text in ("", REPORTED) else fault(text) for text in column.texts]
    wrong = np.array([bool(text) for text in told], bool)
    for row in np.flatnonzero(column.told(wrong)) if wrong.any() else ():
        faults.add(code, table.place, int(table.rows[row]), head, told[column.codes[row]])


def _check_codes(table: Table, faults: FaultList) -> None:
    column = table.coded("participant")
    if not _plain("".join(column.texts)) or max(map(len, column.texts), default=0) > _LONGEST_CODE:
        _check_each(table, "participant", _code_fault, "S235", faults)
        _check_each(table, "participant", _name_warning, "S237", faults)
    _check_missing(table, faults)
    _warn_of_twins(table, faults)
    if len(column.texts) == len(column):
        return
    first = np.unique(column.codes, return_index=True)[1]
    for place in np.delete(np.arange(len(column)), first).tolist():
        code = column.texts[column.codes[place]]
        if code not in ("", REPORTED):
            text = f"found {shown(code)} again, expected each participant once"
            way_out = f"the first is in row {table.rows[first[column.codes[place]]]}"
            faults.add("S236", table.place, int(table.rows[place]), "participant", text, way_out)


def _check_missing(table: Table, faults: FaultList) -> None:
    column = table.coded("participant")
    for place in [place for place, text in enumerate(column.texts) if is_missing_word(text)]:
        for row in np.flatnonzero(column.codes == place):
            found = f"found {shown(column.texts[place])}, {MISSING}"
            number = int(table.rows[row])
            faults.add("S229", table.place, number, "participant", found, MISSING_WAY_OUT)


def _warn_of_twins(table: Table, faults: FaultList) -> None:
    """Warns of codes that only case or the spelling of letters tells apart."""
    column = table.coded("participant")
    keys: dict[str, int] = {}
    texts = column.texts.tolist()
    alike = folded(texts)
    if len(set(alike)) == len(alike):
        return
    for place, (code, plain) in enumerate(zip(texts, alike, strict=True)):
        other = keys.setdefault(plain, place)
        if other == place or REPORTED in (code, column.texts[other]):
            continue
        row = int(table.rows[np.flatnonzero(column.codes == place)[0]])
        first = int(table.rows[np.flatnonzero(column.codes == other)[0]])
        text = f"found {shown(code)}, which differs from {shown(column.texts[other])}"
        text += f" (row {first}) in case or spelling alone"
        faults.add("S256", table.place, row, "participant", text, "are they one person?")


def _plain(text: str) -> bool:
    """Whether a text is of printable ASCII without blanks, as nearly all codes are."""
    return text.isascii() and text.isprintable() and " " not in text


def _code_fault(code: str) -> str:
    if len(code) > _LONGEST_CODE:
        return f"found {len(code)} characters, expected at most {_LONGEST_CODE}"
    if hidden_character(code):
        return ""  # told with the other cells
    for character in code:
        if unicodedata.category(character) in ("Cf", "Co", "Cn"):
            return f"found the character U+{ord(character):04X}, expected readable text"
    return ""


_NAME = re.compile(r"[^\W\d_]{2,}[,.]? +[^\W\d_]{2,}.*")


def _name_warning(code: str) -> str:
    if not _NAME.fullmatch(code):
        return ""
    return f"found {shown(code)}, which looks like a name; use a code that tells nobody who it is"
