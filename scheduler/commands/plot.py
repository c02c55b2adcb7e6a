"""`washout plot`: a participant's timeline, or the swimlanes of a study, as a picture."""

from datetime import date

import click

from scheduler.commands.shared import (
    DayType,
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)


@click.command(
    "plot", short_help="A participant's timeline, or the study's swimlanes, as a picture."
)
@protocol_argument
@study_argument
@click.argument("participant", required=False)
@as_of_option
@click.option(
    "--out",
    "target",
    type=click.Path(dir_okay=False),
    required=True,
    help="The file to write; its suffix says the format: .png, .svg or .pdf.",
)
@click.option("--from", "first", type=DayType(), help="The first day to show.")
@click.option("--to", "last", type=DayType(), help="The last day to show.")
@click.option(
    "--width",
    type=click.Choice(["single", "double"]),
    default="double",
    show_default=True,
    help="The width of a journal's column: single is 85 mm, double 178 mm.",
)
@strict_option
def plot_command(
    protocol: str,
    study: str,
    participant: str | None,
    as_of: date,
    target: str,
    first: date | None,
    last: date | None,
    width: str,
    strict: bool,
) -> None:
    """What may happen when, as a picture?

    With a participant: milestones and visits with their permitted and undetermined days, the days
    ruled out by each rule, and the duties. Without one: the study, with a lane for each
    participant. Needs matplotlib: pip install "washout[figures]".

    \b
    Example:
      washout plot protocols/nct07342244 protocols/nct07342244/example P-003 \\
        --as-of 2026-06-15 --out P-003.png
    """
    from scheduler import figures
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.plans import plan
    from scheduler.report.run_json import plain_warnings

    figures.check_suffix(target)
    figures.require_matplotlib()
    model, tables = read_inputs(protocol, study, as_of)
    found = plan(model, tables, as_of=as_of, strict=strict)
    tell_warnings(plain_warnings(found))
    column: figures.Width = "single" if width == "single" else "double"
    if participant is None:
        drawn = figures.swimlanes(found, None, first, last, column)
    else:
        drawn = figures.timeline(found, participant, first, last, column)
    figures.write_figure(drawn, target)
    click.echo(f"{target}: {drawn.title}")
