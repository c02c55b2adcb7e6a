"""From which files a report was made, so that a printed page can be traced to them."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.tables.tables import Tables

_SHOWN = 16


def inputs_of(plan: "Tables") -> dict[str, str]:
    """The SHA-256 sums of the input files by name, the protocol first."""
    return {
        f"protocol {plan.protocol.id}": plan.protocol.fingerprint,
        **{f"protocol version {one.version}": one.fingerprint for one in plan.protocol.versions},
        **dict(sorted(plan.study.fingerprints.items())),
    }


def fingerprint(plan: "Tables") -> str:
    """One short mark for all input files together: equal inputs, equal marks.

    The first 16 hexadecimal digits of the SHA-256 sum of their own sums, one a line.
    """
    lines = "".join(f"{digest}  {name}\n" for name, digest in inputs_of(plan).items())
    return hashlib.sha256(lines.encode()).hexdigest()[:_SHOWN]
