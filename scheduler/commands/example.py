"""`washout example`: protocols and studies to try things on."""

import click


@click.command("example", short_help="Protocols and studies to try things on, in a folder.")
@click.argument("directory", metavar="[DIR]", type=click.Path(), required=False)
@click.option(
    "--protocol", "names", metavar="NAME", multiple=True,
    help="Only this one; may be given several times.",
)  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="What there is, a line each; writes nothing.")
def example_command(directory: str | None, names: tuple[str, ...], listed: bool) -> None:
    """Protocols with made-up participants, to try the other commands on.

    Writes a folder for each into DIR and prints a command to begin with. What is there already is
    never replaced. Most are real public protocols: --list tells what each shows.

    \b
    Example:
      washout example trials --protocol nct07342244
    """
    from scheduler.planning.examples import shipped_examples, write_examples

    shipped = shipped_examples()
    if listed:
        if directory is not None or names:
            raise click.UsageError("--list goes alone")
        width = max(len(one.name) for one in shipped)
        for one in shipped:
            click.echo(f"{one.name:<{width}}  {one.shows}")
        return
    if directory is None:
        raise click.UsageError("Missing argument 'DIR'; --list tells what there is.")
    days = {one.name: one.as_of for one in shipped}
    for path in write_examples(directory, names):
        click.echo(
            f"washout plan {path} {path / 'example'} --as-of {days[path.name]} --out {path / 'out'}"
        )
