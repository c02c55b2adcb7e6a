"""`import washout` is `import scheduler`, and the command `washout` starts here.

The package's folder is called scheduler, and other packages are too; so it is looked at before it
is used. Nothing else stands here.
"""

import sys
from pathlib import Path
from typing import Any

import scheduler

if getattr(scheduler, "_PROGRAM", "") != "washout":
    told = (
        f"{scheduler.__file__} is another package named scheduler, not washout's. Remove it: "
        "python -m pip uninstall scheduler; then python -m pip install --force-reinstall --no-deps "
        "washout. If it is a folder or file of your own, start somewhere else or rename it."
    )
    if Path(sys.argv[0]).stem == "washout":  # the command: a sentence, no traceback
        raise SystemExit(told)
    raise ImportError(told)

__all__ = list(scheduler.__all__)


def __getattr__(name: str) -> Any:
    """The public names of the package."""
    return getattr(scheduler, name)


def __dir__() -> list[str]:
    """The public names."""
    return dir(scheduler)


def main() -> None:
    """Run the command line."""
    from scheduler.cli import main as run

    run()
