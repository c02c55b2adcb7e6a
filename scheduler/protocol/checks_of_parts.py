"""Checks that several sections of a protocol file share: lengths as far as readable, conditions."""

from scheduler.days import Length
from scheduler.errors import FaultList, shown
from scheduler.protocol.building import length_of
from scheduler.yaml_text.kinds import Fields


def length_in(fields: Fields, key: str) -> Length | None:
    """The length that a key holds; None where it holds none, or one with a fault."""
    value = fields.get_value(key)
    if value is None or (isinstance(value, Fields) and not _combined(value)):
        return None
    return length_of(value)


def _combined(value: Fields) -> bool:
    return len(value) == 1 and all(found.ok for found in value.values())


def check_only(fields: Fields, faults: FaultList) -> None:
    """Reports a sex that no participant can have."""
    sex = fields.get_value("only", Fields()).get("sex")
    if sex is None or not sex.ok:
        return
    values = [sex] if isinstance(sex.value, str) else sex.value
    for found in values:
        if found.value not in ("female", "male"):
            message = f"found {shown(found.value)}, expected female or male"
            faults.in_line("P109", found.line, found.path, message)
