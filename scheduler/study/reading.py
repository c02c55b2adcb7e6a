"""A study: its tables as text cells with their places, its sites, and what its files looked like.

A study is a folder of CSV files, one .xlsx workbook, or a mapping of DataFrames. All faults are
found in one reading; what needs the protocol to be judged is left to binding/.
Source: docs/study-folder.md.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from scheduler.by_name import call
from scheduler.errors import Fault, FaultList, InputFaults, did_you_mean
from scheduler.study.checks import check_table
from scheduler.study.csv_files import read_csv
from scheduler.study.dataframes import read_frames
from scheduler.study.faults import study_faults
from scheduler.study.model import Study
from scheduler.study.sites import Site
from scheduler.study.sites_file import read_sites_yaml, sites_of_mapping, sites_of_sheet
from scheduler.study.tables import LAYOUTS, Table, empty_table
from scheduler.study.workbooks import Workbook, open_workbook, read_sheet

SITES_FILE = "sites.yaml"
Source = str | Path | Mapping[str, object]


def load_study(source: Source) -> Study:
    """The study in a folder, a workbook, a store of the desk or a mapping of DataFrames.

    Raises: InputFaults with every fault of every file.
    """
    study, faults = read_study(source)
    if not all(fault.warning for fault in faults):
        raise InputFaults(faults)
    return study


def read_study(source: Source) -> tuple[Study, list[Fault]]:
    """The study as far as it can be read, and every fault and warning found in it."""
    if not isinstance(source, Mapping) and _is_store(source):
        stored: tuple[Study, list[Fault]] = call("store.reading", "read_store", source)
        return stored
    faults = study_faults()
    reader = _StudyReader(faults)
    if isinstance(source, Mapping):
        reader.mapping(source)
    elif Path(source).is_dir():
        reader.folder(Path(source))
    elif Path(source).is_file():
        reader.file(Path(source))
    else:
        text = "there is no such folder or file"
        faults.add("S200", str(source), None, "", text)
        reader.told = True
    for name, table in reader.tables.items():
        check_table(name, table, faults)
    tables = {name: reader.tables.get(name, empty_table(name)) for name in LAYOUTS}
    found = faults.all
    warnings = tuple(fault for fault in found if fault.warning)
    name = "" if isinstance(source, Mapping) else str(source)
    study = Study(
        **tables, sites=reader.sites, fingerprints=reader.fingerprints, warnings=warnings,
        source=name,
    )  # fmt: skip
    return study, found


def _is_store(source: str | Path) -> bool:
    """Whether a place is a store of the desk: a PostgreSQL address, or a file of SQLite."""
    if str(source).startswith(("postgresql://", "postgres://")):
        return True
    path = Path(str(source).partition("#")[0])
    if path.suffix.lower() in (".csv", ".xlsx", ".yaml") or not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(16) == b"SQLite format 3\x00"


class _StudyReader:
    """What has been read of one study so far."""

    def __init__(self, faults: FaultList) -> None:
        self.faults = faults
        self.tables: dict[str, Table] = {}
        self.sites: Mapping[str, Site] | None = None
        self.fingerprints: dict[str, str] = {}
        self.told = False  # whether a fault says already why a table is missing

    def folder(self, folder: Path) -> None:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        wanted = {f"{name}.csv": name for name in LAYOUTS}
        found: dict[str, Path] = {}
        for path in files:
            plain = path.name.strip().lower()
            if plain in found:
                text = f"found {found[plain].name} and {path.name}, expected one of them"
                self.faults.add("S208", path.name, None, "", text)
            elif plain in wanted:
                found[plain] = path
        books = [p for p in files if p.suffix.lower() == ".xlsx" and not p.name.startswith("~$")]
        if not found and len(books) == 1:
            self.file(books[0])
            return
        for file, name in wanted.items():
            if file in found:
                self._csv(name, found[file])
        self._sites_beside(folder)
        self._slips(files, [*wanted, SITES_FILE])
        self._no_participants("there is no such file", "participants.csv", books)

    def file(self, path: Path) -> None:
        if path.suffix.lower() != ".xlsx":
            text = f"found {path.name}, expected a folder of CSV files or an .xlsx workbook"
            self.faults.add("S200", path.name, None, "", text)
            self.told = True
            return
        content = self._bytes(path)
        book = open_workbook(path.name, content, self.faults)
        if book is None:
            self.told = True
            return
        self._book(book)
        if self.sites is None:
            self._sites_beside(path.parent)
        self._no_participants("found no sheet participants", path.name, [])

    def mapping(self, given: Mapping[str, object]) -> None:
        self.tables = read_frames(given, self.faults)
        sites = given.get("sites")
        if isinstance(sites, Mapping):
            self.sites = sites_of_mapping(sites, "sites", self.faults)
        elif sites is not None:
            text = f"found {type(sites).__name__}, expected a mapping of sites"
            self.faults.add("S209", "sites", None, "", text)
        known = [*LAYOUTS, "sites"]
        for name in given:
            if name not in known:
                close = did_you_mean(str(name), known)
                tail = f'; did you mean "{close}"?' if close else ""
                text = f"found the table {name!s}, expected {', '.join(known)}{tail}"
                self.faults.add("S200", str(name), None, "", text)
        for name, table in self.tables.items():
            self.fingerprints[name] = table.fingerprint
        self._no_participants("there is no such table", "participants", [])

    def _bytes(self, path: Path) -> bytes:
        content = path.read_bytes()
        self.fingerprints[path.name] = hashlib.sha256(content).hexdigest()
        return content

    def _csv(self, name: str, path: Path) -> None:
        table = read_csv(name, path.name, self._bytes(path), self.faults)
        if table is not None:
            self.tables[name] = table
        elif name == "participants":
            self.told = True

    def _book(self, book: Workbook) -> None:
        sheets: dict[str, str] = {}
        for sheet in book.sheets():
            plain = sheet.strip().lower()
            if plain in sheets:
                text = f"found the sheets {sheets[plain]} and {sheet}, expected one of them"
                self.faults.add("S208", book.place, None, "", text)
            elif plain in LAYOUTS or plain == "sites":
                sheets[plain] = sheet
            elif close := did_you_mean(plain, [*LAYOUTS, "sites"]):
                text = f'the sheet {sheet} is not read; did you mean "{close}"?'
                self.faults.add("S207", book.place, None, "", text)
        for name in LAYOUTS:
            if name in sheets:
                table = read_sheet(name, sheets[name], book, self.faults)
                if table is not None:
                    self.tables[name] = table
                elif name == "participants":
                    self.told = True
        if "sites" in sheets:
            self.sites = sites_of_sheet(sheets["sites"], book, self.faults)

    def _sites_beside(self, folder: Path) -> None:
        path = folder / SITES_FILE
        if path.is_file():
            self.sites = read_sites_yaml(path.name, self._bytes(path), self.faults)

    def _slips(self, files: list[Path], wanted: list[str]) -> None:
        known = [name for name in wanted if name not in {path.name.lower() for path in files}]
        for path in files:
            plain = path.name.strip().lower()
            if plain not in wanted and (close := did_you_mean(plain, known)):
                text = f'this file is not read; did you mean "{close}"?'
                self.faults.add("S207", path.name, None, "", text)

    def _no_participants(self, missing: str, place: str, books: list[Path]) -> None:
        table = self.tables.get("participants")
        if table is not None and len(table):
            self._unread(books)
        elif not self.told:
            self.told = True
            beside = f"the workbook {books[0].name} lies beside it: name that file" if books else ""
            text = missing if table is None else "found no rows, expected one a participant"
            place = place if table is None else table.place
            self.faults.add("S201", place, None, "", text, beside)

    def _unread(self, books: list[Path]) -> None:
        for path in books:
            if not _has_participants(path):
                continue
            text = "this workbook is not read, because CSV files lie beside it"
            self.faults.add("S207", path.name, None, "", text, "name the workbook to plan from it")


def _has_participants(path: Path) -> bool:
    """Whether a workbook holds a participant, so that leaving it unread is worth a word."""
    faults = study_faults()
    book = open_workbook(path.name, path.read_bytes(), faults)
    sheets = [s for s in book.sheets() if s.strip().lower() == "participants"] if book else []
    if book is None or not sheets:
        return False
    return any(cell.value is not None for row in book.rows(sheets[0])[1:] for cell in row)
