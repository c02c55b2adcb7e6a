"""The commands of the benchmark run, save, and say so where the engines do not agree."""

import csv
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import against, scale
from benchmarks.chart import _apart
from benchmarks.design import DEPTHS, DESIGNS
from benchmarks.goals import goals
from benchmarks.ours import row_hashes, tables
from benchmarks.people import frames
from benchmarks.report import OURS, Cell, Report, markdown, rate, span
from benchmarks.same_rows import digest
from benchmarks.stream import Disagreement, chunks_of

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_measures_and_saves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for package in ("ortools", "duckdb"):
        pytest.importorskip(package, reason=f"{package} is not installed (extra `benchmarks`)")
    monkeypatch.setattr(scale, "RESULTS", tmp_path)
    options = "--quick --sizes 1,30 --protocols anchored --workers 2 --sample 2 --save"
    assert scale.main(options.split()) == 0
    told = capsys.readouterr()
    assert "the same rows: windows" in told.out
    assert "OR-Tools CP-SAT, every day of every node: 2 participants, no difference" in told.out
    assert "saved under benchmarks/results" in told.err
    files = {path.suffix: path for path in tmp_path.iterdir()}
    assert set(files) == {".md", ".csv", ".png"}
    rows = list(csv.DictReader(files[".csv"].read_text(encoding="utf-8").splitlines()))
    ours = [row for row in rows if row["family"] == "ours"]
    assert {(row["what"], row["cores"], row["participants"]) for row in ours} == {
        (what, cores, size) for what in DEPTHS.values() for cores in "12" for size in ("1", "30")
    }
    assert all(row["scaled"] == "no" and float(row["seconds"]) > 0 for row in ours)
    assert files[".png"].stat().st_size > 20_000
    page = files[".md"].read_text(encoding="utf-8")
    assert f"]({files['.png'].name})" in page and str(ROOT) not in page


def test_engines_that_differ_stop_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def differ(wish: scale.Wish) -> Report:
        raise Disagreement("CP-SAT: P-0000001 differs in infusion")

    monkeypatch.setattr(scale, "measure", differ)
    assert scale.main(["--quick"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "do not agree: CP-SAT: P-0000001 differs in infusion" in told.err


def test_another_tree_is_measured_beside_this_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "tree"
    shutil.copytree(ROOT / "scheduler", other / "scheduler")
    asked: list[str] = []

    @contextmanager
    def package_of(commit: str) -> Iterator[Path]:
        asked.append(commit)
        yield other

    monkeypatch.setattr(against, "package_of", package_of)
    options = "--against v1 --sizes 20 --protocols anchored --workers 1"
    assert scale.main(options.split()) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| anchored")]
    assert asked == ["v1"]
    assert [row.split("|")[2].strip() for row in rows] == ["windows", "plan"]
    assert all(float(cell) > 0 for row in rows for cell in (row.split("|")[5], row.split("|")[8]))


def test_a_commit_that_is_not_there_is_told() -> None:
    told = pytest.raises(SystemExit, match="no package of no-such-commit")
    with told, against.package_of("no-such-commit"):
        pass


def test_an_unknown_protocol_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        scale.main(["--protocols", "anchored,other"])
    assert stopped.value.code == 2
    assert "no protocol other; there are anchored, real_life, screening" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space this way")
@pytest.mark.parametrize(("gib", "enough"), [("1.5", True), ("0.25", False)])
def test_little_memory_suffices_and_too_little_is_no_success(gib: str, enough: bool) -> None:
    options = ["--limit-gib", gib, "--count", "1500", "--chunk", "500"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.limited", *options],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # without memory a library in C may end the process before Python can say so
    assert (done.returncode == 0) is enough, done.stderr
    if enough:
        assert "1,500 participants" in done.stdout
        assert f"under a limit of {gib} GiB" in done.stdout


def test_hashes_know_rows_whatever_their_order() -> None:
    design = DESIGNS["anchored"]
    whole = tables(design, frames(design, 0, 9), "windows")["windows"]
    parts = [tables(design, frames(design, *c), "windows")["windows"] for c in chunks_of(9, 4)]
    wanted = digest([row_hashes(whole)])
    assert digest([row_hashes(part) for part in reversed(parts)]) == wanted
    later = whole.assign(last=whole["last"].where(whole.index != 3, whole["first"]))
    assert (later["last"] != whole["last"]).sum() == 1
    assert digest([row_hashes(later)]) != wanted


def test_chunks_cover_everybody_once() -> None:
    assert chunks_of(7, 3) == [(0, 3), (3, 3), (6, 1)]
    assert chunks_of(1, 3) == [(0, 1)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.2e-7, "0.42 µs"), (0.0128, "12.8 ms"), (45.24, "45.2 s"), (600, "10.0 min"),
     (36_000, "10.0 h"), (864_000, "10.0 days")],
)  # fmt: skip
def test_times_are_told_in_the_unit_that_reads_best(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_rates_are_told_with_three_digits() -> None:
    assert [rate(v) for v in (0.456, 11.64, 52_345)] == ["0.46", "11.6", "52,300"]


def _report(*cells: Cell) -> Report:
    return Report(
        "2026-01-02", "A machine.", (1, 100_000, 1_000_000), cells, {"anchored": ["all"]},
        {"anchored": (1.0, 0.1)}, {"anchored": 0.004}, 0.5, 60.0,
    )  # fmt: skip


def test_goals_are_read_from_what_was_measured_only() -> None:
    windows, plan = DEPTHS["windows"], DEPTHS["plan"]
    report = _report(
        Cell("anchored", windows, OURS, 1, 1, 1, 0.004, peak=2**30),
        Cell("anchored", windows, OURS, 2, 100_000, 100_000, 1.0, peak=2**30),
        Cell("anchored", windows, OURS, 2, 1_000_000, 1_000_000, 13.0, peak=2**31),
        Cell("anchored", plan, OURS, 2, 100_000, 1_000, 0.01),
        Cell("anchored", "pendulum loop", "rival", 1, 100_000, 100, 2.0),
        Cell("anchored", "OR-Tools CP-SAT", "rival", 1, 100_000, 100, 0.1),
    )
    rows = [line.strip("|").split("|") for line in goals(report, 2) if line.startswith("| ")]
    told = {row[0].strip(): row[1].strip() for row in rows}
    found = {key.split(",")[0].split(":")[0]: value for key, value in told.items()}
    assert found["exact windows"] == "100,000, met"
    assert told["windows at 100,000 on 2 cores: 1,000 times the pendulum loop"] == "2,000 x, met"
    assert told["windows at 100,000 on 2 cores: 500 times the OR-Tools CP-SAT"] == (
        "100 x, **not met**"
    )
    assert told["linear to a million (time each, against 100,000)"] == "1.30, **not met**"
    assert told["peak memory under 1.2 GiB, all sizes and depths"] == "2.00 GiB, **not met**"
    assert found["one participant"] == "4.00 ms, **not met**"
    assert found["the whole plan (10 tables)"] == "", "it was scaled, not measured"
    page = markdown(report, [], "")
    assert "| ~ 33.3 min |" in page
    assert "measured on 100" in page


def test_a_protocol_may_have_a_goal_of_its_own() -> None:
    cells = [
        cell
        for name in ("anchored", "real_life")
        for cell in (
            Cell(name, DEPTHS["windows"], OURS, 2, 100_000, 100_000, 1.0),
            Cell(name, "pendulum loop", "rival", 1, 100_000, 100, 0.6),
        )
    ]
    alone = {"anchored": 0.004, "real_life": 0.0029}
    report = replace(_report(*cells), one=alone)
    rows = [line.strip("| ").split(" | ") for line in goals(report, 2) if line.startswith("| ")]
    told = {row[0]: row[1:] for row in rows}
    name = "windows at 100,000 on 2 cores: 1,000 times the pendulum loop, real_life 500"
    assert told[name] == ["600 x, **not met**", "600 x, met"]
    name = "one participant, loaded study to windows, warm, under 3.00 ms"
    assert told[name] == ["4.00 ms, **not met**", "2.90 ms, met"]


def test_labels_are_moved_apart_together() -> None:
    assert _apart([0.0, 0.0, 10.0], 2.0) == [-1.0, 1.0, 10.0]
    assert _apart([0.0, 5.0], 2.0) == [0.0, 5.0]
