"""The empty study folder of `washout init`: tables with the right heads, and a workbook with lists.

Source: docs/study-folder.md.
"""

import csv
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path

from scheduler.errors import NotWritable
from scheduler.protocol import UNSCHEDULED, Protocol
from scheduler.study.settings import SETTINGS_FILE
from scheduler.study.tables import LAYOUTS
from scheduler.study.template_book import ATTEMPT, ATTEMPTED, ruled_events, study_workbook

WORKBOOK = "study.xlsx"
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
study.yaml        the settings: which protocol, where plans go, the order of dates
{workbook}        the same tables in one workbook, with lists to choose from

Fill in the workbook, or the CSV files (then the workbook is not read). Then, in this folder:
    washout plan
It plans for today with the protocol that study.yaml names, and writes into {out}. For another day:
    washout plan --as-of 2026-01-31

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


_SETTINGS = """\
# What `washout plan` takes when nobody types it; seen from this folder.
protocol: {protocol}
out: {out}
# dates: dmy                 # the order of dates such as 03/04/2026: dmy, mdy or ymd
# calendars: [restrictions]  # restrictions over months too; others: planned, detailed, questions
# ignore: [Notes]            # sheets or files that are not part of the study
"""
_OUT = "plan"


def init_study(directory: str | Path, protocol: Protocol) -> list[Path]:
    """The files of an empty study folder for a protocol, in the order in which they were written.

    Raises: NotWritable where one of them is there already (nothing is written then), or where the
    folder cannot be written.
    """
    folder = Path(directory)
    heads = {name: _heads(name, protocol) for name in LAYOUTS}
    files = {f"{name}.csv": _csv(columns) for name, columns in heads.items()}
    files["sites.yaml"] = _SITES.format(site="wuhan", timezone=protocol.timezone).encode()
    files[SETTINGS_FILE] = _settings(folder, protocol).encode()
    files["README.txt"] = _readme(protocol).encode()
    files[WORKBOOK] = study_workbook(protocol, heads, _readme(protocol))
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
        conditions += [task.only for task in protocol.tasks]
        conditions += [activity.only for activity in protocol.activities]
    elif table == "history":
        conditions = [rule.exempt for rule in protocol.rules]
    extra = [name for condition in conditions for name in condition]
    if table in ATTEMPTED:
        extra.append(ATTEMPT)
    known = [*heads[:-1], *extra, heads[-1]] if heads[-1] == "note" else [*heads, *extra]
    return list(dict.fromkeys(known))


def _csv(heads: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(heads)
    return text.getvalue().encode("utf-8")


def _settings(folder: Path, protocol: Protocol) -> str:
    """The settings, with the way from the folder to the protocol's own."""
    place = Path(protocol.path or "protocol.yaml")
    place = place.parent if place.name == "protocol.yaml" and protocol.path else place
    try:
        way = Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
    except ValueError:  # on another drive
        way = place.resolve().as_posix()
    return _SETTINGS.format(protocol=json.dumps(way, ensure_ascii=False), out=_OUT)


def _readme(protocol: Protocol) -> str:
    kinds = {event.name: "a day" if event.point else "a span" for event in protocol.events}
    labels = {event.name: event.label for event in protocol.events}
    events = [f"  {name}: {labels[name]} ({kinds[name]})" for name in ruled_events(protocol)]
    nodes = [f"  {node.name}: {node.label}" for node in protocol.steps]
    nodes += [f"  {test.id}: {test.label} (a test, any number of times)" for test in protocol.tests]
    tasks = [f"  {item.name}: {item.label} (a task)" for item in protocol.task_items]
    rules = [f"  {rule.id}: {rule.summary}" for rule in protocol.rules if rule.judgement]
    return _README.format(
        id=protocol.id, title=protocol.title, version=protocol.version, workbook=WORKBOOK, out=_OUT,
        events="\n".join(events) or "  none", nodes="\n".join([*nodes, f"  {UNSCHEDULED}", *tasks]),
        rules="\n".join(rules) or "  none",
    )  # fmt: skip
