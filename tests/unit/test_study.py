"""Reading studies: the same tables whatever program wrote them."""

import codecs
import io
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from scheduler.binding.by_version import bind_versions
from scheduler.days import iso
from scheduler.errors import NotWritable
from scheduler.protocol.reading import load_protocol
from scheduler.study.cells import Accepted, BadCell, CellKind, read_cell
from scheduler.study.model import Study
from scheduler.study.reading import load_study, read_study
from scheduler.study.sites import Site
from scheduler.study.template import init_study

ROOT = Path(__file__).parents[2]
PROTOCOL = load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")
PEOPLE = "participant,birth_date,sex\nP-001,1970-05-01,female\nP-002,1980,male\n"
HISTORY = (
    "participant,event,start,end,note\n"
    "P-001,major_surgery,2026-03-02,,\"a; b, c\"\n"
    "P-002,pregnancy,2026-03-02 09:30,ongoing,none\n"
)  # fmt: skip
PARTLY = Accepted(partial=True, words=("unknown", "none"))


def write(folder: Path, **files: str | bytes) -> Path:
    for name, content in {"participants": PEOPLE, **files}.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def cells(study: Study, name: str) -> list[list[str]]:
    frame = getattr(study, name).frame
    return [list(frame.columns), *frame.to_numpy().tolist()]


@pytest.mark.parametrize(
    ("text", "code", "way_out"),
    [
        ("2026.1", "S232", "write 2026-01 or 2026-10"),
        ("29.02.2025", "S231", "there is no such day"),
        ("31/06/2026", "S231", "there is no such day"),
        ("2026-13", "S231", "there is no such day"),
        ("2026-06-05 09:30 PM", "S231", "write the time as 21:30"),
        ("2026-06-05 12:05 a.m.", "S231", "write the time as 00:05"),
        ("2026-06-05 24:00", "S231", "write 00:00 of the next day"),
        ("5. Juni 2026", "S231",
         "write year-month-day, such as 2026-03-02, or as much of it as is known: 2026-03, 2026"),
    ],
)  # fmt: skip
def test_each_date_that_is_refused_says_the_way_out(text: str, code: str, way_out: str) -> None:
    with pytest.raises(BadCell) as raised:
        read_cell(text, PARTLY)
    assert (raised.value.code, raised.value.way_out) == (code, way_out)


@pytest.mark.parametrize(
    ("code", "slip", "shown"),
    [("P-01", "P-1", "P-1"), ("7", "007", "007"), ("P 1", "P\u00a01", r"P\u00a01")],
)
def test_a_slip_of_a_code_is_told_with_what_cannot_be_seen(
    code: str, slip: str, shown: str, tmp_path: Path
) -> None:
    history = f"participant,event,start\n{slip},major_surgery,2026-03-02\n"
    write(tmp_path, participants=f"participant,sex\n{code},male\n", history=history)
    _, faults = bind_versions(load_study(tmp_path), PROTOCOL, 20_600)
    assert [fault.message for fault in faults] == [
        f'found {shown}, expected a participant of the table participants; did you mean "{code}"?'
    ]


@pytest.mark.parametrize(
    ("text", "first", "last", "minute"),
    [
        ("2026-03-02", "2026-03-02", "2026-03-02", None),
        ("2026-03-02 09:30", "2026-03-02", "2026-03-02", 570),
        ("2026-03-02T09:30", "2026-03-02", "2026-03-02", 570),
        ("2026-03-02 09:30:00", "2026-03-02", "2026-03-02", 570),
        ("2026-03-02 00:00", "2026-03-02", "2026-03-02", 0),
        ("2026-03-02 00:00:00", "2026-03-02", "2026-03-02", None),
        ("2026-03-02T00:00:00.000", "2026-03-02", "2026-03-02", None),
        ("2024-02", "2024-02-01", "2024-02-29", None),
        ("2026", "2026-01-01", "2026-12-31", None),
        ("25/03/2026", "2026-03-25", "2026-03-25", None),
        ("03/25/2026", "2026-03-25", "2026-03-25", None),
        ("03.25.2026", "2026-03-25", "2026-03-25", None),
        ("25.3.2026 9:30", "2026-03-25", "2026-03-25", 570),
        ("05/05/2026", "2026-05-05", "2026-05-05", None),
        ("2026/3/4", "2026-03-04", "2026-03-04", None),
        ("20260304", "2026-03-04", "2026-03-04", None),
        ("02MAR2026", "2026-03-02", "2026-03-02", None),
        ("2 March 2026", "2026-03-02", "2026-03-02", None),
        ("Mar 2026", "2026-03-01", "2026-03-31", None),
        ("03/2026", "2026-03-01", "2026-03-31", None),
        ("2026年3月4日", "2026-03-04", "2026-03-04", None),
    ],
)
def test_dates_with_one_reading(text: str, first: str, last: str, minute: int | None) -> None:
    found = read_cell(text, PARTLY)
    assert found.kind == CellKind.DATE
    assert found.date is not None
    assert (iso(found.date.first), iso(found.date.last)) == (first, last)
    assert found.date.minute == minute


@pytest.mark.parametrize("text", ["Unknown", "UNKNOWN", "unknown"])
def test_words_are_read_in_any_case(text: str) -> None:
    assert read_cell(text, PARTLY).kind == CellKind.UNKNOWN


@pytest.mark.parametrize(
    ("encode", "separator", "line_end"),
    [
        ("utf-8", ",", "\n"),
        ("utf-8-sig", ",", "\r\n"),
        ("utf-8", ";", "\r\n"),
        ("utf-8-sig", "\t", "\n"),
        ("utf-8", ";", "\r"),
    ],
)
def test_separators_marks_and_line_ends_do_not_matter(
    encode: str, separator: str, line_end: str, tmp_path: Path
) -> None:
    def spell(text: str) -> bytes:
        quoted = text.replace('"a; b, c"', "QUOTED").replace(",", separator)
        return quoted.replace("QUOTED", '"a; b, c"').replace("\n", line_end).encode(encode)

    study = load_study(write(tmp_path, participants=spell(PEOPLE), history=spell(HISTORY)))
    assert cells(study, "history") == [
        ["participant", "event", "start", "end", "note"],
        ["P-001", "major_surgery", "2026-03-02", "", "a; b, c"],
        ["P-002", "pregnancy", "2026-03-02 09:30", "ongoing", "none"],
    ]
    assert cells(study, "participants")[1:] == [
        ["P-001", "1970-05-01", "female"],
        ["P-002", "1980", "male"],
    ]


def test_blank_rows_and_columns_are_passed_over_and_rows_keep_their_numbers(
    tmp_path: Path,
) -> None:
    text = " Participant ,Birth Date,,\n\nP-001 , 1970-05-01,,\n,,,\nP-002,,,\n\n"
    heads = "participant,event,start\n"
    study = load_study(write(tmp_path, participants=text, history=heads))
    assert cells(study, "participants") == [
        ["participant", "birth_date"],
        ["P-001", "1970-05-01"],
        ["P-002", ""],
    ]
    assert study.participants.rows.tolist() == [3, 5]
    assert study.warnings == ()


def test_a_cell_with_line_breaks_is_one_row(tmp_path: Path) -> None:
    text = 'participant,note\nP-001,"one\ntwo"\nP-002,\n'
    study = load_study(write(tmp_path, participants=text))
    assert study.participants.rows.tolist() == [2, 3]


def test_absent_tables_are_empty_and_further_columns_are_kept(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, participants="participant,ECOG score\nP-001,1\n"))
    assert cells(study, "participants") == [["participant", "ECOG score"], ["P-001", "1"]]
    assert [len(table) for table in study.tables] == [1, 0, 0, 0]
    assert study.sites is None
    assert study.history.column("start").tolist() == []


def test_fingerprints_are_those_of_the_bytes(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, participants="participant\nP-001\n"))
    # sha256sum of the same bytes, by the coreutils program
    assert study.fingerprints == {
        "participants.csv": "157d1f80961d2cecf3d72f9019ce093c937584da26be1d684ada973a455e8b6c"
    }


def test_sites_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, participants="participant,site\nP-001,oslo\n")
    text = (
        "oslo: {holidays: NO, weekend: [Sat, sunday], closed: 2026-02-16..2026-02-17,\n"
        "       open: [2026-02-14]}\n"
    )
    (tmp_path / "sites.yaml").write_text(text, encoding="utf-8")
    monday = 20500  # 2026-02-16
    assert load_study(tmp_path).sites == {
        "oslo": Site(
            "oslo",
            "",
            frozenset({5, 6}),
            "NO",
            ((monday, monday + 1),),
            ((monday - 2, monday - 2),),
        )
    }


def test_sites_with_nothing_but_comments_are_none(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "sites.yaml").write_text("# none yet\n", encoding="utf-8")
    assert load_study(tmp_path).sites is None


def test_a_workbook_reads_like_the_files(tmp_path: Path) -> None:
    book = Workbook()
    people = book.worksheets[0]
    people.title = "Participants "
    for row in (["Participant", "Birth date", "sex"], [29, date(1970, 5, 1), "female"]):
        people.append(row)
    people.append(["P-2", 1980, "male"])
    history = book.create_sheet("history")
    for row in (
        ["participant", "event", "start", "end", "weight"],
        [29, "major_surgery", datetime(2026, 3, 2, 9, 30), "2026-03", 70.5],
        [None, None, None, None, None],
        ["P-2", "pregnancy", datetime(2026, 3, 2), "ongoing", 70],
    ):
        history.append(row)
    sites = book.create_sheet("sites")
    sites.append(["site", "timezone", "weekend", "closed"])
    sites.append(["wuhan", "Asia/Shanghai", "sat, sun", datetime(2026, 2, 16)])
    book.save(tmp_path / "mine.xlsx")
    study = load_study(tmp_path / "mine.xlsx")
    assert cells(study, "participants") == [
        ["participant", "birth_date", "sex"],
        ["29", "1970-05-01", "female"],
        ["P-2", "1980", "male"],
    ]
    assert cells(study, "history") == [
        ["participant", "event", "start", "end", "weight"],
        ["29", "major_surgery", "2026-03-02 09:30", "2026-03", "70.5"],
        ["P-2", "pregnancy", "2026-03-02", "ongoing", "70"],
    ]
    assert study.history.rows.tolist() == [2, 4]
    assert study.history.place == "mine.xlsx[history]"
    assert study.sites == {
        "wuhan": Site("wuhan", "Asia/Shanghai", frozenset({5, 6}), "", ((20500, 20500),))
    }
    assert cells(load_study(tmp_path), "history") == cells(study, "history")


def test_data_frames_of_every_dtype() -> None:
    people = pd.DataFrame(
        {
            "participant": pd.array([1, 2, 3], dtype="int64"),
            "birth_date": pd.to_datetime(["1970-05-01", None, "1980-02-29"]),
            "sex": pd.Categorical(["female", None, "male"]),
            "withdrawn": [date(2026, 3, 1), pd.NaT, None],
            "arm": pd.array([1, None, 2], dtype="Int64"),
            "site": pd.array(["a", None, "b"], dtype="string"),
        }
    )
    start = np.array(["2026-03-02T09:30", "2026-03-02T00:00"], "M8[m]").astype("M8[s]")
    history = pd.DataFrame({"participant": [1, 2], "event": ["a", "b"], "start": start})
    study = load_study({"participants": people, "history": history})
    assert cells(study, "participants")[1:] == [
        ["1", "1970-05-01", "female", "2026-03-01", "1", "a"],
        ["2", "", "", "", "", ""],
        ["3", "1980-02-29", "male", "", "2", "b"],
    ]
    assert cells(study, "history")[1:] == [
        ["1", "a", "2026-03-02 09:30"],
        ["2", "b", "2026-03-02"],
    ]
    assert list(study.fingerprints) == ["participants", "history"]


def test_a_table_that_is_there_and_not_understood_is_not_called_absent() -> None:
    for given, code in (
        (pd.DataFrame({"sex": ["male"]}, index=pd.Index(["P1"], name="participant")), "S220"),
        (pd.DataFrame([["A", "B"]], columns=["participant", "participant"]), "S222"),
        (pd.Series(["P1"], name="participant"), "S200"),
    ):
        _, faults = read_study({"participants": given})
        assert [fault.code for fault in faults if not fault.warning] == [code]


def test_sites_of_a_mapping() -> None:
    people = pd.DataFrame({"participant": ["P-1"], "site": ["a"]})
    ready = Site("b", "UTC")
    described = {"weekend": ["sat"], "closed": [date(2026, 2, 16)]}
    study = load_study({"participants": people, "sites": {"a": described, "b": ready}})
    assert study.sites == {"a": Site("a", "", frozenset({5}), "", ((20500, 20500),)), "b": ready}


def test_the_example_is_read_without_a_word(root: Path) -> None:
    study, faults = read_study(root / "protocols" / "nct07342244" / "example")
    assert faults == []
    assert len(study.participants) == 18


def test_an_empty_study_folder_has_every_column_and_can_be_filled_in(tmp_path: Path) -> None:
    files = init_study(tmp_path / "new", PROTOCOL)
    assert [file.name for file in files] == [
        "participants.csv", "history.csv", "dates.csv", "decisions.csv", "sites.yaml",
        "study.yaml", "README.txt", "study.xlsx",
    ]  # fmt: skip
    assert (tmp_path / "new" / "participants.csv").read_text(encoding="utf-8") == (
        "participant,birth_date,sex,site,arm,protocol_version,withdrawn,screen_failed,attempt\n"
    )
    book = load_workbook(tmp_path / "new" / "study.xlsx")
    book["participants"].append(["P-001", "1970", "female"])
    book["dates"].append(["P-001", "consent", "2026-03-02", "done"])
    content = io.BytesIO()
    book.save(content)
    (tmp_path / "filled.xlsx").write_bytes(content.getvalue())
    study = load_study(tmp_path / "filled.xlsx")
    assert study.participants.column("birth_date").tolist() == ["1970"]
    assert study.dates.column("milestone").tolist() == ["consent"]


def test_the_lists_of_the_workbook_are_the_protocol_s(tmp_path: Path) -> None:
    init_study(tmp_path, PROTOCOL)
    book = load_workbook(tmp_path / "study.xlsx")
    offered: dict[str, list[object]] = {}
    for name in ("participants", "history", "dates", "decisions"):
        sheet = book[name]
        for choice in sheet.data_validations.dataValidation:
            if choice.type != "list":
                continue  # a word about the column
            column = str(choice.sqref).split(":")[0].rstrip("0123456789")
            words = book["lists"][choice.formula1.split("!")[1].replace("$", "")]
            offered[f"{name}.{sheet[f'{column}1'].value}"] = [row[0].value for row in words]
    phones = [f"phone#{n}" for n in range(1, 9)]
    assert offered["participants.sex"] == ["female", "male"]
    assert offered["dates.status"] == ["done", "booked", "missed", "cancelled"]
    assert offered["dates.milestone"] == [
        *(node.label for node in PROTOCOL.nodes if not node.occurrence), *phones, "unscheduled",
    ]  # fmt: skip
    assert offered["decisions.rule"] == ["E14"]
    labels = {event.name: event.label for event in PROTOCOL.events}
    assert labels["car_t_therapy"] in offered["history.event"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "dates.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(NotWritable, match=r"holds dates\.csv already; nothing was written"):
        init_study(tmp_path, PROTOCOL)
    assert [path.name for path in tmp_path.iterdir()] == ["dates.csv"]


def test_a_file_of_utf16_is_not_mistaken(tmp_path: Path) -> None:
    write(tmp_path, history=codecs.BOM_UTF16_LE + HISTORY.encode("utf-16-le"))
    assert [fault.code for fault in read_study(tmp_path)[1]] == ["S202"]


def test_every_kind_of_nothing_in_a_frame_is_a_blank() -> None:
    nothing = [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT", "s"), np.float64("nan"), ""]
    people = pd.DataFrame(
        {
            "participant": [f"P-{n}" for n in range(7)],
            "birth_date": pd.Series(nothing, dtype=object),
        }
    )
    assert (
        load_study({"participants": people}).participants.column("birth_date").tolist() == [""] * 7
    )
