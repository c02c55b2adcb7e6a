"""One timing of a USDM file as a plain record: its kind, its signed value and bounds, its ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduler.sources.findings import FindingList, quoted
from scheduler.sources.usdm.durations import Duration, parse_label, parse_signed
from scheduler.sources.usdm.json import Row, object_of, shown_text, text_of

FIXED, AFTER, BEFORE, WITHIN, BETWEEN = "fixed", "after", "before", "within", "between"
PLACING = (AFTER, BEFORE)
_TYPES = {
    "C201358": FIXED, "C201356": AFTER, "C201357": BEFORE,
    "fixed reference": FIXED, "after": AFTER, "before": BEFORE,
    "within": WITHIN, "between": BETWEEN,
}  # fmt: skip
_RELATIONS = {
    "C201355": "Start to Start", "C201354": "Start to End",
    "C201353": "End to Start", "C201352": "End to End",
}  # fmt: skip
_BY_DECODE = {name.lower(): name for name in _RELATIONS.values()}
# Newer terminology writes "Before Timing Type" where older files have "Before".
_TERM_TAIL = re.compile(r"\s+timing(?: type| relationship)?(?: value)?$")


@dataclass(frozen=True)
class Timing:
    """A timing: `from_id` is placed, `to_id` is its anchor; None where a part is unreadable.

    `value`, `lower` and `upper` are sizes; `sign` and `signs` (of lower and upper) say how they
    were written: -1, +1, or 0 without a sign. A Before or After already holds the sign of its
    value. `measured` is what an unusual relativeToFrom says ("First Dose"), `doubts` what had
    to be assumed to read the timing at all.
    """

    id: str
    name: str
    place: str
    kind: str | None
    relation: str
    value: Duration | None
    value_text: str
    value_label: str
    lower: Duration | None
    upper: Duration | None
    window_label: str
    from_id: str
    to_id: str
    title: str = ""
    sign: int = 0
    signs: tuple[int, int] = (0, 0)
    measured: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def signed_bounds(self) -> bool:
        """Whether a bound is written with a sign."""
        return any(self.signs)


@dataclass(frozen=True)
class _Size:
    sign: int
    length: Duration | None
    doubt: str = ""

    @property
    def side(self) -> int:
        """Its sign, where there is anything to sign."""
        return 0 if self.length is None or self.length.is_zero else self.sign


def read_timing(row: Row, place: str, findings: FindingList) -> Timing:
    """The timing that an object holds; what cannot be read becomes findings."""

    def text(key: str) -> str:
        return text_of(row, key, place, findings)

    ids = [shown_text(row, "id", place, findings)]
    kind = _coded(row, "type", _TYPES, place, findings)
    relation, measured = _relation(row, place, findings, ids)
    value_label = shown_text(row, "valueLabel", place, findings)
    value = _value(row, place, kind, value_label, findings, ids)
    kind, doubts = _directed(kind, value, place, findings, ids)
    lower, upper = (_size(row, key, place, findings, ids) for key in ("windowLower", "windowUpper"))
    bounds = _bounds(kind, lower, upper, place, findings, ids)
    return Timing(
        id=ids[0], name=shown_text(row, "label", place, findings) or text("name"), place=place,
        kind=kind, relation=relation, value=value.length, value_text=text("value"),
        value_label=value_label, lower=bounds[0].length, upper=bounds[1].length,
        window_label=shown_text(row, "windowLabel", place, findings),
        from_id=text("relativeFromScheduledInstanceId"),
        to_id=text("relativeToScheduledInstanceId"), title=text("name"), sign=value.sign,
        signs=(bounds[0].sign, bounds[1].sign), measured=measured,
        doubts=tuple(doubt for doubt in (value.doubt, doubts, *(b.doubt for b in bounds)) if doubt),
    )  # fmt: skip


def _size(row: Row, key: str, place: str, findings: FindingList, ids: list[str]) -> _Size:
    """The signed size under a key; a size in plain words ("28 days") is read and reported."""
    value = row.get(key)
    if value is None or value == "":
        return _Size(0, None)
    text = value if isinstance(value, str) else ""
    iso = parse_signed(text)
    if iso is not None:
        return _Size(*iso)
    worded = parse_label(text)
    if worded is None:
        findings.warn(
            "U210", f"{place}.{key}", f"{quoted(value)} is no whole ISO 8601 duration of one kind",
            "read as not stated", ids,
        )  # fmt: skip
        return _Size(0, None)
    doubt = f"{key} is written in words, {quoted(text)}"
    findings.warn("U215", f"{place}.{key}", f"{quoted(text)} is no ISO 8601 duration",
                  f"read as {worded}", ids)  # fmt: skip
    return _Size(0, worded, doubt)


def _value(
    row: Row, place: str, kind: str | None, label: str, findings: FindingList, ids: list[str]
) -> _Size:
    """The value; where it is missing, the label ("28 Days") in its place."""
    value, told = _size(row, "value", place, findings, ids), parse_label(label)
    if value.length is None and told is not None and kind in (AFTER, BEFORE, WITHIN):
        findings.warn(
            "U215", f"{place}.value", "no readable value",
            f"read from the label {quoted(label)}", ids,
        )  # fmt: skip
        return _Size(0, told, f"the value is read from the label {quoted(label)}")
    if value.length is not None and not _agree(value.length, told):
        findings.warn(
            "U211", f"{place}.valueLabel",
            f"the value {quoted(row.get('value'))} and its label {quoted(label)} differ",
            "the value is used", ids,
        )  # fmt: skip
    return value


def _agree(value: Duration, label: Duration | None) -> bool:
    return label is None or (value == label and value.in_clock_time == label.in_clock_time)


def _directed(
    kind: str | None, value: _Size, place: str, findings: FindingList, ids: list[str]
) -> tuple[str | None, str]:
    """The kind once the value's sign is taken into it: minus is earlier than the anchor."""
    if not value.sign or value.length is None or kind in (FIXED, WITHIN, BETWEEN):
        return kind, ""
    side = BEFORE if kind == BEFORE or value.sign < 0 else AFTER
    if (kind, value.sign) == (AFTER, 1):
        return kind, ""
    if value.length.is_zero and kind is not None:
        findings.note("U216", f"{place}.value", "a sign on nothing", "read as no time", ids)
        return kind, ""
    found = (
        f"{'minus' if value.sign < 0 else 'plus'} {value.length} on a timing of kind {quoted(kind)}"
    )
    done = f"minus is taken as earlier: {value.length} {side} the anchor"
    findings.warn("U216", f"{place}.value", found, done, ids)
    return side, f"{found}; {done}"


def _bounds(
    kind: str | None, lower: _Size, upper: _Size, place: str, findings: FindingList, ids: list[str]
) -> tuple[_Size, _Size]:
    """The bounds once their signs are looked at: minus is before the target, plus after it."""
    if not (lower.sign or upper.sign) or kind in (FIXED, WITHIN, BETWEEN):
        return lower, upper
    if lower.side > 0 or upper.side < 0:
        findings.warn(
            "U218", place,
            f"signed bounds ({_said(lower)} and {_said(upper)}) that leave out their target",
            "the bounds are not used", ids,
        )  # fmt: skip
        return _Size(0, None), _Size(0, None)
    findings.note(
        "U217", place, f"bounds with signs ({_said(lower)} and {_said(upper)})",
        "read as time before the target (minus) and after it (plus)", ids,
    )  # fmt: skip
    return lower, upper


def _said(size: _Size) -> str:
    return f"{'-' if size.sign < 0 else '+' if size.sign else ''}{size.length or 'none'}"


def _coded(
    row: Row, key: str, table: dict[str, str], place: str, findings: FindingList
) -> str | None:
    holder, where = object_of(row, key, place, findings), f"{place}.{key}"
    code = text_of(holder, "code", where, findings)
    decode = text_of(holder, "decode", where, findings)
    by_code = table.get(code)
    by_decode = table.get(_TERM_TAIL.sub("", decode.lower()))
    if by_code and decode and by_code != by_decode:
        findings.warn(
            "U212", where, f"the code {quoted(code)} and {quoted(decode)} differ",
            "the code is used", [text_of(row, "id", place, findings)],
        )  # fmt: skip
    return by_code or by_decode


def _relation(row: Row, place: str, findings: FindingList, ids: list[str]) -> tuple[str, str]:
    relation = _coded(row, "relativeToFrom", {**_RELATIONS, **_BY_DECODE}, place, findings)
    if relation is not None:
        return relation, ""
    holder = row.get("relativeToFrom")
    decode = holder.get("decode") if isinstance(holder, dict) else None
    findings.warn(
        "U213", f"{place}.relativeToFrom",
        f"{quoted(decode if isinstance(decode, str) else holder)} names no ends to measure between",
        "counted from start to start, marked as assumed", ids,
    )  # fmt: skip
    return "", decode.strip() if isinstance(decode, str) else ""
