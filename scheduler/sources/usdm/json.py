"""JSON from outside: decoding with a clear refusal, and access that survives wrong types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from scheduler.sources.findings import FindingList, ImportRefused, one_line, quoted
from scheduler.sources.usdm.names import LONGEST_LABEL

Json = object
Row = dict[str, Json]

LARGEST_BYTES = 400_000_000


def decode_text(text: bytes | str, kind: str) -> str:
    """The text of a file: UTF-8, or UTF-16 with its mark; refused where it is neither."""
    if len(text) > LARGEST_BYTES:
        raise ImportRefused(f"the {kind} file has {len(text):,} bytes; that is no protocol")
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16")
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            f"the {kind} file is not UTF-8 text (byte {error.start:,}); save it as UTF-8"
        ) from None


def load_json(text: bytes | str, findings: FindingList) -> Row:
    """The object a USDM JSON text holds; keys written twice become findings."""
    decoded = decode_text(text, "USDM")
    if not decoded.strip():
        raise ImportRefused("the USDM file is empty")

    def pairs(items: list[tuple[str, Json]]) -> Row:
        row = dict(items)
        if len(row) != len(items):
            counts = Counter(key for key, _ in items)
            twice = sorted(key for key, count in counts.items() if count > 1)
            findings.warn(
                "U002", f"an object with id {quoted(row.get('id'))}",
                f"key written twice: {', '.join(quoted(key) for key in twice)}",
                "the last one is read", _ids(row),
            )  # fmt: skip
        return row

    try:
        found = json.loads(decoded, object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        raise ImportRefused(
            f"not JSON at line {error.lineno}, column {error.colno}: {one_line(error.msg)}; "
            "the file may be cut short"
        ) from None
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else one_line(str(error))
        raise ImportRefused(f"not readable JSON: {reason}") from None
    if not isinstance(found, dict):
        raise ImportRefused(f"the USDM file holds {quoted(found)}, expected an object with a study")
    return found


def _ids(row: Row) -> tuple[str, ...]:
    own = row.get("id")
    return (own,) if isinstance(own, str) else ()


def rows(holder: Row, key: str, place: str, findings: FindingList) -> Iterator[tuple[str, Row]]:
    """The objects of a list, each with its place; anything else there becomes a finding."""
    value = holder.get(key)
    where = f"{place}.{key}" if place else key
    if value is None:
        return
    if isinstance(value, dict):
        findings.warn("U003", where, "an object where a list belongs", "read as a list of one")
        value = [value]
    if not isinstance(value, list):
        findings.warn("U003", where, f"{quoted(value)} where a list belongs", "not read")
        return
    for index, item in enumerate(value):
        if isinstance(item, dict):
            yield f"{where}[{index}]", item
        else:
            findings.warn(
                "U003", f"{where}[{index}]", f"{quoted(item)} where an object belongs", "not read"
            )


def text_of(row: Row, key: str, place: str, findings: FindingList) -> str:
    """The text under a key, "" where there is none; another type becomes a finding."""
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    findings.warn(
        "U003", f"{place}.{key}", f"{quoted(value)} where text belongs", "read as not stated",
        _ids(row),
    )  # fmt: skip
    return ""


def shown_text(row: Row, key: str, place: str, findings: FindingList) -> str:
    """The text under a key that a reader is shown; one that is cut short becomes a finding."""
    text = text_of(row, key, place, findings)
    if len(text) > LONGEST_LABEL:
        findings.note(
            "U004", f"{place}.{key}", f"a text of {len(text):,} characters",
            f"cut short to {LONGEST_LABEL} where it is shown", _ids(row),
        )  # fmt: skip
    return text


def texts_of(row: Row, key: str, place: str, findings: FindingList) -> tuple[str, ...]:
    """The texts of a list under a key; anything else there becomes a finding."""
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        findings.warn(
            "U003", f"{place}.{key}", "something else where a list of ids belongs",
            "only the texts in it are read", _ids(row),
        )  # fmt: skip
    items = value if isinstance(value, list) else [value]
    return tuple(item for item in items if isinstance(item, str))


def object_of(row: Row, key: str, place: str, findings: FindingList) -> Row:
    """The object under a key, {} where there is none; another type becomes a finding."""
    value = row.get(key)
    if isinstance(value, dict):
        return value
    if value is not None:
        findings.warn(
            "U003", f"{place}.{key}", f"{quoted(value)} where an object belongs",
            "read as not stated", _ids(row),
        )  # fmt: skip
    return {}
