"""YAML text as it is written: every scalar's raw text, whether it is quoted, and its line.

Nothing is converted here. Anchors, aliases, tags and further documents are refused.
"""

import re
from dataclasses import dataclass

import yaml

from scheduler.errors import FaultList


@dataclass(frozen=True, slots=True)
class RawText:
    """A scalar exactly as written."""

    value: str
    quoted: bool
    line: int


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    items: "tuple[Tree, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Entries:
    """Keys and their values, in the order of the file, double ones included."""

    entries: "tuple[tuple[Tree, Tree], ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that has been reported already."""

    line: int


Tree = RawText | ListNode | Entries | Unreadable

MOST_CHARACTERS = 4_000_000  # a large protocol has a hundred thousand
MOST_LEVELS = 64  # protocols have eight; parsers need the square of the depth
_FAST = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_RAW = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPED = re.compile(
    r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?|0o[0-7]+|[-+]?0x[0-9a-fA-F]+|[-+]?\.(inf|nan)",
    re.IGNORECASE,
)
_PLAIN = (True, False)  # what the resolver is told about a scalar without quotes
_RESOLVER = yaml.resolver.Resolver()
_KIND = {"bool": "true or false", "null": "nothing", "timestamp": "a date", "merge": "a merge key"}


def retyped_as(text: str) -> str:
    """What YAML readers may take an unquoted text for (`a number`), or an empty string."""
    tag = _resolve(text)
    if tag == "str":
        return "a number" if _TYPED.fullmatch(text) else ""
    return _KIND.get(tag, "a number")


def _resolve(text: str) -> str:
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, _PLAIN)  # type: ignore[no-untyped-call]
    return tag.rpartition(":")[2]


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def compose(text: str, faults: FaultList) -> Tree | None:
    """The tree that a YAML text writes down, or None where it cannot be read at all."""
    if len(text) > MOST_CHARACTERS:
        message = f"found {len(text):,} characters, expected at most {MOST_CHARACTERS:,}"
        faults.in_line("P102", 0, "", message)
        return None
    if bad := _RAW.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        faults.in_line(
            "P127", line, "", f"found the character U+{ord(bad[0]):04X}, expected readable text"
        )
        return None
    try:
        return _TreeBuilder(faults).build(text)
    except _TooDeep as error:
        _report_depth(error.line, faults)
        return None
    except yaml.YAMLError as error:
        _report_syntax(text, error, faults)
        return None


class _TooDeep(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


class _TreeBuilder:
    """Turns the parser's events into a tree, with a stack in place of recursion."""

    def __init__(self, faults: FaultList) -> None:
        self.faults = faults
        self.open: list[tuple[yaml.Event, list[Tree]]] = []
        self.root: Tree | None = None
        self.documents = 0

    def build(self, text: str) -> Tree | None:
        for event in yaml.parse(text, Loader=_FAST):
            if isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents == 2:
                    self._refuse(
                        event, "found a second document", "keep one protocol in one file", "one"
                    )
            elif self.documents == 1:
                self._take(event)
        return self.root

    def _take(self, event: yaml.Event) -> None:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"found the alias *{event.anchor}", "write the value out")
            self._place(Unreadable(line))
        elif isinstance(event, yaml.ScalarEvent):
            self._check_marks(event)
            quoted = event.style not in (None, "") or event.tag is not None
            self._place(RawText(event.value, quoted, line))
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check_marks(event)
            if len(self.open) >= MOST_LEVELS:
                raise _TooDeep(line)
            self.open.append((event, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            start, children = self.open.pop()
            line = _line(start)
            if isinstance(start, yaml.SequenceStartEvent):
                self._place(ListNode(tuple(children), line))
            else:
                pairs = zip(children[::2], children[1::2], strict=True)
                self._place(Entries(tuple(pairs), line))

    def _place(self, tree: Tree) -> None:
        if self.open:
            self.open[-1][1].append(tree)
        else:
            self.root = tree

    def _check_marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(
                event, f"found the anchor &{event.anchor}", "write the value out each time"
            )
        if event.tag is not None:
            self._refuse(event, f"found the tag {event.tag}", "leave the tag out")

    def _refuse(
        self, event: yaml.Event, found: str, way_out: str, expected: str = "plain keys and values"
    ) -> None:
        line = _line(event)
        self.faults.in_line("P103", line, "", f"{found}, expected {expected}", way_out)


def _report_depth(line: int, faults: FaultList) -> None:
    message = f"found more than {MOST_LEVELS} levels, one inside the other"
    faults.in_line("P102", line, "", message, "close each bracket that was opened")


_WAYS_OUT = {
    "mapping values are not allowed": 'a text with a colon and a blank in it needs quotes: "a: b"',
    "cannot start any token": "indent with blanks, not with tabs; put a text that begins with "
    "%, @ or ` in quotes",
    "unexpected end of stream": "close the quote or bracket that was opened here or above",
    "expected ',' or": "close the bracket, or put the text in quotes if the bracket belongs to it",
    "expected <block end>": "begin each key of one list or section in the same column; "
    "a quote left open further up has the same effect",
    "could not find expected ':'": "write a colon and a blank after each key",
    "unknown escape": "write a backslash twice, or the text in single quotes",
}


def _report_syntax(text: str, error: yaml.YAMLError, faults: FaultList) -> None:
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_LEVELS:
                _report_depth(_line(event), faults)
                return
    except yaml.YAMLError as slower:  # its wording does not depend on the installed C library
        error = slower
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 1
    problem = str(getattr(error, "problem", None) or "cannot be read")
    context = getattr(error, "context", None)
    message = f"{problem} ({context})" if context else problem
    way_out = next((tip for part, tip in _WAYS_OUT.items() if part in problem), "")
    faults.in_line("P102", line, "", f"not readable as YAML: {message}", way_out)
