"""Protocols that others wrote, from the file to a plan, by the commands."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli import commands

SAMPLES = (
    "v3_CDISC_Pilot_LZZT", "v3_cycles_1", "v3_simple_1", "v4_CDISC_Pilot_LZZT",
    "v4_EliLilly_NCT03421379", "v4_observational",
)  # fmt: skip
STUDY_DATES = ("--opens", "2026-01-01", "--closes", "2028-12-31")


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(commands, [str(word) for word in words])


def planned(protocol: Path, folder: Path) -> list[str]:
    """The lines of windows.csv for one made-up participant."""
    study = folder / "study"
    study.mkdir()
    (study / "participants.csv").write_text("participant\nP-001\n", encoding="utf-8")
    result = run(
        "plan", protocol, study, "--as-of", "2026-02-02", "--out", folder / "out", "--quiet"
    )
    assert result.exit_code == 0, result.output
    return (folder / "out" / "windows.csv").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_usdm_sample_becomes_a_plan(sample: str, shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "usdm" / f"{sample}.json"
    told = tmp_path / "findings.json"
    result = run("import", "usdm", source, *STUDY_DATES, "--timezone", "UTC", "--findings", told)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith("1. "), "every sample leaves findings"
    assert told.stat().st_size
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text(result.stdout, encoding="utf-8")
    assert run("check", protocol).exit_code == 0
    assert len(planned(protocol, tmp_path)) > 1


def test_a_redcap_project_becomes_a_plan(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "redcap" / "Visits.REDCap.xml"
    result = run("import", "redcap", source, *STUDY_DATES, "--timezone", "UTC")
    assert result.exit_code == 0, result.stderr
    protocol = tmp_path / "protocol.yaml"
    protocol.write_text(result.stdout, encoding="utf-8")
    assert len(planned(protocol, tmp_path)) > 1


def test_no_phrase_of_the_record_is_uncovered(root: Path, shared_data: Path) -> None:
    source = shared_data / "registry" / "NCT07342244.txt"
    result = run("check", root / "protocols" / "nct07342244", "--source", source)
    assert result.exit_code == 0
    assert "0 not in the source" in result.stdout
    assert "0 not covered" in result.stdout


def test_a_missing_file_is_told_and_nothing_is_printed(tmp_path: Path) -> None:
    result = run("import", "usdm", tmp_path / "none.json", *STUDY_DATES)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "none.json" in result.stderr
