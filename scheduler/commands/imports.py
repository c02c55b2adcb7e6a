"""`washout import` and `washout export`: protocols in formats of others."""

from pathlib import Path
from typing import Unpack

import click

from scheduler.commands.import_options import StudyOptions, source_options, tell_import
from scheduler.commands.shared import protocol_argument

READINGS = ("in-time-order", "toward-anchor")


@click.group("import", short_help="A protocol file from USDM or REDCap.")
def import_group() -> None:
    """A protocol file from a schedule that others wrote.

    The protocol file goes to stdout; everything that is ambiguous, contradictory or not understood
    goes to stderr, as numbered findings. Nothing is guessed.

    \b
    Example:
      washout import usdm study.json > protocol.yaml
    """


@import_group.command("usdm", short_help="From a USDM file, version 3 or 4.")
@click.argument("file", type=click.Path())
@click.option("--design", metavar="ID", help="The study design, by id or name.")
@click.option("--timeline", metavar="ID", help="The timeline, if not the main one.")
@click.option(
    "--sub-timeline", "sub_timelines", multiple=True, metavar="ID",
    help="Import this timeline too, under each visit that runs it; may be given several times.",
)  # fmt: skip
@click.option(
    "--window-reading", type=click.Choice(READINGS), default=READINGS[0], show_default=True,
    help="How the bounds of a timing before its anchor are meant.",
)  # fmt: skip
@source_options
def usdm(
    file: str,
    design: str | None,
    timeline: str | None,
    sub_timelines: tuple[str, ...],
    window_reading: str,
    findings: str | None,
    **study: Unpack[StudyOptions],
) -> None:
    """Which visits and windows does a USDM file hold, as a protocol file?

    Exit code 1, and one sentence, where the file is no USDM file or holds no usable schedule.

    \b
    Example:
      washout import usdm study.json --opens 2026-02-01 --closes 2029-12-20 \\
        --timezone Asia/Shanghai > protocol.yaml
    """
    from scheduler.sources.usdm.reading import import_usdm

    imported = import_usdm(
        Path(file).read_bytes(), design=design, timeline=timeline, sub_timelines=sub_timelines,
        window_reading=window_reading, **study,
    )  # fmt: skip
    tell_import(imported, findings)


@import_group.command("redcap", short_help="From a REDCap project: its XML or its events CSV.")
@click.argument("file", type=click.Path())
@source_options
def redcap(file: str, findings: str | None, **study: Unpack[StudyOptions]) -> None:
    """Which visits and windows does a REDCap project hold, as a protocol file?

    FILE is the project XML or the events CSV.

    \b
    Example:
      washout import redcap events.csv --as-of 2026-02-02 > protocol.yaml
    """
    from scheduler.sources.redcap.reading import import_redcap

    tell_import(import_redcap(Path(file).read_bytes(), **study), findings)


@click.group("export", short_help="A protocol's visits for other programs.")
def export_group() -> None:
    """A protocol's visits as other programs read them; what they cannot hold goes to stderr.

    \b
    Example:
      washout export redcap protocols/nct07342244 > events.csv
    """


@export_group.command("redcap", short_help="The events CSV that REDCap imports.")
@protocol_argument
def redcap_events(protocol: str) -> None:
    """Which events must a REDCap project have, to schedule a protocol's visits?

    Prints the events CSV that REDCap imports. What REDCap cannot hold (hours, months, visits off
    other milestones) is left out, and told on stderr.

    \b
    Example:
      washout export redcap protocols/nct07342244 > events.csv
    """
    import yaml

    from scheduler.protocol.reading import load_protocol
    from scheduler.sources.redcap.reading import export_redcap_findings

    model = load_protocol(protocol)  # faults are told before anything is exported
    exported = export_redcap_findings(yaml.safe_load(Path(model.path).read_bytes()))
    for finding in exported.findings:
        click.echo(str(finding), err=True)
    click.echo(exported.csv, nl=False)
