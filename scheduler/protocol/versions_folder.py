"""The versions of a protocol that lie beside its protocol.yaml, in the folder `versions`.

Source: docs/amendments.md.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scheduler.errors import Fault
from scheduler.protocol.model import Protocol
from scheduler.yaml_text.faults import yaml_faults

FOLDER = "versions"
Read = Callable[[Path], tuple[Protocol | None, list[Fault]]]


def read_versions(
    protocol: Protocol, folder: Path, read: Read
) -> tuple[Protocol | None, list[Fault]]:
    """A protocol with the versions that lie beside it in a folder, and their faults.

    Each file is named after its version, as in `versions/1.0.yaml`.
    """
    if not folder.is_dir():
        return protocol, []
    found: list[Protocol] = []
    faults: list[Fault] = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".yaml", ".yml") or path.name.startswith("."):
            continue
        version, more = read(path)
        faults += more
        if version is not None and not (wrong := _misplaced(version, path, protocol)):
            found.append(version)
        elif version is not None:
            faults += wrong
    if any(not fault.warning for fault in faults):
        return None, faults
    return replace(protocol, versions=tuple(found)), faults


def _misplaced(version: Protocol, path: Path, protocol: Protocol) -> list[Fault]:
    """What makes a version file no version of the protocol beside it."""
    faults = yaml_faults(path.as_posix())
    if version.id != protocol.id:
        text = f'found the protocol "{version.id}", expected "{protocol.id}" as in protocol.yaml'
        faults.in_line("P132", 0, "protocol", text)
    if path.name != f"{version.version}.yaml":
        text = f'found version "{version.version}" in {path.name}'
        faults.in_line("P132", 0, "version", text, f"name the file {version.version}.yaml")
    if version.version == protocol.version:
        text = f'found version "{version.version}", which protocol.yaml holds already'
        faults.in_line("P132", 0, "version", text)
    return faults.all
