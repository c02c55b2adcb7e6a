"""docs/commands.md, made from the commands' own help."""

from collections.abc import Iterator

import click

from scheduler.cli import washout_command

WIDTH = 88
HEAD = """\
# Commands

Made from the commands' own `--help`; a test holds the two together. After a change of a help text:

    .venv-test/bin/python -m pytest tests/end_to_end/test_commands_page.py --renew-golden

| exit code | says |
|---|---|
| 0 | done; participants without a schedule are an answer, not an error |
| 1 | faults in the input, all of them on stderr, and nothing written; `test`: a case differs; `cohort`: a partition could not be planned |
| 2 | wrong use of the command |
| 3 | `explain`: the day is blocked |
| 4 | `explain`: the day is undetermined |
| 5 | `plan`: the program failed on somebody's data, who is named and left out; everybody else is written |

Answers go to stdout; faults, warnings and progress to stderr. Progress and colours appear on a terminal only.

## The folder that `plan` writes

Which files there are, and their columns, is in [contract.md](contract.md).

- All files of a run come in together. They are prepared in a folder inside DIR (`.washout-part`, then `.washout-ready`) and moved into
  place file by file, run.json last. A run that is stopped before its files are complete leaves the old ones; one that is stopped while
  they move is finished by the next run into the same folder, and its `changes.ics` is kept until that run has told of it. An error
  of the disk while they move puts the old files back. Two runs into one folder at the same time are refused.
- What lies in DIR is not trusted: nothing outside it is touched, links in it are refused, and a prepared folder that no stopped run can
  have left is set aside as `.washout-aside-1` with a warning ([security.md](security.md)).
- `run.json` holds the SHA-256 sums of the tables that belong to it, so that anybody can tell whether a folder is whole.
- Files of other names stay. A file whose bytes would not change is not touched.
- CSV files are UTF-8 with `\\n` line ends; a blank is a missing value, days are `2026-03-05`, a day with its time is
  `2026-03-05 10:01`. A cell of text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front, so that no
  spreadsheet runs it as a formula; numbers are never touched.
- The same input gives the same bytes: nothing in the files comes from a clock or from where a folder lies.

## The cases that `test` runs

`cases.yaml` lies beside the protocol file. Each case is one participant on one day.

| key | holds |
|---|---|
| name | what the case shows; each name once |
| as_of | the day |
| participant | columns of participants.csv, without the code; may be left out |
| history, dates, decisions | rows of those tables, without the code |
| sites | as in sites.yaml; only then may the participant have a `site`. Without it every day is open, in the protocol's time zone |
| expect | `state`, and for each milestone or visit: `permitted`, `undetermined`, `blocked` (a day, a range such as 2026-02-10..2026-03-10, or a list of them), `earliest` (the first permitted day, or `none`), `status` (as in schedule.csv) |

Cells are texts exactly as written, as in a CSV file: nothing is retyped. All faults of the file are told at once, those that a study would
have too (a `done` after `as_of`, a decision on a rule that leaves nothing to judge) with the line of their row. A node that is done, missed, overdue,
unrecorded or awaiting has no days, and a visit with an unknown window has none to check: a case that expects days of them fails.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, *(_section(name, command) for name, command in _commands())]
    return "\n".join(parts)


def _commands() -> Iterator[tuple[str, click.Command]]:
    yield "washout", washout_command
    yield from below("washout", washout_command)


def below(name: str, group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group, and of the groups in it, by their whole names."""
    context = click.Context(group)
    for word in group.commands or group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        yield f"{name} {word}", command
        if isinstance(command, click.Group):
            yield from below(f"{name} {word}", command)


def _section(name: str, command: click.Command) -> str:
    return f"## {name}\n\n```\n{help_text(name, command)}```\n"


def help_text(name: str, command: click.Command) -> str:
    """What `NAME --help` prints on a terminal of a fixed width."""
    settings = {"terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, help_option_names=["-h", "--help"], **settings)
    return command.get_help(context) + "\n"
