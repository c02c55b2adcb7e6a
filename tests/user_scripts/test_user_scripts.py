"""Scripts of users: they run, and type checkers know what they get.

mypy --strict checks them with the package (`files` in setup.cfg), so that CI does.
"""

import configparser
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.user_scripts import analysis

ROOT = Path(__file__).parents[2]
PLACES = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
PYRIGHT = shutil.which("pyright", path=PLACES)


def test_the_script_runs() -> None:
    sizes = analysis.main()
    assert sizes["windows"] and sizes["days"] and sizes["grid"] == 2
    assert sizes["said"] and sizes["faults"] and sizes["files"] > 10
    assert sizes["polars in"] == 1 and sizes["polars out"] == sizes["duckdb"] == sizes["windows"]
    assert sizes["others in"] == 2 and analysis.cases(ROOT / "protocols/demo-cycles") == []


def test_mypy_checks_it_strictly() -> None:
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    assert "tests/user_scripts/analysis.py" in settings["mypy"]["files"]
    assert settings["mypy"].getboolean("strict")


@pytest.mark.skipif(PYRIGHT is None, reason="pyright is not on the machine (pip install pyright)")
def test_pyright_checks_it() -> None:
    assert PYRIGHT is not None
    words = [PYRIGHT, "--outputjson", "--pythonpath", sys.executable, str(analysis.__file__)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    try:
        told = json.loads(done.stdout)
    except ValueError:
        pytest.skip(f"pyright cannot run here: {(done.stderr or done.stdout).strip()[-200:]}")
    errors = [one for one in told["generalDiagnostics"] if one["severity"] == "error"]
    assert told["summary"]["filesAnalyzed"] == 1
    assert errors == [], errors
