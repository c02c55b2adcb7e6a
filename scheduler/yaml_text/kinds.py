"""The kinds of value that a protocol file holds: how each is read, and how JSON Schema says it.

A kind reads a piece of the YAML tree into a `Found`; whatever is wrong goes to the report.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.errors import FaultList, shown
from scheduler.yaml_text.faults import Refused, refuse
from scheduler.yaml_text.tree import Entries, ListNode, RawText, Tree, Unreadable

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A value read from the file, with its place; `ok` is False where it has been reported."""

    value: Any
    line: int
    path: str
    ok: bool = True


class Fields(dict[str, ReadValue]):
    """The keys of one mapping; a key with a faulty value is there, without a value."""

    def get_value(self, key: str, default: Any = None) -> Any:
        """The value of a key; the default where it is absent or faulty."""
        found = self.get(key)
        return found.value if found is not None and found.ok else default

    def items_of(self, key: str) -> "tuple[ReadValue, ...]":
        """The readable items of a list, or of a mapping's values."""
        value = self.get_value(key, ())
        found = value.values() if isinstance(value, Fields) else value
        return tuple(item for item in found if item.ok)


class ValueKind:
    """What all kinds can do."""

    expected: str
    word: str

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """The value, or a `Found` that is not ok after the report has the fault."""
        raise AssertionError("every kind has its own reader")

    def json(self) -> Json:
        """The JSON Schema of the kind."""
        raise AssertionError("every kind has its own schema")

    def wrong(self, tree: Tree, path: str, faults: FaultList) -> ReadValue:
        """Reports that something of another kind stands here."""
        if not isinstance(tree, Unreadable):
            message = f"found {described(tree)}, expected {self.expected}"
            faults.in_line("P109", tree.line, path, message)
        return ReadValue(None, tree.line, path, ok=False)


def described(tree: Tree) -> str:
    """What a fault calls a piece of the file."""
    if isinstance(tree, ListNode):
        return "a list" if tree.items else "an empty list"
    if isinstance(tree, Entries):
        return "keys and values" if tree.entries else "empty braces"
    if isinstance(tree, RawText):
        return shown(tree.value) or ("an empty text" if tree.quoted else "nothing")
    return "something unreadable"


@dataclass(frozen=True)
class Scalar(ValueKind):
    """A single value; `parse` gets the raw text and the key, and raises Refused."""

    word: str
    expected: str
    parse: Callable[[RawText, str], Any]
    schema: Mapping[str, Any]

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """The parsed value."""
        if not isinstance(tree, RawText) or (not tree.value and not tree.quoted):
            return self.wrong(tree, path, faults)
        try:
            return ReadValue(self.parse(tree, key), tree.line, path)
        except Refused as refused:
            refuse(faults, refused, tree.line, path)
            return ReadValue(tree.value, tree.line, path, ok=False)

    def json(self) -> Json:
        """The schema as declared."""
        return dict(self.schema)


@dataclass(frozen=True)
class Listing(ValueKind):
    """A list of one kind; records in it are named in paths by their `id`."""

    of: ValueKind
    at_least: int = 0

    @property
    def expected(self) -> str:  # type: ignore[override]
        """The phrase for faults."""
        return f"a list of at least {self.at_least}" if self.at_least else "a list"

    @property
    def word(self) -> str:  # type: ignore[override]
        """The word for the reference."""
        return f"list of {self.of.word.removeprefix('a ')}s"

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """A tuple of what the entries are."""
        if not isinstance(tree, ListNode):
            return self.wrong(tree, path, faults)
        if len(tree.items) < self.at_least:
            message = f"found {len(tree.items) or 'no'} entries, expected {self.expected}"
            faults.in_line("P109", tree.line, path, message.replace("1 entries", "1 entry"))
            return ReadValue(None, tree.line, path, ok=False)
        found = tuple(
            self.of.read(item, "", f"{path}.{_name(item) or number}", faults)
            for number, item in enumerate(tree.items, start=1)
        )
        plain = isinstance(self.of, Scalar)
        return ReadValue(found, tree.line, path, ok=not plain or all(item.ok for item in found))

    def json(self) -> Json:
        """An array."""
        return {"type": "array", "items": self.of.json(), "minItems": self.at_least}


def _name(tree: Tree) -> str:
    for key, value in tree.entries if isinstance(tree, Entries) else ():
        if isinstance(key, RawText) and key.value == "id" and isinstance(value, RawText):
            return shown(value.value)
    return ""


def pairs(tree: Entries, path: str, faults: FaultList) -> Iterator[tuple[RawText, Tree]]:
    """Keys with their values; a key written twice or no plain word is reported and left out."""
    first: dict[str, int] = {}
    for key, value in tree.entries:
        if not isinstance(key, RawText):
            if not isinstance(key, Unreadable):
                message = f"found {described(key)} as a key, expected a word"
                faults.in_line("P109", key.line, path, message)
            inner = key.items[:1] if isinstance(key, ListNode) else ()
            yield from (
                (k, value) for k in inner if isinstance(k, RawText) and k.value not in first
            )
            continue
        spot = f"{path}.{shown(key.value)}".strip(".")
        if key.value == "<<" and not key.quoted:
            message = "found a merge key <<, expected plain keys and values"
            faults.in_line("P103", key.line, spot, message, "write the keys out")
        elif key.value in first:
            message = f'found the key "{shown(key.value)}" twice, the first time in line '
            message += f"{first[key.value]}; expected it once"
            faults.in_line("P105", key.line, spot, message)
        else:
            first[key.value] = key.line
            yield key, value


@dataclass(frozen=True)
class TableKind(ValueKind):
    """A mapping from names of the writer's own to one kind of value."""

    name: Scalar
    of: ValueKind
    expected: str
    word: str
    at_least: int = 0

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """Fields by name; a faulty name is kept as written, so that it is reported only once."""
        if not isinstance(tree, Entries) or len(tree.entries) < self.at_least:
            return self.wrong(tree, path, faults)
        fields = Fields()
        for name, value in pairs(tree, path, faults):
            spot = f"{path}.{shown(name.value)}"
            self.name.read(name, "", spot, faults)
            found = self.of.read(value, name.value, spot, faults)
            fields[name.value] = ReadValue(found.value, name.line, spot, found.ok)
        plain = isinstance(self.of, Scalar | Either)
        return ReadValue(fields, tree.line, path, not plain or all(f.ok for f in fields.values()))

    def json(self) -> Json:
        """An object with free names."""
        return {
            "type": "object",
            "propertyNames": {k: v for k, v in self.name.json().items() if k == "pattern"},
            "additionalProperties": self.of.json(),
            "minProperties": self.at_least,
        }


@dataclass(frozen=True)
class Either(ValueKind):
    """A single value, or a list or mapping in its place."""

    one: Scalar
    other: ValueKind
    expected: str
    word: str

    def read(self, tree: Tree, key: str, path: str, faults: FaultList) -> ReadValue:
        """What the one or the other kind makes of it."""
        if isinstance(tree, RawText) and (tree.value or tree.quoted):
            if (
                isinstance(self.one.schema.get("enum"), list)
                and tree.value not in self.one.schema["enum"]
            ):
                return self.wrong(tree, path, faults)
            return self.one.read(tree, key, path, faults)
        wanted = ListNode if isinstance(self.other, Listing) else Entries
        if not isinstance(tree, wanted):
            return self.wrong(tree, path, faults)
        return self.other.read(tree, key, path, faults)

    def json(self) -> Json:
        """Any of the two."""
        return {"anyOf": [self.one.json(), self.other.json()]}
