"""`washout what-if`: what changes if a date or an exposure were different."""

from datetime import date

import click

from scheduler.commands.shared import (
    MomentType,
    as_of_option,
    protocol_argument,
    strict_option,
    study_argument,
    tell_warnings,
)


@click.command("what-if", short_help="What changes with another date or exposure.")
@protocol_argument
@study_argument
@as_of_option
@click.option("--participant", required=True, metavar="ID", help="Whom it is about.")
@click.option(
    "--set", "settings", multiple=True, metavar="NODE=DATE",
    help="A milestone or visit and the day (and time) it takes place; may be given several times.",
)  # fmt: skip
@click.option(
    "--exposure", "exposures", multiple=True, metavar="EVENT=START[..END]",
    help="A further row of the history; may be given several times.",
)  # fmt: skip
@click.option(
    "--sweep", metavar="NODE",
    help="For every permitted day of this milestone or visit: what it leaves to all that follows.",
)  # fmt: skip
@strict_option
def what_if_command(
    protocol: str,
    study: str,
    as_of: date,
    participant: str,
    settings: tuple[str, ...],
    exposures: tuple[str, ...],
    sweep: str | None,
    strict: bool,
) -> None:
    """What would change with another date or a further exposure?

    Prints the state, the dates and the permitted days that differ, each before and after; where a
    day leaves no schedule, why. With --sweep it compares all days that one milestone or visit may
    take. Nothing is written, and nothing counts as recorded.

    \b
    Example:
      washout what-if protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --participant P-003 --set infusion=2026-07-20
    """
    from scheduler.commands.inputs import read_inputs
    from scheduler.planning.comparison_lines import sweep_lines, whatif_lines
    from scheduler.planning.plans import plan
    from scheduler.planning.what_if import sweep as swept
    from scheduler.report.run_json import plain_warnings
    from scheduler.wording.labelled import labels_of

    if not (settings or exposures or sweep):
        raise click.UsageError("give --set, --exposure or --sweep")
    days = dict(_setting(text) for text in settings)
    rows = [_exposure(text) for text in exposures]
    if len(days) < len(settings):
        raise click.BadParameter("a milestone or visit is set twice", param_hint="--set")
    model, tables = read_inputs(protocol, study, as_of)
    before = plan(model, tables, as_of=as_of, strict=strict, participants=[participant])
    after = before.with_history(participant, rows) if rows else before
    after = after.with_dates({participant: days}) if days else after
    tell_warnings([text for text in plain_warnings(after) if not text.startswith("what if: ")])
    lines = whatif_lines(before, after) if after is not before else []
    lines += sweep_lines(swept(after.part(participant), participant, sweep)) if sweep else []
    click.echo(labels_of(model)("\n".join(lines)))


def _setting(text: str) -> tuple[str, str]:
    """A milestone or visit with its day."""
    node, equals, day = text.partition("=")
    if not equals or not node.strip():
        raise click.BadParameter(f"found {text}, expected NODE=DATE", param_hint="--set")
    return node.strip(), MomentType().convert(day.strip(), None, None)


def _exposure(text: str) -> dict[str, object]:
    """A row of the history; the study's own rules judge its dates."""
    event, equals, days = text.partition("=")
    if not equals or not event.strip() or not days.strip():
        raise click.BadParameter(
            f"found {text}, expected EVENT=START[..END]", param_hint="--exposure"
        )
    start, _, end = days.partition("..")
    return {"event": event.strip(), "start": start.strip(), "end": end.strip()}
