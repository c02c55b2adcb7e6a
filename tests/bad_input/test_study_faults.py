"""Every broken study gives exactly the faults that stand beside it."""

import re
from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from scheduler.binding.by_version import bind_versions
from scheduler.binding.study import bind
from scheduler.errors import InputFaults
from scheduler.protocol.reading import parse_protocol
from scheduler.study.faults import CODES
from scheduler.study.reading import load_study, read_study
from tests.bad_input.renew_studies import AS_OF, FOLDER, PROTOCOL, ROOT, faults_of

CASES = sorted(folder for folder in FOLDER.iterdir() if folder.is_dir())
ONLY_WARNINGS = {"attribute_values", "codes_alike"}
NO_HISTORY = (
    "S211 history: there is no table of history: rules on what participants took or had find "
    "nothing\n     add the table history, or its heads alone where there is nothing to tell\n"
)
PEOPLE = [["participant", "sex"], ["P-001", "female"], ["P-002", "male"]]
HISTORY = ["participant", "event", "start", "end", "note"]
IN_CODE = {
    "S200",
    "S206",
    "S207",
    "S208",
    "S225",
    "S226",
    "S227",
    "S238",
    "S239",
    "S246",
    "S249",
    "S255",
    "S257",
    "S258",
    "S259",
}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_faults_are_exactly_those_expected(folder: Path) -> None:
    assert faults_of(folder).encode() == (folder / "expected.txt").read_bytes()


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_only_a_study_with_nothing_but_warnings_is_bound(folder: Path) -> None:
    study, faults = read_study(folder)
    parts, more = bind_versions(study, PROTOCOL, AS_OF)
    clean = all(fault.warning for fault in [*faults, *more])
    assert clean == (folder.name in ONLY_WARNINGS)
    assert bool(parts) or not clean
    if any(not fault.warning for fault in faults):
        with pytest.raises(InputFaults) as raised:
            load_study(folder)
        assert raised.value.faults == faults


def test_there_are_many() -> None:
    assert len(CASES) >= 45


def test_every_code_is_shown_somewhere() -> None:
    texts = "".join((folder / "expected.txt").read_text(encoding="utf-8") for folder in CASES)
    told = set(re.findall(r"^(S\d+) ", texts, re.MULTILINE))
    assert told | IN_CODE == set(CODES)


def test_every_code_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "study-folder.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| (S\d+) \| (.*) \|$", page, re.MULTILINE)) == CODES


def _save(path: Path, **sheets: list[list[object]]) -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in {"participants": PEOPLE, **sheets}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def _wrong_cells(path: Path) -> None:
    book = Workbook()
    people = book.worksheets[0]
    people.title = "participants"
    for row in PEOPLE:
        people.append(row)
    people.append([7, "male"])
    people["A4"].number_format = "000"
    people.append([True, "male"])
    sheet = book.create_sheet("history")
    sheet.append(HISTORY)
    sheet.append(["P-001", "major_surgery", 46083])
    sheet.append(["P-001", "major_surgery", datetime(2026, 3, 2, 9, 30, 15)])
    sheet.append(["P-001", datetime(2026, 3, 1), "2026-03-02"])
    sheet.append(["P-001", "major_surgery", time(9, 30)])
    sheet.append(["P-001", "major_surgery", "=DATE(2026,3,2)"])
    sheet.append(["P-001", "major_surgery", "#REF!"])
    sheet["C7"].data_type = "e"
    sheet.append(["P-002", "pregnancy", "2026-03-02", "ongoing"])
    sheet.append([None, "hepatitis_b", "2026-03-02", "ongoing"])
    sheet.merge_cells("A8:A9")
    book.save(path)


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    _wrong_cells(tmp_path / "study.xlsx")
    people, history = "study.xlsx[participants]", "study.xlsx[history]"
    assert faults_of(tmp_path / "study.xlsx") == (
        f"S238 {people}:4 participant: found the number 7, which the cell shows as 000\n"
        "     format the cell as text and write what it shows\n"
        f"S238 {people}:5 participant: found the truth value True, expected text\n"
        "     write the value as text\n"
        f"S238 {history}:2 start: found the number 46083, expected a date\n"
        "     46083 is how Excel stores 2026-03-02 (or 2030-03-03 in its 1904 date system): "
        "format the cell as a date yyyy-mm-dd, or write the date as text\n"
        f"S231 {history}:3 start: found the time 2026-03-02 09:30:15, expected no seconds\n"
        "     times are kept to the minute\n"
        f"S238 {history}:4 event: found the date 2026-03-01, expected text\n"
        "     a program may have turned the text into a date: write it as text\n"
        f"S238 {history}:5 start: found the time 09:30:00 without a day, expected a date or text\n"
        "     write the time after its day, in one cell: 2026-03-02 09:30\n"
        f"S239 {history}:6 start: found a formula without a stored value\n"
        "     open the workbook in Excel and save it, or write the value itself\n"
        f"S239 {history}:7 start: found the error #REF!, expected a value\n"
        f"S225 {history}:8: found merged cells A8:A9, expected one value in each cell\n"
        "     unmerge them\n"
    )


def test_sheets_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "study.xlsx"
    sites = [["site", "timezone", "weekend"], ["wuhan", "Asia/Wuhan", "sat, so"], ["wuhan", "UTC"]]
    _save(path, **{"Histroy": [HISTORY], "dates": [["a"]], "dates ": [["b"]], "sites": sites})
    assert faults_of(path) == (
        "S220 study.xlsx[dates]:1: found no column participant, milestone, date, status, "
        "expected participant, milestone, date, status\n"
        "S210 study.xlsx[sites]:2 wuhan.timezone: found Asia/Wuhan, "
        "expected a time zone such as Asia/Shanghai\n"
        "S210 study.xlsx[sites]:2 wuhan.weekend: found so, "
        "expected mon, tue, wed, thu, fri, sat or sun\n"
        "S210 study.xlsx[sites]:3 wuhan: found the site wuhan twice, expected it once\n"
        "S208 study.xlsx: found the sheets dates and dates , expected one of them\n"
        "S213 study.xlsx: the sheet Histroy looks like the table history, and would not be read; "
        'did you mean "history"?\n'
        "     rename it to history, or name it under ignore: in study.yaml\n"
        "S247 study.xlsx[participants]:2 site: found a blank, expected one of the sites wuhan\n"
        "S247 study.xlsx[participants]:3 site: found a blank, expected one of the sites wuhan\n"
    )


def _absent(folder: Path) -> Path:
    return folder / "absent"


def _text_file(folder: Path) -> Path:
    (folder / "study.xls").write_bytes(b"old")
    return folder / "study.xls"


def _no_workbook(folder: Path) -> Path:
    (folder / "study.xlsx").write_bytes(b"PK\x03\x04 broken")
    return folder / "study.xlsx"


def _workbook_alone(folder: Path) -> Path:
    book = Workbook()
    book.worksheets[0].title = "history"
    book.save(folder / "mine.xlsx")
    return folder


def _empty_tables_beside_a_workbook(folder: Path) -> Path:
    (folder / "participants.csv").write_text("participant,sex\n", encoding="utf-8")
    _save(folder / "study.xlsx")
    return folder


def _both_filled_in(folder: Path) -> Path:
    (folder / "participants.csv").write_text("participant\nP-001\n", encoding="utf-8")
    _save(folder / "study.xlsx")
    return folder


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_absent, "S200 FOLDER/absent: there is no such folder or file\n"),
        (
            _text_file,
            "S200 study.xls: found an old workbook (.xls), expected an Excel workbook (.xlsx)\n"
            "     open it and save it as Excel Workbook (*.xlsx)\n",
        ),
        (
            _no_workbook,
            "S206 study.xlsx: cannot be opened, expected an Excel workbook (.xlsx)\n"
            "     in Excel: File, Save As, Excel Workbook (*.xlsx), without a password\n",
        ),
        (
            _workbook_alone,
            "S220 mine.xlsx[history]:1: found no column participant, event, start, "
            "expected participant, event, start\n"
            "S201 mine.xlsx: found no sheet participants\n",
        ),
        (
            _empty_tables_beside_a_workbook,
            NO_HISTORY,  # heads alone, as `washout init` writes them, do not hide the workbook
        ),
        (
            _both_filled_in,
            f"{NO_HISTORY}"
            "S207 study.xlsx: this workbook is not read, because CSV files lie beside it\n"
            "     name the workbook to plan from it\n",
        ),
    ],
)
def test_places_without_a_study(
    make: Callable[[Path], Path], expected: str, tmp_path: Path
) -> None:
    assert faults_of(make(tmp_path)).replace(tmp_path.as_posix(), "FOLDER") == expected


def test_data_frames_are_never_coerced() -> None:
    frames = {
        "participants": pd.DataFrame(
            {"participant": [29.0, True, "P\x00", None], "sex": ["female", "male", "male", "male"]}
        ),
        "history": pd.DataFrame(
            {
                "participant": ["P-1", "P-1", "P-1", "P-1"],
                "event": [pd.Timestamp("2026-03-01"), ["a"], "major_surgery", "major_surgery"],
                "start": [
                    "2026-01-02",
                    "2026-01-02",
                    46083,
                    pd.Timestamp("2026-03-02 09:30", tz="Asia/Shanghai"),
                ],
                "weight": [70.5, 70.0, float("nan"), 70.25],
            }
        ),
        "histry": pd.DataFrame(),
    }
    assert faults_of(frames) == (
        "S238 participants:0 participant: found the number 29.0, expected text\n"
        "     a column of whole numbers with blanks becomes decimal: read it as text\n"
        "S238 participants:1 participant: found the truth value True, expected text\n"
        "     write the value as text\n"
        "S203 participants:2 participant: found the character U+0000, expected readable text\n"
        "S230 participants:3 participant: found a blank, expected a value\n"
        "S255 history weight: left out, since no rule looks at it: found the number 70.0, "
        "expected text\n"
        "S238 history:0 event: found the date 2026-03-01, expected text\n"
        "     a program may have turned the text into a date: write it as text\n"
        "S238 history:1 event: found list, expected text\n"
        "S238 history:2 start: found the number 46083, expected a date\n"
        "     46083 is how Excel stores 2026-03-02 (or 2030-03-03 in its 1904 date system): "
        "format the cell as a date yyyy-mm-dd, or write the date as text\n"
        "S238 history:3 start: found the time 2026-03-02T09:30:00+08:00 with a time zone, "
        "expected local time\n"
        "     give the site's own local time, without a zone\n"
        "S200 histry: found the table histry, expected participants, history, dates, decisions, "
        'sites; did you mean "history"?\n'
    )


def _people_and(**history: list[str]) -> dict[str, pd.DataFrame]:
    rows = {"participant": ["P-1"], "event": ["major_surgery"], "start": ["2026-01-02"]}
    people = pd.DataFrame({"participant": ["P-1"]})
    return {"participants": people, "history": pd.DataFrame({**rows, **history})}


def test_a_slip_in_a_column_of_the_contract_is_a_fault() -> None:
    assert faults_of(_people_and(purpos=["biopsy"])) == (
        'S221 history purpos: found the column purpos; did you mean "purpose"?\n'
        "     rename it to purpose, or to something that does not resemble it\n"
    )


def test_a_slip_in_an_attribute_of_the_protocol_is_a_warning() -> None:
    text = (ROOT / "tests" / "data" / "demo-001.yaml").read_text(encoding="utf-8")
    protocol = parse_protocol(text.replace("{purpose:", "{surgery_aim:"), "demo")[0]
    assert protocol is not None
    study, faults = read_study(_people_and(surgery_ame=["biopsy"], weight=["70"]))
    cohort, more = bind(study, protocol, AS_OF)
    assert faults == []
    assert [str(fault) for fault in more] == [
        'S249 history surgery_ame: no rule looks at this column; did you mean "surgery_aim"?'
    ]
    assert cohort is not None
    assert cohort.exposures.attributes["surgery_aim"].tolist() == [""]


def test_values_that_no_rule_names_are_told_by_their_number_alone() -> None:
    text = (ROOT / "tests" / "data" / "demo-001.yaml").read_text(encoding="utf-8")
    protocol = parse_protocol(text.replace("only: {sex: female}", "only: {arm: [A]}"), "demo")[0]
    assert protocol is not None
    people = pd.DataFrame({"participant": ["P-1", "P-2", "P-3"], "arm": ["A", "of John", "secret"]})
    study, _ = read_study({**_people_and(), "participants": people})
    assert [str(fault) for fault in bind(study, protocol, AS_OF)[1]] == [
        "S246 participants arm: found 2 values that no rule names, in 2 rows"
    ]
