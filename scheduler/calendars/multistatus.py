"""The answer of a CalDAV server, read as it comes in: what each item says, in bounded memory.

Whatever encoding, depth or size the XML has: it is understood, or refused as no CalDAV answer.
Source: RFC 4918, section 13; RFC 4791, section 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

_DAV, _CAL = "DAV:", "urn:ietf:params:xml:ns:caldav"
_RESPONSE, _HREF, _ETAG = (f"{_DAV} {name}" for name in ("response", "href", "getetag"))
_DATA = f"{_CAL} calendar-data"
_DEEPEST = 100


class NoAnswer(Exception):
    """The bytes are no answer to a CalDAV query, and why."""


@dataclass(slots=True)
class Item:
    """One item of an answer, as the server wrote it."""

    href: str = ""
    etag: str = ""
    data: str = ""


@dataclass(slots=True)
class Multistatus:
    """Takes an answer piece by piece; `items` are those that hold calendar data."""

    items: list[Item] = field(default_factory=list)
    _parser: expat.XMLParserType = field(init=False)
    _item: Item | None = None
    _open: list[str] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Set the parser up: no declarations, no entities but XML's own."""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take
        self._parser.StartDoctypeDeclHandler = self._refuse

    def feed(self, piece: bytes, last: bool = False) -> None:
        """Take the next piece. Raises: NoAnswer where it is none."""
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise NoAnswer("no readable XML") from error

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise NoAnswer("XML of more than a hundred levels")
        if name == _RESPONSE:
            self._item = Item()
        self._open.append(name)
        self._text.clear()

    def _take(self, text: str) -> None:
        if self._item is not None and self._open[-1] in (_HREF, _ETAG, _DATA):
            self._text.append(text)

    def _end(self, name: str) -> None:
        self._open.pop()
        text, item = "".join(self._text), self._item
        self._text.clear()
        if item is None:
            return
        if name == _HREF and self._open[-1] == _RESPONSE:
            item.href = item.href or text.strip()
        elif name == _ETAG:
            item.etag = item.etag or text.strip()
        elif name == _DATA:
            item.data = item.data or text
        elif name == _RESPONSE:
            if item.href and item.data:
                self.items.append(item)
            self._item = None

    def _refuse(self, *_: object) -> None:
        raise NoAnswer("XML with a document type")
