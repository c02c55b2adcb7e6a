"""Sentences as people read them: labels in the place of ids, days with their week day."""

import re
from collections.abc import Mapping

from scheduler.protocol import STUDY_CLOSES, STUDY_OPENS, UNSCHEDULED, Protocol
from scheduler.wording.said_days import days_said

UNSCHEDULED_VISIT = "Unscheduled visit"
_FIXED = {STUDY_OPENS: "the study opens", STUDY_CLOSES: "the study closes"}


class Labelled:
    """Puts labels in the place of ids that are no plain words: `day_28`, not `screening`.

    An id without an underscore may be a word of the sentence itself, and reads as one. Where the
    day planned for is given, days get their week day: `Mon 6 Jul`, and the year if it is another.
    """

    def __init__(self, names: Mapping[str, str], near: int | None = None) -> None:
        """Takes the labels by id, and the day planned for."""
        self._near = near
        self._names = {name: label for name, label in names.items() if "_" in name}
        listed = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
        self._found = re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])") if listed else None

    def __call__(self, text: str) -> str:
        """A sentence, with labels and days as people say them."""
        said = text if self._near is None else days_said(text, self._near)
        if self._found is None or "_" not in said:
            return said
        return self._found.sub(lambda found: self._names[found[0]], said)


def labels_of(protocol: Protocol, near: int | None = None) -> Labelled:
    """The labels of all that a protocol and its versions name; for a plan of a day, days too."""
    names = dict(_FIXED)
    for one in (*protocol.versions, protocol):
        names |= {event.name: event.label for event in one.events}
        names |= {node.name: node.label for node in one.nodes}
    return Labelled(names, near)


def words_of(protocol: Protocol) -> dict[str, str]:
    """What the names in a protocol and its versions are called."""
    found = {UNSCHEDULED: UNSCHEDULED_VISIT}
    for one in (*protocol.versions, protocol):
        found |= {rule.id: rule.summary or rule.id for rule in one.rules}
        found |= {event.name: event.label or event.name for event in one.events}
        found |= {item.name: item.label for item in one.task_items}
        found |= {test.id: test.label for test in one.tests}
        found |= {node.name: node.label for node in one.nodes}
    return found
