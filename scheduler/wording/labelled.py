"""Sentences with the labels of events, milestones and visits in place of their ids."""

import re
from collections.abc import Mapping

from scheduler.protocol import STUDY_CLOSES, STUDY_OPENS, Protocol

_FIXED = {STUDY_OPENS: "the study opens", STUDY_CLOSES: "the study closes"}


class Labelled:
    """Puts labels in the place of ids that are no plain words: `day_28`, not `screening`.

    An id without an underscore may be a word of the sentence itself, and reads as one.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """Takes the labels by id."""
        self._names = {name: label for name, label in names.items() if "_" in name}
        listed = "|".join(map(re.escape, sorted(self._names, key=len, reverse=True)))
        self._found = re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])") if listed else None

    def __call__(self, text: str) -> str:
        """A text, with labels."""
        if self._found is None or "_" not in text:
            return text
        return self._found.sub(lambda found: self._names[found[0]], text)


def labels_of(protocol: Protocol) -> Labelled:
    """The labels of a protocol's events, milestones and visits, those of its versions too."""
    names = dict(_FIXED)
    for one in (*protocol.versions, protocol):
        names |= {event.name: event.label for event in one.events}
        names |= {node.name: node.label for node in one.nodes}
    return Labelled(names)
