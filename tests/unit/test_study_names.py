"""Ids, labels and words in any case; tables under other names; how much was asked; settings."""

from pathlib import Path

import pytest

from scheduler.binding.asked import asked_events
from scheduler.binding.by_version import bind_versions
from scheduler.binding.cohort import Cohort
from scheduler.days import as_day
from scheduler.errors import InputFaults
from scheduler.protocol.reading import load_protocol, parse_protocol, read_protocol
from scheduler.study.cells import is_missing_word
from scheduler.study.heads import row_of_heads, table_of_name, table_of_rows
from scheduler.study.model import Study
from scheduler.study.reading import load_study, read_study
from scheduler.study.settings import StudySettings, read_settings
from tests.unit.raw_books import PEOPLE, history_heads, inline, packed, parts, row, sheet

ROOT = Path(__file__).parents[2]
PROTOCOL = load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")
AS_OF = as_day("2026-06-15")
HISTORY = "participant,event,start\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def bound(folder: Path) -> tuple[Cohort, list[str]]:
    study, faults = read_study(folder)
    parts_, more = bind_versions(study, PROTOCOL, AS_OF)
    told = [str(fault) for fault in [*faults, *more]]
    assert parts_, told
    return parts_[0].cohort, told


def test_ids_labels_and_words_in_any_case(tmp_path: Path) -> None:
    write(
        tmp_path,
        participants__csv="participant,sex\nP-1,Female\nP-2,MALE\n",
        history__csv=f"{HISTORY}P-1,Major Surgery,2026-03-02\nP-1,MAJOR_SURGERY,2026-03-03\n"
        "P-1,Major  surgery,2026-03-04\n",
        dates__csv="participant,milestone,date,status\nP-1,Informed consent,2026-03-01,Done\n"
        "P-1,SCREENING,2026-03-02,BOOKED\nP-2,Unscheduled,2026-03-02,done\n",
        decisions__csv="participant,rule,decision,date,event\n"
        "P-1,e14,Clear,2026-03-02,Long_Acting_Cytokine\n",
    )
    (tmp_path / "decisions.csv").unlink()
    cohort, told = bound(tmp_path)
    assert told == []
    assert cohort.attributes["sex"].tolist() == ["female", "male"]
    assert cohort.exposures.event_name.cells.tolist() == ["major_surgery"] * 3
    assert cohort.dates.node.tolist() == [
        PROTOCOL.index["consent"], PROTOCOL.index["screening"], -1,
    ]  # fmt: skip


def test_rules_and_events_of_decisions_in_any_case(tmp_path: Path) -> None:
    write(
        tmp_path,
        participants__csv="participant\nP-1\n",
        history__csv=f"{HISTORY}P-1,long_acting_cytokine,2026-03-02\n",
        decisions__csv="participant,rule,decision,date,event\n"
        "P-1,e14,CLEAR,2026-03-02,Long_Acting_Cytokine\n",
    )
    cohort, told = bound(tmp_path)
    assert told == []
    assert cohort.decisions.exposure.tolist() == [0]
    assert not cohort.decisions.exclude[0]


def test_a_slip_of_a_label_is_a_fault(tmp_path: Path) -> None:
    rows = f"{HISTORY}P-1,Major surgary,2026-03-02\n"
    write(tmp_path, participants__csv="participant\nP-1\n", history__csv=rows)
    study, _ = read_study(tmp_path)
    assert [str(fault) for fault in bind_versions(study, PROTOCOL, AS_OF)[1]] == [
        "S243 history.csv:2 event: found Major surgary, expected an event; did you mean "
        '"major_surgery"?'
    ]


def test_a_label_of_two_events_names_neither(tmp_path: Path) -> None:
    text = (ROOT / "tests" / "data" / "demo-001.yaml").read_text(encoding="utf-8")
    text = text.replace("label: Systemic steroid", "label: Major surgery")
    protocol = parse_protocol(text, "demo")[0]
    assert protocol is not None
    rows = f"{HISTORY}P-1,Major Surgery,2026-03-02\nP-1,MAJOR_surgery,2026-03-02\n"
    write(tmp_path, participants__csv="participant\nP-1\n", history__csv=rows)
    told = bind_versions(load_study(tmp_path), protocol, AS_OF)[1]
    assert [fault.place for fault in told] == ["history.csv:2"]


def test_how_much_was_asked(tmp_path: Path) -> None:
    rows = f"{HISTORY}P-1,major_surgery,2026-03-02\nP-1,major_surgery,2026-03-03\n"
    rows += "P-1,pregnancy,none\nP-2,something_else_entirely,none\nP-3,pregnancy,unknown\n"
    people = "participant\nP-1\nP-2\nP-3\n"
    write(tmp_path, participants__csv=people, history__csv=rows)
    cohort, _ = bound(tmp_path)
    asked, events = asked_events(cohort, PROTOCOL)
    assert asked.tolist() == [2, 0, 1]
    assert events == len({name for rule in PROTOCOL.rules for name in rule.events})


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("Medical history", "history"), ("History 2026", "history"), ("histroy", "history"),
        ("medicalhistory", "history"), ("HISTORY", "history"), ("\uff28istory", "history"),
        ("dates_old", "dates"), ("date", "dates"), ("updates", ""), ("candidates", ""),
        ("Participant list", "participants"), ("paticipants", "participants"),
        ("decisions (2)", "decisions"), ("sites 2026", "sites"), ("websites", ""), ("notes", ""),
        ("How to", ""), ("lists", ""), ("README", ""), ("study", ""), ("Sheet2", ""),
    ],
)  # fmt: skip
def test_tables_by_the_names_of_files_and_sheets(name: str, table: str) -> None:
    assert table_of_name(name) == table


@pytest.mark.parametrize(
    ("heads", "table"),
    [
        ("Subject,Event,Start Date", "history"),
        ("participant,milestone,date,status", "dates"),
        ("patient,visit,visit date", "dates"),
        ("participant,rule,decision", "decisions"),
        ("participant,sex", "participants"),
        ("participant,weight", ""),
        ("a,b", ""),
        ("participant,milestone,date,time,status,certainty", ""),
        ("participant", ""),
    ],
)
def test_tables_by_their_heads(heads: str, table: str) -> None:
    assert table_of_rows([["a title"], heads.split(",")]) == table


def test_the_row_of_the_heads() -> None:
    heads = ["participant", "event", "start"]
    assert row_of_heads("history", [heads, heads]) == 0
    assert row_of_heads("history", [["Title"], heads]) == 1
    assert row_of_heads("history", [["participant", "event", "strat"], heads]) == 0
    assert row_of_heads("history", [["Title"], ["x"]]) == -1


def book(**sheets: str) -> bytes:
    return packed(parts({name.replace("_", " "): part for name, part in sheets.items()}))


SOME = history_heads() + row(2, inline("A2", "P1"), inline("B2", "x"), inline("C2", "2026"))


def codes(place: Path) -> list[str]:
    return [fault.code for fault in read_study(place)[1]]


def test_a_sheet_under_another_name(tmp_path: Path) -> None:
    people = sheet(PEOPLE)
    for name in ("History_2026", "Medical_history", "Sheet2"):
        (tmp_path / "study.xlsx").write_bytes(book(participants=people, **{name: sheet(SOME)}))
        assert codes(tmp_path) == ["S213"], name
        write(tmp_path, study__yaml=f"ignore: {name.replace('_', ' ').upper()}\n")
        assert codes(tmp_path) == ["S211"], name  # left alone, and so there is no history
        (tmp_path / "study.yaml").unlink()
    (tmp_path / "study.xlsx").write_bytes(book(participants=people))
    assert codes(tmp_path) == ["S211"]
    (tmp_path / "study.xlsx").write_bytes(book(participants=people, Sheet2=sheet("")))
    assert codes(tmp_path) == ["S211"]  # an empty sheet is nobody's


def test_a_file_beside_a_workbook(tmp_path: Path) -> None:
    content = book(participants=sheet(PEOPLE), history=sheet(SOME))
    (tmp_path / "study.xlsx").write_bytes(content)
    assert codes(tmp_path) == []
    write(tmp_path, medical_history__csv=HISTORY)
    assert codes(tmp_path) == ["S213"]


def test_a_workbook_beside_files(tmp_path: Path) -> None:
    write(tmp_path, participants__csv="participant\nP1\n", history__csv=f"{HISTORY}P1,x,2026\n")
    (tmp_path / "mine.xlsx").write_bytes(book(participants=sheet(PEOPLE), history=sheet(SOME)))
    assert codes(tmp_path) == ["S207"]
    (tmp_path / "mine.xlsx").write_bytes(book(Sheet7=sheet(SOME)))
    assert codes(tmp_path) == ["S207"]
    write(tmp_path, history__csv=HISTORY)  # its heads alone: what is filled in would be lost
    assert codes(tmp_path) == ["S213"]
    write(tmp_path, study__yaml="ignore: [mine.xlsx]\n")
    assert codes(tmp_path) == []


def test_files_that_programs_leave_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, participants__csv="participant\nP1\n", history__csv=HISTORY)
    for name in (".~lock.history.csv#", "~$history.xlsx", "notes.txt", "history.pdf"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "history_old.csv").touch()  # empty
    assert codes(tmp_path) == []


def test_names_of_files_in_any_case(tmp_path: Path) -> None:
    people = "participant,site\nP1,a\n"
    (tmp_path / "Participants.CSV").write_text(people, encoding="utf-8")
    (tmp_path / "HISTORY.csv").write_text(HISTORY, encoding="utf-8")
    (tmp_path / "Sites.yaml").write_text("a:\n", encoding="utf-8")
    study = load_study(tmp_path)
    assert list(study.sites or ()) == ["a"]


def test_the_settings_of_a_study(tmp_path: Path) -> None:
    text = "protocol: ../protocol.yaml\nout: ../out\ndates: mdy\nlanguage: zh\n"
    text += "ignore: [a.csv, History 2025]\ncalendars: detailed\n"
    write(tmp_path, study__yaml=text)
    expected = StudySettings(
        "../protocol.yaml", "../out", "mdy", "zh", ("a.csv", "History 2025"), ("detailed",)
    )
    assert read_settings(tmp_path) == (expected, [])
    assert read_settings(tmp_path / "study.xlsx") == (expected, [])
    write(
        tmp_path, participants__csv="participant,birth_date\nP1,03/04/1978\n", history__csv=HISTORY
    )
    study = load_study(tmp_path)
    assert study.settings == expected
    assert "study.yaml" in study.fingerprints
    assert study.participants.date("birth_date").first.tolist() == [as_day("1978-03-04")]


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}\n"])
def test_settings_that_say_nothing(text: str, tmp_path: Path) -> None:
    write(tmp_path, study__yaml=text)
    assert read_settings(tmp_path) == (StudySettings(), [])


def test_settings_in_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_bytes(b"\xff")
    assert [fault.code for fault in read_settings(tmp_path)[1]] == ["S202"]


def test_no_name_of_a_file_may_hold_nul() -> None:
    with pytest.raises(InputFaults, match="U\\+0000"):
        load_study("a\0b")
    assert [fault.code for fault in read_protocol("a\0b")[1]] == ["P100"]


def test_a_sheet_of_sites_with_classes_of_holidays(tmp_path: Path) -> None:
    rows = row(1, inline("A1", "site"), inline("B1", "holidays"), inline("C1", "include"))
    rows += row(2, inline("A2", "kowloon"), inline("B2", "HK"), inline("C2", "optional"))
    content = book(participants=sheet(PEOPLE), history=sheet(SOME), sites=sheet(rows))
    (tmp_path / "study.xlsx").write_bytes(content)
    study: Study = load_study(tmp_path)
    assert study.sites is not None
    assert (study.sites["kowloon"].holidays, study.sites["kowloon"].include) == (
        "HK", ("optional",),
    )  # fmt: skip


def test_classes_of_holidays_close_days(tmp_path: Path) -> None:
    first, last = as_day("2026-01-01"), as_day("2026-12-31")
    closed = []
    for include in ({}, {"include": []}, {"include": ["optional"]}):
        sites = {"a": {"holidays": {"country": "HK", **include}}}
        study, faults = read_study(
            {"participants": {"participant": ["P1"]}, "history": _no_history(), "sites": sites}
        )
        assert study.sites is not None
        closed.append(int(study.sites["a"].closed_days(first, last).sum()))
        assert [fault.code for fault in faults] == (["S212"] if include == {} else [])
    assert closed[0] == closed[1] < closed[2]


def _no_history() -> dict[str, list[str]]:
    return {"participant": [], "event": [], "start": []}


@pytest.mark.parametrize(
    "name",
    ["history.csv.bak", "history.csv~", "history.csv.gz", "Medical history.docx", "history.asc",
     "history.xml", "history.sas7bdat", "History of P1.pdf"],
)  # fmt: skip
def test_a_history_that_nothing_reads_is_named(name: str, tmp_path: Path) -> None:
    """Beside one that is read, copies and documents are nobody's business."""
    write(tmp_path, participants__csv="participant\nP1\n")
    (tmp_path / name).write_text("participant,event,start\nP1,x,2026\n", encoding="utf-8")
    assert codes(tmp_path) == ["S213"]
    write(tmp_path, history__csv="participant,event,start\n")
    assert codes(tmp_path) == (["S213"] if name.endswith((".gz", ".asc", ".xml", "7bdat")) else [])


def test_a_document_beside_a_workbook_with_a_history(tmp_path: Path) -> None:
    (tmp_path / "study.xlsx").write_bytes(book(participants=sheet(PEOPLE), history=sheet(SOME)))
    (tmp_path / "history form.pdf").write_text("a form", encoding="utf-8")
    assert codes(tmp_path) == []


@pytest.mark.parametrize("text", ["1900-01-00", "00.01.1900", "1/0/1900", "0-Jan-1900"])
def test_the_zero_of_a_spreadsheet_is_no_day(text: str) -> None:
    study = {
        "participants": {"participant": ["P1"]},
        "history": {"participant": ["P1"], "event": ["x"], "start": [text]},
    }
    (fault,) = read_study(study)[1]
    assert fault.code == "S231" and "leave the cell blank" in fault.way_out


@pytest.mark.parametrize(
    "word",
    ["None", "ND", "k.A.", "#REF!", "#NV", "(blank)", "TBD", "*", "\u2013", "\u672a\u77e5"],
)
def test_more_words_by_which_nothing_is_said(word: str) -> None:
    assert is_missing_word(word)
