"""The workbook of an empty study: lists to choose from, a word about each column, how to go on.

Source: docs/study-folder.md.
"""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scheduler.protocol import UNSCHEDULED, Protocol
from scheduler.study.checks import DECISIONS, STATUSES
from scheduler.study.tables import LAYOUTS, SEXES

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

HOW_TO = "How to"
ATTEMPT = "attempt"
ATTEMPTED = ("participants", "dates")  # tables that say which attempt at screening it is
_ATTEMPTS = range(1, 10)
_LISTS = "lists"
_ROWS = 2000  # rows of the workbook that have drop-downs and formats
_PROMPTS = {
    "participant": "A code that tells nobody who it is.",
    "birth_date": "2008-05-01, or as far as known: 2008-05, 2008.",
    "start": "2026-03-02, 2026-03-02 09:30, 2026-03, 2026, unknown, or none (asked, none).",
    "end": "A date, ongoing, unknown (ended, nobody knows when), or blank.",
    "date": "2026-03-02, with a time 2026-03-02 09:30.",
    "withdrawn": "The day on which the participant left the study.",
    "screen_failed": "The day on which screening failed.",
    "half_life": "26 hours, or 1.5 days.",
    ATTEMPT: "Blank, or 2, 3, ... for who is screened again.",
}


def study_workbook(protocol: Protocol, heads: Mapping[str, list[str]], how_to: str) -> bytes:
    """The workbook of an empty study: a sheet a table, with lists of labels and a word a column."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name in LAYOUTS:
        _sheet(book, name, heads[name])
    choices: dict[tuple[str, str], Sequence[str | int]] = {
        ("participants", "sex"): list(SEXES),
        ("history", "event"): _said_events(protocol),
        ("dates", "milestone"): _said_dates(protocol),
        ("dates", "status"): list(STATUSES),
        ("decisions", "rule"): [rule.id for rule in protocol.rules if rule.judgement],
        ("decisions", "decision"): list(DECISIONS),
        ("decisions", "event"): _said_events(protocol),
        **{(table, ATTEMPT): _ATTEMPTS for table in ATTEMPTED},
    }
    lists = book.create_sheet(_LISTS)
    lists.sheet_state = "hidden"
    for number, ((table, head), words) in enumerate(choices.items(), 1):
        if words:
            _drop_down(book[table], head, lists, number, words)
    _how_to(book, how_to)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ruled_events(protocol: Protocol) -> list[str]:
    """The events that a rule looks at, in the protocol's order."""
    ruled = {name for rule in protocol.rules for name in rule.events}
    return [event.name for event in protocol.events if event.name in ruled]


def _said_events(protocol: Protocol) -> list[str]:
    wanted = set(ruled_events(protocol))
    return _said([(e.name, e.label) for e in protocol.events if e.name in wanted])


def _said_dates(protocol: Protocol) -> list[str]:
    """Milestones, visits, tests, tasks by label; one occurrence of several by its numbered id."""
    nodes = [(n.name, n.name if n.occurrence else n.label) for n in protocol.steps]
    tests = [(test.id, test.label) for test in protocol.tests]
    tasks = [(i.name, i.name if "#" in i.name else i.label) for i in protocol.task_items]
    said = _said([*nodes, *tests, *tasks])
    visits = len(nodes) + len(tests)
    return [*said[:visits], UNSCHEDULED, *said[visits:]]


def _said(pairs: list[tuple[str, str]]) -> list[str]:
    """Labels where each stands for one thing alone, else ids."""
    counts = Counter(label.casefold() for _, label in pairs)
    names = {name.casefold() for name, _ in pairs}
    return [
        label
        if counts[label.casefold()] == 1 and label.casefold() not in names - {name.casefold()}
        else name
        for name, label in pairs
    ]


def _how_to(book: "Workbook", text: str) -> None:
    sheet = book.create_sheet(HOW_TO, 0)
    sheet.column_dimensions["A"].width = 110
    for row, line in enumerate(text.splitlines(), 1):
        sheet.cell(row, 1, line).data_type = "s"
    book.active = 0


def _sheet(book: "Workbook", name: str, heads: list[str]) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet = book.create_sheet(name)
    sheet.append(heads)
    sheet.freeze_panes = "A2"
    for number, head in enumerate(heads, 1):
        sheet.cell(1, number).font = Font(bold=True)
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(14, len(head) + 4)
        if head in _PROMPTS and head != ATTEMPT:  # that has a list, and a cell has one of both
            prompt = DataValidation(promptTitle=head, prompt=_PROMPTS[head], showInputMessage=True)
            prompt.add(f"{letter}2:{letter}{_ROWS + 1}")
            sheet.add_data_validation(prompt)
        if head in LAYOUTS[name].dates or head in ("participant", "protocol_version"):
            # as text, so that the spreadsheet does not turn 2026-03 or 007 into something else
            for row in range(2, _ROWS + 2):
                sheet.cell(row, number).number_format = "@"


def _drop_down(
    sheet: "Worksheet", head: str, lists: "Worksheet", number: int, words: Sequence[str | int]
) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(number)
    lists.cell(1, number, f"{sheet.title} {head}")
    for row, word in enumerate(words, 2):
        lists.cell(row, number, word).data_type = "n" if isinstance(word, int) else "s"
    choice = DataValidation(
        type="list", formula1=f"{_LISTS}!${letter}$2:${letter}${len(words) + 1}", allow_blank=True,
        showErrorMessage=True, errorTitle="Not in the list",
        error=f"Choose one of the listed words for {head}.", prompt=_PROMPTS.get(head),
        promptTitle=head if head in _PROMPTS else None, showInputMessage=head in _PROMPTS,
    )  # fmt: skip
    heads = [cell.value for cell in sheet[1]]
    column = get_column_letter(heads.index(head) + 1)
    choice.add(f"{column}2:{column}{_ROWS + 1}")
    sheet.add_data_validation(choice)
