"""report.xlsx: its values equal the frames and the CSV files, in three independent readers."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from scheduler.report.folder import table_bytes
from scheduler.report.workbook import workbook_bytes
from scheduler.report.xlsx import Book, Sheet, book_bytes
from scheduler.tables.tables import WRITTEN
from tests.columns import frame_of
from tests.reports.conftest import CODES, Reports

Write = Callable[[str, bytes], Path]
DAY = date(2026, 6, 15)


def book_of(frame: pd.DataFrame, **options: Any) -> bytes:
    return book_bytes(
        Book([Sheet("t", frame_of(frame), elsewhere="t.csv")], DAY, "t", "t"), **options
    )


def loaded(content: bytes, **options: Any) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def csv_rows(frame: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table_bytes(frame_of(frame)).decode(), newline="")))


def as_csv(value: Any) -> str:
    """A cell's value as the CSV files write it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return (
            f"{value:%Y-%m-%d}"
            if value.time().isoformat() == "00:00:00"
            else f"{value:%Y-%m-%d %H:%M}"
        )
    text = str(value)
    return (
        f"'{text}"
        if text.startswith(("=", "+", "-", "@", "\t", "\r")) and isinstance(value, str)
        else text
    )


def unescaped(text: str) -> str:
    return text.replace("_x005F_", "_")  # openpyxl does not undo this escape, the others do


# ---- Values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", WRITTEN)
def test_a_sheet_has_the_values_of_its_csv_file(reports: Reports, table: str) -> None:
    sheet = loaded(reports.workbook)[table]
    found = [[as_csv(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert found == csv_rows(reports.tables[table])


@pytest.mark.parametrize("table", WRITTEN)
def test_a_second_reader_finds_frames_with_the_same_values(
    reports: Reports, table: str, file: Write
) -> None:
    path = file("report.xlsx", reports.workbook)
    frame = reports.tables[table]
    read = pd.read_excel(
        path, sheet_name=table, engine="calamine", dtype=object, keep_default_na=False
    )
    assert list(read.columns) == list(frame.columns)
    assert len(read) == len(frame)
    for name in frame.columns:
        found = [as_csv(None if pd.isna(value) else value) for value in read[name]]
        assert found == [row[list(frame.columns).index(name)] for row in csv_rows(frame)[1:]], name


def test_libreoffice_reads_the_same_values(car_t: Reports, file: Write, tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not here (soffice); apt-get install libreoffice-calc")
    path = file("report.xlsx", car_t.workbook)
    # 44: comma, 34: quote, 76: UTF-8, formats as shown, every sheet into a file of its own
    csv_filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, profile, "--headless", "--convert-to", csv_filter, "--outdir", tmp_path, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    for table in WRITTEN:
        text = (tmp_path / f"report-{table}.csv").read_text(encoding="utf-8")
        rows = csv.reader(io.StringIO(text, newline=""))
        found = [
            [re.sub(r"^(\d{4}-\d\d-\d\d \d\d:\d\d):00$", r"\1", cell) for cell in row]
            for row in rows
        ]
        assert found == csv_rows(car_t.tables[table]), table


def test_dates_are_dates_and_counts_are_numbers(car_t: Reports) -> None:
    book = loaded(car_t.workbook)
    row = {cell.column_letter: cell for cell in book["summary"][2]}
    assert [cell.value for cell in book["summary"][1]][3] == "next_first"
    assert isinstance(row["D"].value, datetime) and row["D"].number_format == r"yyyy\-mm\-dd"
    assert isinstance(row["F"].value, int)
    heads = [cell.value for cell in book["blocked"][1]]
    timed = [
        cell
        for (cell,) in book["blocked"].iter_rows(
            min_row=2, min_col=heads.index("clear_from") + 1, max_col=heads.index("clear_from") + 1
        )
        if cell.value is not None and cell.value.hour
    ]
    assert timed and all(cell.number_format == r"yyyy\-mm\-dd\ hh:mm" for cell in timed)


def test_days_before_march_1900_stay_texts() -> None:
    days = ["1900-02-28", "1900-03-01", "1893-07-04", None, "9999-12-31"]
    frame = pd.DataFrame({"d": pd.Series(days, dtype="datetime64[s]"), "n": 1})
    sheet = loaded(book_of(frame))["t"]
    assert [sheet.cell(r, 1).value for r in range(2, 7)] == [
        "1900-02-28", datetime(1900, 3, 1), "1893-07-04", None, datetime(9999, 12, 31)
    ]  # fmt: skip


# ---- Texts that try to be more ----------------------------------------------------------------------


def test_no_text_becomes_a_formula(hostile: Reports) -> None:
    book = loaded(hostile.workbook)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}
    codes = [unescaped(str(cell.value)) for cell in book["summary"]["A"][1:]]
    assert codes == CODES
    by_code = {cell.value: cell for cell in book["summary"]["A"]}
    for code in ("=1+1", "+7", "-P", "@SUM(A1)"):
        assert by_code[code].quotePrefix, code
    assert not by_code["&lt;b&gt;"].quotePrefix
    with zipfile.ZipFile(io.BytesIO(hostile.workbook)) as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name) and b"<f " not in archive.read(name), name


def test_a_second_reader_gets_hostile_texts_back(hostile: Reports, file: Write) -> None:
    path = file("hostile.xlsx", hostile.workbook)
    read = pd.read_excel(path, sheet_name="summary", engine="calamine", dtype=object)
    assert read["participant"].tolist() == CODES


def test_control_characters_are_shown_and_long_texts_are_cut() -> None:
    texts = ["a\x01b", "tab\there", "line\nbreak", "\ud800", "\ufffe", "\x85", "y" * 40_000, "\t=1"]
    sheet = loaded(book_of(pd.DataFrame({"a": pd.Series(texts, dtype=object), "b": 1})))["t"]
    found = [sheet.cell(row, 1).value for row in range(2, 10)]
    assert found[:6] == ["a\\x01b", "tab\there", "line\nbreak", "\\ud800", "\\ufffe", "\x85"]
    assert len(found[6]) == 32_767 and found[6].endswith("the whole text is in the CSV file)")
    assert found[7] == "\t=1" and sheet.cell(9, 1).data_type == "s"


# ---- Shape ------------------------------------------------------------------------------------------


def test_the_worklist_is_made_for_paper(car_t: Reports) -> None:
    """On A4 across, its printed columns keep their size: folded, and up to the reason."""
    sheet = loaded(car_t.workbook)["todo"]
    heads = [cell.value for cell in sheet[1]]
    last = sheet.cell(1, heads.index("why") + 1).column_letter
    assert sheet.print_area == f"'todo'!$A$1:${last}${len(car_t.plan.todo) + 1}"
    names = [cell.column_letter for cell in sheet[1]][: heads.index("why") + 1]
    assert (
        sum(sheet.column_dimensions[name].width for name in names) < 180
    )  # three quarters at least
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.paperSize == 9
    what = sheet.cell(2, heads.index("what") + 1)
    assert what.alignment.wrap_text and sheet.row_dimensions[2].height > 15


def test_sheets_heads_filters_and_print(car_t: Reports) -> None:
    book = loaded(car_t.workbook)
    assert book.sheetnames == [*WRITTEN, "assumptions", "legend", "about"]
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$1:$1"
        assert "2026-06-15" in sheet.oddFooter.left.text


def test_states_have_a_colour_and_their_text(car_t: Reports) -> None:
    book = loaded(car_t.workbook)
    colours = {
        cell.value: cell.fill.fgColor.rgb
        for cell in book["summary"]["B"][1:]
        if cell.fill.fill_type
    }
    assert set(colours) == set(car_t.tables["summary"]["state"].astype(str))
    assert len({colours[state] for state in ("scheduled", "undetermined", "no_schedule")}) == 3
    legend = {row[2]: row[3] for row in book["legend"].iter_rows(values_only=True) if row[2]}
    assert set(colours) <= set(legend)
    for table, column in (("schedule", "status"), ("rules", "state"), ("agenda", "kind")):
        assert set(car_t.tables[table][column].astype(str)) <= set(legend)


def test_columns_fit_and_sentences_are_wrapped(car_t: Reports) -> None:
    sheet = loaded(car_t.workbook)["blocked"]
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    for name in ("participant", "milestone", "rule", "event"):
        longest = max(len(str(cell.value or "")) for cell in sheet[heads[name]])
        assert sheet.column_dimensions[heads[name]].width >= longest
    cell = sheet[heads["sentence"]][1]
    assert cell.alignment.wrap_text
    assert sheet.row_dimensions[2].height >= 13 * len(cell.value) / 64


def test_equal_plans_give_equal_bytes_without_a_clock(car_t: Reports) -> None:
    assert workbook_bytes(car_t.plan, car_t.plan.written()) == car_t.workbook
    with zipfile.ZipFile(io.BytesIO(car_t.workbook)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert re.findall(r">(\d{4}-[^<]*)<", core) == ["2026-06-15T00:00:00Z"] * 2
    assert "creator" not in core and "lastModifiedBy" not in core


def test_what_the_workbook_was_made_from(car_t: Reports) -> None:
    rows = list(loaded(car_t.workbook)["about"].iter_rows(min_row=2, values_only=True))
    about = dict(rows)
    assert about["protocol"] == "NCT07342244" and about["as of"] == "2026-06-15"
    assert about["SHA-256 of history.csv"] == car_t.plan.study.fingerprints["history.csv"]
    assert about["SHA-256 of protocol NCT07342244"] == car_t.plan.protocol.fingerprint


# ---- Sizes ------------------------------------------------------------------------------------------


def test_a_table_without_rows(nobody: Reports) -> None:
    sheet = loaded(nobody.workbook)["summary"]
    assert [cell.value for cell in sheet[1]] == list(nobody.tables["summary"].columns)
    assert sheet.max_row == 1 and sheet.auto_filter.ref == "A1:M1"


@pytest.mark.parametrize(("rows", "shown"), [(8, 8), (9, 9), (10, 8), (25, 8)])
def test_a_table_longer_than_a_sheet_says_so(rows: int, shown: int) -> None:
    frame = pd.DataFrame({"n": range(rows), "t": "a"})
    sheet = loaded(book_of(frame, max_rows=10))["t"]
    numbers = [cell.value for cell in sheet["A"][1:]]
    assert numbers[:shown] == list(range(shown))
    assert sheet.max_row <= 10
    if shown < rows:
        assert numbers[shown:] == [
            f"This sheet holds the first 8 of {rows} rows; a sheet has no room for more. "
            "All of them are in t.csv."
        ]
        assert sheet.auto_filter.ref == "A1:B9"
    else:
        assert numbers == list(range(rows))


def test_half_a_million_rows(file: Write) -> None:
    count = 500_000
    days = pd.Series(pd.date_range("2026-01-01", periods=1000, unit="s").repeat(500))
    sure = pd.Categorical.from_codes([0, 1] * (count // 2), ["permitted", "undetermined"])
    path = file("big.xlsx", book_of(pd.DataFrame({"first": days, "certainty": sure})))
    read = pd.read_excel(path, engine="calamine")
    assert len(read) == count
    assert read.iloc[-1].tolist() == [pd.Timestamp("2028-09-26"), "undetermined"]
