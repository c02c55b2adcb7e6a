"""The record of a run: what was planned, from which files, by which versions.

It holds no clock time and no path of the machine, so that equal runs give equal bytes.
"""

import hashlib
import json
import platform
import re
import zoneinfo
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scheduler.study.sites import holiday_data_version
from scheduler.wording.warned import plain_warning

if TYPE_CHECKING:
    from scheduler.protocol import Protocol
    from scheduler.tables.tables import Tables

_PACKAGES = ("pandas", "numpy", "pendulum", "icalendar")


def run_record(plan: "Tables", contents: Mapping[str, bytes]) -> bytes:
    """What stands in run.json, given the bytes of the other files?"""
    protocol = plan.protocol
    record = {
        "as_of": plan.as_of.isoformat(),
        "strict": plan.strict,
        "participants": len(plan.participants),
        **_left_out(plan),
        "protocol": {
            "id": protocol.id,
            "version": protocol.version,
            "date": protocol.date.isoformat(),
            "sha256": protocol.fingerprint,
            **_versions(protocol),
        },
        "study": {"sha256": dict(sorted(plan.study.fingerprints.items()))},
        "versions": versions(),
        "warnings": [_without_path(text, protocol.path) for text in warnings_of(plan)],
        "assumptions": plan.table("assumptions").rows(),
        "outputs": {"sha256": {name: _digest(data) for name, data in contents.items()}},
    }
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()


def _left_out(plan: "Tables") -> dict[str, Any]:
    """Those whose data the program failed on, where there are any."""
    left = [
        {"participant": one.participant, "code": one.code, "error": one.error}
        for one in plan.left_out
    ]
    return {"left_out": left} if left else {}


def _versions(protocol: "Protocol") -> dict[str, Any]:
    """The other versions in the protocol's folder, where there are any."""
    sums = {version.version: version.fingerprint for version in protocol.versions}
    return {"versions": {"sha256": sums}} if sums else {}


def warnings_of(plan: "Tables") -> list[str]:
    """What was told of the inputs and stops nothing, each once."""
    return list(dict.fromkeys([*map(str, plan.study.warnings), *plan.warnings]))


def plain_warnings(plan: "Tables") -> list[str]:
    """The same in plain words, for people."""
    return [plain_warning(text, plan.protocol.path) for text in warnings_of(plan)]


def versions() -> dict[str, str]:
    """Which program, libraries and data make the dates? By name."""
    return {
        "washout": program_version(),
        "python": platform.python_version(),
        **{name: _stated_version(name) for name in _PACKAGES},
        "holidays": holiday_data_version(),
        "time zones": time_zone_version(),
    }


def program_version() -> str:
    """The version of this program, as it was installed."""
    try:
        return version("washout")
    except PackageNotFoundError:
        return "not installed"


def _stated_version(name: str) -> str:
    """The version of a package; its whole description is not looked at, which takes long."""
    found = re.search(r"^Version: (\S+)", distribution(name).read_text("METADATA") or "", re.M)
    return found[1] if found else version(name)


def time_zone_version() -> str:
    """The version of the time-zone data that clocks are read from: the system's, else tzdata's."""
    for folder in map(Path, zoneinfo.TZPATH):
        for name, pattern in (("tzdata.zi", r"# version (\S+)"), ("+VERSION", r"(\S+)")):
            if (folder / name).is_file():
                with (folder / name).open(encoding="utf-8", errors="replace") as stream:
                    found = re.match(pattern, stream.readline())
                if found:
                    return f"{found[1]} (system)"
        if (folder / "UTC").exists():
            return "unknown (system)"
    return f"{import_module('tzdata').IANA_VERSION} (tzdata)"


def _without_path(text: str, path: str) -> str:
    """A warning that names a file by its name alone."""
    return text.replace(path, Path(path).name) if path else text


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
