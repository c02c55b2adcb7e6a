"""What the tests of commands share: running one in this process, and the example study."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli import washout_command

Invoke = Callable[..., Result]
AS_OF = "2026-06-15"


@pytest.fixture
def invoke() -> Invoke:
    """Run a command; what it did not mean to raise is raised."""

    def run(*words: str | Path) -> Result:
        result = CliRunner().invoke(
            washout_command, [str(word) for word in words], prog_name="washout"
        )
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture(scope="session")
def protocol(root: Path) -> Path:
    return root / "protocols" / "nct07342244"


@pytest.fixture(scope="session")
def study(protocol: Path) -> Path:
    return protocol / "example"


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory, protocol: Path, study: Path) -> Path:
    """The example study, planned once: the folder is not to be changed."""
    out = tmp_path_factory.mktemp("planned") / "out"
    words = ["plan", str(protocol), str(study), "--as-of", AS_OF, "--out", str(out), "--quiet"]
    result = CliRunner().invoke(washout_command, words)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    return out


@pytest.fixture
def broken(tmp_path: Path, protocol: Path, study: Path) -> tuple[Path, Path]:
    """A protocol and a study with one fault each, and one that needs both."""
    folder = tmp_path / "broken"
    folder.mkdir()
    text = (protocol / "protocol.yaml").read_text(encoding="utf-8")
    assert "timezone: Asia/Shanghai" in text
    wrong = text.replace("timezone: Asia/Shanghai", "timezone: Asia/Shangai", 1)
    (folder / "protocol.yaml").write_text(wrong, encoding="utf-8")
    shutil.copytree(study, folder / "study")
    with (folder / "study" / "dates.csv").open("a", encoding="utf-8") as stream:
        stream.write("P-001,consent,03/04/2026,done,\n")
        stream.write("P-999,consent,2026-06-01,done,\n")
    return folder, folder / "study"


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
