"""A study: its tables as text cells with their places, its sites, and what its files looked like.

A study is a folder of CSV files, one .xlsx workbook, or a mapping of DataFrames. All faults are
found in one reading; what needs the protocol to be judged is left to binding/.
Source: docs/study-folder.md.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Required, TypedDict

from scheduler.errors import Fault, FaultList, InputFaults, did_you_mean
from scheduler.study.checks import checked_table
from scheduler.study.csv_files import read_csv
from scheduler.study.faults import study_faults
from scheduler.study.heads import plain_name
from scheduler.study.model import Study
from scheduler.study.settings import SETTINGS_FILE, StudySettings, parse_settings
from scheduler.study.sites import Site
from scheduler.study.sites_file import read_sites_yaml, sites_of_mapping, sites_of_sheet
from scheduler.study.strays import (
    OTHER_BOOKS,
    SITES_FILE,
    only_heads,
    tell_books,
    tell_files,
    tell_no_history,
    tell_other_books,
    tell_sheets,
    visible_files,
)
from scheduler.study.tables import LAYOUTS, Table, TextRows, empty_table
from scheduler.study.values import read_texts

if TYPE_CHECKING:
    from scheduler.study.workbooks import Workbook


class StudyTables(TypedDict, total=False):
    """A study as tables in memory: DataFrames, or tables of Arrow, Polars or DuckDB."""

    participants: Required[Any]
    history: Any
    dates: Any
    decisions: Any
    sites: Mapping[str, Any]


Source = str | Path | StudyTables | Mapping[str, object]


def load_study(source: Source) -> Study:
    """The study in a folder, a workbook or a mapping of DataFrames.

    Raises: InputFaults with every fault of every file; TypeError for anything else.
    """
    return readable(*read_study(source))


def readable(study: Study, faults: list[Fault]) -> Study:
    """The study, where nothing but warnings was found in it.

    Raises: InputFaults with all that was found.
    """
    if not all(fault.warning for fault in faults):
        raise InputFaults(faults)
    return study


def read_study(source: Source) -> tuple[Study, list[Fault]]:
    """The study as far as it can be read, and every fault and warning found in it."""
    faults = study_faults()
    reader = _StudyReader(faults)
    if isinstance(source, Mapping):
        reader.mapping(source)
    elif not isinstance(source, str | os.PathLike):
        raise TypeError(
            f"found {type(source).__name__}, expected a folder, a workbook or a mapping of tables"
        )
    elif "\0" in str(source):
        reader.refuse(str(source), "found the character U+0000 in the name of the folder")
    elif Path(source).is_dir():
        reader.folder(Path(source))
    elif Path(source).is_file():
        reader.file(Path(source))
    else:
        reader.refuse(str(source), "there is no such folder or file")
    if not reader.told and "history" not in {*reader.tables, *reader.unread}:
        tell_no_history(faults)
    tables = {
        name: checked_table(name, reader.tables[name], faults)
        if name in reader.tables
        else empty_table(name)
        for name in LAYOUTS
    }
    found = faults.all
    warnings = tuple(fault for fault in found if fault.warning)
    name = "" if isinstance(source, Mapping) else str(source)
    study = Study(
        **tables, sites=reader.sites, fingerprints=reader.fingerprints, warnings=warnings,
        source=name, settings=reader.settings, unread=frozenset(reader.unread),
        given_ids=reader.given_ids,
    )  # fmt: skip
    return study, found


class _StudyReader:
    """What has been read of one study so far."""

    def __init__(self, faults: FaultList) -> None:
        self.faults = faults
        self.tables: dict[str, Table] = {}
        self.sites: Mapping[str, Site] | None = None
        self.fingerprints: dict[str, str] = {}
        self.settings = StudySettings()
        self.unread: set[str] = set()  # tables that are there and could not be understood
        self.given_ids: Mapping[str, object] = {}
        self.told = False  # whether a fault says already why a table is missing

    def refuse(self, place: str, text: str, way_out: str = "") -> None:
        self.faults.add("S200", place, None, "", text, way_out)
        self.told = True

    def folder(self, folder: Path) -> None:
        files = visible_files(folder)
        self._settings(files)
        wanted = {f"{name}.csv": name for name in LAYOUTS}
        found: dict[str, Path] = {}
        for path in files:
            plain = plain_name(path.name)
            if plain in found:
                text = f"found {found[plain].name} and {path.name}, expected one of them"
                self.faults.add("S208", path.name, None, "", text)
            elif plain in wanted and plain not in self.settings.ignored:
                found[plain] = path
        books = [path for path in files if path.suffix.lower() == ".xlsx"]
        books = [path for path in books if plain_name(path.name) not in self.settings.ignored]
        there = {plain_name(path.name) for path in files}
        used = {*found, SITES_FILE, SETTINGS_FILE, *(plain_name(path.name) for path in books)}
        used &= there
        if len(books) == 1 and all(only_heads(path) for path in found.values()):
            self._workbook(books[0], files)
            self._tell_files(files, used)
            return
        for file, name in wanted.items():
            if file in found:
                self._csv(name, found[file])
        self._sites_beside(files)
        self._tell_files(files, used)
        self.told |= not found and not books and tell_other_books(files, self.faults)
        self._no_participants("there is no such file", "participants.csv", books)
        if "participants" in self.tables and len(self.tables["participants"]):
            rows = {name: len(table) for name, table in self.tables.items()}
            rows |= dict.fromkeys(self.unread, 1)
            tell_books(books, rows, self.settings.ignored, self.faults)

    def _tell_files(self, files: Iterable[Path], used: set[str]) -> None:
        read = {f"{name}.csv" for name in (*self.tables, *self.unread)}
        self.unread |= tell_files(files, used | read, self.settings.ignored, self.faults)

    def file(self, path: Path) -> None:
        if path.suffix.lower() in OTHER_BOOKS:
            self.told = tell_other_books([path], self.faults)
        elif path.suffix.lower() != ".xlsx":
            text = f"found {path.name}, expected a folder of CSV files or an .xlsx workbook"
            self.refuse(path.name, text)
        else:
            files = visible_files(path.parent)
            self._settings(files)
            self._workbook(path, files)

    def mapping(self, given: Mapping[str, object]) -> None:
        for name in LAYOUTS:
            if (rows := given.get(name)) is not None:
                self._given(name, rows)
        self.unread |= {name for name in LAYOUTS if given.get(name) is not None} - set(self.tables)
        self.told |= "participants" in self.unread
        sites = given.get("sites")
        if isinstance(sites, Mapping):
            self.sites = sites_of_mapping(sites, "sites", self.faults)
        elif sites is not None:
            text = f"found {type(sites).__name__}, expected a mapping of sites"
            self.faults.add("S209", "sites", None, "", text)
            self.unread.add("sites")
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

    def _given(self, name: str, given: object) -> None:
        """Takes a table in memory; pandas is loaded for what only it can read."""
        if isinstance(given, TextRows):
            table = read_texts(name, given, self.faults)
        else:
            from scheduler.study.dataframes import given_ids, read_frame

            table = read_frame(name, given, self.faults)
            if table is not None and name == "participants":
                self.given_ids = given_ids(given, table)
        if table is not None:
            self.tables[name] = table

    def _bytes(self, path: Path) -> bytes:
        content = path.read_bytes()
        self._remember(path, content)
        return content

    def _remember(self, path: Path, content: bytes) -> None:
        self.fingerprints[path.name] = hashlib.sha256(content).hexdigest()

    def _settings(self, files: Iterable[Path]) -> None:
        for path in files:
            if plain_name(path.name) == SETTINGS_FILE:
                self.settings = parse_settings(path.name, self._bytes(path), self.faults)

    def _csv(self, name: str, path: Path) -> None:
        order = self.settings.dates
        table = read_csv(name, path.name, self._bytes(path), self.faults, order)
        self._take(name, table)

    def _take(self, name: str, table: Table | None) -> None:
        if table is not None:
            self.tables[name] = table
            return
        self.unread.add(name)
        self.told |= name == "participants"

    def _workbook(self, path: Path, files: Iterable[Path]) -> None:
        from scheduler.study.workbooks import open_workbook

        book, content = open_workbook(path, self.faults)
        self._remember(path, content)
        if book is None:
            self.told = True
            return
        self._book(book)
        if self.sites is None and "sites" not in self.unread:
            self._sites_beside(files)
        self._no_participants("found no sheet participants", path.name, [])

    def _book(self, book: "Workbook") -> None:
        from scheduler.study.workbooks import read_sheet

        sheets, strays = tell_sheets(book, self.settings.ignored, self.faults)
        self.unread |= strays
        for name in LAYOUTS:
            if name in sheets:
                order = self.settings.dates
                self._take(name, read_sheet(name, sheets[name], book, self.faults, order))
        if "sites" in sheets:
            self.sites = sites_of_sheet(sheets["sites"], book, self.faults)
            if self.sites is None and book.first_rows(sheets["sites"])[1:]:
                self.unread.add("sites")

    def _sites_beside(self, files: Iterable[Path]) -> None:
        for path in files:
            if plain_name(path.name) != SITES_FILE or SITES_FILE in self.settings.ignored:
                continue
            before = len(self.faults.all)
            self.sites = read_sites_yaml(path.name, self._bytes(path), self.faults)
            if self.sites is None and len(self.faults.all) > before:
                self.unread.add("sites")

    def _no_participants(self, missing: str, place: str, books: list[Path]) -> None:
        table = self.tables.get("participants")
        if (table is not None and len(table)) or self.told:
            return
        self.told = True
        beside = f"the workbook {books[0].name} lies beside it: name that file" if books else ""
        text = missing if table is None else "found no rows, expected one a participant"
        place = place if table is None else table.place
        self.faults.add("S201", place, None, "", text, beside)
