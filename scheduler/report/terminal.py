"""What a plan looks like on a terminal: who can be scheduled, what is next, what is missing.

Texts from the input are printed as they are; nothing in them is read as markup.
"""

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scheduler.days import FAR, date_of, day_of
from scheduler.report.cells import by_participant
from scheduler.report.progress_bar import console
from scheduler.report.run_json import warnings_of
from scheduler.report.tones import tone
from scheduler.report.worklist_said import MOST_TASKS, said_tasks
from scheduler.tables.frames import Frame, Row, total
from scheduler.wording.labelled import labels_of
from scheduler.wording.looks import TONES
from scheduler.wording.said_days import day_said
from scheduler.wording.todo import EVERYBODY

if TYPE_CHECKING:
    from scheduler.report.folder import WrittenFiles
    from scheduler.tables.tables import Tables

SAID = {
    "scheduled": "can be scheduled",
    "undetermined": "undetermined",
    "no_schedule": "without a schedule",
    "complete": "complete",
    "withdrawn": "withdrawn",
    "screen_failed": "failed at screening",
}
_MOST_ROWS, _MOST_REASONS, _MOST_LATER = 30, 5, 3
_MARGIN = " " * 13  # under the day that something is to be done by
_WIDE = 90  # columns from which two whole dates fit beside each other


def print_summary(plan: "Tables", written: "WrittenFiles | None" = None) -> None:
    """Print what a coordinator wants to know first of a plan: what is to do."""
    screen = console()
    print_tasks(screen, plan)
    _print_counts(screen, plan)
    _print_people(screen, plan)
    _print_conflicts(screen, plan)
    _print_open(screen, plan, written)


def print_tasks(screen: Console, plan: "Tables") -> None:
    """The worklist in the words of todo.csv; people who have not begun apart."""
    begun, later = said_tasks(plan.table("todo"), plan.as_of)
    screen.print(Text("To do, most urgent first", style="bold"))
    if not begun:
        screen.print(Text("  Nothing, for participants who have begun."))
    for row in begun[:MOST_TASKS]:
        _print_task(screen, row)
    _print_cut(screen, len(begun) - MOST_TASKS, "thing to do", "todo.csv", "things to do")
    if later:
        screen.print(Text("For participants who have not begun", style="bold"))
    for row in later[:_MOST_LATER]:
        _print_task(screen, row)
    _print_cut(screen, len(later) - _MOST_LATER, "thing to do", "todo.csv", "things to do")
    screen.print()


def _print_task(screen: Console, row: Row) -> None:
    _print_item(
        screen,
        f"{row['participant'] or EVERYBODY}: {row['what']}",
        f"  {row['by'] or 'no hurry':11}",
        _MARGIN,
    )
    if row["options"]:
        _print_item(screen, f"-> {row['options']}", _MARGIN, f"{_MARGIN}   ")
    if why := " ".join(filter(None, (row["why"], row["source"] and f"[{row['source']}]"))):
        _print_item(screen, why, _MARGIN, _MARGIN)


def _print_cut(screen: Console, more: int, one: str, file: str, many: str = "") -> None:
    """A pointer to the rest of a list that is cut."""
    if more > 0:
        noun = one if more == 1 else many or f"{one}s"
        screen.print(Text(f"  ... and {more} more {noun}: see {file}"))


def _print_counts(screen: Console, plan: "Tables") -> None:
    protocol, summary = plan.protocol, plan.table("summary")
    title = f"{protocol.id} version {protocol.version}, as of {plan.as_of.isoformat()}"
    screen.print(Text(title, style="bold"))
    counts = Counter(summary["state"].texts())
    parts = [f"{counts[state]} {said}" for state, said in SAID.items() if state in counts]
    screen.print(Text(f"{_many(len(summary), 'participant')}: {', '.join(parts)}"))


def _print_people(screen: Console, plan: "Tables") -> None:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=0)
    summary = plan.table("summary")
    widths = _widths(screen.width, summary)
    for head, width in widths.items():
        right = head in ("questions", "overdue")
        table.add_column(head, width=width, overflow="fold", justify="right" if right else "left")
    near = day_of(plan.as_of)
    for row in summary.head(_MOST_ROWS).records():
        state = row["state"]
        days = _days(row["next_first"], row["next_last"], near, widths["days"])
        table.add_row(
            Text(row["participant"]), Text(state.replace("_", " "), style=_style(state)),
            Text(row["label"]), Text(days),
            *(Text(str(row[name] or "")) for name in ("open_queries", "overdue")),
        )  # fmt: skip
    screen.print()
    screen.print(table)
    screen.print()
    _print_cut(screen, len(summary) - _MOST_ROWS, "participant", "summary.csv")


def _style(state: str) -> str:
    named = tone("summary", "state", state)
    return TONES[named].terminal if named else ""


def _widths(screen: int, summary: Frame) -> dict[str, int]:
    """Columns that fill a screen: what must fold are long codes, and days in two years."""
    wide = screen >= _WIDE
    widths = {"participant": 11, "state": 12, "next": 17, "days": 28 if wide else 18}
    widths |= {"questions": 9, "overdue": 7}
    left = screen - sum(widths.values()) - len(widths) + 1
    for head, column in (("next", "label"), ("participant", "participant")):
        longest = max(map(len, summary[column].texts()), default=0)
        more = min(max(0, left), max(0, longest - widths[head]))
        widths[head] += more
        left -= more
    widths["next"] += min(0, left)
    return {head: max(4, width) for head, width in widths.items()}


def _print_conflicts(screen: Console, plan: "Tables") -> None:
    groups = list(by_participant(plan.table("conflicts").rows()).items())
    if not groups:
        return
    labelled = labels_of(plan.protocol)
    screen.print(Text("Without a schedule, and why", style="bold"))
    for participant, rows in groups[:_MOST_REASONS]:
        screen.print(Text(f"  {participant}"))
        for row in rows:
            _print_item(screen, labelled(row["detail"].partition(" (")[0]))
            if row["frees"]:
                _print_item(screen, f"without it: {labelled(row['frees'])}", "      ", "      ")
    _print_cut(screen, len(groups) - _MOST_REASONS, "participant", "conflicts.csv")
    screen.print()


def _print_open(screen: Console, plan: "Tables", written: "WrittenFiles | None") -> None:
    summary = plan.table("summary")
    lines = [f"Open questions: {total(summary, 'open_queries')}, see queries.csv"]
    for column, file in (("overdue", "schedule.csv"), ("deviations", "deviations.csv")):
        if count := total(summary, column):
            lines.append(f"{column.capitalize()}: {count}, see {file}")
    if warnings := len(warnings_of(plan)):
        lines.append(f"{_many(warnings, 'warning')} above, kept in run.json")
    if written is not None:
        lines += _changes(written)
        lines.append(f"Written to {written.folder}")
    for line in lines:
        screen.print(Text(line))


def _changes(written: "WrittenFiles") -> list[str]:
    """What changed in the calendars; of a long list the beginning."""
    told = written.calendars.lines()
    more = len(told) - 1 - _MOST_REASONS
    cut = [f"  ... and {_many(more, 'more change')}: see calendars/changes.ics"] if more > 0 else []
    return told[: 1 + _MOST_REASONS] + cut


def print_agenda(plan: "Tables", days: int, full: bool = False) -> None:
    """Print the worklist; `full`: what is due in the coming days as well, day by day."""
    screen = console()
    title = f"{plan.protocol.id}, as of {plan.as_of.isoformat()}"
    screen.print(Text(title, style="bold"))
    print_tasks(screen, plan)
    if full:
        _print_days(screen, plan, days)


def _print_days(screen: Console, plan: "Tables", days: int) -> None:
    rows, labelled = plan.due(days).records(), labels_of(plan.protocol)
    screen.print(Text(f"{_many(days, 'day')} from {plan.as_of.isoformat()}", style="bold"))
    if not rows:
        screen.print(Text("Nothing is due."))
    for day, due in groupby(rows, lambda row: int(row["date"])):
        screen.print()
        screen.print(Text(f"{date_of(day):%A %Y-%m-%d}" if day < FAR else "", "bold"))
        for row in due:
            said = f"{row['participant']}: {labelled(row['sentence'])}"
            _print_item(screen, said, "  - ", "    ")


def _print_item(screen: Console, text: str, first: str = "    - ", rest: str = "      ") -> None:
    """Print a text with a hanging indent, and nothing behind its last word."""
    for number, line in enumerate(Text(text).wrap(screen, max(20, screen.width - len(rest)))):
        line.rstrip()
        screen.print(Text(rest if number else first) + line)


def _days(first: int, last: int, near: int, width: int) -> str:
    """The first and last day in words: `Mon 15 Jun to Fri 26 Jun`; on two lines where narrow."""
    if FAR in (first, last):
        return ""
    begin, end = (day_said(day, near) for day in (first, last))
    said = begin if begin == end else f"{begin} to {end}"
    return said if len(said) <= width else f"{begin} to\n{end}"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
