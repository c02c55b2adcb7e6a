"""Names for the protocol file made from outside names: snake_case, unique, never reserved."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 50
LONGEST_LABEL = 120
_RESERVED = {
    "study_opens", "study_closes", "unscheduled", "y", "n", "yes", "no", "on", "off", "true",
    "false", "null", "todo", "at", "id",
}  # fmt: skip


def snake_name(*candidates: str) -> str:
    """The first candidate that leaves anything, in snake_case and safe as a name."""
    for candidate in candidates:
        plain = unicodedata.normalize("NFKD", candidate[:500]).encode("ascii", "ignore").decode()
        name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:LONGEST_NAME].strip("_")
        if name:
            return f"v_{name}" if name in _RESERVED or name[0].isdigit() else name
    return "unnamed"


def unique_name(name: str, taken: dict[str, int]) -> str:
    """The name, with a number behind it where it is taken; it is taken from now on.

    `taken` holds for each name in use the number to try next behind it.
    """
    found, number = name, taken.get(name, 2)
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    taken[name] = number
    taken.setdefault(found, 2)
    return found


def protocol_name(text: str, otherwise: str) -> str:
    """Outside text as the id of a protocol: a letter, then letters, digits and _ . - only."""
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-.")[:LONGEST_NAME].strip("-.")
    if not name:
        return otherwise
    return name if name[0].isalpha() else f"{otherwise}-{name}"


def plain_label(text: str, otherwise: str = "") -> str:
    """Outside text as a label: one line, not too long; `otherwise` where nothing is left."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())
    shown = shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 3] + "..."
    return shown or otherwise


def phrase_of(text: str) -> str:
    """Outside text as a citation: as it stands, or "" where it is no phrase of twelve words."""
    usable = bool(text) and text.isprintable() and len(text.split()) <= 12 and len(text) <= 120
    return text if usable else ""
