"""What the commands share that make a protocol file from an outside source."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

import click

from scheduler.commands.shared import DayType

if TYPE_CHECKING:
    from scheduler.sources.findings import ImportResult

Command = Callable[..., Any]
_OPTIONS = (
    click.option("--opens", type=DayType(), help="The day the study opens, if the file says none."),
    click.option("--closes", type=DayType(), help="The day the study closes."),
    click.option("--timezone", help="The time zone of sites that name none: Asia/Shanghai."),
    click.option(
        "--as-of", type=DayType(),
        help="Where no date is known at all: the study opens on the first day of this day's year.",
    ),
    click.option(
        "--findings", type=click.Path(dir_okay=False), help="Write the findings here too, as JSON."
    ),
)  # fmt: skip


class StudyOptions(TypedDict):
    """The options about the study, as the readers take them."""

    opens: date | None
    closes: date | None
    timezone: str | None
    as_of: date | None


def source_options(command: Command) -> Command:
    """Add the options that every import has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def tell_import(imported: "ImportResult", findings: str | None) -> None:
    """The protocol file goes to stdout, the findings, numbered, to stderr and into a JSON file."""
    from pathlib import Path

    from scheduler.sources.findings import findings_json

    if findings:
        Path(findings).write_text(findings_json(imported.findings), encoding="utf-8")
    for finding in imported.findings:
        click.echo(str(finding), err=True)
    click.echo(imported.yaml, nl=False)
