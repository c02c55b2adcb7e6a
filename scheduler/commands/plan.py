"""`washout plan`: everything, into a folder."""

from collections.abc import Sequence
from datetime import date
from tempfile import TemporaryDirectory

import click

from scheduler.commands.calendar_choices import calendar_options, options_of
from scheduler.commands.shared import (
    AsOfType,
    strict_option,
    tell_warnings,
)

SOME_LEFT_OUT = 5  # the exit code where somebody's data was left out and the rest was written


@click.command("plan", short_help="Everything: tables and calendars into a folder.")
@click.argument("protocol", type=click.Path(), required=False)
@click.argument("study", type=click.Path(), required=False)
@click.option(
    "--as-of", type=AsOfType(),
    help="The day to plan for, or today (which is what a study with a study.yaml is planned for).",
)  # fmt: skip
@click.option("--out", type=click.Path(), help="The folder to write into.")
@click.option(
    "--participant", "participants", multiple=True, metavar="ID",
    help="Plan this participant alone; may be given several times.",
)  # fmt: skip
@click.option(
    "--all",
    "print_all",
    is_flag=True,
    help="Let report.html print every table of everybody, not the lists and a page each.",
)
@calendar_options
@strict_option
@click.option("--quiet", is_flag=True, help="No progress and no summary on the terminal.")
def plan_command(
    protocol: str | None,
    study: str | None,
    as_of: date | None,
    out: str | None,
    participants: tuple[str, ...],
    print_all: bool,
    strict: bool,
    quiet: bool,
    **chosen: bool,
) -> None:
    """On which days may what happen? Everything, as tables and calendars.

    Reads the protocol (a file or its folder) and the study (a folder of CSV files or an .xlsx
    workbook), writes CSV files, run.json and calendars into the folder, and prints what is to do
    and who can be scheduled. Files in the folder that it did not write stay as they are; with
    faults in the input nothing is written. A participant on whose data the program fails is named
    and left out, and everybody else is written (exit code 5).

    What is not typed is taken from study.yaml in the study's folder, which `washout init` writes:
    there `washout plan` alone is the daily act.

    \b
    Example:
      washout plan protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """
    from scheduler.commands.daily import daily_act
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.leaving_out import sound_plan
    from scheduler.planning.plans import Plan
    from scheduler.planning.plans import plan as make_plan
    from scheduler.report.folder import WrittenFiles, write_plan
    from scheduler.report.progress_bar import progress
    from scheduler.report.run_json import plain_warnings

    act = daily_act(protocol, study, out, as_of)
    model, tables = read_inputs(act.protocol, act.study, act.as_of)
    options = options_of(
        participants, **{word: on or act.calendars.get(word, False) for word, on in chosen.items()}
    )
    written: list[WrittenFiles] = []
    with progress(quiet) as report:

        def make(people: Sequence[str] | None) -> Plan:
            if people is None:
                return make_plan(model, tables, act.as_of, strict, participants or None, report)
            return make_plan(model, tables, act.as_of, strict, people)

        def write(plan: Plan, folder: str) -> WrittenFiles:
            return write_plan(plan, folder, options, print_all)

        def trial(plan: Plan) -> None:
            with TemporaryDirectory() as folder:
                write(plan, folder)

        found = sound_plan(make, lambda plan: written.append(write(plan, act.out)), trial)
    tell_warnings([*plain_warnings(found), *written[-1].calendars.warnings])
    if not quiet:
        from scheduler.report.terminal import print_summary

        print_summary(found, written[-1])
    if found.left_out:
        click.get_current_context().exit(SOME_LEFT_OUT)
