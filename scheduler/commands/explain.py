"""`washout explain`: one day, and every reason."""

import json as json_text
from datetime import date as Day

import click

from scheduler.commands.shared import (
    MomentType,
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
)

EXIT = {"permitted": 0, "blocked": 3, "undetermined": 4}


@click.command("explain", short_help="One day of one participant: the verdict and every reason.")
@protocol_argument
@study_argument
@click.argument("participant")
@click.argument("milestone")
@click.argument("date", type=MomentType())
@as_of_option
@strict_option
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.pass_context
def explain_command(
    ctx: click.Context,
    protocol: str,
    study: str,
    participant: str,
    milestone: str,
    date: str,
    as_of: Day,
    strict: bool,
    as_json: bool,
) -> None:
    """May it happen on this day, and why not?

    DATE may carry a time, as in "2026-08-10 10:30". Prints the verdict, with every rule,
    gap, window and closed day that speaks against it, and its source. Exit code 0: permitted,
    3: blocked, 4: undetermined.

    \b
    Example:
      washout explain protocols/nct07342244 protocols/nct07342244/example \\
        P-003 infusion 2026-08-10 --as-of 2026-06-15
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.days import day_of
    from scheduler.planning.solving import explain_day, solved_parts
    from scheduler.wording.labelled import labels_of

    model, tables = read_inputs(protocol, study, as_of)
    parts, _ = solved_parts(model, tables, day_of(as_of), strict, [participant])
    answer = explain_day(parts, participant, milestone, date)
    if as_json:
        click.echo(json_text.dumps(answer.to_dict(), indent=2, ensure_ascii=False))
    else:
        click.echo(labels_of(model)(str(answer)))
    ctx.exit(EXIT[answer.verdict])
