"""File names for participants and sites: safe, unique, and readable back."""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import quote, unquote

_LONGEST = 180  # octets; file systems stop at 255, and a temporary file's ending needs room
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?\Z", re.IGNORECASE)
_OURS = re.compile(r"site-|(changes\Z)", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\Z")


def _encoded(code: str) -> str:
    if _PLAIN.match(code) and not code.endswith("."):
        return code
    name = quote(code, safe="").replace("~", "%7E")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if name.endswith("."):
        name = name[:-1] + "%2E"
    return name


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    return name[: _LONGEST - 34].rstrip("%.") + "%-" + sha256(name.encode()).hexdigest()[:32]


def _first_hidden(name: str) -> str:
    return f"%{ord(name[0]):02X}{name[1:]}"


def participant_file(code: str) -> str:
    """Which file holds the calendar of this participant?

    Everything but ASCII letters, digits, ``_``, ``-`` and inner dots is percent-encoded, and so
    is the first character of names that mean something else (``site-...``, ``changes``, ``con``).
    A name too long for a file system is cut and gets a digest; the file itself holds the code.
    """
    name = _encoded(code)
    if _OURS.match(name) or _DEVICES.match(name):
        name = _first_hidden(name)
    return _shortened(name) + ".ics"


def site_file(site: str) -> str:
    """Which file holds the calendar of this site?"""
    return "site-" + _shortened(_encoded(site)) + ".ics"


def code_of(file_name: str) -> tuple[str, str] | None:
    """Whose calendar is this file: (``participant`` or ``site``, code)? None for a cut name."""
    name = file_name.removesuffix(".ics")
    if "%-" in name:
        return None
    if name.startswith("site-"):
        return "site", unquote(name.removeprefix("site-"))
    return "participant", unquote(name)
