"""`washout draft`: a first protocol file out of a registry record."""

from pathlib import Path
from typing import Unpack

import click

from scheduler.commands.import_options import StudyOptions, source_options, tell_import


@click.command("draft", short_help="A first protocol file out of a registry record.")
@click.argument("record", type=click.Path())
@source_options
def draft_command(record: str, findings: str | None, **study: Unpack[StudyOptions]) -> None:
    """Which protocol file can be drafted from a registry record?

    RECORD is a registry's JSON, the text of its page, or eligibility text alone. Every time phrase
    comes out with its criterion, length, direction and anchor; `forbid: TODO` stands where a person
    must name the exposure, and the file has faults until that is done. What was unclear goes to
    stderr, as numbered findings.

    \b
    Example:
      washout draft record.txt --as-of 2026-02-02 > protocol.yaml
    """
    from scheduler.sources.registry.drafting import draft as draft_protocol

    tell_import(draft_protocol(Path(record).read_bytes(), **study), findings)
