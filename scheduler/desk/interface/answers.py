"""How the interface answers: JSON, with faults as code, place, found, expected and way out."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from scheduler.desk.calls import Call
from scheduler.errors import Fault, asked, did_you_mean, shown
from scheduler.store.faults import RowChanged

_UNSAVED = "nothing was saved"
_NEW_ROW = re.compile(r":1\d{9}\b")


class BadRequest(Exception):
    """A request that cannot be understood; `said` tells what was expected."""

    def __init__(self, said: str) -> None:
        """The sentence for the program's author."""
        self.said = said
        super().__init__(said)


def refusal(status: int, said: str, **more: Any) -> Response:
    """A refusal with one sentence."""
    return JSONResponse({"error": said, **more}, status)


def fault_record(fault: Fault) -> dict[str, str]:
    """A fault as the interface tells it."""
    found, mark, expected = fault.message.partition(", expected ")
    place = _NEW_ROW.sub(":new", f"{fault.place} {fault.path}".strip())
    return {
        "code": fault.code, "place": place, "found": found.removeprefix("found "),
        "expected": expected if mark else "", "way_out": _NEW_ROW.sub(":new", fault.way_out),
    }  # fmt: skip


def faults_answer(faults: Iterable[Fault], only_read: bool = False) -> Response:
    """422 with every fault, of what was to be saved or of what was only read."""
    told = [fault_record(fault) for fault in faults if not fault.warning]
    said = "there is no plan for this day while these faults stand" if only_read else _UNSAVED
    return JSONResponse({"error": said, "faults": told}, 422)


def conflict_answer(error: RowChanged) -> Response:
    """409 with both values."""
    return JSONResponse(
        {"error": str(error), "version": error.version, "stored": error.stored,
         "yours": error.wanted}, 409,
    )  # fmt: skip


def body_of(call: Call, *keys: str) -> dict[str, Any]:
    """The JSON object in a request, in which no key stands twice or looks like a slip of `keys`.

    Raises: BadRequest.
    """
    raw = call.files.get("body", ("", b""))[1]
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_once)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadRequest("expected a JSON object as UTF-8") from error
    if not isinstance(found, dict):
        raise BadRequest("expected a JSON object")
    for name in found:
        if name not in keys and (close := did_you_mean(name, keys)):
            raise BadRequest(f'found the key "{shown(name)}"{asked(close)}')
    return found


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of which no key stands twice: the last would silently be taken.

    Raises: BadRequest.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadRequest(f'expected the key "{shown(twice)}" once')
    return found


def cells_in(body: Mapping[str, Any], name: str = "cells") -> dict[str, str]:
    """The cells in a request: texts by column.

    Raises: BadRequest.
    """
    found = body.get(name)
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise BadRequest(f'expected "{name}" as an object of texts by column')
    if any(not head.strip() or len(head) > 100 for head in found):
        raise BadRequest("expected names of columns of at most 100 characters")
    return {head.strip(): text.strip() for head, text in found.items()}


def number_in(body: Mapping[str, Any], name: str) -> int:
    """A whole number in a request.

    Raises: BadRequest.
    """
    found = body.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > 2**53:
        raise BadRequest(f'expected "{name}" as a whole number')
    return found


def text_in(body: Mapping[str, Any], name: str) -> str:
    """A text in a request; empty where it is not there.

    Raises: BadRequest.
    """
    found = body.get(name, "")
    if not isinstance(found, str):
        raise BadRequest(f'expected "{name}" as text')
    return found.strip()
