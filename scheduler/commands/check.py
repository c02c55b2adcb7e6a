"""`washout check`: is a protocol file right, and what in it is assumed?"""

from typing import TYPE_CHECKING

import click

from scheduler.commands.shared import protocol_argument, tell_faults

if TYPE_CHECKING:
    from scheduler.protocol import Protocol
    from scheduler.sources.citations import Citations


@click.command("check", short_help="Faults, warnings and assumptions of a protocol file.")
@protocol_argument
@click.option(
    "--source", type=click.Path(), help="Hold it against the text that it was taken from."
)
@click.option(
    "--ref", default="", help="With --source: only items that cite this one of the sources."
)
@click.pass_context
def check_command(ctx: click.Context, protocol: str, source: str | None, ref: str) -> None:
    """Is the protocol file right, and what in it is assumed?

    Prints every fault with its file and line (exit code 1), else the warnings, how many items rest
    on a source and how many on an assumption, and each assumption. With --source (a registry
    record or any text) every cited phrase must stand in it, and every time phrase in it must be
    cited by an item or a note; exit code 1 while one is not. A draft with TODO left in has faults,
    and is held against its source all the same.

    \b
    Example:
      washout check protocols/nct07342244
    """
    from scheduler.errors import InputFaults
    from scheduler.protocol.basis import basis_lines
    from scheduler.protocol.reading import read_protocol

    model, faults = read_protocol(protocol)
    if model is None:
        if source is not None:
            _hold_draft(protocol, source, ref)
        raise InputFaults(faults)
    held = None if source is None else _hold(model, source, ref)
    tell_faults(faults)
    for line in basis_lines(model):
        click.echo(line)
    if held is not None:
        click.echo("")
        for line in held.lines():
            click.echo(line)
        ctx.exit(0 if held.complete else 1)


def _hold_draft(protocol: str, source: str, ref: str) -> None:
    """Hold a protocol file that has faults against its source, as far as its text can be read."""
    from pathlib import Path

    from scheduler.sources.citations import check_citations
    from scheduler.sources.cited import cited_in_text

    file = Path(protocol) / "protocol.yaml" if Path(protocol).is_dir() else Path(protocol)
    if not file.is_file():
        return
    items = cited_in_text(file.read_bytes().decode("utf-8", errors="replace"), ref)
    if items is not None:
        for line in check_citations(items, Path(source).read_bytes()).lines():
            click.echo(line)


def _hold(model: "Protocol", source: str, ref: str) -> "Citations":
    """Hold a protocol against the text of its source."""
    from pathlib import Path

    from scheduler.sources.citations import check_citations
    from scheduler.sources.cited import cited_items

    documents = [document.key for document in model.documents]
    if ref and ref not in documents:
        raise click.BadParameter(f"found {ref}, expected one of: {', '.join(documents)}")
    return check_citations(cited_items(model, ref), Path(source).read_bytes())
