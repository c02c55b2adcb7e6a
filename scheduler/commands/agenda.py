"""`washout agenda`: what is to do, and what is due in the coming days."""

from datetime import date

import click

from scheduler.commands.shared import AsOfType, Whole, strict_option, tell_warnings


@click.command("agenda", short_help="What is to do, most urgent first.")
@click.argument("protocol", type=click.Path(), required=False)
@click.argument("study", type=click.Path(), required=False)
@click.option(
    "--as-of", type=AsOfType(),
    help="The day to plan for, or today (which is what a study with a study.yaml is planned for).",
)  # fmt: skip
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
    protocol: str | None, study: str | None, as_of: date | None, days: int, full: bool, strict: bool
) -> None:
    """What must a person do, most urgent first, over all participants?

    The rows of todo.csv: bookings to move, facts to ask for, decisions, dates to record, steps to
    book. With --full also what is due day by day: visits, windows that open and close, duties that
    end, open questions, overdue visits. What is not typed is taken from study.yaml, as in `plan`.

    \b
    Example:
      washout agenda protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15
    """
    from scheduler.commands.daily import daily_act
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan
    from scheduler.report.run_json import plain_warnings
    from scheduler.report.terminal import print_agenda

    act = daily_act(protocol, study, None, as_of, writes=False)
    model, tables = read_inputs(act.protocol, act.study, act.as_of)
    found = plan(model, tables, as_of=act.as_of, strict=strict)
    tell_warnings(plain_warnings(found))
    print_agenda(found, days, full)
