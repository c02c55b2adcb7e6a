"""`washout diff`: what an amendment changes."""

from datetime import date

import click

from scheduler.commands.shared import as_of_option, strict_option, tell_warnings


@click.command("diff", short_help="What an amendment changes.")
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--study", required=True, type=click.Path(), help="The study to compare for.")
@as_of_option
@strict_option
@click.option("--out", type=click.Path(), help="A folder to write the tables into, as CSV.")
def diff_command(
    old: str, new: str, study: str, as_of: date, strict: bool, out: str | None
) -> None:
    """What does a new version of a protocol change?

    Item by item: rules, gaps, visits and milestones added, removed and changed. Participant by
    participant: days lost and gained, changes of state, bookings that are no longer permitted.
    Everybody is planned under OLD and then under NEW (files or folders). With --out: diff_items,
    diff_days, diff_bookings, diff_schedule and diff_states.csv.

    \b
    Example:
      washout diff protocols/demo-cycles protocols/demo-cycles/versions/2.0.yaml \\
        --study protocols/demo-cycles/example --as-of 2026-02-16
    """
    from pathlib import Path

    from scheduler.errors import InputFaults
    from scheduler.planning.amendments import diff as compare
    from scheduler.protocol.reading import read_protocol
    from scheduler.report.folder import table_bytes
    from scheduler.staging import staged
    from scheduler.store.opening import read_study

    before, faults = read_protocol(old)
    after, more = read_protocol(new)
    tables, found = read_study(study)
    stopping = [fault for fault in (*faults, *more, *found) if not fault.warning]
    if before is None or after is None or stopping:
        raise InputFaults(list(dict.fromkeys(stopping)))
    result = compare(before, after, tables, as_of, strict)
    if out is not None:
        names = [f"diff_{name}.csv" for name in result.frames]
        with staged(Path(out), names[-1]) as stage:
            for name, table in zip(names, result.frames.values(), strict=True):
                stage.write(name, table_bytes(table))
        tell_warnings(stage.warnings)
    click.echo(str(result))
