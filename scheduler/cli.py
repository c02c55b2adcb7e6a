"""The command line: its commands, and how errors become exit codes.

0 done, 1 faults in the input or an output that cannot be written, 2 wrong use of a command; 3 and 4
are verdicts of `explain`; 5 says that somebody was left out. Source: docs/contract.md (commands).
"""

import gc
import sys
from importlib import import_module
from typing import Any

import click

from scheduler.commands.shared import tell_error, tell_faults
from scheduler.errors import InputFaults, NotFound, WashoutError

# Module, function, and what the list of commands says: a command is loaded when it is called.
COMMANDS = {
    "plan": ("plan", "plan_command", "Everything: tables and calendars into a folder."),
    "calendars": (
        "calendars", "calendars_command", "The calendars alone, and what changed in them.",
    ),
    "publish": ("publish", "publish_command", "Send the exported calendars to a CalDAV server."),
    "explain": (
        "explain", "explain_command",
        "One day of one participant: the verdict and every reason.",
    ),
    "what-if": ("what_if", "what_if_command", "What changes with another date or exposure."),
    "agenda": ("agenda", "agenda_command", "What is to do, most urgent first."),
    "desk": ("desk_people", "desk_group", "A web page to work at, with an audit trail."),
    "plot": (
        "plot", "plot_command",
        "A participant's timeline, or the study's swimlanes, as a picture.",
    ),
    "diff": ("diff", "diff_command", "What an amendment changes."),
    "check": ("check", "check_command", "Faults, warnings and assumptions of a protocol file."),
    "test": ("test", "test_command", "Run a protocol's worked cases."),
    "example": (
        "example", "example_command", "Protocols and studies to try things on, in a folder.",
    ),
    "init": ("init", "init_command", "Make an empty study folder."),
    "import": ("imports", "import_group", "A protocol file from USDM or REDCap."),
    "draft": ("draft", "draft_command", "A first protocol file out of a registry record."),
    "export": ("imports", "export_group", "A protocol's visits for other programs."),
    "schema": ("schema", "schema_command", "Print the JSON Schema of a protocol file."),
    "cohort-import": (
        "cohort_import", "cohort_import_command", "A large study into partitions, for cohort.",
    ),
    "cohort": ("cohort", "cohort_command", "A large study, in partitions, by many workers."),
}  # fmt: skip

# For how many new objects the search for circles waits. Nearly all that one plan makes stays until
# the end, so that looking is in vain; what goes on for long looks more often.
_SELDOM, _OFTEN = (200_000, 20, 100), (50_000, 20, 100)
_LONG = ("cohort", "cohort-import")


class _Commands(click.Group):
    """The commands in the order of a first reading, with errors told instead of raised."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in their order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, loaded; None for a name that is none."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name in _LONG:
            gc.set_threshold(*_OFTEN)
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"scheduler.commands.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands, of which none is loaded for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, _, says) in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; none can hold the character that ends names of files."""
        if any("\0" in argument for argument in args):
            raise click.UsageError("an argument holds the character U+0000, which no name has", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; faults go to stderr and make exit code 1, unknown names exit code 2."""
        try:
            return super().invoke(ctx)
        except InputFaults as error:
            tell_faults(error.faults)
        except NotFound as error:
            raise click.UsageError(str(error)) from error
        except BrokenPipeError:
            raise
        except (WashoutError, OSError) as error:
            tell_error(error)
        ctx.exit(1)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from scheduler.report.run_json import program_version

        click.echo(f"washout {program_version()}")
        ctx.exit()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="The version of the program.",
)  # fmt: skip
def washout_command() -> None:
    """Exact permitted dates for clinical-trial milestones and visits.

    A protocol file says what has to be when; a study says what each participant has had done.
    washout finds the days on which each step may happen, with the reason for every day that is
    out.

    \b
    Example:
      washout plan protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """


def main() -> None:
    """Run the command line: the entry point of `washout` and of `python -m scheduler`."""
    gc.set_threshold(*_SELDOM)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without a character prints it escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        washout_command(prog_name="washout")
    finally:
        gc.freeze()  # what is left goes with the process: nothing of it is looked through
