"""docs/commands.md is what the commands say of themselves, and every help has an example."""

import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scheduler.cli import COMMANDS, washout_command
from scheduler.store.access import Access
from scheduler.store.entries import Actor
from scheduler.store.importing import new_study
from scheduler.store.stored import Store
from tests.end_to_end.commands_page import below, page
from tests.sources.test_usdm_reading import AFTER, FIXED, chain, timing, usdm

NAMES = [name.removeprefix("washout ") for name, _ in below("washout", washout_command)]
# they need a server, run one, or ask for a password: test_calendar_commands.py, tests/desk
APART = ("publish", "desk", "desk open", "desk user")
RUNNABLE = [name for name in NAMES if name not in APART]
EVENTS = "event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name\nDay 7,1,7,1,1,d\n"
RECORD = "Exclusion Criteria:\n\n1. Live vaccine within 4 weeks prior to screening.\n"


def test_the_page_is_what_the_commands_say(root: Path, request: pytest.FixtureRequest) -> None:
    path = root / "docs" / "commands.md"
    if request.config.getoption("--renew-golden"):
        path.write_bytes(page().encode())
    assert path.read_text(encoding="utf-8") == page(), "renew it with --renew-golden"


def test_the_commands_of_the_contract_are_there() -> None:
    assert {"plan", "explain", "check", "test", "agenda", "init", "schema"} <= set(NAMES)
    assert {"calendars", "publish", "import usdm", "import redcap", "draft"} <= set(NAMES)
    assert "export redcap" in NAMES


def example_of(name: str) -> list[str]:
    """The words of the example in a command's help, without what the shell would do with them."""
    result = CliRunner().invoke(washout_command, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert result.output.count("Example:") == 1
    text = result.output.partition("Example:")[2].partition("Options:")[0]
    words = shlex.split(text.replace("\\\n", " "))
    assert " ".join(words).startswith(f"washout {name} ")
    return words[1 : words.index(">")] if ">" in words else words[1:]


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_example_in_every_help_runs(
    name: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "protocols").symlink_to(root / "protocols")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "record.txt").write_text(RECORD, encoding="utf-8")
    rows, anchor = chain("I1", "I2"), timing("T1", FIXED, "P1D", "I1", "I1")
    content = usdm(rows, [anchor, timing("T2", AFTER, "P7D", "I2", "I1")])
    (tmp_path / "study.json").write_text(content, encoding="utf-8")
    if name.startswith("desk "):
        _store(root / "protocols" / "nct07342244", tmp_path)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(washout_command, example_of(name))
    assert result.exit_code in ((0, 3, 4) if name == "explain" else (0,)), result.output
    assert result.stdout


def _store(folder: Path, out: Path) -> None:
    """A store as the examples name it, with entries of June."""
    shutil.copytree(folder / "example", out / "my-study")
    store = Store.open(out / "site.db", make=True)
    store.clock = lambda: "2026-06-01T08:00:00.000Z"
    files = {"protocol.yaml": (folder / "protocol.yaml").read_text(encoding="utf-8")}
    new_study(store, "NCT07342244", files, folder / "example", Actor("Anna"))
    Access(store).put_account("Lab system", "viewer", "no password", Actor("Anna"))
    store.close()


@pytest.mark.parametrize("name", NAMES)
def test_help_fits_on_eighty_columns(name: str) -> None:
    result = CliRunner().invoke(washout_command, [*name.split(), "--help"], terminal_width=80)
    assert max(map(len, result.output.splitlines())) <= 80


def test_every_command_says_in_one_line_what_it_does() -> None:
    context = click.Context(washout_command)
    for name, (_, _, says) in COMMANDS.items():
        command = washout_command.get_command(context, name)
        assert command is not None and command.name == name
        assert command.get_short_help_str(limit=60) == says
        assert says.endswith(".") and not says.endswith("..."), name
    assert washout_command.get_help(context).count("Example:") == 1
