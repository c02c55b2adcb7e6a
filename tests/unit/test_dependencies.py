"""What is brought along at run time may be passed on: the check of .ci/dependencies.py."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "dependencies.py"


@pytest.fixture(scope="module")
def check() -> ModuleType:
    pytest.importorskip("packaging", reason="packaging is not installed; pytest brings it")
    spec = importlib.util.spec_from_file_location("dependencies", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("MIT", True), ("BSD-3-Clause AND MIT", True), ("Apache-2.0 OR GPL-3.0-only", True),
        ("MPL-2.0", True), ("GPL-3.0-or-later", False), ("AGPL-3.0", False),
        ("MIT AND GPL-2.0", False), ("", False), ("proprietary", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License v3", False),
    ],
)  # fmt: skip
def test_which_licences_can_be_passed_on(check: ModuleType, text: str, good: bool) -> None:
    assert (check.verdict(text) == "") is good


def test_nothing_at_run_time_is_under_the_gpl(check: ModuleType) -> None:
    found, _ = check.closure(check.wanted())
    assert {"pandas", "numpy", "icalendar", "pyyaml"} <= found.keys()
    assert {
        name: check.verdict(check.licence(one)) for name, one in found.items()
    } == dict.fromkeys(found, "")


def test_a_source_that_cannot_be_reached_is_said(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = subprocess.CompletedProcess([], 1, "", "no route to host")
    monkeypatch.setattr(check.subprocess, "run", lambda *_, **__: gone)
    assert check.main(["--audit"]) == 0
    told = capsys.readouterr().out
    assert "0 refused" in told
    assert "NOT CHECKED, no source can be reached (no route to host)" in told


def test_what_a_source_knows_is_counted(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = {"dependencies": [{"name": "x", "version": "1", "vulns": [{"id": "CVE-1"}]}]}

    def ran(command: list[str], **_: object) -> None:
        Path(command[-1]).write_text(json.dumps(answer), encoding="utf-8")

    monkeypatch.setattr(check.subprocess, "run", ran)
    assert check.main(["--audit"]) == 1
    assert "x 1: CVE-1" in capsys.readouterr().out
