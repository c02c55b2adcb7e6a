"""`washout cohort-import`: a large study into partitions."""

import click

from scheduler.commands.shared import Whole


@click.command("cohort-import", short_help="A large study into partitions, for cohort.")
@click.argument("source", type=click.Path())
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option(
    "--partitions", type=Whole(1, 10_000), metavar="N",
    help="How many partitions; without it one for every 5,000 participants.",
)  # fmt: skip
@click.option(
    "--drop-columns",
    "protocols",
    metavar="PROTOCOL",
    multiple=True,
    type=click.Path(),
    help="Leave out the columns that this protocol does not read; again for each of several.",
)
@click.option("--quiet", is_flag=True, help="No progress and no summary on the terminal.")
def cohort_import_command(
    source: str, directory: str, partitions: int | None, protocols: tuple[str, ...], quiet: bool
) -> None:
    """How does a large study become partitions that can be planned one by one?

    Reads a folder of CSV files, or of Parquet files or datasets, named as the tables of a study
    (and sites.yaml), and writes one Parquet dataset a table into DIR, all rows of a participant
    in the same partition. It reads in small blocks, so the study may be larger than the memory.
    Nothing is judged but whether the files can be read; cells stay as they are, and every column,
    unless --drop-columns leaves out what is not needed (free text, say). An earlier import
    in DIR is replaced as a whole. Needs pyarrow: pip install "washout[cohort]".

    \b
    Example:
      washout cohort-import protocols/nct07342244/example study-parts
    """
    from scheduler.binding.read_columns import columns_read
    from scheduler.commands.shared import tell_warnings
    from scheduler.partitions.importing import import_study
    from scheduler.partitions.inputs import read_protocols
    from scheduler.partitions.screen import import_progress, import_summary

    reads = columns_read(read_protocols(protocols)) if protocols else None
    with import_progress(quiet) as report:
        study = import_study(source, directory, partitions, report, reads)
    tell_warnings(study.warnings)
    if not quiet:
        click.echo(import_summary(study, directory))
