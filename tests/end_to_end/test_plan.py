"""`washout plan` as a user runs it, on the example study."""

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.protocol.reading import load_protocol
from tests.end_to_end.conftest import AS_OF, Invoke, contents

# docs/contract.md, "What `plan` writes", without the words on the columns
COLUMNS = {
    "summary": "participant state next_milestone next_first next_last open_queries overdue "
    "deviations history_asked history_events site label kind",
    "windows": "participant milestone first last certainty",
    "schedule": "participant milestone date time status certainty target first last "
    "days_from_target study_day assumption rests_on suggested suggested_time site label kind",
    "blocked": "participant milestone rule event first last certainty clear_from exposure_start "
    "exposure_end sentence",
    "rules": "participant rule milestone state clear_from decision sentence",
    "duties": "participant rule event kind first last time milestone milestone_date sentence",
    "queries": "participant missing item rule milestone earliest_now earliest_if_clear sentence",
    "deviations": "participant milestone date rule days_out first last sentence",
    "conflicts": "participant kind detail first last frees",
    "bookings": "participant milestone date time state permitted_before permitted_after",
    "tasks": "participant task label owner milestone milestone_date due due_last time done state basis "
    "sentence rests_on",
    "attempts": "participant attempt milestone label date time status",
    "tests": "participant test node last_done valid_until repeat_first repeat_last state",
    "agenda": "date participant kind milestone sentence",
    "todo": "act_by participant site kind step what options why source begun",
}
TABLES = list(COLUMNS)
PARTICIPANTS = [f"P-{number:03}" for number in range(1, 19)]


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_file_of_the_contract_is_there(planned: Path) -> None:
    found = contents(planned)
    tops = {name for name in found if "/" not in name}
    assert tops == {f"{table}.csv" for table in TABLES} | {
        "run.json", "report.xlsx", "report.html",
    }  # fmt: skip
    calendars = {name for name in found if name.startswith("calendars/")}
    assert calendars >= {"calendars/P-003.ics", "calendars/site-wuhan.ics"}
    assert "calendars/changes.ics" not in calendars
    assert not [path.name for path in planned.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("table", TABLES)
def test_columns_line_ends_and_order(planned: Path, table: str) -> None:
    raw = (planned / f"{table}.csv").read_bytes()
    assert b"\r" not in raw and raw.endswith(b"\n") and not raw.startswith(b"\xef\xbb\xbf")
    head = raw.decode().splitlines()[0].split(",")
    columns = COLUMNS[table].split()
    assert head[: len(columns)] == columns  # further ones may follow
    if table not in ("agenda", "todo"):
        people = [row["participant"] for row in rows(planned, table)]
        assert people == sorted(people, key=PARTICIPANTS.index)


def test_the_summary_has_every_participant_in_the_files_order(planned: Path) -> None:
    summary = {row["participant"]: row for row in rows(planned, "summary")}
    assert list(summary) == PARTICIPANTS
    assert {code for code, row in summary.items() if row["state"] == "no_schedule"} == {
        "P-016",
        "P-017",
    }
    assert summary["P-014"]["state"] == "screen_failed"
    assert summary["P-015"]["state"] == "withdrawn"
    assert summary["P-013"]["state"] == "undetermined"
    assert summary["P-001"]["state"] == "scheduled"
    assert summary["P-001"]["next_first"] == AS_OF


def test_run_json_tells_what_was_planned_and_from_what(planned: Path, study: Path) -> None:
    record = json.loads((planned / "run.json").read_text(encoding="utf-8"))
    assert record["as_of"] == AS_OF and record["strict"] is False
    assert record["protocol"]["id"] == "NCT07342244"
    assert set(record["study"]["sha256"]) == {
        "participants.csv", "history.csv", "dates.csv", "decisions.csv", "sites.yaml",
    }  # fmt: skip
    assert {"washout", "python", "pandas", "holidays", "time zones"} <= set(record["versions"])
    assert any("make and release the cells" in item["text"] for item in record["assumptions"])
    text = (planned / "run.json").read_text(encoding="utf-8")
    assert str(study) not in text and str(Path.cwd()) not in text


def test_the_terminal_says_who_what_and_why(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path
) -> None:
    result = invoke("plan", protocol, study, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "To do, most urgent first"
    head = next(number for number, line in enumerate(lines) if line.startswith("NCT07342244"))
    assert lines[head] == f"NCT07342244 version 1.0, as of {AS_OF}"
    assert lines[head + 1].startswith("18 participants: ")
    told = " ".join(result.stdout.split())
    assert "2 without a schedule" in told
    for task in rows(tmp_path / "out", "todo"):
        assert f"{task['participant']}: {task['what']}" in told and task["options"] in told
    assert told.index("For participants who have not begun") < told.index("18 participants")
    for code in PARTICIPANTS:
        assert any(line.startswith(code) for line in lines)
    why = result.stdout.partition("Without a schedule, and why")[2]
    assert "P-016" in why and "P-017" in why
    assert "queries.csv" in why and f"Written to {tmp_path / 'out'}" in why.replace("\n", "")
    assert "\x1b" not in result.stdout
    assert max(map(len, lines)) <= 80
    assert result.stderr == "", "the shipped example warns of nothing"


@pytest.fixture
def warned(tmp_path: Path, study: Path) -> Path:
    """The example with an event that its protocol does not know."""
    copy = tmp_path / "warned"
    shutil.copytree(study, copy)
    heads = (copy / "history.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    cells = {"participant": "P-001", "event": "chickenpox", "start": "2001"}
    with (copy / "history.csv").open("a", encoding="utf-8") as stream:
        stream.write(",".join(cells.get(head, "") for head in heads) + "\n")
    return copy


@pytest.mark.parametrize("command", ["plan", "agenda"])
def test_warnings_are_told_in_plain_words(
    invoke: Invoke, tmp_path: Path, protocol: Path, warned: Path, command: str
) -> None:
    words = ["--out", tmp_path / "out"] if command == "plan" else []
    result = invoke(command, protocol, warned, "--as-of", AS_OF, *words)
    (line,) = result.stderr.splitlines()
    assert line.startswith("warning: history.csv, row ") and line.endswith("(S244)")
    assert "event: found an event that the protocol does not know" in line
    if command == "plan":
        assert "1 warning above, kept in run.json" in result.stdout


def test_two_runs_give_the_same_bytes_wherever_and_whenever(
    tmp_path: Path, root: Path, planned: Path
) -> None:
    """Another process, another hash seed, another time zone, another place, another path."""
    shutil.copytree(root / "protocols" / "nct07342244", tmp_path / "elsewhere")
    words = ["plan", "elsewhere/protocol.yaml", "elsewhere/example", "--as-of", AS_OF, "--quiet"]
    environment = {
        **os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Apia", "PYTHONPATH": str(root),
    }  # fmt: skip
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "scheduler", *words, "--out", "out"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert contents(tmp_path / "out") == contents(planned)


def test_running_again_into_the_same_folder_changes_nothing(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path, planned: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(planned, out)
    (out / "mine.txt").write_text("mine")
    result = invoke("plan", protocol, study, "--as-of", AS_OF, "--out", out)
    assert result.exit_code == 0
    assert "nothing changed since the last export" in result.stdout
    assert contents(out) == {**contents(planned), "mine.txt": b"mine"}


def test_all_faults_are_told_together_and_nothing_is_written(
    invoke: Invoke, tmp_path: Path, broken: tuple[Path, Path]
) -> None:
    folder, study = broken
    result = invoke("plan", folder, study, "--as-of", AS_OF, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "P112" in result.stderr and "Asia/Shangai" in result.stderr
    assert "S232 dates.csv:" in result.stderr and "2026-03-04 or 2026-04-03" in result.stderr
    assert not (tmp_path / "out").exists()


def test_faults_of_study_and_protocol_together_are_told_with_the_studys_own(
    invoke: Invoke, tmp_path: Path, broken: tuple[Path, Path], protocol: Path
) -> None:
    out = tmp_path / "out"
    result = invoke("plan", protocol, broken[1], "--as-of", AS_OF, "--out", out)
    assert result.exit_code == 1
    assert "S232" in result.stderr and "S240" in result.stderr and "P-999" in result.stderr
    assert not out.exists()


def test_one_participant_has_the_same_rows_as_in_the_whole_cohort(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path, planned: Path
) -> None:
    words = ["--as-of", AS_OF, "--out", tmp_path / "out", "--participant", "P-003"]
    result = invoke("plan", protocol, study, *words, "--participant", "P-017")
    assert result.exit_code == 0
    for table in TABLES:
        wanted = [r for r in rows(planned, table) if r["participant"] in ("P-003", "P-017")]
        assert rows(tmp_path / "out", table) == wanted
    files = {p.name for p in (tmp_path / "out" / "calendars").iterdir()}
    assert files <= {"P-003.ics", "P-017.ics", "site-wuhan.ics"} and "P-003.ics" in files


def test_an_unknown_participant_is_wrong_use(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path
) -> None:
    words = ["--as-of", AS_OF, "--out", tmp_path / "out", "--participant", "P-0003"]
    result = invoke("plan", protocol, study, *words)
    assert result.exit_code == 2
    assert "P-0003" in result.stderr and 'did you mean "P-003"?' in result.stderr
    assert not (tmp_path / "out").exists()


def test_strict_takes_what_nobody_recorded_for_unknown(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path, planned: Path
) -> None:
    words = ["--as-of", AS_OF, "--out", tmp_path / "out", "--strict", "--quiet"]
    assert invoke("plan", protocol, study, *words).exit_code == 0
    usual = {(r["participant"], r["rule"]): r["state"] for r in rows(planned, "rules")}
    strict = {(r["participant"], r["rule"]): r["state"] for r in rows(tmp_path / "out", "rules")}
    assert usual[("P-001", "E8-car-t")] == "not_recorded"
    assert strict[("P-001", "E8-car-t")] == "undetermined"
    states = {r["participant"]: r["state"] for r in rows(tmp_path / "out", "summary")}
    assert states["P-001"] == "undetermined" and states["P-016"] == "no_schedule"
    assert json.loads((tmp_path / "out" / "run.json").read_bytes())["strict"] is True


def test_a_place_that_cannot_be_written(
    invoke: Invoke, tmp_path: Path, protocol: Path, study: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    result = invoke("plan", protocol, study, "--as-of", AS_OF, "--out", tmp_path / "file")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith("file: this is a file, expected a folder")
    assert (tmp_path / "file").read_text() == "mine"


def test_texts_of_the_input_are_never_markup_or_formulas(
    invoke: Invoke, tmp_path: Path, protocol: Path
) -> None:
    study = tmp_path / "study"
    study.mkdir()
    people = "participant,birth_date,sex\n[b]A[/b],1980-05-05,male\n=2+3,1980-05-05,male\n"
    (study / "participants.csv").write_text(people)
    history = "participant,event,start\n[b]A[/b],car_t_therapy,2020-01-01\n"
    (study / "history.csv").write_text(history)
    out = tmp_path / "out"
    result = invoke("plan", protocol, study, "--as-of", AS_OF, "--out", out)
    assert result.exit_code == 0
    assert result.stdout.count("[b]A[/b]") >= 2
    assert "=2+3" in result.stdout
    assert [row["participant"] for row in rows(out, "summary")] == ["[b]A[/b]", "'=2+3"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
@pytest.mark.parametrize("quiet", [False, True])
def test_progress_is_shown_on_a_terminal_only(
    root: Path, tmp_path: Path, protocol: Path, warned: Path, quiet: bool
) -> None:
    import pty

    words = ["plan", protocol, warned, "--as-of", AS_OF, "--out", tmp_path / "out"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler", *words, *["--quiet"] * quiet],
        cwd=root, stdout=subprocess.PIPE, stderr=theirs, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert (b"planning" in shown) is not quiet
    assert b"warning: history.csv, row" in shown
    assert (b"18 participants" in stdout) is not quiet and b"\x1b" not in stdout


def test_the_command_of_the_readme_runs(
    invoke: Invoke, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    lines = [line for line in readme.splitlines() if line.startswith("python3 -m venv .venv ")]
    assert len(lines) == 1
    words = shlex.split(lines[0].rpartition("&&")[2])
    assert words[0] == ".venv/bin/washout"
    (tmp_path / "protocols").symlink_to(root / "protocols")
    monkeypatch.chdir(tmp_path)
    assert invoke(*words[1:]).exit_code == 0
    assert (tmp_path / "out" / "summary.csv").is_file()


def test_the_terminal_speaks_in_labels_and_week_days(
    invoke: Invoke, protocol: Path, study: Path, tmp_path: Path
) -> None:
    """No id that is no plain word stands on it: not in the table, not in the reasons."""
    said = invoke("plan", protocol, study, "--as-of", "2026-06-15", "--out", tmp_path / "out")
    text = " ".join(said.stdout.split())
    assert "P-003 scheduled Lymphodepletion Tue 7 Jul to starts Wed 8 Jul" in text
    assert "- Alcoholism or drug abuse 2008 to 2011 rules out screening" in text
    full = invoke("agenda", protocol, study, "--as-of", "2026-06-15", "--full")
    why = invoke("explain", protocol, study, "P-003", "infusion", "2026-07-13",
                 "--as-of", "2026-06-15")  # fmt: skip
    model = load_protocol(protocol)
    ids = {thing.name for thing in (*model.events, *model.nodes) if "_" in thing.name}
    for printed in (text, full.stdout, why.stdout):
        assert not ids & set(re.findall(r"[a-z0-9_]+", printed))
