"""Where a protocol's tables go: folder names that are safe on every system."""

import re
from collections.abc import Sequence

from scheduler.protocol import Protocol

_TAKEN = ("matrix", "faults", "run.json")


def folders_of(protocols: Sequence[Protocol]) -> tuple[str, ...]:
    """The folder of each protocol inside the output; "" for a single one."""
    if len(protocols) == 1:
        return ("",)
    ids = [_safe(protocol.id) for protocol in protocols]
    several = {name for name in ids if ids.count(name) > 1}
    names = [
        _safe(f"{protocol.id}-{protocol.version}") if name in several else name
        for protocol, name in zip(protocols, ids, strict=True)
    ]
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            number, free = number + 1, f"{name}-{number}"
        found.append(free)
    return tuple(found)


def _safe(text: str) -> str:
    """Letters, digits, dots, hyphens and underscores, all small: systems differ in case."""
    plain = re.sub(r"[^a-z0-9.-]+", "_", text.lower()).strip("._")
    return f"protocol_{plain}" if not plain or plain in _TAKEN else plain
