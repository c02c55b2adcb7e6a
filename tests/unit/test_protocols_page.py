"""The protocols that come with the package: the list of them, the page about them."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import scheduler
from scheduler.cli import washout_command
from scheduler.planning.examples import FIRST, shipped_examples
from tests.unit.protocols_page import PAGE, ROOT, UNSAID, filled, protocols, tables

FOLDERS = sorted(path.name for path in (ROOT / "protocols").iterdir() if path.is_dir())
NAMES = [one.name for one in shipped_examples()]


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(washout_command, ["example", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_every_folder_is_in_the_list_the_first_one_first() -> None:
    assert sorted(NAMES) == FOLDERS
    assert NAMES[0] == FIRST and NAMES[1:] == sorted(NAMES[1:])
    assert all(one.shows and len(one.shows) <= 160 for one in shipped_examples())


@pytest.mark.parametrize("name", FOLDERS)
def test_a_protocol_comes_whole(name: str) -> None:
    folder = ROOT / "protocols" / name
    made = scheduler.example(name)
    assert (folder / "cases.yaml").is_file() and len(made.study.participants) >= 2
    said = (folder / "example" / "README.md").read_text(encoding="utf-8")
    assert made.as_of.isoformat() in said, "the README says which day the study is looked at"
    assert "made up" in said


def test_the_page_is_what_the_folders_hold() -> None:
    """`python -m tests.unit.protocols_page` writes it anew."""
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page) == page
    for name in FOLDERS:
        assert f"](../protocols/{name})" in page


def test_what_cannot_be_said_is_gathered() -> None:
    notes = [
        note["text"]
        for protocol in protocols().values()
        for note in protocol.get("notes", [])
        if note["about"] == UNSAID
    ]
    assert tables()["unsaid"].count("\n") == 1 + len(notes)


def test_the_list_is_a_line_each() -> None:
    code, out, _ = run("--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == NAMES
    assert all(one.shows in out for one in shipped_examples())
    assert run("--list", "trials")[0] == 2 and run()[0] == 2


def test_one_protocol_or_several_or_all_are_written(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path / "one", "--protocol", "demo-cycles")
    assert code == 0 and out.count("\n") == 1 and "--as-of 2026-02-16" in out
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["demo-cycles"]
    assert run(tmp_path / "one", "--protocol", FIRST)[0] == 0
    code, out, _ = run(tmp_path / "all")
    assert code == 0 and out.count("\n") == len(FOLDERS)
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == FOLDERS


def test_a_name_that_is_none_or_there_already_writes_nothing(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "--protocol", FIRST, "--protocol", "demo-cycle")
    assert code == 2 and 'did you mean "demo-cycles"?' in err and "Traceback" not in err
    assert not list(tmp_path.iterdir())
    (tmp_path / "demo-cycles").mkdir()
    code, _, err = run(tmp_path)
    assert code == 1 and "is not replaced" in err
    assert [path.name for path in tmp_path.iterdir()] == ["demo-cycles"]


@pytest.mark.parametrize("name", ["demo-cycles"])
def test_what_a_written_example_begins_with_runs(name: str, tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "--protocol", name)
    assert code == 0
    words = out.split()[1:]
    result = CliRunner().invoke(washout_command, [*words, "--quiet"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / name / "out" / "report.html").is_file()


def test_the_day_of_an_example_is_a_date() -> None:
    for name in FOLDERS:
        about = yaml.safe_load((ROOT / "protocols" / name / "example.yaml").read_text("utf-8"))
        assert sorted(about) == ["as_of", "shows"]
