"""`washout cohort`: a large study, planned partition by partition."""

import re
from datetime import date

import click

from scheduler.commands.shared import Whole, as_of_option, strict_option

_KEPT = "What is done is kept; the same command goes on with the rest"


def _tables(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The tables that a list names, in the order of the documentation."""
    from scheduler.partitions.tables import CHOICE

    names = [name.strip() for name in (value or "").split(",") if name.strip()]
    for name in names:
        if name not in CHOICE:
            raise click.BadParameter(f"found {name}, expected some of {', '.join(CHOICE)}")
    return tuple(name for name in CHOICE if name in names)


def _memory(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B", value):
        raise click.BadParameter(f"found {value}, expected a size such as 2GiB")
    return value


@click.command("cohort", short_help="A large study, in partitions, by many workers.")
@click.argument("protocols", metavar="PROTOCOL...", nargs=-1, required=True, type=click.Path())
@click.argument("study", type=click.Path())
@as_of_option
@click.option("--out", required=True, type=click.Path(), help="The folder to write into.")
@click.option(
    "--workers", type=Whole(1), metavar="N",
    help="How many processes on this machine; without it one a processor.",
)  # fmt: skip
@click.option(
    "--memory", metavar="SIZE", callback=_memory,
    help="The most memory of one process, such as 2GiB; without it its share of the machine.",
)  # fmt: skip
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option(
    "--tables", metavar="LIST", callback=_tables,
    help="The tables to write, such as windows,summary; without it all (several protocols: "
    "windows and the matrix).",
)  # fmt: skip
@click.option(
    "--drop-columns",
    is_flag=True,
    help="Leave out of the import in the output what the protocols do not read.",
)
@strict_option
@click.option("--quiet", is_flag=True, help="No progress and no summary on the terminal.")
@click.pass_context
def cohort_command(
    ctx: click.Context,
    protocols: tuple[str, ...],
    study: str,
    as_of: date,
    out: str,
    workers: int | None,
    memory: str | None,
    scheduler: str | None,
    tables: tuple[str, ...],
    drop_columns: bool,
    strict: bool,
    quiet: bool,
) -> None:
    """What may a million people do when? The tables of plan, as Parquet datasets.

    STUDY is a folder that cohort-import made; any other study folder is imported into the output
    first. Each partition is planned by itself and written as a part of each table. Finished parts
    are kept: after a run that was stopped the same command goes on, and after a change of the
    input it plans the parts anew that the change touches. A partition with faults is reported
    (exit code 1) and stops no other one. With several protocols, the dataset `matrix` says who
    fits which of them, and from when. Needs Dask: pip install "washout[cohort]".

    \b
    Example:
      washout cohort protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out cohort-out --workers 2
    """
    from scheduler.partitions.run import Settings, plan_cohort
    from scheduler.partitions.screen import print_faults, print_outcome, print_warnings, watching

    settings = Settings(as_of, tables, strict, workers, memory, scheduler, drop_columns)
    try:
        with watching(quiet) as watch:
            outcome = plan_cohort(protocols, study, out, settings, watch)
    except KeyboardInterrupt:
        click.echo(f"Stopped. {_KEPT}", err=True)
        ctx.exit(1)
    print_warnings(outcome)
    print_faults(outcome, out)
    if not quiet:
        print_outcome(outcome, as_of)
    ctx.exit(1 if outcome.failed else 0)
