"""`explain`, `check`, `test`, `agenda`, `init`, `schema` as a user runs them."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.protocol.reading import json_schema
from tests.end_to_end.conftest import AS_OF, Invoke

# ---- explain -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("participant", "milestone", "day", "verdict", "code"),
    [
        ("P-001", "consent", "2026-06-15", "permitted", 0),  # a Monday, nothing in the way
        ("P-001", "consent", "2026-06-21", "blocked", 3),  # a Sunday
        ("P-016", "consent", "2026-06-16", "blocked", 3),  # no schedule at all
        ("P-013", "screening", "2026-06-22", "undetermined", 4),  # GVHD whose end nobody wrote
    ],
)
def test_explain_has_an_exit_code_for_each_verdict(
    invoke: Invoke,
    protocol: Path,
    study: Path,
    participant: str,
    milestone: str,
    day: str,
    verdict: str,
    code: int,
) -> None:
    words = ["explain", protocol, study, participant, milestone, day, "--as-of", AS_OF]
    result = invoke(*words)
    assert result.exit_code == code
    assert verdict in result.stdout
    as_json = invoke(*words, "--json")
    assert as_json.exit_code == code
    answer = json.loads(as_json.stdout)
    assert answer["verdict"] == verdict
    for reason in answer["reasons"]:
        assert reason["sentence"]


def test_explain_names_rule_exposure_and_source(
    invoke: Invoke, protocol: Path, study: Path
) -> None:
    """P-002: live vaccine on 2026-05-25; four weeks later is 22 June, which counts as within."""
    words = ["P-002", "screening", "2026-06-22", "--as-of", AS_OF]
    result = invoke("explain", protocol, study, *words)
    assert result.exit_code == 3
    assert "2026-05-25" in result.stdout and "E16-live-vaccine" in result.stdout


def test_explain_offers_the_likely_spelling(invoke: Invoke, protocol: Path, study: Path) -> None:
    result = invoke(
        "explain", protocol, study, "P-0003", "infusion", "2026-08-10", "--as-of", AS_OF
    )
    assert result.exit_code == 2
    assert 'did you mean "P-003"?' in result.stderr
    result = invoke("explain", protocol, study, "P-003", "infusoin", "2026-08-10", "--as-of", AS_OF)
    assert result.exit_code == 2
    assert 'did you mean "infusion"?' in result.stderr


# ---- Days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("15/06/2026", "found 15/06/2026, expected a day such as 2026-06-15"),
        ("2026-6-15", "found 2026-6-15, expected a day such as 2026-06-15"),
        ("2026-02-30", "found 2026-02-30, but there is no such day"),
        ("1776-07-04", "found 1776-07-04, expected a day such as 2026-06-15"),
    ],
)
def test_a_day_that_is_none_is_wrong_use(
    invoke: Invoke, protocol: Path, study: Path, text: str, message: str
) -> None:
    result = invoke("agenda", protocol, study, "--as-of", text)
    assert result.exit_code == 2
    assert message in result.stderr


def test_as_of_is_never_left_out(invoke: Invoke, protocol: Path, study: Path) -> None:
    result = invoke("agenda", protocol, study)
    assert result.exit_code == 2
    assert "--as-of" in result.stderr


# ---- agenda --------------------------------------------------------------------------------------


def test_the_agenda_is_the_worklist(invoke: Invoke, protocol: Path, study: Path) -> None:
    result = invoke("agenda", protocol, study, "--as-of", AS_OF)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == ["NCT07342244, as of 2026-06-15", "To do, most urgent first"]
    told = " ".join(result.stdout.split())
    assert "P-002: Move Screening, booked Mon 22 Jun: not permitted -> Tue 23 Jun" in told
    assert "is planned for this day" not in told
    assert max(map(len, lines)) <= 80


def test_the_whole_agenda_goes_by_day(invoke: Invoke, protocol: Path, study: Path) -> None:
    result = invoke("agenda", protocol, study, "--as-of", AS_OF, "--days", "7", "--full")
    assert result.exit_code == 0
    assert "\n7 days from 2026-06-15\n" in result.stdout
    assert "To do, most urgent first" in result.stdout
    days = re.findall(r"^\w+day (\d{4}-\d\d-\d\d)$", result.stdout, re.MULTILINE)
    assert days == sorted(days)
    assert "2026-06-17" in days and days[-1] <= "2026-06-21"
    assert "P-007" in result.stdout.partition("Wednesday 2026-06-17")[2]
    assert max(map(len, result.stdout.splitlines())) <= 80


# ---- check ---------------------------------------------------------------------------------------


def test_check_counts_sources_and_assumptions(invoke: Invoke, root: Path) -> None:
    result = invoke("check", root / "tests" / "data" / "demo-001.yaml")
    assert result.exit_code == 0
    assert result.stdout == (
        "DEMO-001 version 1.0 of 2026-01-15: no faults\n"
        "milestones: 5, visits: 2, gaps: 2, rules: 9, checklist: 1, notes: 1\n"
        "\n"
        "              sourced  partly assumed  assumed\n"
        "gaps                1               0        1\n"
        "visits              0               0        2\n"
        "rules               9               0        0\n"
        "half-lives          1               0        0\n"
        "all                11               0        3\n"
        "\n"
        "Assumptions:\n"
        "  blood_collection..lymphodepletion (gaps, line 29): manufacturing time at this site\n"
        "  month_1 (visits, line 32): ...\n"
        "  phone (visits, line 33): ...\n"
    )


def test_check_tells_faults_with_their_lines(invoke: Invoke, broken: tuple[Path, Path]) -> None:
    result = invoke("check", broken[0])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.search(
        r'^P112 .*protocol\.yaml:9 timezone: no time zone "Asia/Shangai"; did', result.stderr
    )
    assert result.stderr.endswith("1 fault; nothing was done\n")


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_protocol_that_is_not_there(invoke: Invoke, tmp_path: Path, command: str) -> None:
    result = invoke(command, tmp_path / "nowhere")
    assert result.exit_code == 1
    assert "P100" in result.stderr and "no such file" in result.stderr


def test_faults_of_both_places_are_told_together(invoke: Invoke, tmp_path: Path) -> None:
    words = ["agenda", tmp_path / "no.yaml", tmp_path / "no-study", "--as-of", AS_OF]
    result = invoke(*words)
    assert result.exit_code == 1
    codes = [line.split()[0] for line in result.stderr.splitlines()]
    assert codes == ["P100", "S200", "2"]
    assert result.stderr.endswith("2 faults; nothing was done\n")


# ---- test ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["nct07342244", "demo-cycles/protocol.yaml"])
def test_the_worked_cases_pass(invoke: Invoke, root: Path, place: str) -> None:
    result = invoke("test", root / "protocols" / place)
    assert result.exit_code == 0
    assert re.fullmatch(r"(\d\d+) cases: \1 passed, 0 failed\n", result.stdout)


def test_a_case_that_differs_is_told(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "tests" / "data" / "demo-001.yaml", tmp_path / "protocol.yaml")
    (tmp_path / "cases.yaml").write_text(
        "- name: nothing recorded\n"
        "  as_of: 2026-02-02\n"
        "  participant: {birth_date: 1970-05-01, sex: female}\n"
        "  expect: {consent: {earliest: 2026-02-03}}\n"
        "- name: the same, rightly\n"
        "  as_of: 2026-02-02\n"
        "  participant: {birth_date: 1970-05-01, sex: female}\n"
        "  expect: {consent: {earliest: 2026-02-02}}\n"
    )
    result = invoke("test", tmp_path)
    assert result.exit_code == 1
    assert result.stdout == (
        f"FAILED {tmp_path.as_posix()}/cases.yaml:1 nothing recorded\n"
        "    consent: expected 2026-02-03 as the earliest day, found 2026-02-02\n"
        "2 cases: 1 passed, 1 failed\n"
    )


def test_a_protocol_without_cases(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "tests" / "data" / "demo-001.yaml", tmp_path / "protocol.yaml")
    result = invoke("test", tmp_path)
    assert result.exit_code == 1
    assert "cases.yaml: no such file, expected a file of worked cases" in result.stderr


# ---- init, schema, version -----------------------------------------------------------------------


def test_an_empty_study_can_be_filled_in_and_planned(
    invoke: Invoke, protocol: Path, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    assert invoke("init", study, "--protocol", protocol).exit_code == 0
    head = (study / "participants.csv").read_text(encoding="utf-8").strip().split(",")
    cells = {"participant": "P-1", "birth_date": "1980-05-05", "sex": "male"}
    with (study / "participants.csv").open("a", encoding="utf-8") as stream:
        stream.write(",".join(cells.get(column, "") for column in head) + "\n")
    result = invoke("plan", protocol, study, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert (
        (tmp_path / "out" / "summary.csv").read_text().splitlines()[1].startswith("P-1,scheduled")
    )
    again = invoke("init", study, "--protocol", protocol)
    assert again.exit_code == 1
    assert (study / "participants.csv").read_text(encoding="utf-8").count("P-1") == 1


def test_the_schema_is_json(invoke: Invoke) -> None:
    result = invoke("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json_schema()


def test_the_module_is_the_command(root: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "scheduler", "--version"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.fullmatch(r"washout (\d+\.\d+\.\d+\S*|not installed)\n", result.stdout)


HEAVY = ["pandas", "icalendar", "openpyxl", "rich", "jinja2"]
EXAMPLE = ["protocols/nct07342244", "protocols/nct07342244/example"]


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], [*HEAVY, "numpy", "holidays", "scheduler.commands.plan"]),
        (["plan", "--help"], [*HEAVY, "numpy", "holidays", "scheduler.commands.cohort"]),
        (
            ["explain", *EXAMPLE, "P-003", "infusion", "2026-08-10", "--as-of", "2026-06-15"],
            [*HEAVY, "scheduler.commands.plan", "holidays.countries", "holidays.countries.italy"],
        ),
    ],
)
def test_a_command_does_not_wait_for_what_it_does_not_use(
    root: Path, arguments: list[str], unwanted: list[str]
) -> None:
    program = (
        "import sys; from scheduler.cli import washout_command\n"
        f"washout_command({arguments!r}, standalone_mode=False)\n"
        f"print(sorted({set(unwanted)!r} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def test_no_argument_may_hold_nul(invoke: Invoke, protocol: Path, tmp_path: Path) -> None:
    for words in (
        ("plan", "a\0b", tmp_path, "--as-of", AS_OF, "--out", tmp_path / "out"),
        ("plan", protocol, "a\0b", "--as-of", AS_OF, "--out", tmp_path / "out"),
        ("plan", protocol, tmp_path, "--as-of", AS_OF, "--out", "a\0b"),
        ("check", "a\0b"),
        ("import", "redcap", "a\0b"),
        ("init", "a\0b", "--protocol", protocol),
        ("explain", protocol, tmp_path, "P\0", "infusion", "2026-06-15", "--as-of", AS_OF),
    ):
        result = invoke(*words)
        assert result.exit_code == 2, words
        assert "an argument holds the character U+0000" in result.stderr
