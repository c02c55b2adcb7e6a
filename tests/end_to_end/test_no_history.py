"""No table of history at all: the first thing to do, in the same words in every output."""

import io
import shutil
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

import scheduler
from scheduler.planning.plans import Plan
from scheduler.report.workbook import workbook_bytes
from scheduler.wording.todo import EVERYBODY, NO_HISTORY
from tests.desk.office import opened, words
from tests.end_to_end.conftest import Invoke

AS_OF = "2026-06-15"


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """The example without its history (and without the decisions on rows of it)."""
    found = tmp_path / "study"
    shutil.copytree(root / "protocols" / "nct07342244" / "example", found)
    (found / "history.csv").unlink()
    (found / "decisions.csv").unlink()
    return found


def planned(root: Path, folder: Path) -> Plan:
    protocol = scheduler.load_protocol(root / "protocols" / "nct07342244")
    return scheduler.plan(protocol, scheduler.load_study(folder), as_of=AS_OF)


def test_it_is_the_first_row_of_the_worklist(root: Path, folder: Path) -> None:
    first = planned(root, folder).todo.iloc[0]
    assert (first["what"], first["options"], first["why"]) == NO_HISTORY
    assert first["kind"] == "record" and first["begun"]
    assert first["act_by"].date() == date(2026, 6, 15)
    assert planned(root, folder).todo["participant"].isna().sum() == 1


def test_heads_alone_say_that_there_is_nothing(root: Path, folder: Path) -> None:
    (folder / "history.csv").write_text("participant,event,start\n", encoding="utf-8")
    assert not planned(root, folder).todo["participant"].isna().any()


def test_a_protocol_that_looks_at_no_history_asks_for_none(folder: Path) -> None:
    protocol = scheduler.load_protocol(
        {
            "protocol": "X", "title": "X", "version": "1.0", "date": "2026-01-01",
            "timezone": "UTC", "study": {"opens": "2026-01-01", "closes": "2027-01-01"},
            "events": {}, "milestones": {"consent": {}}, "rules": [],
        }
    )  # fmt: skip
    study = scheduler.load_study({"participants": {"participant": ["P1"]}})
    assert not scheduler.plan(protocol, study, as_of=AS_OF).todo["participant"].isna().any()


def test_every_output_says_it_first(
    root: Path, folder: Path, tmp_path: Path, invoke: Invoke
) -> None:
    made = planned(root, folder)
    made.write(tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    said = words(page)
    todo = said.index(f"{EVERYBODY} {NO_HISTORY[0]}")
    assert todo < said.index("P-017") and NO_HISTORY[1] in said
    sheet = load_workbook(io.BytesIO(workbook_bytes(made, made.written()))).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=2)]
    assert sheet.title == "todo" and NO_HISTORY[0] in cells[1]
    arguments = [str(root / "protocols" / "nct07342244"), str(folder), "--as-of", AS_OF]
    for command in ("plan", "agenda"):
        out = ["--out", str(tmp_path / "again")] if command == "plan" else []
        found = invoke(command, *arguments, *out)
        assert found.exit_code == 0, found.output
        text = " ".join(found.stdout.split())
        assert f"{EVERYBODY}: {NO_HISTORY[0]} -> {NO_HISTORY[1]} {NO_HISTORY[2]}" in text
        assert text.index(EVERYBODY) < text.index("P-017")


def test_the_desk_says_it_until_somebody_is_asked(root: Path, folder: Path, tmp_path: Path) -> None:
    protocol = root / "protocols" / "nct07342244"
    with opened(str(tmp_path / "site.db"), protocol, study=folder) as desk:
        desk.enter()
        said = words(desk.web.get("/").text)
        assert f"Record {EVERYBODY} {NO_HISTORY[0]} {NO_HISTORY[1]} {NO_HISTORY[2]}" in said
        assert said.count(f"{EVERYBODY} {NO_HISTORY[0]}") == 1
        fields = {"p": "P-003", "c_event": "major_surgery", "c_start": "none", "go": "save"}
        found = desk.post("/exposure", s=desk.desk.key, **fields)
        assert found.status_code == 303, words(found.text)
        assert NO_HISTORY[0] not in words(desk.web.get("/").text)
