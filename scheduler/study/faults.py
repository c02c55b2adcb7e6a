"""The fault codes of study folders, and the order of their faults."""

import re

from scheduler.errors import FaultList

CODES: dict[str, str] = {
    "S200": "the study is not there, or is neither a folder of CSV files nor an .xlsx workbook",
    "S201": "there is no table of participants, or it has no rows",
    "S202": "the file is not UTF-8 text",
    "S203": "a control character, an invisible direction mark, or half a character",
    "S204": "the file is not well-formed CSV",
    "S205": "the separator of the columns cannot be told",
    "S206": "the workbook, or a sheet of it, cannot be read",
    "S207": "(warning) a workbook beside CSV files, or a store of the desk, that is not read",
    "S208": "the same table twice",
    "S209": "the description of the sites cannot be read",
    "S210": "a key or value in the description of the sites that is not known there",
    "S211": "(warning) there is no table of history",
    "S212": "(warning) public holidays that differ by part of the country, or a class of them that "
    "is left out",
    "S213": "a table under another name, which would not be read",
    "S214": "a setting of the study that cannot be read",
    "S215": "times in a column of their own, apart from their days",
    "S220": "a column is missing",
    "S221": "a column that looks like a slip of a known one, or says what the known one lacks or "
    "contradicts",
    "S222": "a column twice",
    "S223": "cells beyond the last column that has a head",
    "S224": "(warning) a row that ends before the last column; the rest counts as blank",
    "S225": "merged cells",
    "S226": "a cell or row that is struck out",
    "S227": "(warning) a sheet, row or column that is hidden, and read all the same",
    "S228": "rows above the heads",
    "S229": "a word by which programs mark a missing value",
    "S230": "a blank where a value is needed",
    "S231": "not a date",
    "S232": "a date with more than one reading",
    "S233": "none of the words that are allowed",
    "S234": "not a half-life",
    "S235": "a participant code that cannot be used",
    "S236": "a participant twice",
    "S237": "(warning) a participant code that looks like a person's name",
    "S238": "a number, date or truth value where text is expected, or the other way round",
    "S239": "a formula without a stored value, or a cell that shows an error",
    "S240": "a participant who is not in the table of participants",
    "S241": "no such milestone or visit",
    "S242": "no such rule",
    "S243": "an event that looks like a slip of one that the protocol knows",
    "S244": "(warning) an event that the protocol does not know",
    "S245": "(warning) an attribute value that looks like a slip of one that a rule names",
    "S246": "(warning) attribute values that no rule names, where rules hold only for named ones",
    "S247": "a site that is not described, or a participant without one",
    "S248": "a protocol version that is neither the protocol's own nor in its folder of versions",
    "S249": "(warning) a column that looks like a slip of an attribute that the protocol uses",
    "S250": "done after the day the plan is made for",
    "S251": "two rows say that the same thing is done",
    "S252": "two bookings for the same thing",
    "S253": "a milestone that is said to be missed",
    "S254": "a local time that the clocks of the site skip",
    "S255": "(warning) a column of a type that is not read, left out because no rule looks at it",
    "S256": "(warning) two participant codes that differ in case or spelling alone",
    "S257": "a task with another status than done",
    "S258": "not the number of an attempt",
    "S259": "a date of a later attempt than the participant is in",
    "S260": "an end before the start",
    "S261": "an unknown end of something that starts after the day the plan is made for",
    "S262": "an end for something that was asked and not there",
    "S263": "(warning) an event that one row denies and another row records",
    "S270": "withdrawn or failed at screening after the day the plan is made for",
    "S271": "both withdrawn and failed at screening",
    "S272": "born after the day the plan is made for",
    "S280": "a decision after the day the plan is made for",
    "S281": "two decisions of the same day on the same thing",
    "S282": "a decision on a rule that leaves nothing to a judgement",
    "S283": "a decision that does not name one exposure that is there",
}

_TABLES = ("participants", "history", "dates", "decisions", "sites")


def study_faults() -> FaultList:
    """An empty list for the faults of a study, in the order of its tables."""
    return FaultList(CODES, rank=_rank)


def _rank(place: str) -> int:
    """The place of a table among the tables: history.csv and study.xlsx[history] are one."""
    name = re.sub(r".*\[|\]$|\.csv$|\.yaml$", "", place.strip().lower())
    return _TABLES.index(name) if name in _TABLES else len(_TABLES)
