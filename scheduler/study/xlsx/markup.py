"""One part of a workbook, parsed piece by piece: no entities, no endless tag, no deep nesting."""

from collections.abc import Iterable, Mapping
from xml.parsers import expat

from scheduler.study.xlsx.limits import DamagedBook

_LONGEST_TAG = 4_000_000  # bytes of one tag or comment; the parser holds it as a whole
_DEEPEST = 100
_MOST_KINDS = 10_000
_SAVE = "open the workbook in Excel, let it be repaired, and save it"


class Handler:
    """What takes the elements of a part; names are without their namespaces.

    `where` is the place inside the part that a fault names, such as a cell.
    """

    where = ""

    def root(self, namespace: str) -> None:
        """The namespace of the outermost element."""

    def start(self, path: tuple[str, ...], attributes: Mapping[str, str]) -> None:
        """An element begins; `path` are the names from the outermost one to it."""

    def end(self, path: tuple[str, ...]) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Some text inside the current element; one text may come in several pieces."""


def parse_part(part: str, chunks: Iterable[bytes], handler: Handler) -> None:
    """Tells a handler what stands in a part.

    Raises: DamagedBook where it is not well formed, or holds what no workbook needs.
    """
    _PartParser(part, handler).run(chunks)


class _PartParser:
    def __init__(self, part: str, handler: Handler) -> None:
        self.part, self.handler = part, handler
        self.paths: list[tuple[str, ...]] = [()]
        self.longer: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = handler.text
        parser.StartDoctypeDeclHandler = self._doctype
        self.parser = parser

    def run(self, chunks: Iterable[bytes]) -> None:
        fed = 0
        try:
            for chunk in chunks:
                self.parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - max(self.parser.CurrentByteIndex, 0) > _LONGEST_TAG:
                    raise self._damaged(f"a tag or comment of more than {_LONGEST_TAG:,} bytes")
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            after = f", after {self.handler.where}" if self.handler.where else ""
            what = expat.errors.messages.get(error.code, str(error))
            text = f"is not well-formed XML in line {error.lineno}{after}: {what}"
            raise DamagedBook(text, _SAVE, self.part) from error
        except (UnicodeError, LookupError, ValueError) as error:  # an encoding nobody knows
            raise DamagedBook(f"cannot be read: {error}", _SAVE, self.part) from error

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        key = (self.paths[-1], name)
        path = self.longer.get(key) or self._new_path(*key)
        self.paths.append(path)
        self.handler.start(path, attributes)

    def _new_path(self, above: tuple[str, ...], name: str) -> tuple[str, ...]:
        """The path of an element that stands there for the first time."""
        namespace, _, local = name.rpartition(" ")
        if not above:
            self.handler.root(namespace)
        if len(above) >= _DEEPEST:
            raise self._damaged(f"elements nested more than {_DEEPEST} deep")
        if len(self.longer) > _MOST_KINDS:
            raise self._damaged(f"more than {_MOST_KINDS:,} kinds of elements")
        path = self.longer[above, name] = (*above, local)
        return path

    def _end(self, name: str) -> None:
        self.handler.end(self.paths.pop())

    def _doctype(self, *_: object) -> None:
        raise self._damaged("a document type, which no workbook needs")

    def _damaged(self, found: str) -> DamagedBook:
        return DamagedBook(f"found {found}", _SAVE, self.part)
