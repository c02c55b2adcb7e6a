"""`washout init`: an empty study folder."""

import click


@click.command("init", short_help="Make an empty study folder.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--protocol", required=True, type=click.Path(), help="The protocol to follow.")
def init_command(directory: str, protocol: str) -> None:
    """An empty study to fill in, with the right columns for a protocol.

    Writes CSV files, a sites.yaml, and a workbook with drop-downs for events and milestones; fill
    in the one or the other. Files that are there already are never replaced.

    \b
    Example:
      washout init my-study --protocol protocols/nct07342244
    """
    from scheduler.protocol.reading import load_protocol
    from scheduler.study.template import init_study

    for path in init_study(directory, load_protocol(protocol)):
        click.echo(str(path))
