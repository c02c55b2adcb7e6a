"""The command as a user runs it: its page, its choices, and what it says without Dask."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import dask
import pandas as pd
import pytest

from scheduler.partitions import extra
from scheduler.partitions.run import Watch
from scheduler.partitions.screen import watching
from scheduler.partitions.tables import CHOICE
from scheduler.tables.tables import IN_PARTITIONS
from tests.cohorts.conftest import Invoke, start
from tests.cohorts.people import AS_OF, SITES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cohorts.md"


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    """Its commands run, and so does its code."""
    (tmp_path / "protocols").symlink_to(ROOT / "protocols")
    (tmp_path / "people").mkdir()
    people = "participant,birth_date,site\nX-1,1970,wuhan\nX-2,1980-02-03,wuhan\n"
    (tmp_path / "people" / "participants.csv").write_text(people, encoding="utf-8")
    (tmp_path / "people" / "sites.yaml").write_text(SITES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    commands = re.findall(r"^washout (.*)$", text, re.M)
    mine = [shlex.split(command) for command in commands if "tcp:" not in command]
    assert [words[0] for words in mine] == ["cohort-import", "cohort", "cohort"]
    for words in mine:
        result = invoke(*words)
        assert result.exit_code == 0, result.stderr
    names: dict[str, object] = {}
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.S))
    with dask.config.set(scheduler="synchronous"):
        exec(compile(code, str(PAGE), "exec"), names)
    first, screening, mine_ = names["first"], names["screening"], names["mine"]
    assert isinstance(first, pd.Series) and isinstance(screening, pd.Series)
    assert first.sort_index().tolist() == screening.sort_index().tolist()
    assert isinstance(mine_, pd.DataFrame) and len(mine_)
    matrix = pd.read_parquet("screening/matrix")
    assert len(matrix) == 4


def test_links_of_the_page() -> None:
    links = [
        link
        for link in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text(encoding="utf-8"))
        if not link.startswith("https:")
    ]
    assert len(links) >= 4
    assert [link for link in links if not (PAGE.parent / link).is_file()] == []
    assert all(f"`{name}`" in PAGE.read_text(encoding="utf-8") for name in CHOICE)


@pytest.mark.parametrize("package", ["dask", "distributed", "pyarrow"])
def test_without_the_extra(
    package: str, tmp_path: Path, study: Path, protocol_folder: Path, invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def find(name: str) -> object:
        return None if name == package else object()

    monkeypatch.setattr(extra, "find_spec", find)
    words = ("cohort", protocol_folder, study, "--as-of", AS_OF, "--out", tmp_path / "out")
    result = invoke(*words)
    assert result.exit_code == 1
    told = f'Error: cohorts need {package}; install it with: pip install "washout[cohort]"\n'
    assert result.stderr == told
    assert not (tmp_path / "out").exists()


def test_other_commands_do_not_load_it() -> None:
    code = "import sys, scheduler.cli; print([m for m in ('dask', 'distributed', 'pyarrow') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_wrong_use(imported: Path, tmp_path: Path, protocol_folder: Path, invoke: Invoke) -> None:
    words = ["cohort", protocol_folder, imported, "--as-of", AS_OF, "--out", tmp_path / "out"]
    result = invoke(*words, "--tables", "windows,sumary")
    assert result.exit_code == 2
    assert f"found sumary, expected some of {', '.join(CHOICE)}" in " ".join(result.stderr.split())
    result = invoke(*words, "--memory", "much")
    assert result.exit_code == 2
    assert "found much, expected a size such as 2GiB" in result.stderr
    assert invoke("cohort", imported, "--as-of", AS_OF, "--out", tmp_path / "out").exit_code == 2
    result = invoke(*words, "--scheduler", "nonsense://")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: nonsense://: no Dask scheduler answers there")


def test_a_whole_command(imported: Path, done: Path, tmp_path: Path, protocol_folder: Path) -> None:
    words = ["cohort", protocol_folder, imported, "--as-of", AS_OF, "--out", tmp_path / "out"]
    words += ["--tables", "summary", "--workers", 1, "--memory", "2 GiB"]
    running = start(*words)
    out, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"NCT07342244 version 1.0, as of {AS_OF}"
    states = pd.read_parquet(done / "summary")["state"].value_counts()
    assert lines[1].startswith("48 participants: ")
    assert f"{states['no_schedule']} without a schedule" in lines[1]
    assert lines[2:] == ["8 partitions"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "_done", "run.json", "summary",
    ]  # fmt: skip
    assert start(*words, "--quiet").communicate(timeout=60) == ("", "")


def test_progress_is_for_terminals() -> None:
    with watching(quiet=False) as watch:
        assert watch == Watch()
    assert set(IN_PARTITIONS) < set(CHOICE)
