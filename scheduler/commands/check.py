"""`washout check`: is a protocol file right, and what in it is assumed?"""

import click

from scheduler.commands.shared import protocol_argument, tell_faults


@click.command(short_help="Faults, warnings and assumptions of a protocol file.")
@protocol_argument
def check(protocol: str) -> None:
    """Is the protocol file right, and what in it is assumed?

    Prints every fault with its file and line (exit code 1), else the warnings, how many items rest
    on a source and how many on an assumption, and each assumption.

    \b
    Example:
      washout check protocols/nct07342244
    """
    from scheduler.basis_count import basis_lines
    from scheduler.errors import InputFaults
    from scheduler.protocol_file import read_protocol

    model, faults = read_protocol(protocol)
    if model is None:
        raise InputFaults(faults)
    tell_faults(faults)
    for line in basis_lines(model):
        click.echo(line)
