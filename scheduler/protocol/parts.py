"""Parts that many items of a protocol have, made from checked fields; nothing here can fail."""

from scheduler.days import Length
from scheduler.protocol.sourced import Attributes, Basis, Source
from scheduler.yaml_text.kinds import Fields, ReadValue


def length_of(value: object) -> Length:
    """The length that one duration, or a mapping with longer_of or shorter_of, states."""
    if not isinstance(value, Fields):
        return Length((value,))  # type: ignore[arg-type]
    pick = "longer_of" if "longer_of" in value else "shorter_of"
    terms = tuple(found.value for found in value[pick].value)
    return Length(terms, pick)  # type: ignore[arg-type]


def length_in(fields: Fields, key: str) -> Length | None:
    """The length that a key holds; None where it holds none, or one with a fault."""
    value = fields.get_value(key)
    if isinstance(value, Fields) and not (len(value) == 1 and all(f.ok for f in value.values())):
        return None
    return None if value is None else length_of(value)


def readable(name: str) -> str:
    """An id in words, for what has no label."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def source_of(fields: Fields) -> Source | None:
    """Where an item says that it comes from."""
    if "source" not in fields:
        return None
    source: Fields = fields["source"].value
    return Source(*(source.get_value(key, "") for key in ("ref", "section", "item", "phrase")))


def basis_of(found: ReadValue) -> Basis:
    """What an item rests on, with its line."""
    return Basis(source_of(found.value), found.value.get_value("assumption", ""), found.line)


def attributes_of(fields: Fields, key: str) -> Attributes:
    """The attributes that a condition lists, each with its values."""
    found = {}
    for name, entry in fields.get_value(key, Fields()).items():
        one = isinstance(entry.value, str)
        found[name] = (entry.value,) if one else tuple(item.value for item in entry.value)
    return found
