"""What a cell of a workbook shows is what was written: formats, dates, texts, lines, hidden rows."""

from datetime import date, datetime
from pathlib import Path

import pytest

from scheduler.study.reading import read_study
from scheduler.study.xlsx.formats import shown_parts, shows_text_as_it_is
from tests.unit.raw_books import (
    PEOPLE,
    history_heads,
    inline,
    number,
    packed,
    parts,
    row,
    sheet,
    study_with,
)

DAY = (date(2026, 5, 6) - date(1899, 12, 30)).days  # as Excel stores 2026-05-06
HALF_TEN = DAY + 9.5 / 24


def read(tmp_path: Path, content: bytes) -> tuple[list[str], list[str]]:
    """The starts of the history, and the faults as code and text."""
    path = tmp_path / "study.xlsx"
    path.write_bytes(content)
    study, faults = read_study(path)
    return study.history.column("start").tolist(), [str(fault) for fault in faults]


def one_start(
    tmp_path: Path,
    cell: str,
    formats: tuple[str | int, ...] = (),
    charset: str = "",
    book: str = "",
) -> tuple[str, str]:
    """What the start says, and the fault about it."""
    rows = row(2, inline("A2", "P1"), inline("B2", "surgery"), cell)
    content = study_with(rows, formats=formats, charset=charset, book=book)
    starts, faults = read(tmp_path, content)
    return starts[0].replace("\x00", "refused"), "\n".join(faults)


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("yyyy-mm-dd", DAY, "2026-05-06"),
        (14, DAY, "2026-05-06"),
        ("[$-409]d\\-mmm\\-yy;@", DAY, "2026-05-06"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", DAY, "2026-05-06"),
        ("[$-1070000]d/m/yyyy;@", DAY, "2026-05-06"),
        ('[$-411]ggge"年"m"月"d"日"', DAY, "2026-05-06"),
        ("yyyy-mm-dd hh:mm", HALF_TEN, "2026-05-06 09:30"),
        ("yyyy-mm-dd hh:mm", DAY, "2026-05-06"),
        (22, HALF_TEN, "2026-05-06 09:30"),
        ("m/d/yy h AM/PM", DAY + 9 / 24, "2026-05-06 09:00"),
        (17, DAY, "2026-05"),
        ("mmm-yy", DAY, "2026-05"),
        ("mmmm yyyy", DAY, "2026-05"),
        ('yyyy"年"m"月"', DAY, "2026-05"),
        ("yyyy", DAY, "2026"),
        ("e", DAY, "2026"),
        (30, DAY, "2026-05-06"),
        (31, DAY, "2026-05-06"),
        ("General", 2026, "2026"),
        ("yyyy-mm-dd", 59, "1900-02-28"),
        ("yyyy-mm-dd", 61, "1900-03-01"),
        ("yyyy-mm-dd", 1, "1900-01-01"),
    ],
)
def test_a_date_is_what_its_cell_shows(
    tmp_path: Path, code: str | int, value: float, text: str
) -> None:
    assert one_start(tmp_path, number("C2", value, 2), (code,)) == (text, "")


LESS = "S238 study.xlsx[history]:2 start: cell C2 stores "


@pytest.mark.parametrize(
    ("code", "value", "fault"),
    [
        (16, DAY, f"{LESS}2026-05-06 and does not show it as a date with its year (format d-mmm)"),
        ("dd/mm", DAY, f"{LESS}2026-05-06 and does not show it as a date with its year"),
        ("mmmm", DAY, f"{LESS}2026-05-06 and does not show it as a date with its year"),
        ("dddd", DAY, "found the number 46148"),
        ("h:mm", HALF_TEN, f"{LESS}2026-05-06 09:30 and does not show it as a date"),
        ("[h]:mm", HALF_TEN, f"{LESS}2026-05-06 09:30 and does not show it as a date"),
        ("yyyy-mm-dd", HALF_TEN, f"{LESS}2026-05-06 09:30 and hides its time"),
        ("yyyy-mm-dd hh", HALF_TEN, f"{LESS}2026-05-06 09:30 and hides its time"),
        ("[<46000]yyyy-mm-dd;yyyy", DAY, f"{LESS}2026-05-06 and does not show it as a date"),
        ("B2yyyy/mm", DAY, f"{LESS}2026-05-06 and shows another calendar"),
        ("yyyy-mm-dd hh:mm:ss", HALF_TEN + 15 / 86400, "S231"),
        (27, DAY, f"{LESS}2026-05-06 and shows 2026-05 or 2026-05-06 by the language of Excel"),
        (28, DAY, f"{LESS}2026-05-06 and does not show it as a date with its year"),
        (59, DAY, "found the number 46148"),
        ("0.0", DAY + 0.55, "found the number 46148.55, which the cell shows as 0.0"),
        (";;;", DAY, "found the number 46148, which the cell shows as ;;;"),
        ("yyyy-mm-dd", 60, "S231 study.xlsx[history]:2 start: found 1900-02-29, a day that Excel"),
        ("yyyy-mm-dd", 0.5, "found the time 12:00:00 without a day"),
        ("yyyy-mm-dd", -1, "found the number -1, expected a date"),
        ("yyyy-mm-dd", 3_000_000, "found the number 3e+06, expected a date"),
    ],
)
def test_a_date_that_shows_less_than_it_stores_is_a_fault(
    tmp_path: Path, code: str | int, value: float, fault: str
) -> None:
    start, told = one_start(tmp_path, number("C2", value, 2), (code,))
    assert start == "refused"
    assert fault in told


@pytest.mark.parametrize(
    ("number_", "charset", "text"),
    [
        (27, "134", "2026-05"), (27, "128", "2026-05-06"), (27, "136", "2026-05-06"),
        (27, "129", "2026-05-06"), (36, "134", "2026-05"), (50, "134", "2026-05"),
        (57, "134", "2026-05"), (52, "128", "2026-05"), (54, "136", "2026-05-06"),
        (34, "129", "2026-05-06"),
    ],
)  # fmt: skip
def test_east_asian_formats_follow_the_language_of_the_fonts(
    tmp_path: Path, number_: int, charset: str, text: str
) -> None:
    cell = number("C2", DAY, 2)
    assert one_start(tmp_path, cell, (number_,), charset) == (text, "")


@pytest.mark.parametrize(
    ("code", "more"),
    [('"before "yyyy', True), ('"<"yyyy-mm-dd', True), ("~yyyy", True), ('"ca. "mmm\\ yyyy', True),
     ("yyyy\\?", True), ('d" de "mmmm" de "yyyy', False), ('yyyy"\u5e74"m"\u6708"', False),
     ('dd\\.mm\\.yyyy" Uhr"', False)],
)  # fmt: skip
def test_words_beside_a_date_may_say_something_else(code: str, more: bool) -> None:
    assert shown_parts(code).conditional == more


def test_a_month_where_a_whole_day_is_needed_names_cell_and_format(tmp_path: Path) -> None:
    heads = ("participant", "milestone", "date", "status")
    rows = row(1, *(inline(f"{'ABCD'[n]}1", head) for n, head in enumerate(heads)))
    rows += row(
        2, inline("A2", "P1"), inline("B2", "x"), number("C2", DAY, 2), inline("D2", "done")
    )
    sheets = {"participants": sheet(PEOPLE), "history": sheet(history_heads())}
    content = packed(parts({**sheets, "dates": sheet(rows)}, formats=("mmm-yy",)))
    assert read(tmp_path, content)[1] == [
        "S238 study.xlsx[dates]:2 date: cell C2 stores 2026-05-06 and shows 2026-05 alone "
        "(format mmm-yy)\n     format the cell as yyyy-mm-dd (with hh:mm for a time), or write "
        "what is known as text"
    ]


def test_the_date_system_of_old_macintoshes(tmp_path: Path) -> None:
    days = (date(2026, 5, 6) - date(1904, 1, 1)).days
    book = '<workbookPr date1904="1"/>'
    assert one_start(tmp_path, number("C2", days, 2), ("yyyy-mm-dd",), book=book)[0] == "2026-05-06"


@pytest.mark.parametrize(
    ("value", "text", "fault"),
    [
        ("2026-05-06", "2026-05-06", ""),
        ("2026-05-06T00:00:00", "2026-05-06", ""),
        ("2026-05-06T09:30", "2026-05-06 09:30", ""),
        ("2026-05-06T09:30:00Z", "refused", "with a time zone, expected local time"),
        ("2026-05-06T09:30:00+08:00", "refused", "with a time zone, expected local time"),
        ("2026-13-45", "refused", "S239"),
        ("T09:30", "refused", "found the time 09:30 without a day"),
        ("yesterday", "refused", "found the date yesterday in cell C2 of xl/worksheets/2.xml"),
    ],
)
def test_cells_of_iso_dates(tmp_path: Path, value: str, text: str, fault: str) -> None:
    start, told = one_start(tmp_path, f'<c r="C2" t="d"><v>{value}</v></c>')
    assert start == text
    assert fault in told
    assert bool(told) == bool(fault)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="C2"><v>NaN</v></c>', '<c r="C2"><v>1_000</v></c>', '<c r="C2"><v>1e999</v></c>',
        '<c r="C2"><v>٢٠٢٦</v></c>', '<c r="C2" t="s"><v>9</v></c>', '<c r="C2" t="s"><v>-1</v></c>',
        '<c r="C2" t="s"><v>x</v></c>', '<c r="C2" s="99"><v>46148</v></c>',
        '<c r="C2" s="x"><v>46148</v></c>', '<c r="C2" t="zzz"><v>46148</v></c>',
    ],
)  # fmt: skip
def test_a_damaged_cell_is_told_with_part_and_cell(tmp_path: Path, cell: str) -> None:
    start, told = one_start(tmp_path, cell)
    assert start == "refused"
    assert told.startswith("S239 study.xlsx[history]:2 start: found the ")
    assert "in cell C2 of xl/worksheets/2.xml, expected" in told
    assert told.count("S2") == 1


@pytest.mark.parametrize(
    ("code", "as_it_is"),
    [
        ("General", True), ("@", True), ("0", True), ("_(@_)", True), ("[Red]@", True),
        ('"P-"@', False), (";;;", False), ('0;-0;0;"-"', False), ("d/m/yyyy;@", True),
        ('@" mg"', False),
    ],
)  # fmt: skip
def test_texts_that_a_format_hides_or_adds_to(code: str, as_it_is: bool) -> None:
    assert shows_text_as_it_is(code) is as_it_is


def test_a_text_that_its_format_hides_is_a_fault(tmp_path: Path) -> None:
    start, told = one_start(tmp_path, inline("C2", "2026-05-06", 2), (";;;",))
    assert start == "refused"
    assert "found 2026-05-06, which the cell shows as ;;;" in told


def test_minutes_and_months_share_a_letter() -> None:
    assert shown_parts("h:mm").minute and not shown_parts("h:mm").month
    assert shown_parts("mm:ss").minute and not shown_parts("mm:ss").month
    assert shown_parts("yyyy-mm-dd hh:mm").minute and shown_parts("yyyy-mm-dd hh:mm").month
    assert not shown_parts('"day" 0').dated
    assert not shown_parts("0.00E+00").dated


def test_formulas_count_as_their_stored_value(tmp_path: Path) -> None:
    rows = row(
        2, inline("A2", "P1"), inline("B2", "surgery"),
        f'<c r="C2" s="2"><f>TODAY()</f><v>{DAY}</v></c>', '<c r="D2" t="str"><f>X()</f><v></v></c>',
        '<c r="E2"><f>X()</f></c>',
    )  # fmt: skip
    starts, faults = read(tmp_path, study_with(rows, formats=("yyyy-mm-dd",)))
    assert starts == ["2026-05-06"]
    assert [fault.split("\n")[0] for fault in faults] == [
        "S239 study.xlsx[history]:2 note: found a formula without a stored value"
    ]


def test_shared_texts_with_runs_and_without_their_reading_aids(tmp_path: Path) -> None:
    strings = (
        "<si><r><t>sur</t></r><r><t>gery</t></r><rPh><t>aid</t></rPh></si><si><t>P_x0031_</t></si>"
    )
    rows = row(
        2, '<c r="A2" t="s"><v>1</v></c>', '<c r="B2" t="s"><v>0</v></c>', inline("C2", "2026")
    )
    path = tmp_path / "study.xlsx"
    path.write_bytes(study_with(rows, strings=strings))
    study, faults = read_study(path)
    assert faults == []
    assert study.history.cell("event", 0) == "surgery"
    assert study.history.cell("participant", 0) == "P1"


STRUCK = "expected one that holds\n     delete what does not hold, or take the line away"


def test_what_is_struck_out_is_told_once(tmp_path: Path) -> None:
    runs = "<is><r><rPr><strike/></rPr><t>2026-01</t></r><r><t>2026-02</t></r></is>"
    rows = (
        row(2, inline("A2", "P1", 1), inline("B2", "surgery", 1), inline("C2", "2026-01-01", 1))
        + row(3, inline("A3", "P1"), inline("B3", "surgery"), inline("C3", "2026-01-01", 1))
        + row(4, inline("A4", "P1"), inline("B4", "surgery"), f'<c r="C4" t="inlineStr">{runs}</c>')
        + row(5, inline("A5", "P1"), inline("B5", "surgery"), inline("C5", "2026-01-02"))
    )
    starts, faults = read(tmp_path, study_with(rows))
    assert starts == ["\x00", "\x00", "\x00", "2026-01-02"]
    assert [fault.partition(", ")[0] for fault in faults] == [
        "S226 study.xlsx[history]:2: found a row that is struck out",
        "S226 study.xlsx[history]:3 start: found a cell that is struck out",
        "S226 study.xlsx[history]:4 start: found a cell that is struck out",
    ]
    assert all(STRUCK in fault for fault in faults)


def test_what_is_hidden_is_told_and_read(tmp_path: Path) -> None:
    cells = [inline("A{}", "P1"), inline("B{}", "surgery"), inline("C{}", "2026-01-01")]
    rows = "".join(
        row(n, *(cell.format(n) for cell in cells), attributes=' hidden="1"' if n != 3 else "")
        for n in range(2, 7)
    )
    columns = '<cols><col min="3" max="3" hidden="1"/><col min="7" max="16384" hidden="1"/></cols>'
    sheets = {
        "participants": sheet(PEOPLE), "~history": sheet(history_heads() + rows, before=columns),
    }  # fmt: skip
    starts, faults = read(tmp_path, packed(parts(sheets)))
    assert starts == ["2026-01-01"] * 5
    assert [fault.split("\n")[0] for fault in faults] == [
        f"S227 study.xlsx[history]: {what} hidden, and read all the same"
        for what in ("rows 2, 4 to 6 are", "the column start is", "this sheet is")
    ]


def test_merged_cells_are_told_once(tmp_path: Path) -> None:
    rows = row(2, inline("A2", "P1"), inline("B2", "surgery"), inline("C2", "2026-01-01"))
    rows += row(3, inline("B3", "surgery"), inline("C3", "2026-01-01"))
    rows += row(4, inline("B4", "surgery"), inline("C4", "2026-01-01"))
    merged = '<mergeCells><mergeCell ref="A2:A4"/></mergeCells>'
    sheets = {"participants": sheet(PEOPLE), "history": sheet(history_heads() + rows, after=merged)}
    assert read(tmp_path, packed(parts(sheets)))[1] == [
        "S225 study.xlsx[history]:2: found merged cells A2:A4, expected one value in each cell\n"
        "     unmerge them"
    ]


def test_a_merged_title_above_the_heads_is_one_fault(tmp_path: Path) -> None:
    heads = history_heads()
    for cell in "ABCDE":
        heads = heads.replace(f'"{cell}1"', f'"{cell}3"')
    rows = row(1, inline("A1", "Medical history")) + heads.replace('<row r="1">', '<row r="3">')
    merged = '<mergeCells><mergeCell ref="A1:E1"/></mergeCells>'
    sheets = {"participants": sheet(PEOPLE), "history": sheet(rows, after=merged)}
    assert read(tmp_path, packed(parts(sheets)))[1] == [
        "S228 study.xlsx[history]:1: found the heads in row 3, expected them in row 1\n"
        "     delete the rows above the heads"
    ]


def test_heads_that_are_merged_are_one_fault(tmp_path: Path) -> None:
    rows = row(2, inline("A2", "P1"), inline("B2", "surgery"), inline("C2", "2026-01-01"))
    merged = '<mergeCells><mergeCell ref="D1:E1"/></mergeCells>'
    sheets = {"participants": sheet(PEOPLE), "history": sheet(history_heads() + rows, after=merged)}
    assert [fault[:4] for fault in read(tmp_path, packed(parts(sheets)))[1]] == ["S225"]


@pytest.mark.parametrize(
    ("value", "fault"),
    [("70.5", ""), ("1234567890123456", "of which Excel keeps fifteen digits only")],
)
def test_numbers_in_attributes(tmp_path: Path, value: str, fault: str) -> None:
    people = PEOPLE.replace("</row>", inline("B1", "weight") + "</row>", 1)
    people = people[: people.rindex("</row>")] + number("B2", value) + "</row>"
    sheets = {"participants": sheet(people), "history": sheet(history_heads())}
    path = tmp_path / "study.xlsx"
    path.write_bytes(packed(parts(sheets)))
    study, faults = read_study(path)
    assert fault in "".join(map(str, faults))
    assert bool(faults) == bool(fault)
    if not fault:
        assert study.participants.cell("weight", 0) == value


def test_times_are_exact_to_the_minute(tmp_path: Path) -> None:
    epoch = datetime(1899, 12, 30)
    for minute in range(0, 1440, 7):
        moment = datetime(2026, 5, 6, minute // 60, minute % 60)
        serial = (moment - epoch).total_seconds() / 86_400
        text, told = one_start(tmp_path, number("C2", repr(serial), 2), (22,))
        assert (text, told) == (f"{moment:%Y-%m-%d %H:%M}" if minute else "2026-05-06", "")
