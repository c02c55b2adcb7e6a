"""Cells that would be lost beside a known column: the same under another head, a time of its own.

A workbook of `washout init` has every column; whoever adds `Stop date` beside an empty `end`, or
beside one that says another day, has written an end that nothing would read.
Source: docs/study-folder.md (tables).
"""

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from scheduler.days.written import PartialDate
from scheduler.errors import FaultList, did_you_mean, shown
from scheduler.study.cells import REPORTED, WORDS, Accepted, BadCell, read_cell
from scheduler.study.tables import LAYOUTS, OTHER_NAMES, SEXES, Table, normal_name

_HARMLESS = ("note", "by")
_ANY_DATE = Accepted(partial=True)
_CLOSER = 0.85  # `age` is no slip of `agent`
_TIMED = {"history": ("start", "end"), "dates": ("date",)}
_TIMES = frozenset(("time", "times", "clock", "hour", "hours", "uhrzeit", "heure", "hora"))
_TIMES_INSIDE = ("\u65f6\u95f4", "\u6642\u9593", "\u65f6\u523b", "\u6642\u523b")
_A_TIME = re.compile(r"\d{1,2}[:.h]\d{2}([:.]\d{2}(\.\d+)?)?( ?[ap]\.?m\.?)?", re.I | re.ASCII)
Flags = NDArray[np.bool_]


def check_beside(name: str, table: Table, faults: FaultList) -> None:
    """Notes what stands under a further head and is missing in the column that is read."""
    layout = LAYOUTS[name]
    for head in table.columns:
        if head in layout.columns:
            continue
        plain = normal_name(unicodedata.normalize("NFKC", head))
        meant = OTHER_NAMES.get(plain) or did_you_mean(plain, layout.columns, _CLOSER)
        if meant in table.columns and meant in layout.columns and meant not in _HARMLESS:
            _tell_other_head(table, head, meant, faults)
        if name in _TIMED and _names_times(plain):
            _tell_times(table, head, _TIMED[name], plain, faults)


def _tell_other_head(table: Table, head: str, meant: str, faults: FaultList) -> None:
    column = table.coded(head)
    said = np.array(
        [t not in ("", REPORTED) and t.lower() != "unknown" for t in column.texts], bool
    )
    lost = np.asarray(column.told(said) & table.coded(meant).are(""), bool)
    lost |= _contradicting(table, head, meant)
    if not lost.any():
        return
    row = int(np.flatnonzero(lost)[0])
    own = table.cell(meant, row)
    text = f"found {shown(table.cell(head, row))}{_more(lost)}, and "
    text += f"{shown(own) if own else 'a blank'} under {meant}, expected "
    text += "the same in both" if own else f"it under {meant}"
    text += f": the column {shown(head)} is not read"
    way_out = f"keep one of the two columns, as {meant}, or give the other a head unlike it"
    faults.add("S221", table.place, int(table.rows[row]), head, text, way_out)


def _contradicting(table: Table, head: str, meant: str) -> Flags:
    """Rows in which the two columns say different days, or different words of the few there are."""
    here, there = table.coded(head), table.coded(meant)
    pair, place = np.unique(
        here.codes.astype(np.int64) * len(there.texts) + there.codes, return_inverse=True
    )
    texts = [
        (str(here.texts[number // len(there.texts)]), str(there.texts[number % len(there.texts)]))
        for number in pair.tolist()
    ]
    dated = meant in LAYOUTS[table.name].dates
    told = [_other_day(*pair) if dated else _other_word(*pair) for pair in texts]
    return np.asarray(np.array(told, bool)[place] if told else place == -1, bool)


def _other_day(said: str, read: str) -> bool:
    """Whether a text is a day, and none that the cell which is read may mean."""
    day = _day(said)
    if day is None or read in ("", REPORTED):
        return False
    own = _day(read)
    if own is None:
        return read.lower() in WORDS
    return day.last < own.first or own.last < day.first


def _day(text: str) -> PartialDate | None:
    try:
        return read_cell(text, _ANY_DATE).date
    except BadCell:  # no date, or one with two readings
        return None


def _other_word(said: str, read: str) -> bool:
    return said.lower() in SEXES and read.lower() in SEXES and said.lower() != read.lower()


def _names_times(plain: str) -> bool:
    return bool(_TIMES & set(re.split(r"[\W_]+", plain))) or any(
        word in plain for word in _TIMES_INSIDE
    )


def _tell_times(
    table: Table, head: str, days: tuple[str, ...], plain: str, faults: FaultList
) -> None:
    column = table.coded(head)
    times = column.told(np.array([bool(_A_TIME.fullmatch(t)) for t in column.texts], bool))
    named = [day for day in days if day in plain] or [days[0]]
    day = table.coded(named[0])
    bare = day.told(np.array([bool(text) and ":" not in text for text in day.texts], bool))
    lost = np.asarray(times & bare, bool)
    if not lost.any():
        return
    row = int(np.flatnonzero(lost)[0])
    text = f"found the time {shown(table.cell(head, row))}{_more(lost)} apart from its day, "
    text += f"expected it in the column {named[0]}: the column {shown(head)} is not read"
    way_out = f"write it after its day, as {shown(table.cell(named[0], row))} "
    way_out += f"{shown(table.cell(head, row))}, or give the column a head without that word"
    faults.add("S215", table.place, int(table.rows[row]), head, text, way_out)


def _more(lost: Flags) -> str:
    count = int(lost.sum())
    return f" (and {count - 1} more)" if count > 1 else ""
