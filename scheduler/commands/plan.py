"""`washout plan`: everything, into a folder."""

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


@click.command("plan", short_help="Everything: tables and calendars into a folder.")
@protocol_argument
@study_argument
@as_of_option
@click.option("--out", required=True, type=click.Path(), help="The folder to write into.")
@click.option(
    "--participant", "participants", multiple=True, metavar="ID",
    help="Plan this participant alone; may be given several times.",
)  # fmt: skip
@calendar_options
@strict_option
@click.option("--quiet", is_flag=True, help="No progress and no summary on the terminal.")
def plan_command(
    protocol: str,
    study: str,
    as_of: date,
    out: str,
    participants: tuple[str, ...],
    strict: bool,
    quiet: bool,
    **chosen: bool,
) -> None:
    """On which days may what happen? Everything, as tables and calendars.

    Reads the protocol (a file or its folder) and the study (a folder of CSV files or an .xlsx
    workbook), writes CSV files, run.json and calendars into the folder, and prints who can be
    scheduled. Files in the folder that it did not write stay as they are; with faults in the input
    nothing is written.

    \b
    Example:
      washout plan protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan as make_plan
    from scheduler.report.folder import write_plan
    from scheduler.report.run_json import warnings_of
    from scheduler.report.terminal import print_summary, progress

    model, tables = read_inputs(protocol, study, as_of)
    with progress(quiet) as report:
        found = make_plan(
            model, tables, as_of=as_of, strict=strict, participants=participants or None,
            progress=report,
        )  # fmt: skip
        written = write_plan(found, out, options_of(participants, **chosen))
    tell_warnings([*warnings_of(found), *written.calendars.warnings])
    if not quiet:
        print_summary(found, written)
