"""The styles of a workbook: of each one the number format, and whether a line goes through it.

Source: ECMA-376, 18.8 (styles).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.study.xlsx.formats import BUILT_IN, CHARSETS, east_asian
from scheduler.study.xlsx.limits import DamagedBook
from scheduler.study.xlsx.markup import Handler
from scheduler.study.xlsx.strings import OFF

_MOST = 100_000  # styles, fonts or formats; Excel writes at most 65,490


@dataclass(frozen=True, slots=True)
class CellStyle:
    """What a cell's style says: one format (or several that it may be), its name, a line through.

    `formats` is empty where the format is a built-in one that nobody describes.
    """

    formats: tuple[str, ...] = ("General",)
    name: str = "General"
    struck: bool = False


class StyleParts(Handler):
    """Reads the part of the styles."""

    def __init__(self, part: str) -> None:
        """None yet."""
        self._part = part
        self._formats: dict[int, str] = {}
        self._struck: list[bool] = []
        self._languages: set[int] = set()
        self._styles: list[tuple[int, int]] = []

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        """An element begins."""
        tail = path[1:]
        if tail == ("numFmts", "numFmt"):
            self._formats[self._number(attributes, "numFmtId")] = attributes.get("formatCode", "")
        elif tail == ("fonts", "font"):
            self._struck.append(False)
        elif tail == ("fonts", "font", "strike"):
            self._struck[-1] = attributes.get("val", "1") not in OFF
        elif tail == ("fonts", "font", "charset") and attributes.get("val") in CHARSETS:
            self._languages.add(CHARSETS[attributes["val"]])
        elif tail == ("cellXfs", "xf"):
            pair = self._number(attributes, "numFmtId"), self._number(attributes, "fontId")
            self._styles.append(pair)
        if max(len(self._formats), len(self._struck), len(self._styles)) > _MOST:
            raise DamagedBook(f"found more than {_MOST:,} styles", part=self._part)

    def _number(self, attributes: Mapping[str, str], name: str) -> int:
        text = attributes.get(name, "0")
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise DamagedBook(f"found {name} {text[:20]}, expected a number", part=self._part)
        return int(text)

    def styles(self) -> list[CellStyle]:
        """The styles that cells name by number."""
        return [self._style(*pair) for pair in self._styles]

    def _style(self, number: int, font: int) -> CellStyle:
        struck = font < len(self._struck) and self._struck[font]
        code = self._formats.get(number, BUILT_IN.get(number, ""))
        if code:
            return CellStyle((code,), code, struck)
        formats = east_asian(number, frozenset(self._languages))
        return CellStyle(formats, f"built-in format {number}", struck)
