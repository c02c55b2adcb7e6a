"""`washout agenda`: what is to do, and what is due in the coming days."""

from datetime import date

import click

from scheduler.commands.shared import (
    Whole,
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)


@click.command("agenda", short_help="What is to do, most urgent first.")
@protocol_argument
@study_argument
@as_of_option
@click.option(
    "--days", type=Whole(1, 3660), default=14, show_default=True,
    help="With --full: how many days, the day itself included.",
)  # fmt: skip
@click.option(
    "--full", is_flag=True,
    help="Also what is due, day by day: visits, windows, duties, questions.",
)  # fmt: skip
@strict_option
def agenda_command(
    protocol: str, study: str, as_of: date, days: int, full: bool, strict: bool
) -> None:
    """What must a person do, most urgent first, over all participants?

    The rows of todo.csv: bookings to move, facts to ask for, decisions, dates to record, steps to
    book. With --full also what is due day by day: visits, windows that open and close, duties that
    end, open questions, overdue visits.

    \b
    Example:
      washout agenda protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan
    from scheduler.report.run_json import plain_warnings
    from scheduler.report.terminal import print_agenda

    model, tables = read_inputs(protocol, study, as_of)
    found = plan(model, tables, as_of=as_of, strict=strict)
    tell_warnings(plain_warnings(found))
    print_agenda(found, days, full)
