"""Reading protocol files: YAML to model, with every fault of a file and its line at once."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import Protocol as Typing

from scheduler.errors import Fault, FaultList, InputFaults
from scheduler.protocol.building import build
from scheduler.protocol.checks import check
from scheduler.protocol.model import Protocol, WrittenProtocol, content_of
from scheduler.protocol.schema import PROTOCOL, json_schema
from scheduler.protocol.versions_folder import FOLDER, read_versions
from scheduler.yaml_text.faults import yaml_faults
from scheduler.yaml_text.plain import plain_values
from scheduler.yaml_text.tree import compose
from scheduler.yaml_text.writing import protocol_yaml

FILE_NAME = "protocol.yaml"


class ReadableFile(Typing):
    """An open file."""

    def read(self) -> str | bytes:
        """Everything in it."""
        ...


ProtocolSource = str | os.PathLike[str] | ReadableFile | Mapping[str, Any]


def load_protocol(source: ProtocolSource) -> Protocol:
    """Which protocol does a file, the protocol.yaml of a folder, a text or a mapping state?

    Args: `source` a path; an open file; the text of a protocol file (a `str` of several lines, or
    in `{}`); or a mapping with the keys of a protocol file, such as `Protocol.to_dict` gives. A
    folder's other versions come along. The same mapping, and the file of `Protocol.to_yaml`, have
    the same fingerprint; that of a file is the sum of its own bytes.
    Warnings are kept in `Protocol.warnings`.
    Raises: InputFaults with all faults of the file and of its versions (P100 to P136); TypeError
    for anything else.
    """
    protocol, faults = _read_any(source)
    if protocol is None:
        raise InputFaults(faults)
    return protocol


def _read_any(source: ProtocolSource) -> tuple[Protocol | None, list[Fault]]:
    if isinstance(source, Mapping):
        return _parse_plain(source)
    if isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{")):
        return parse_protocol(source, "text")
    if isinstance(source, str | os.PathLike):
        return read_protocol(Path(source))
    if not hasattr(source, "read"):
        raise TypeError(
            f"found {type(source).__name__}, expected a path, the text of a protocol file, an open "
            "file or a mapping"
        )
    found, name = source.read(), str(getattr(source, "name", "file"))
    return _decoded(found.encode("utf-8", "surrogatepass") if isinstance(found, str) else found,
                    yaml_faults(name))  # fmt: skip


def _parse_plain(plain: Mapping[str, Any]) -> tuple[Protocol | None, list[Fault]]:
    try:
        return parse_protocol(protocol_yaml(plain), "mapping")
    except RecursionError:
        faults = yaml_faults("mapping")
        message = "found values that hold themselves or lie too deep, expected those of a protocol"
        faults.in_line("P109", 0, "", message)
        return None, faults.all


def _read_plain(plain: Mapping[str, Any]) -> Protocol:
    """The protocol that plain values state: what a protocol calls when something is changed."""
    return load_protocol(plain)


def read_protocol(path: str | Path) -> tuple[Protocol | None, list[Fault]]:
    """Which protocol does a file or folder state, and what is wrong with it?

    A protocol.yaml brings the versions of its folder along. With any fault but warnings there is no
    protocol. Never raises for what a file contains.
    """
    file = Path(path)
    if file.is_dir():
        file = file / FILE_NAME
    faults = yaml_faults(file.as_posix())
    try:
        content = file.read_bytes()
    except (OSError, ValueError) as error:  # a name with the character U+0000 is a ValueError
        reason = "no such file"
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            reason = str(error.strerror)
        faults.in_line("P100", 0, "", f"{reason}, expected a protocol file or its folder")
        return None, faults.all
    found, told = _decoded(content, faults)
    if found is None or file.name != FILE_NAME:
        return found, told
    found, more = read_versions(found, file.parent / FOLDER, read_protocol)
    return found, [*told, *more]


def _decoded(content: bytes, faults: FaultList) -> tuple[Protocol | None, list[Fault]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"found the byte 0x{content[error.start]:02X}, expected UTF-8 text"
        faults.in_line("P101", line, "", message, "save the file as UTF-8")
        return None, faults.all
    return _parse(text, faults, hashlib.sha256(content).hexdigest())


def parse_protocol(text: str, name: str) -> tuple[Protocol | None, list[Fault]]:
    """Which protocol does a text state, and what is wrong with it? `name` stands in the faults."""
    content = text.encode("utf-8", errors="surrogatepass")
    return _parse(text, yaml_faults(name), hashlib.sha256(content).hexdigest())


def _parse(text: str, faults: FaultList, fingerprint: str) -> tuple[Protocol | None, list[Fault]]:
    tree = compose(text.removeprefix("\ufeff"), faults)
    if tree is None:
        if faults.clean:
            faults.in_line("P109", 0, "", "found an empty file, expected the keys of a protocol")
        return None, faults.all
    found = PROTOCOL.read(tree, "", "", faults)
    if found.ok:
        check(found.value, faults)
    if not faults.clean:
        return None, faults.all
    told = faults.all
    built = build(found.value)
    written = WrittenProtocol(plain_values(tree), _read_plain, fingerprint, content_of(built))
    protocol = replace(
        built,
        path=faults.file,
        warnings=tuple(str(fault) for fault in told),
        written=written,
    )
    return protocol, told


__all__ = ["json_schema", "load_protocol", "parse_protocol", "read_protocol"]
