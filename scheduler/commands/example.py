"""`washout example`: protocols and studies to try things on."""

import click


@click.command("example", short_help="Protocols and studies to try things on, in a folder.")
@click.argument("directory", metavar="DIR", type=click.Path())
def example_command(directory: str) -> None:
    """Protocols with made-up participants, to try the other commands on.

    Writes a folder for each into DIR and prints a command to begin with. What is there already is
    never replaced.

    \b
    Example:
      washout example trials
    """
    from scheduler.planning.examples import AS_OF, write_examples

    for path in write_examples(directory):
        click.echo(
            f"washout plan {path} {path / 'example'} --as-of {AS_OF[path.name]} "
            f"--out {path / 'out'}"
        )
