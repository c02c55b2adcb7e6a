"""Run one notebook with this very Python, and write it with its outputs: IN OUT SECONDS.

A program of its own, so that what Jupyter's packages warn of does not fall on the tests.
"""

import sys
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient


class ThisPython(AsyncKernelManager):
    """A kernel of the running interpreter, whatever kernels the machine has."""

    @property
    def kernel_spec(self) -> KernelSpec:
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name="Python", language="python",
        )  # fmt: skip


def main() -> None:
    source, target, seconds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    notebook = nbformat.read(source, as_version=4)
    manager = ThisPython(transport="ipc", ip=str(target.with_suffix(".kernel")))
    client = NotebookClient(
        notebook, km=manager, timeout=seconds, allow_errors=True,
        resources={"metadata": {"path": str(source.parent)}},
    )  # fmt: skip
    client.execute()
    nbformat.write(notebook, target)


if __name__ == "__main__":
    main()
