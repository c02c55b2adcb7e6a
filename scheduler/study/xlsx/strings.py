"""The texts of cells: shared ones, and the runs that a text is made of.

Source: ECMA-376, 18.4 (shared strings), 22.9.2.19 (`_x000D_` for a character).
"""

import re
from collections.abc import Mapping

from scheduler.study.xlsx.limits import WorkbookLimits
from scheduler.study.xlsx.markup import Handler

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
OFF = ("0", "false", "off")


class TextRuns:
    """One text as it comes in: its runs put together, and whether a line is through one of them."""

    def __init__(self, limits: WorkbookLimits, part: str) -> None:
        """No text yet."""
        self._limits, self._part = limits, part
        self.clear()

    def clear(self) -> None:
        """Starts another text."""
        self._pieces: list[str] = []
        self._length = 0
        self.struck = False
        self._run_struck = False
        self._taking = False

    def start(self, below: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        """An element begins; `below` is its path inside the text. Phonetic runs are passed over."""
        if below in (("t",), ("r", "t")):
            self._taking = True
        elif below == ("r",):
            self._run_struck = False
        elif below == ("r", "rPr", "strike"):
            self._run_struck = attributes.get("val", "1") not in OFF

    def end(self) -> None:
        """An element ends."""
        self._taking = False

    def take(self, data: str) -> None:
        """Some text."""
        if not self._taking:
            return
        self._length += len(data)
        if self._length > self._limits.characters:
            raise self._limits.over("characters", self._part)
        self._pieces.append(data)
        if self._run_struck and data.strip():
            self.struck = True

    @property
    def whole(self) -> str:
        """The text."""
        return unescaped("".join(self._pieces))


def unescaped(text: str) -> str:
    """A text with its `_x000D_` turned into the characters that they stand for."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class SharedStrings(Handler):
    """The shared texts by number; `struck` are those with a line through a part of them."""

    def __init__(self, limits: WorkbookLimits, part: str) -> None:
        """None yet."""
        self.texts: list[str] = []
        self.struck: set[int] = set()
        self._runs = TextRuns(limits, part)
        self._limits, self._part = limits, part

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if path[:2] != ("sst", "si"):
            return
        if len(path) == 2:
            self._runs.clear()
        else:
            self._runs.start(path[2:], attributes)

    def end(self, path: tuple[str, ...]) -> None:
        """An element ends."""
        self._runs.end()
        if path == ("sst", "si"):
            if len(self.texts) >= self._limits.cells:
                raise self._limits.over("cells", self._part)
            if self._runs.struck:
                self.struck.add(len(self.texts))
            self.texts.append(self._runs.whole)
            self._runs.clear()

    def text(self, data: str) -> None:
        """Some text."""
        self._runs.take(data)
