"""One entry of the trail, and how each one is chained to the one before.

The hash of an entry is the SHA-256 sum of a JSON list of all its fields, the hash of the entry
before it among them; the first one follows the store's own random mark.
Source: docs/desk-running.md (what the trail holds).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

COLUMNS = (
    "number", "at", "who", "role", "what", "study", "tbl", "row_id", "version", "before", "after",
    "reason", "previous", "hash",
)  # fmt: skip
ROW_KINDS = ("add", "correct", "void")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which role."""

    name: str
    role: str = "administrator"


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One change: when (UTC), who, what, in which row, before and after, and why.

    `before` and `after` are JSON objects of cells, or empty; `what` is add, correct or void for
    rows, else what happened at the desk (log_in, feed_made, ...).
    """

    number: int
    at: str
    who: str
    role: str
    what: str
    study: str
    table: str
    row: int
    version: int
    before: str
    after: str
    reason: str
    previous: str
    hash: str = ""

    def sealed(self) -> "TrailEntry":
        """The entry with its hash."""
        return replace(self, hash=digest(astuple(self)[:-1]))

    @property
    def whole(self) -> bool:
        """Whether the hash is the one of the fields."""
        return self.hash == digest(astuple(self)[:-1])

    @property
    def cells_before(self) -> dict[str, str]:
        """The cells that stood there."""
        return cells_of(self.before)

    @property
    def cells_after(self) -> dict[str, str]:
        """The cells that stand there since."""
        return cells_of(self.after)


def digest(fields: tuple[Any, ...]) -> str:
    """The hash of an entry's fields."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def cells_text(cells: Mapping[str, str]) -> str:
    """Cells as they are stored; the same cells always give the same text."""
    return json.dumps(dict(sorted(cells.items())), ensure_ascii=False, separators=(",", ":"))


def cells_of(text: str) -> dict[str, str]:
    """The cells in a stored text; none in an empty one."""
    if not text:
        return {}
    found: dict[str, str] = json.loads(text)
    return found
