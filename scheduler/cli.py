"""The command line: its commands, and how errors become exit codes.

0 done, 1 faults in the input or an output that cannot be written, 2 wrong use of a command; 3 and 4
are verdicts of `explain`. Source: docs/contract.md (commands).
"""

import sys
from typing import Any

import click

from scheduler.commands.agenda import agenda_command
from scheduler.commands.calendars import calendars_command
from scheduler.commands.check import check_command
from scheduler.commands.cohort import cohort_command
from scheduler.commands.cohort_import import cohort_import_command
from scheduler.commands.desk import desk_group
from scheduler.commands.desk_people import token_command, user_command
from scheduler.commands.diff import diff_command
from scheduler.commands.draft import draft_command
from scheduler.commands.explain import explain_command
from scheduler.commands.imports import export_group, import_group
from scheduler.commands.init import init_command
from scheduler.commands.plan import plan_command
from scheduler.commands.plot import plot_command
from scheduler.commands.publish import publish_command
from scheduler.commands.schema import schema_command
from scheduler.commands.shared import tell_error, tell_faults
from scheduler.commands.test import test_command
from scheduler.commands.what_if import what_if_command
from scheduler.errors import InputFaults, NotFound, WashoutError

COMMANDS = (
    plan_command, calendars_command, publish_command, explain_command, what_if_command,
    agenda_command, desk_group, plot_command, diff_command, check_command, test_command,
    init_command, import_group, draft_command, export_group, schema_command, cohort_import_command,
    cohort_command,
)  # fmt: skip
DESK_COMMANDS = (user_command, token_command)


class _Commands(click.Group):
    """The commands in the order of a first reading, with errors told instead of raised."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in their order."""
        return list(self.commands)

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
def commands() -> None:
    """Exact permitted dates for clinical-trial milestones and visits.

    A protocol file says what has to be when; a study says what each participant has had done.
    washout finds the days on which each step may happen, with the reason for every day that is
    out.

    \b
    Example:
      washout plan protocols/nct07342244 protocols/nct07342244/example \\
        --as-of 2026-06-15 --out out
    """


for _command in COMMANDS:
    commands.add_command(_command)


def main() -> None:
    """Run the command line: the entry point of `washout` and of `python -m scheduler`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without a character prints it escaped
            stream.reconfigure(errors="backslashreplace")
    commands(prog_name="washout")
