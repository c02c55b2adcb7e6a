"""report.xlsx: the tables of a plan as one workbook that people read, filter and print.

Source: docs/contract.md (what `plan` writes).
"""

from collections.abc import Mapping, Sequence

from scheduler.report.inputs import fingerprint, inputs_of
from scheduler.report.run_json import versions, warnings_of
from scheduler.report.tones import WORDS
from scheduler.report.xlsx import Book, Sheet, book_bytes
from scheduler.tables.columns import text_column
from scheduler.tables.frames import Frame
from scheduler.tables.tables import TABLES, Tables

# The worklist is for paper too: its texts are folded, and of its columns those up to `why` printed.
_FOLDED = {"todo": {"step": 22, "what": 36, "options": 30, "why": 30, "source": 22}}
_LAST_PRINTED = {"todo": "why"}


def workbook_bytes(plan: Tables, tables: Mapping[str, Frame]) -> bytes:
    """What stands in report.xlsx, given the tables of the CSV files by name?

    One sheet a table, with the values of the CSV files: dates as dates, numbers as numbers, every
    text as a text. Behind them: the assumptions, a legend, and what the plan was made from.
    """
    sheets = [_sheet(name, table, f"{name}.csv") for name, table in tables.items()]
    sheets.append(_sheet("assumptions", plan.table("assumptions"), "run.json"))
    sheets += [_legend([*tables, "assumptions"]), Sheet("about", _about(plan))]
    protocol = plan.protocol
    title = f"{protocol.id} version {protocol.version}, as of {plan.as_of.isoformat()}"
    return book_bytes(Book(sheets, plan.as_of, title, f"{title}, inputs {fingerprint(plan)}"))


def _sheet(name: str, table: Frame, elsewhere: str) -> Sheet:
    tones = {
        column: {value: word.tone for value, word in words.items()}
        for (owner, column), words in WORDS.items()
        if owner == name
    }
    last = _LAST_PRINTED.get(name)
    printed = 1 + table.heads.index(last) if last else 0
    return Sheet(name, table, tones, elsewhere, _FOLDED.get(name, {}), printed)


def _legend(names: Sequence[str]) -> Sheet:
    """What sheets and coloured words mean; the words stand in their colours."""
    says = {table.file or table.name: table.says for table in TABLES}
    rows = [(name, "", "", says[name]) for name in names]
    rows += [
        (name, column, value, word.meaning)
        for (name, column), words in WORDS.items()
        if name in names
        for value, word in words.items()
    ]
    tones = {value: word.tone for words in WORDS.values() for value, word in words.items()}
    return Sheet(
        "legend", _of_texts(("sheet", "column", "value", "meaning"), rows), {"value": tones}
    )


def _about(plan: Tables) -> Frame:
    """Which protocol, day, files and versions made the workbook."""
    protocol = plan.protocol
    rows = [
        ("protocol", protocol.id),
        ("title", protocol.title),
        ("protocol version", protocol.version),
        ("protocol date", protocol.date.isoformat()),
        ("as of", plan.as_of.isoformat()),
        ("strict", "yes" if plan.strict else "no"),
        ("participants", str(len(plan.participants))),
        ("fingerprint of the inputs", fingerprint(plan)),
    ]
    rows += [(f"SHA-256 of {name}", digest) for name, digest in inputs_of(plan).items()]
    rows += [(f"version of {name}", value) for name, value in versions().items()]
    rows += [("warning", text) for text in warnings_of(plan)]
    return _of_texts(("item", "value"), rows)


def _of_texts(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Frame:
    columns = zip(*rows, strict=True)
    return Frame({head: text_column(column) for head, column in zip(heads, columns, strict=True)})
