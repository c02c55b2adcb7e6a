"""kill -9 in the middle of saves: nothing that was acknowledged is lost, and the chain is whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

_KILLS = 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no SIGKILL")
def test_no_acknowledged_save_is_lost(place: str, root: Path) -> None:
    script = [sys.executable, str(root / "tests" / "store" / "killing.py"), place, str(_KILLS)]
    found = subprocess.run(script, capture_output=True, text=True, cwd=root, check=False,
                           env={"PYTHONPATH": str(root), "PATH": ""})  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
    saves = int(re.findall(r"(\d+) acknowledged", found.stdout)[0])
    assert saves > _KILLS / 2, "the processes were killed before they saved anything"
