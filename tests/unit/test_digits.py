"""Digits of other scripts and widths: refused wherever a number, a day or a time is read."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import scheduler
from scheduler.cli import washout_command
from scheduler.desk.forms import whole_number
from scheduler.errors import InputFaults, WashoutError

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "protocols/demo-cycles"
ZEROS = {"Arabic": 0x660, "full width": 0xFF10, "Devanagari": 0x966, "bold": 0x1D7CE}
SCRIPTS = {name: "".join(chr(zero + n) for n in range(10)) for name, zero in ZEROS.items()}
SCRIPTS["superscript"] = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"


@pytest.fixture(params=SCRIPTS)
def other(request: pytest.FixtureRequest) -> dict[int, int]:
    """Translates the digits 0 to 9 into those of a script."""
    return str.maketrans("0123456789", SCRIPTS[request.param])


@pytest.mark.parametrize(
    "written",
    ["date: 2026-01-05", "opens: 2026-01-05", "min: 25 days", "at: \"09:00\"", "half_life: 26 hours",
     "times: 5", "every: 28 days", 'to: "dose#2"', "min: 18 years", "within: 72 hours"],
)  # fmt: skip
def test_in_a_protocol(other: dict[int, int], written: str) -> None:
    text = (DEMO / "protocol.yaml").read_text(encoding="utf-8")
    key, value = written.split(": ", 1)
    if written not in text:  # another value of the same key
        place = text.index(f"{key}: ")
        value = text[place:].split(": ", 1)[1].split(",")[0].split("\n")[0].split("}")[0].strip()
        written = f"{key}: {value}"
    assert any(c.isdigit() for c in value)
    changed = text.replace(written, f"{key}: {value.translate(other)}", 1)
    with pytest.raises(InputFaults) as caught:
        scheduler.load_protocol(changed)
    assert not any("\n" in fault.message for fault in caught.value.faults)


CELLS = [
    ("participants", "birth_date", "1980-05-01"), ("participants", "withdrawn", "2026-05-01"),
    ("history", "start", "2026-01-02 10:30"), ("history", "start", "2 Jan 2026"),
    ("history", "end", "2026-02"), ("history", "half_life", "26 hours"),
    ("dates", "date", "2026-06-03"), ("dates", "milestone", "dose#1"),
    ("decisions", "date", "2026-05-01"), ("decisions", "start", "2026-01-02"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), CELLS)
def test_in_a_study(other: dict[int, int], table: str, column: str, value: str) -> None:
    protocol = scheduler.load_protocol(DEMO)
    event, rule = protocol.events[0].name, protocol.rules[0].id
    rows = {
        "participants": {"participant": "A", "birth_date": "1980-05-01"},
        "history": {"participant": "A", "event": event, "start": "2026-01-02"},
        "dates": {"participant": "A", "milestone": "consent", "date": "2026-06-03",
                  "status": "booked"},
        "decisions": {"participant": "A", "rule": rule, "decision": "clear", "date": "2026-05-01"},
    }  # fmt: skip
    rows[table][column] = value.translate(other)
    tables = {name: pd.DataFrame([row]) for name, row in rows.items()}
    with pytest.raises(InputFaults) as caught:
        scheduler.plan(protocol, scheduler.load_study(tables), "2026-05-04")
    assert any(fault.path == column for fault in caught.value.faults)


@pytest.mark.parametrize(
    "line",
    ["closed: [2026-02-16]", "open: [2026-02-14..2026-02-15]", "versions: {2.0: 2026-01-30}"],
)
def test_in_sites(other: dict[int, int], line: str, tmp_path: Path) -> None:
    key, value = line.split(": ", 1)
    (tmp_path / "participants.csv").write_text("participant,site\nA,x\n", encoding="utf-8")
    sites = f"x:\n  {key}: {value.translate(other)}\n"
    (tmp_path / "sites.yaml").write_text(sites, encoding="utf-8")
    with pytest.raises(InputFaults, match=r"S\d{3} sites\.yaml"):
        study = scheduler.load_study(tmp_path)
        scheduler.plan(scheduler.load_protocol(DEMO), study, "2026-05-04")


@pytest.mark.parametrize("written", ["as_of: 2026-02-16", "earliest: 2026-02-16"])
def test_in_cases(other: dict[int, int], written: str, tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "demo")
    file = tmp_path / "demo/cases.yaml"
    key, value = written.split(": ")
    text = file.read_text(encoding="utf-8")
    assert written in text
    file.write_text(text.replace(written, f"{key}: {value.translate(other)}", 1), encoding="utf-8")
    with pytest.raises(InputFaults, match=r"P111 .*cases\.yaml:\d+"):
        scheduler.run_cases(tmp_path / "demo")


@pytest.mark.parametrize(
    "words",
    ["agenda P S --as-of 2026-05-04", "agenda P S --as-of 2026-05-04 --days 14",
     "explain P S D-002 consent 2026-05-04 --as-of 2026-05-04",
     "cohort-import S out --partitions 2", "cohort P S --out out --as-of 2026-05-04 --workers 2",
     "cohort P S --out out --as-of 2026-05-04 --memory 2GiB", "desk serve --port 8765"],
)  # fmt: skip
def test_on_the_command_line(
    other: dict[int, int], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"P": str(DEMO), "S": str(DEMO / "example")}
    given = words.split()
    last = next(n for n in reversed(range(len(given))) if any(c.isdigit() for c in given[n]))
    given[last] = given[last].translate(other)
    done = CliRunner().invoke(washout_command, [places.get(word, word) for word in given])
    assert done.exit_code == 2 and isinstance(done.exception, SystemExit), done.output
    assert not list(tmp_path.iterdir())


def test_in_python(other: dict[int, int]) -> None:
    protocol, study, looked_at = scheduler.example("demo-cycles")
    day = looked_at.isoformat()
    with pytest.raises(WashoutError, match="is no date"):
        scheduler.plan(protocol, study, day.translate(other))
    plan = scheduler.plan(protocol, study, day)
    for asked in (
        lambda: plan.explain("D-002", "consent", day.translate(other)),
        lambda: plan.explain("D-002", "dose#1".translate(other), day),
        lambda: plan.days(first=day.translate(other)),
        lambda: plan.with_dates({"D-002": {"consent": day.translate(other)}}),
    ):
        with pytest.raises(WashoutError):
            asked()


def test_at_the_desk(other: dict[int, int]) -> None:
    assert [whole_number(text) for text in ("12", "12".translate(other), "9" * 5000, "-1", "")] == [
        12, 0, 0, 0, 0,
    ]  # fmt: skip
