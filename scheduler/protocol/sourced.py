"""What every item of a protocol may carry: where it comes from, and for whom it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Attributes = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the protocol's documents say something: document key, section, item, its own words."""

    ref: str
    section: str = ""
    item: str = ""
    phrase: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.ref, self.section, self.item) if part)


@dataclass(frozen=True, slots=True)
class Basis:
    """What an item rests on: a source, an assumption, or both; and its line in the file."""

    source: Source | None = None
    assumption: str = ""
    line: int = field(default=0, compare=False)
