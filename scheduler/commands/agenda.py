"""`washout agenda`: what is due in the coming days."""

from datetime import date

import click

from scheduler.commands.shared import (
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)


@click.command("agenda", short_help="What is due in the coming days.")
@protocol_argument
@study_argument
@as_of_option
@click.option(
    "--days", type=click.IntRange(1, 3660), default=14, show_default=True,
    help="How many days, the day itself included.",
)  # fmt: skip
@strict_option
def agenda_command(protocol: str, study: str, as_of: date, days: int, strict: bool) -> None:
    """What is due in the coming days, over all participants?

    Day by day: visits, windows that open and close, duties that end, open questions, overdue
    visits.

    \b
    Example:
      washout agenda protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --days 14
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan
    from scheduler.report.run_json import warnings_of
    from scheduler.report.terminal import print_agenda

    model, tables = read_inputs(protocol, study, as_of)
    found = plan(model, tables, as_of=as_of, strict=strict)
    tell_warnings(warnings_of(found))
    print_agenda(found, days)
