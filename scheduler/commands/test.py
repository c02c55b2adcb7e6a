"""`washout test`: the worked cases of a protocol."""

import click

from scheduler.commands.shared import protocol_argument


@click.command("test", short_help="Run a protocol's worked cases.")
@protocol_argument
@click.pass_context
def test_command(ctx: click.Context, protocol: str) -> None:
    """Do the worked cases of a protocol come out as somebody worked them out?

    Runs the cases.yaml beside the protocol file and prints each case that differs, with what was
    expected and what was found. Exit code 1 if any does.

    \b
    Example:
      washout test protocols/nct07342244
    """
    from pathlib import Path

    from scheduler.cases.file import FILE_NAME
    from scheduler.cases.running import load_cases, run_cases
    from scheduler.protocol.reading import load_protocol

    path = Path(protocol)
    file = (path if path.is_dir() else path.parent) / FILE_NAME
    model = load_protocol(protocol)
    results = run_cases(model, load_cases(file, model), file.as_posix())
    failed = [result for result in results if not result.passed]
    for result in failed:
        click.echo(f"FAILED {file.as_posix()}:{result.case.line} {result.case.name}")
        for difference in result.differences:
            click.echo(f"    {difference}")
    click.echo(f"{len(results)} cases: {len(results) - len(failed)} passed, {len(failed)} failed")
    ctx.exit(1 if failed else 0)
