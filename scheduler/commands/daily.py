"""The daily act: what a command takes from study.yaml when nobody types it, and `today`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click

from scheduler.errors import InputFaults
from scheduler.study.settings import CALENDAR_WORDS, SETTINGS_FILE, read_settings


@dataclass(frozen=True, slots=True)
class Daily:
    """Where a command reads and writes, and the calendars' options that are switched on."""

    protocol: str
    study: str
    out: str
    as_of: date
    calendars: Mapping[str, bool]


def daily_act(
    protocol: str | None,
    study: str | None,
    out: str | None,
    as_of: date | None,
    writes: bool = True,
) -> Daily:
    """The places of a run: as typed, else as the study's settings say.

    With one place it is the study, with none the study is here. Without a day it is today's, where
    the study has settings; a day before that of the last run into the folder is warned about, where
    something is written.
    Raises: InputFaults for faults in the settings; UsageError for what nobody says.
    """
    if study is None:
        protocol, study = None, protocol or "."
    place = Path(study)
    folder = place if place.is_dir() else place.parent
    settings, faults = read_settings(folder)
    stopping = [fault for fault in faults if not fault.warning]
    if stopping:
        raise InputFaults(stopping)
    told = (folder / SETTINGS_FILE).is_file()
    if protocol is None and not settings.protocol:
        raise click.UsageError(_missing("PROTOCOL", "protocol", folder, told))
    if writes and out is None and not settings.out:
        raise click.UsageError(_missing("--out", "out", folder, told))
    if as_of is None and not told:
        raise click.UsageError("Missing option '--as-of'; a study with a study.yaml needs none.")
    day = as_of or today()
    target = out or str(folder / settings.out)
    if writes:
        _warn_of_an_earlier_day(Path(target), day)
    flags = {word.replace("-", "_"): word in settings.calendars for word in CALENDAR_WORDS}
    return Daily(protocol or str(folder / settings.protocol), study, target, day, flags)


def _missing(what: str, key: str, folder: Path, told: bool) -> str:
    where = f"{folder / SETTINGS_FILE} has no {key}:" if told else f"{folder} has no study.yaml"
    return f"Missing {what}: type it, or write {key}: into study.yaml ({where})."


def today() -> date:
    """The day that the machine's clock shows: the one place that reads it, and says so."""
    found = date.today()
    click.echo(f"as of {found.isoformat()} (today)", err=True)
    return found


def _warn_of_an_earlier_day(out: Path, day: date) -> None:
    """A plan for an earlier day than that of the last run takes calendars back in time."""
    try:
        last = date.fromisoformat(json.loads((out / "run.json").read_text("utf-8"))["as_of"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return  # no earlier run, or none that can be read: the run itself tells of that
    if day < last:
        click.echo(
            f"warning: the last run into {out} was for {last.isoformat()}, this one is for "
            f"{day.isoformat()}, which is earlier",
            err=True,
        )
