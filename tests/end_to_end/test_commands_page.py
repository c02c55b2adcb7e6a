"""docs/commands.md is what the commands say of themselves, and every help has an example."""

import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scheduler.cli import COMMANDS, commands
from tests.end_to_end.commands_page import page

NAMES = [command.name or "" for command in COMMANDS]


def test_the_page_is_what_the_commands_say(root: Path, request: pytest.FixtureRequest) -> None:
    path = root / "docs" / "commands.md"
    if request.config.getoption("--renew-golden"):
        path.write_bytes(page().encode())
    assert path.read_text(encoding="utf-8") == page(), "renew it with --renew-golden"


def test_the_commands_of_the_contract_are_there() -> None:
    assert {"plan", "explain", "check", "test", "agenda", "init", "schema"} <= set(NAMES)


def example_of(name: str) -> list[str]:
    """The words of the example in a command's help, without what the shell would do with them."""
    result = CliRunner().invoke(commands, [name, "--help"])
    assert result.exit_code == 0
    assert result.output.count("Example:") == 1
    text = result.output.partition("Example:")[2].partition("Options:")[0]
    words = shlex.split(text.replace("\\\n", " "))
    assert words[:2] == ["washout", name]
    return words[1 : words.index(">")] if ">" in words else words[1:]


OUTSIDE = {"publish", "import", "draft"}  # need a server, or a file that somebody else wrote


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OUTSIDE])
def test_the_example_in_every_help_runs(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "protocols").symlink_to(root / "protocols")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(commands, example_of(name))
    assert result.exit_code in ((0, 3, 4) if name == "explain" else (0,)), result.output
    assert result.stdout


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_on_eighty_columns(name: str) -> None:
    result = CliRunner().invoke(commands, [name, "--help"], terminal_width=80)
    assert max(map(len, result.output.splitlines())) <= 80


def test_every_command_says_in_one_line_what_it_does() -> None:
    context = click.Context(commands)
    for command in COMMANDS:
        text = command.get_short_help_str(limit=60)
        assert text.endswith(".") and not text.endswith("..."), command.name
    assert commands.get_help(context).count("Example:") == 1
