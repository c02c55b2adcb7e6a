"""`washout plan`: everything, into a folder."""

from collections.abc import Sequence
from datetime import date
from tempfile import TemporaryDirectory

import click

from scheduler.commands.calendar_choices import calendar_options, options_of
from scheduler.commands.shared import (
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)

SOME_LEFT_OUT = 5  # the exit code where somebody's data was left out and the rest was written


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
    nothing is written. A participant on whose data the program fails is named and left out, and
    everybody else is written (exit code 5).

    \b
    Example:
      washout plan protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import Plan, sound_plan
    from scheduler.planning.plans import plan as make_plan
    from scheduler.report.folder import WrittenFiles, write_plan
    from scheduler.report.run_json import warnings_of
    from scheduler.report.terminal import print_summary, progress

    model, tables = read_inputs(protocol, study, as_of)
    options = options_of(participants, **chosen)
    written: list[WrittenFiles] = []
    with progress(quiet) as report:

        def make(people: Sequence[str] | None) -> Plan:
            if people is None:
                return make_plan(model, tables, as_of, strict, participants or None, report)
            return make_plan(model, tables, as_of, strict, people)

        def trial(plan: Plan) -> None:
            with TemporaryDirectory() as folder:
                write_plan(plan, folder, options)

        found = sound_plan(make, lambda plan: written.append(write_plan(plan, out, options)), trial)
    tell_warnings([*warnings_of(found), *written[-1].calendars.warnings])
    if not quiet:
        print_summary(found, written[-1])
    if found.left_out:
        click.get_current_context().exit(SOME_LEFT_OUT)
