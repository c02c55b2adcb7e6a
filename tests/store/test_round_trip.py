"""Folder to store to folder gives the same cells; every reader of studies reads a store."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import scheduler
from scheduler.cli import washout_command
from scheduler.errors import InputFaults
from scheduler.store.exporting import export_folder, export_workbook
from scheduler.store.faults import ReasonNeeded, StoreMissing
from scheduler.store.importing import differences, import_study, new_study, tables_of
from scheduler.store.proving import verify
from scheduler.store.reading import read_rows
from scheduler.store.site_cells import cells_of_sites, sites_yaml
from scheduler.store.stored import Edit, Store
from scheduler.study.faults import study_faults
from scheduler.study.sites_file import read_sites_yaml
from tests.store.conftest import EXAMPLE, ME

FOLDERS = ("nct07342244", "demo-cycles")


@pytest.mark.parametrize("name", FOLDERS)
def test_the_same_cells_come_back(store: Store, root: Path, tmp_path: Path, name: str) -> None:
    folder = root / "protocols" / name / "example"
    new_study(store, "S", {}, folder, ME)
    out = tmp_path / "out"
    export_folder(store.heads("S"), store.rows("S"), out)
    assert tables_of(scheduler.load_study(out)) == tables_of(scheduler.load_study(folder))
    for path in folder.glob("*.csv"):
        assert (out / path.name).read_bytes() == path.read_bytes(), path.name
    again = tmp_path / "again.xlsx"
    export_workbook(store.heads("S"), store.rows("S"), again)
    assert tables_of(scheduler.load_study(again)) == tables_of(scheduler.load_study(folder))


SETTINGS = """# as the hospital's spreadsheet writes them
protocol: ../protocol.yaml
out: ../out
dates: dmy
language: zh
ignore: [old history.csv, "Notes 2025"]
calendars: [detailed, no-alarms]
"""
NOTES = """participant,milestone,date,rule,category,explanation,action,signed
P-011,transplant_day_28,2026-05-02,window,Other,"closed; a ""flood"", they say",,Anna
"""


@pytest.fixture
def full(root: Path, tmp_path: Path) -> Path:
    """A folder with every kind of file that is read, its dates in the order of study.yaml."""
    folder = shutil.copytree(root / "protocols" / "nct07342244" / "example", tmp_path / "full")
    (folder / "study.yaml").write_text(SETTINGS, encoding="utf-8")
    dates = folder / "dates.csv"
    told = dates.read_text(encoding="utf-8")
    found = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", told)
    assert found != told
    dates.write_text(found, encoding="utf-8")
    (folder / "desk").mkdir()
    (folder / "desk" / "deviation_notes.csv").write_text(NOTES, encoding="utf-8")
    (folder / "old history.csv").write_text("participant,event,start\nP-002,hiv,2020\n")
    return folder


def test_every_kind_of_file_comes_back(
    store: Store, place: str, full: Path, root: Path, tmp_path: Path
) -> None:
    """The tables, the sites, the settings with the order of dates, the desk's explanations."""
    new_study(store, "S", {}, full, ME)
    out = tmp_path / "out"
    written = {path.relative_to(out).as_posix() for path in export_folder(
        store.heads("S"), store.rows("S"), out)}  # fmt: skip
    there = {path.relative_to(full).as_posix() for path in full.rglob("*.*")}
    assert there - written == {"README.md", "old history.csv"}, "what no reader reads"
    for name in sorted(written - {"sites.yaml"}):
        assert (out / name).read_bytes() == (full / name).read_bytes(), name
    wanted, again, kept = map(scheduler.load_study, (full, out, place))
    assert wanted.settings.dates == "dmy" and wanted.settings.calendars
    assert wanted.settings == again.settings == kept.settings
    assert wanted.sites == again.sites == kept.sites
    assert tables_of(wanted) == tables_of(again) == tables_of(kept)
    protocol = scheduler.load_protocol(root / "protocols" / "nct07342244")
    one, other = (scheduler.plan(protocol, study, "2026-06-15") for study in (wanted, kept))
    assert one.schedule.equals(other.schedule) and len(one.bookings)
    assert differences(store, "S", full).lines() == ["Nothing differs."]
    assert verify(store).fault == ""


def test_the_settings_beside_a_workbook_come_along(store: Store, full: Path) -> None:
    book = full / "study.xlsx"
    new_study(store, "S", {}, full, ME)
    export_workbook(store.heads("S"), store.rows("S"), book)
    new_study(store, "T", {}, book, ME)
    for study in ("S", "T"):
        found = read_rows(store.heads(study), store.rows(study))
        assert found[0].settings.dates == "dmy" and not any(not f.warning for f in found[1])


def test_other_settings_are_a_difference_that_is_told(store: Store, full: Path) -> None:
    new_study(store, "S", {}, full, ME)
    (full / "study.yaml").write_text("dates: dmy\nignore: old history.csv\n", encoding="utf-8")
    found = differences(store, "S", full)
    assert found.lines() == ["correct settings: text dates: dmy; ignore: old history.csv"]
    import_study(store, "S", full, ME, "one language")
    assert read_rows(store.heads("S"), store.rows("S"))[0].settings.calendars == ()
    (full / "study.yaml").unlink()
    with pytest.raises(InputFaults):
        differences(store, "S", full)


@pytest.mark.parametrize(
    ("text", "code"),
    [("participant,milestone\n", "S220"), (NOTES + "P-999,a,b,c,d,e,f,g\n", "S240"),
     (NOTES + "P-011,short\n", "S204"), (NOTES + '"open', "S204"), ("", "S220")],
)  # fmt: skip
def test_explanations_that_are_not_as_the_desk_writes_them(
    store: Store, full: Path, text: str, code: str
) -> None:
    (full / "desk" / "deviation_notes.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputFaults) as caught:
        new_study(store, "S", {}, full, ME)
    assert code in [fault.code for fault in caught.value.faults]
    assert store.number == 0


texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=12)


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, cells: list) -> None:  # type: ignore[type-arg]
    folder = tmp_path_factory.mktemp("study")
    lines = ["participant,odd head,note"]
    for number, (one, two) in enumerate(cells):
        quoted = (text.replace('"', '""') for text in (one, two))
        lines.append(f"P{number}," + ",".join(f'"{text}"' for text in quoted))
    lines.append("last,,=1+1")
    (folder / "participants.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = Store.open(folder / "x.db", make=True)
    try:
        new_study(store, "S", {}, folder, ME)
        export_folder(store.heads("S"), store.rows("S"), folder / "out")
        export_workbook(store.heads("S"), store.rows("S"), folder / "out.xlsx")
    finally:
        store.close()
    before = tables_of(scheduler.load_study(folder))["participants"]
    for place in (folder / "out", folder / "out.xlsx", folder / "x.db"):
        assert tables_of(scheduler.load_study(place))["participants"] == before, place.name


def test_sites_come_back() -> None:
    text = b"""
"no": {timezone: Europe/Oslo, weekend: [sat, sun], holidays: "NO"}
big site:
  closed: [2026-08-03..2026-08-07, 2026-10-09]
  open: [2026-06-20]
  versions: {"1.0": 2026-01-30, "2.0": 2026-09-01}
  minutes: 45
munich:
parts: {holidays: {country: US, part: NY}, versions: {"1.0": 2026-01-30}}
classes: {holidays: {country: HK, include: [optional]}, open: [2026-02-14]}
bare: {holidays: {country: HK, include: []}}
plain:
  minutes: {"phone#3": 15, "Cell: infusion": 240, all: 60}
"""
    faults = study_faults()
    sites = read_sites_yaml("sites.yaml", text, faults)
    assert sites is not None and not faults.all
    again = read_sites_yaml("sites.yaml", sites_yaml(cells_of_sites(sites)).encode(), faults)
    assert again == sites and not faults.all


def test_the_same_study_is_read_from_a_store(filled: Store, place: str, root: Path) -> None:
    folder = root / "protocols" / "nct07342244" / "example"
    found, wanted = scheduler.load_study(place), scheduler.load_study(folder)
    assert tables_of(found) == tables_of(wanted)
    assert found.sites == wanted.sites


def test_a_void_row_leaves_the_study(filled: Store, place: str) -> None:
    rows = [row for row in filled.rows(EXAMPLE, "history") if row.cells["participant"] == "P-002"]
    filled.apply(EXAMPLE, [Edit("void", "history", {}, rows[0].row, 1, "entered twice")], ME)
    study = scheduler.load_study(place)
    assert len(study.history) == len(filled.rows(EXAMPLE, "history")) - 1


def test_faults_name_the_row_of_the_store(filled: Store, place: str) -> None:
    row = filled.rows(EXAMPLE, "history")[4]
    filled.apply(
        EXAMPLE, [Edit("correct", "history", {"start": "03/04/2026"}, row.row, 1, "x")], ME
    )
    with pytest.raises(InputFaults) as caught:
        scheduler.load_study(place)
    assert [str(fault) for fault in caught.value.faults] == [
        "S232 history:5 start: found 03/04/2026, expected one reading: it may be 2026-03-04 or "
        "2026-04-03\n     write 2026-03-04 or 2026-04-03, or tell the order of the "
        "file's dates (dates: in study.yaml)"
    ]


def test_commands_take_a_store(filled: Store, place: str, root: Path, tmp_path: Path) -> None:
    protocol = str(root / "protocols" / "nct07342244")
    for study, out in ((f"{protocol}/example", "folder"), (place, "store")):
        line = ["plan", protocol, study, "--as-of", "2026-06-15", "--out", str(tmp_path / out)]
        found = CliRunner().invoke(washout_command, [*line, "--quiet"])
        assert found.exit_code == 0, found.output
    for path in sorted((tmp_path / "folder").rglob("*.csv")) + sorted(
        (tmp_path / "folder").rglob("*.ics")
    ):
        other = tmp_path / "store" / path.relative_to(tmp_path / "folder")
        assert other.read_bytes() == path.read_bytes(), path.name


def test_several_studies_in_one_store(filled: Store, place: str, root: Path) -> None:
    new_study(filled, "DEMO", {}, root / "protocols" / "demo-cycles" / "example", ME)
    assert filled.studies() == [EXAMPLE, "DEMO"]
    with pytest.raises(StoreMissing, match="2 studies"):
        scheduler.load_study(place)
    assert len(scheduler.load_study(f"{place}#DEMO").participants) > 0


def test_an_import_shows_differences_and_needs_a_reason(
    filled: Store, root: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(root / "protocols" / "nct07342244" / "example", tmp_path / "study")
    assert differences(filled, EXAMPLE, folder).lines() == ["Nothing differs."]
    path = folder / "participants.csv"
    text = path.read_text(encoding="utf-8").replace("1978-04-12", "1978-04-13")
    path.write_text(f"{text}P-099,1980,male,wuhan,,\n", encoding="utf-8")
    found = differences(filled, EXAMPLE, folder)
    assert [edit.what for edit in found.edits] == ["correct", "add"]
    with pytest.raises(ReasonNeeded):
        import_study(filled, EXAMPLE, folder, ME, "")
    import_study(filled, EXAMPLE, folder, ME, "register checked")
    assert differences(filled, EXAMPLE, folder).edits == ()
    (folder / "history.csv").write_text("participant,event\n", encoding="utf-8")
    number = filled.number
    with pytest.raises(InputFaults):
        import_study(filled, EXAMPLE, folder, ME, "x")
    assert filled.number == number
