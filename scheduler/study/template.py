"""The empty study folder of `washout init`: tables with the right heads, and a workbook with lists.

Source: docs/study-folder.md.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scheduler.errors import NotWritable
from scheduler.protocol import UNSCHEDULED, Protocol
from scheduler.study.checks import DECISIONS, SEXES, STATUSES
from scheduler.study.tables import LAYOUTS

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WORKBOOK = "study.xlsx"
_LISTS = "lists"
_ROWS = 2000  # rows of the workbook that have drop-downs and formats
_SITES = """\
# The sites of the study. Take the marks off and put your own sites in.
# Without any site here every day is open, in the protocol's time zone.
#
# {site}:
#   timezone: {timezone}
#   weekend: [sat, sun]
#   holidays: CN                         # a country, or one of its parts such as US-NY
#   closed: [2026-02-16..2026-02-22]     # days on which this site is closed
#   open: [2026-02-14]                   # days on which it is open all the same
"""
_README = """\
The study folder of {id}: {title} (version {version})

participants.csv  one row a participant: a code that tells nobody who it is, and what is known
history.csv       one row for each thing that a rule may look at: what, from when, until when
dates.csv         one row for each date that is done, booked, missed or cancelled
decisions.csv     one row for each decision of an investigator on a rule that asks for one
sites.yaml        time zones, weekends, public holidays and closed days of the sites
{workbook}        the same tables in one workbook, with lists to choose from

Fill in either the CSV files or the workbook, and name the one you filled in:
    washout plan PROTOCOL FOLDER --as-of 2026-01-31 --out OUT
    washout plan PROTOCOL FOLDER/{workbook} --as-of 2026-01-31 --out OUT

Dates: 2026-03-02, with a time 2026-03-02 09:30, or as far as known: 2026-03, 2026.
history, start: a date, unknown, or none (it was asked and there was none).
history, end: a date, ongoing, unknown (it ended, nobody knows when), or blank (for a course:
nobody knows whether it ended).
dates, status: done, booked, missed (visits only) or cancelled.
Columns may be added; the protocol's `except` and `only` can look at them.

Events that rules look at:
{events}

Milestones and visits:
{nodes}

Rules that ask an investigator:
{rules}
"""


def init_study(directory: str | Path, protocol: Protocol) -> list[Path]:
    """The files of an empty study folder for a protocol, in the order in which they were written.

    Raises: NotWritable where one of them is there already (nothing is written then), or where the
    folder cannot be written.
    """
    folder = Path(directory)
    files = {f"{name}.csv": _csv(_heads(name, protocol)) for name in LAYOUTS}
    files["sites.yaml"] = _SITES.format(site="wuhan", timezone=protocol.timezone).encode()
    files["README.txt"] = _readme(protocol).encode()
    files[WORKBOOK] = _workbook(protocol)
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise NotWritable(f"{folder} holds {', '.join(there)} already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise NotWritable(f"{folder} cannot be written: {error.strerror}") from error
    return [folder / name for name in files]


def _heads(table: str, protocol: Protocol) -> list[str]:
    """The columns of a table, and those attributes that the protocol's conditions look at."""
    heads = list(LAYOUTS[table].columns)
    conditions = []
    if table == "participants":
        conditions = [rule.only for rule in protocol.rules]
        conditions += [gap.only for gap in protocol.gaps]
        conditions += [visit.only for visit in protocol.visits]
    elif table == "history":
        conditions = [rule.exempt for rule in protocol.rules]
    extra = [name for condition in conditions for name in condition]
    known = [*heads[:-1], *extra, heads[-1]] if heads[-1] == "note" else [*heads, *extra]
    return list(dict.fromkeys(known))


def _csv(heads: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(heads)
    return text.getvalue().encode("utf-8")


def _ruled_events(protocol: Protocol) -> list[str]:
    ruled = {name for rule in protocol.rules for name in rule.events}
    return [event.name for event in protocol.events if event.name in ruled]


def _readme(protocol: Protocol) -> str:
    kinds = {event.name: "a day" if event.point else "a span" for event in protocol.events}
    labels = {event.name: event.label for event in protocol.events}
    events = [f"  {name}: {labels[name]} ({kinds[name]})" for name in _ruled_events(protocol)]
    nodes = [f"  {node.name}: {node.label}" for node in protocol.nodes]
    rules = [f"  {rule.id}: {rule.summary}" for rule in protocol.rules if rule.judgement]
    return _README.format(
        id=protocol.id, title=protocol.title, version=protocol.version, workbook=WORKBOOK,
        events="\n".join(events) or "  none", nodes="\n".join([*nodes, f"  {UNSCHEDULED}"]),
        rules="\n".join(rules) or "  none",
    )  # fmt: skip


def _workbook(protocol: Protocol) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name in LAYOUTS:
        _sheet(book, name, _heads(name, protocol))
    choices = {
        ("participants", "sex"): list(SEXES),
        ("history", "event"): _ruled_events(protocol),
        ("dates", "milestone"): [*(node.name for node in protocol.nodes), UNSCHEDULED],
        ("dates", "status"): list(STATUSES),
        ("decisions", "rule"): [rule.id for rule in protocol.rules if rule.judgement],
        ("decisions", "decision"): list(DECISIONS),
        ("decisions", "event"): _ruled_events(protocol),
    }
    lists = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    for number, ((table, head), words) in enumerate(choices.items(), 1):
        if words:
            _drop_down(book[table], head, lists, number, words)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _sheet(book: "Workbook", name: str, heads: list[str]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    sheet.append(heads)
    sheet.freeze_panes = "A2"
    for number, head in enumerate(heads, 1):
        sheet.cell(1, number).font = Font(bold=True)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(14, len(head) + 4)
        if head in LAYOUTS[name].dates or head in ("participant", "protocol_version"):
            # as text, so that the spreadsheet does not turn 2026-03 or 007 into something else
            for row in range(2, _ROWS + 2):
                sheet.cell(row, number).number_format = "@"


def _drop_down(
    sheet: "Worksheet", head: str, lists: "Worksheet", number: int, words: list[str]
) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(number)
    lists.cell(1, number, f"{sheet.title} {head}")
    for row, word in enumerate(words, 2):
        lists.cell(row, number, word).data_type = "s"
    choice = DataValidation(
        type="list", formula1=f"{_LISTS}!${letter}$2:${letter}${len(words) + 1}", allow_blank=True,
        showErrorMessage=True, errorTitle="Not in the list",
        error=f"Choose one of the listed words for {head}.",
    )  # fmt: skip
    heads = [cell.value for cell in sheet[1]]
    column = get_column_letter(heads.index(head) + 1)
    choice.add(f"{column}2:{column}{_ROWS + 1}")
    sheet.add_data_validation(choice)
