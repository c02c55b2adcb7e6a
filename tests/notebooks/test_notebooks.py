"""Every notebook runs from top to bottom, and is kept without what it put out."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest

import scheduler

ROOT = Path(__file__).resolve().parents[2]
RUN = Path(__file__).with_name("run_notebook.py")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "1_coordinators_week",
    "2_analysts_tour",
    "3_writing_a_protocol",
    "4_what_if_and_amendments",
    "5_deviations",
    "6_sensitivity",
    "7_polars_and_duckdb",
]
SECONDS = 120


def test_all_notebooks_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == NAMES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) >= 5
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert not any(cell.metadata for cell in notebook.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_only_public_names_are_used(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert re.findall(r"^\s*(?:from scheduler|import scheduler\.).*", code, re.MULTILINE) == []
    used = set(re.findall(r"\bscheduler\.(\w+)", code))
    assert used and used <= set(scheduler.__all__)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path) -> None:
    """Its own assertions hold, no cell fails or warns, and figures and objects show themselves."""
    notebook = _executed(path)
    shown = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    errors = ["\n".join(out.traceback) for out in shown if out.output_type == "error"]
    warned = [out.text for out in shown if out.output_type == "stream" and out.name == "stderr"]
    assert errors == []
    assert warned == []
    texts = [out.data.get("text/html", "") for out in shown if "data" in out]
    assert not any("...</td>" in text for text in texts)  # no sentence is cut off
    kinds = {kind for out in shown for kind in out.get("data", {})}
    assert {"text/html", "image/png"} <= kinds


def _executed(path: Path) -> nbformat.NotebookNode:
    # a short folder: names of sockets may not be long
    with tempfile.TemporaryDirectory(prefix="nb") as folder:
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "IPYTHONDIR": folder,
            "JUPYTER_PLATFORM_DIRS": "1",
            "JUPYTER_RUNTIME_DIR": folder,
        }
        target = Path(folder) / "out.ipynb"
        run = subprocess.run(
            [sys.executable, "-W", "ignore", str(RUN), str(path), str(target), str(SECONDS)],
            env=env, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return nbformat.read(target, as_version=4)
