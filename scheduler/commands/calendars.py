"""`washout calendars`: the calendars alone."""

from datetime import date

import click

from scheduler.commands.calendar_choices import calendar_options, options_of
from scheduler.commands.shared import (
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)


@click.command("calendars", short_help="The calendars alone, and what changed in them.")
@protocol_argument
@study_argument
@as_of_option
@click.option("--out", required=True, type=click.Path(), help="The folder to write into.")
@click.option(
    "--participant", "participants", multiple=True, metavar="ID",
    help="Export this participant alone; may be given several times.",
)  # fmt: skip
@calendar_options
@strict_option
def calendars_command(
    protocol: str,
    study: str,
    as_of: date,
    out: str,
    participants: tuple[str, ...],
    strict: bool,
    **chosen: bool,
) -> None:
    """What has to stand in which calendar, and what changed since the last export?

    Writes the folder `calendars` inside the folder named: a file for each participant and each
    site, and changes.ics where an earlier export lies there. Keep that folder: it is what the next
    export compares with. Prints every event that is new, changed or cancelled.

    \b
    Example:
      washout calendars protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """
    from pathlib import Path

    from scheduler.calendars.export import FOLDER, write_calendars
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan
    from scheduler.report.run_json import plain_warnings

    model, tables = read_inputs(protocol, study, as_of)
    found = plan(model, tables, as_of=as_of, strict=strict, participants=participants or None)
    changes = write_calendars(found, Path(out), options_of(participants, **chosen))
    tell_warnings([*plain_warnings(found), *changes.warnings])
    for line in changes.lines():
        click.echo(line)
    click.echo(f"Written to {Path(out) / FOLDER}")
