"""Every worked case of every protocol in protocols/ comes out as its author worked it out."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from scheduler.cases.running import CaseResult, load_cases, run_cases
from scheduler.protocol.reading import load_protocol

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "protocols").glob("*/cases.yaml"))


@cache
def results(folder: Path) -> list[CaseResult]:
    """All cases of a protocol, planned together."""
    protocol = load_protocol(folder)
    return run_cases(protocol, load_cases(folder, protocol), f"{folder.name}/cases.yaml")


def names() -> list[tuple[Path, int, str]]:
    found = []
    for folder in FOLDERS:
        for number, case in enumerate(load_cases(folder, load_protocol(folder))):
            found.append((folder, number, f"{folder.name}: {case.name}"))
    return found


CASES = names()


@pytest.mark.parametrize(("folder", "number"), [c[:2] for c in CASES], ids=[c[2] for c in CASES])
def test_a_worked_case(folder: Path, number: int) -> None:
    result = results(folder)[number]
    assert result.differences == ()


def test_the_real_protocol_has_the_cases_it_needs() -> None:
    counts = {folder.name: len(results(folder)) for folder in FOLDERS}
    assert counts["nct07342244"] >= 30
    assert counts["demo-cycles"] >= 20


def test_a_wrong_expectation_fails_in_every_protocol() -> None:
    """Each case turned round: what was expected blocked is now expected permitted."""
    for folder in FOLDERS:
        protocol = load_protocol(folder)
        turned = []
        for case in load_cases(folder, protocol):
            blocked = [e for e in case.expected if "blocked" in e.days]
            if blocked:
                wrong = [replace(e, days={"permitted": e.days["blocked"]}) for e in blocked]
                turned.append(replace(case, expected=tuple(wrong)))
        assert turned
        assert not any(result.passed for result in run_cases(protocol, turned))
