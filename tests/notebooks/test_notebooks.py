"""Every notebook runs from top to bottom, and is kept without what it put out."""

import asyncio
import os
import sys
import warnings
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [
    "1_coordinators_week",
    "2_analysts_tour",
    "3_writing_a_protocol",
    "4_what_if_and_amendments",
    "5_deviations",
]
SECONDS = 120  # a whole notebook; its kernel is stopped after that


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
def test_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its own assertions hold, no cell fails, and each figure and object shows itself."""
    with warnings.catch_warnings():
        # what Jupyter's own packages warn of while they are imported is not ours to answer for
        warnings.simplefilter("ignore")
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient

        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *sys.path]))
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
        monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
        notebook = nbformat.read(path, as_version=4)
        # this very Python, whatever kernels the machine has
        spec = KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python", language="python",
        )  # fmt: skip
        manager = AsyncKernelManager(transport="ipc", ip=str(tmp_path / "kernel"))
        manager._kernel_spec = spec
        client = NotebookClient(
            notebook, km=manager, timeout=SECONDS, resources={"metadata": {"path": str(path.parent)}}
        )
        asyncio.run(asyncio.wait_for(client.async_execute(), SECONDS))
    shown = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    errors = [out for out in shown if out.output_type == "error"]
    warned = [out.text for out in shown if out.output_type == "stream" and out.name == "stderr"]
    assert errors == []
    assert warned == []
    kinds = {kind for out in shown for kind in out.get("data", {})}
    assert {"text/html", "image/png"} <= kinds
