"""An opened workbook: the names of its sheets, and the cells of each with what they need.

Source: ECMA-376, 18.2 (workbook).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from scheduler.study.xlsx.limits import DamagedBook, WorkbookLimits, limits_of_environment
from scheduler.study.xlsx.markup import Handler
from scheduler.study.xlsx.package import Package
from scheduler.study.xlsx.sheet import EnoughRows, RawCell, SheetCells, SheetReader
from scheduler.study.xlsx.strings import OFF, SharedStrings
from scheduler.study.xlsx.styles import CellStyle, StyleParts

_SAVE = "in Excel: File, Save As, Excel Workbook (*.xlsx)"
_DAMAGED = f"{_SAVE}, without a password"
_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet: its name, the part that holds it (empty: none does), whether it is hidden."""

    name: str
    part: str
    hidden: bool


class XlsxBook:
    """An opened workbook."""

    def __init__(self, content: bytes, limits: WorkbookLimits | None = None) -> None:
        """Opens it. Raises: DamagedBook where it is no workbook that can be read."""
        self.limits = limits or limits_of_environment()
        self._package = Package(content, self.limits)
        root = self._package.relations("")
        main = next((r.target for r in root.values() if r.kind == "officeDocument"), "")
        if not self._package.has(main):
            raise DamagedBook("cannot be opened, expected an Excel workbook (.xlsx)", _DAMAGED)
        handler = _BookPart(main)
        self._package.read(main, handler)
        self.date1904 = handler.date1904
        self._relations = self._package.relations(main)
        self.sheets = tuple(self._sheet(*found) for found in handler.sheets if self._is_data(found))

    def _is_data(self, found: tuple[str, str, bool]) -> bool:
        """Whether a sheet is one of cells, or one that nobody can find; charts are none."""
        relation = self._relations.get(found[1])
        return relation is None or relation.kind == "worksheet"

    def _sheet(self, name: str, id: str, hidden: bool) -> SheetPart:
        relation = self._relations.get(id)
        return SheetPart(name, relation.target if relation else "", hidden)

    def first_rows(self, sheet: SheetPart, count: int) -> list[list[str]]:
        """The texts of the first filled rows of a sheet, row by row; other cells count as blank.

        Raises: DamagedBook.
        """
        if not sheet.part:
            return []
        reader = SheetReader(sheet.part, self.limits, first_rows=count)
        with suppress(EnoughRows):
            self._package.read(sheet.part, reader)
        return self.texts_of(reader.found, count)

    def texts_of(self, cells: SheetCells, count: int) -> list[list[str]]:
        """The texts of the first filled rows among some cells, as `first_rows` gives them."""
        firsts = [rows[:count] for rows in cells.rows.values()]
        chosen = sorted({row for rows in firsts for row in rows})[:count]
        found: dict[int, dict[int, str]] = {row: {} for row in chosen}
        for column, stored in cells.cells.items():
            for row, cell in zip(cells.rows[column][:count], stored, strict=False):
                if row in found:
                    found[row][column] = self._bare(cell)
        return [
            [texts.get(column, "") for column in range(1, max(texts) + 1)]
            for texts in found.values()
        ]

    def _bare(self, cell: RawCell) -> str:
        kind, text = cell[0], cell[1] or ""
        if kind != "s":
            return text
        known = self.strings.texts
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else len(known)
        return known[number] if number < len(known) else ""

    def cells(self, sheet: SheetPart) -> SheetCells:
        """The cells of a sheet. Raises: DamagedBook."""
        if not sheet.part:
            raise DamagedBook("found no part that holds this sheet", _SAVE)
        reader = SheetReader(sheet.part, self.limits)
        self._package.read(sheet.part, reader)
        return reader.found

    @cached_property
    def strings(self) -> SharedStrings:
        """The shared texts. Raises: DamagedBook."""
        part = self._part("sharedStrings")
        strings = SharedStrings(self.limits, part)
        if part:
            self._package.read(part, strings)
        return strings

    @cached_property
    def styles(self) -> list[CellStyle]:
        """The styles by number. Raises: DamagedBook."""
        part = self._part("styles")
        if not part:
            return [CellStyle()]
        handler = StyleParts(part)
        self._package.read(part, handler)
        return handler.styles() or [CellStyle()]

    def _part(self, kind: str) -> str:
        return next((r.target for r in self._relations.values() if r.kind == kind), "")


class _BookPart(Handler):
    def __init__(self, part: str) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.date1904 = False
        self._part = part

    def root(self, namespace: str) -> None:
        if namespace == _STRICT:
            raise DamagedBook(
                'found a "Strict Open XML Spreadsheet", expected an Excel workbook (.xlsx)',
                f"{_SAVE}, not Strict Open XML Spreadsheet",
            )

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        if path == ("workbook", "workbookPr"):
            self.date1904 = attributes.get("date1904", "0") not in OFF
        elif path == ("workbook", "sheets", "sheet"):
            if len(self.sheets) >= 1_000:
                raise DamagedBook("found more than 1,000 sheets", part=self._part)
            ids = [value for name, value in attributes.items() if name.endswith(" id")]
            state = attributes.get("state", "visible")
            self.sheets.append((attributes.get("name", ""), (ids or [""])[0], state != "visible"))
