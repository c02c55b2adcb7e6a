"""The names that a protocol file declares, and the checks of every place that uses one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from scheduler.errors import FaultList, asked, shown
from scheduler.protocol.nodes import BIRTH, FIXED_NODES
from scheduler.yaml_text.kinds import Fields, ReadValue

_LISTED = 12
_UNKNOWN_TIMES = -1


@dataclass
class DeclaredNames:
    """Milestones, visits (with how often they recur), events and documents of one file.

    What cannot be read is None: names of that kind are then not checked.
    """

    faults: FaultList
    milestones: Fields | None
    visits: dict[str, int] | None
    events: Fields | None
    documents: Fields | None
    timed_visits: frozenset[str] = frozenset()
    used_events: set[str] = field(default_factory=set)

    def node(
        self, found: ReadValue | None, fixed: bool, tip: str = "", each: bool = False,
        birth: bool = False,
    ) -> str:  # fmt: skip
        """The name of a node where it is right; else an empty string, after reporting it.

        `each`: a repeated visit may stand for all of its occurrences. `birth`: it may be the birth.
        """
        if found is None or not found.ok:
            return ""
        name = str(found.value)
        if name == BIRTH:
            if birth:
                return name
            message = f"found {name}, expected a milestone or visit"
            way_out = "from of a gap and after of a visit count from birth; age: is a rule about it"
            self.faults.in_line("P123", found.line, found.path, message, way_out)
            return ""
        if name in FIXED_NODES:
            if fixed:
                return name
            message = f"found {name}, expected a milestone or visit"
            self.faults.in_line("P123", found.line, found.path, message, tip)
            return ""
        base, mark, number = name.partition("#")
        if base in (self.visits or {}):
            whole = each and not mark
            return name if whole or self._occurrence(found, base, mark, number) else ""
        if self.milestones is None or self.visits is None:
            return ""
        if base not in self.milestones:
            self.unknown(found, "milestone or visit", self._nodes(fixed))
            return ""
        if mark:
            message = f'milestone "{base}" has no occurrences, expected it without a number'
            self.faults.in_line("P124", found.line, found.path, message, f"write {base}")
        return "" if mark else name

    def _nodes(self, fixed: bool) -> list[str]:
        return [*(self.milestones or {}), *(self.visits or {}), *(FIXED_NODES if fixed else ())]

    def _occurrence(self, found: ReadValue, base: str, mark: str, number: str) -> bool:
        times = (self.visits or {})[base]
        range_ = f"{base}#1 to {base}#{times}"
        if times == _UNKNOWN_TIMES:
            return bool(mark)
        if not times:
            if mark:
                message = f'visit "{base}" is not repeated, expected it without a number'
                self.faults.in_line("P124", found.line, found.path, message, f"write {base}")
            return not mark
        if not mark:
            message = f'visit "{base}" is repeated {times} times, expected one occurrence of it'
            self.faults.in_line("P124", found.line, found.path, message, f"write one of {range_}")
            return False
        right = re.fullmatch("[1-9][0-9]*", number) is not None and int(number[:9]) <= times
        if not right:
            message = f'visit "{base}" has no occurrence "{shown(number)}", expected {range_}'
            self.faults.in_line("P124", found.line, found.path, message)
        return right

    def event(self, found: ReadValue) -> None:
        """Checks that an event is declared."""
        if found.ok and self.events is not None:
            self.used_events.add(found.value)
            if found.value not in self.events:
                self.unknown(found, "event", self.events, "declare it under events")

    def document(self, fields: Fields) -> None:
        """Checks that the document of an item's source is declared."""
        source = fields.get_value("source")
        ref = source.get("ref") if isinstance(source, Fields) else None
        if ref is None or not ref.ok or self.documents is None:
            return
        if ref.value not in self.documents:
            self.unknown(ref, "document", self.documents, "declare it under sources")

    def unknown(self, found: ReadValue, what: str, known: Iterable[str], tip: str = "") -> None:
        """Reports a name that is declared nowhere."""
        names = list(known)
        guess = asked(self.faults.meant(found.value, names))
        listed = ", ".join(map(shown, names[:_LISTED])) + (", ..." if names[_LISTED:] else "")
        way_out = "" if guess else tip or f"known: {listed}"
        message = f'no {what} "{shown(found.value)}"{guess}'
        self.faults.in_line("P107", found.line, found.path, message, way_out)


def declared(top: Fields, faults: FaultList) -> DeclaredNames:
    """The names that the file declares, faulty ones included, so that each is reported once."""
    return DeclaredNames(
        faults,
        _declared(top, "milestones", None),
        _visits(top),
        _declared(top, "events", Fields()),
        _declared(top, "sources", Fields()),
        frozenset(
            item.value["id"].value
            for item in top.items_of("visits")
            if "id" in item.value and "at" in item.value
        ),
    )


def _declared(top: Fields, key: str, absent: Fields | None) -> Fields | None:
    found = top.get(key)
    if found is None:
        return absent
    return found.value if isinstance(found.value, Fields) else None


def _visits(top: Fields) -> dict[str, int] | None:
    found = top.get("visits")
    if found is not None and not isinstance(found.value, tuple):
        return None
    visits = {}
    for item in top.items_of("visits"):
        name, repeat = item.value.get("id"), item.value.get("repeat")
        if name is not None and isinstance(name.value, str):
            times = 0 if repeat is None else _times(repeat)
            visits[name.value] = times
    return visits


def _times(repeat: ReadValue) -> int:
    times = repeat.value.get_value("times") if isinstance(repeat.value, Fields) else None
    return times if isinstance(times, int) else _UNKNOWN_TIMES


def check_unique(found: Iterable[ReadValue], what: str, faults: FaultList) -> None:
    """Reports every name that has stood before, at its later place."""
    first: dict[str, int] = {}
    for item in sorted(found, key=lambda item: item.line):
        if item.value in first:
            message = f'the {what} "{shown(item.value)}" is used twice, the first time in line '
            message += f"{first[item.value]}; expected a name of its own"
            faults.in_line("P113", item.line, item.path, message)
        first.setdefault(item.value, item.line)


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
