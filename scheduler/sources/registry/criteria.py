"""Which criterion does a place in the eligibility text belong to?"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(
    r"^[ \t*#]*(?P<head>[\w /,()\-]{0,60}\b(?:inclusions?|exclusions?|eligibility)\b(?: \w+)? "
    r"criteri(?:a|on)\b[^\n]{0,40}"
    r"|(?:inclusions?|exclusions?)(?: criteria)?[ \t]*:[ \t]*)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^(?P<indent>[ \t]*)\(?(?P<number>\d{1,3})[.)]\\?[ \t]+\S")
_BULLET = re.compile(r"^(?P<indent>[ \t]*)(?:[-*\u2022\u25cf\u25e6\u00b7\u25aa]|o)[ \t]+\S")
_SENTENCE_END = re.compile(r"(?<![.;:]\b[A-Z])(?<!e\.g)(?<!i\.e)(?<!vs)[.;][ \t\n]+(?=[A-Z])")


@dataclass(frozen=True)
class Criterion:
    """One criterion: the section it stands in, its number there, and where it begins and ends."""

    section: str
    number: int
    start: int
    end: int

    @property
    def label(self) -> str:
        """The short name that people use: E12 for the twelfth exclusion criterion."""
        return f"{self.section[0].upper()}{self.number}"


@dataclass
class _Block:
    start: int
    end: int
    indent: int
    number: int | None
    bullet: bool


def split_criteria(text: str) -> list[Criterion]:
    """How is the eligibility text cut into criteria?

    Numbered lists keep the numbers of the text, bulleted ones are counted, nested points belong to
    the point above. A section that is neither is counted by sentences: registry pages lose their
    bullets.
    """
    out: list[Criterion] = []
    used: dict[str, int] = {}
    for section, start, end in _sections(text):
        offset = used.get(section, 0)
        for criterion in _numbered(text, section, start, end):
            out.append(
                Criterion(section, criterion.number + offset, criterion.start, criterion.end)
            )
            used[section] = criterion.number + offset
    return out


def criterion_at(criteria: list[Criterion], place: int) -> Criterion | None:
    """The criterion that holds this place of the text; None before the first one."""
    index = bisect_right(criteria, place, key=lambda criterion: criterion.start) - 1
    return criteria[index] if index >= 0 else None


def _sections(text: str) -> Iterator[tuple[str, int, int]]:
    name, start, place = "criteria", 0, 0
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading:
            if text[start:place].strip():
                yield name, start, place
            head = heading["head"].lower()
            name = (
                "exclusion"
                if "exclusion" in head
                else "inclusion"
                if "inclusion" in head
                else "criteria"
            )
            start = place + len(line)
        place += len(line) + 1
    if text[start:].strip():
        yield name, start, len(text)


def _numbered(text: str, section: str, start: int, end: int) -> list[Criterion]:
    blocks = _blocks(text, start, end)
    points = [block for block in blocks if block.bullet or block.number is not None]
    if len(points) < 2:
        return _by_sentence(text, section, start, end)
    top = min(block.indent for block in points)
    bounds: list[tuple[int, int]] = []
    count = 0
    for block in points:
        if (
            block.indent > top + 1
        ):  # " 9." and "10." of one list may differ by the width of the number
            continue
        count = block.number if block.number is not None and block.number > count else count + 1
        bounds.append((block.start, count))
    ends = [place for place, _ in bounds[1:]] + [end]
    return [
        Criterion(section, number, place, stop)
        for (place, number), stop in zip(bounds, ends, strict=True)
    ]


def _blocks(text: str, start: int, end: int) -> list[_Block]:
    blocks: list[_Block] = []
    place = start
    for line in text[start:end].split("\n"):
        numbered, bullet = _NUMBERED.match(line), _BULLET.match(line)
        match = numbered or bullet
        if match:
            indent = len(match["indent"].expandtabs(4))
            blocks.append(
                _Block(
                    place,
                    place + len(line),
                    indent,
                    int(numbered["number"]) if numbered else None,
                    not numbered,
                )
            )
        place += len(line) + 1
    return blocks


def _by_sentence(text: str, section: str, start: int, end: int) -> list[Criterion]:
    starts = [start]
    long_lines = max((len(line) for line in text[start:end].split("\n")), default=0) > 110
    breaks = re.compile(
        r"\n\s*\n" if "\n\n" in text[start:end].strip() or not long_lines else r"\n"
    )
    pieces = [match.end() for match in breaks.finditer(text, start, end)]
    pieces += [
        match.end()
        for match in _SENTENCE_END.finditer(text, start, end)
        if text[match.start()] == "."
    ]
    starts = sorted({*starts, *pieces})
    kept = [
        (first, last)
        for first, last in zip(starts, [*starts[1:], end], strict=True)
        if re.search(r"\w", text[first:last])
    ]
    return [Criterion(section, number, first, last) for number, (first, last) in enumerate(kept, 1)]
