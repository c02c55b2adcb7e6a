"""Registry text made plain: one spelling for signs and spaces, with the way back to the source."""

from __future__ import annotations

import html
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNS = {
    "\u00a0": " ",
    "\u2007": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\t": " ",
    "\r": " ",
    "\u200b": "",
    "\ufeff": "",
    "\u2010": "-",
    "\u2011": "-",
    "\u2012": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u00ad": "",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2264": "<=",
    "\u2a7d": "<=",
    "\u2266": "<=",
    "\uff1c": "<",
    "\u2265": ">=",
    "\u2a7e": ">=",
    "\u2267": ">=",
    "\uff1e": ">",
    "\u00bd": "1/2",
    "\uff08": "(",
    "\uff09": ")",
    "\uff0c": ",",
}
_PIECE = re.compile(
    r"\\(?=[^\w\s])|&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});|>\s?/\s?=|<\s?/\s?=|"
    r"=\s?/\s?[<>]|=[<>]"
    r"|[<>] =|</?(?:p|li|ul|ol|br|b|i|u|em|strong|sup|sub|span|div)\b[^<>]{0,80}>"
)
_PARAGRAPH_TAG = re.compile(r"</?(?:p|li|ul|ol|br|div)\b", re.IGNORECASE)
_BULLET = re.compile(
    r"^\s*(?:[-*\u2022\u25cf\u25e6\u00b7o]\s+|\(?\d{1,3}[.)]\s+|\(?[a-zA-Z][.)]\s+|"
    r"\(?[ivx]{1,4}[.)]\s+)"
)
_HEADING = re.compile(
    r"^\s*[\w /\-]{0,40}\b(?:inclusion|exclusion|eligibility) (?:\w+ )?criteria\b[\w ]{0,20}:?\s*$",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.;?!](?=\s|\n|$|[A-Z][a-z]|[a-z]\)\s)|\n")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|approx|incl|resp|dr|no|st|cf|ie|eg)$", re.IGNORECASE)
_WRAPPED_AT = 110
LONGEST_SENTENCE = 1200


@dataclass(frozen=True)
class PlainText:
    """Text with one spelling for each sign; `origin` leads back to the text it came from."""

    text: str
    lower: str
    _places: array[int]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source does this stretch of plain text stand? Offsets, end excluded."""
        if start >= end:
            return self._places[start], self._places[start]
        return self._places[start], self._places[end - 1] + 1 if self._single(
            end
        ) else self._places[end]

    def _single(self, end: int) -> bool:
        return self._places[end] > self._places[end - 1]


def plain(text: str) -> PlainText:
    """How does this text read without escapes, entities, odd signs and wrapped lines?

    A line break that only wraps a line becomes a space; one that ends an item stays a line break.
    """
    out: list[str] = []
    places = array("q")
    for piece, place in _pieces(text, _hard_breaks(text)):
        if piece == " " and (not out or out[-1] in " \n"):
            continue
        if piece == "\n":
            while out and out[-1] == " ":
                out.pop()
                places.pop()
        for sign in piece:
            out.append(sign)
            places.append(place)
    places.append(len(text))
    joined = "".join(out)
    return PlainText(joined, "".join(_lower(sign) for sign in joined), places)


def sentences(source: PlainText) -> Iterator[tuple[int, int]]:
    """Where do the sentences of plain text begin and end? Offsets into the plain text."""
    start = 0
    for stop in _STOP.finditer(source.text):
        if stop[0] == "." and _ABBREVIATION.search(
            source.text, max(0, stop.start() - 8), stop.start()
        ):
            continue
        yield from _cut(source.text, start, stop.end())
        start = stop.end()
    yield from _cut(source.text, start, len(source.text))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentence, or its parts where it is longer than any that a person writes.

    Reading time grows with the square of a sentence's length; the bound keeps noise harmless.
    """
    while end - start > LONGEST_SENTENCE:
        part = start + LONGEST_SENTENCE
        comma = max(text.rfind(sign, start + 1, part) for sign in (", ", "; ", ") "))
        blank = text.rfind(" ", start + 1, part)
        part = comma + 1 if comma > 0 else blank if blank > 0 else part
        yield _trim(text, start, part)
        start = part
    if text[start:end].strip():
        yield _trim(text, start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _lower(sign: str) -> str:
    low = sign.lower()
    return low if len(low) == 1 else sign


def _hard_breaks(text: str) -> set[int]:
    """Offsets of the line breaks that end an item (the others only wrap a long line)."""
    lines = text.split("\n")
    wrapped = max(map(len, lines), default=0) <= _WRAPPED_AT
    breaks: set[int] = set()
    place = 0
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        place += len(line)
        apart = not line.strip() or not following.strip() or _BULLET.match(following)
        if apart or not wrapped or _HEADING.match(line) or _HEADING.match(following):
            breaks.add(place)
        place += 1
    return breaks


def _pieces(text: str, breaks: set[int]) -> Iterator[tuple[str, int]]:
    place = 0
    for match in _PIECE.finditer(text):
        yield from _signs(text, place, match.start(), breaks)
        found = match[0]
        if found.startswith("&"):
            yield from ((_SIGNS.get(sign, sign), match.start()) for sign in html.unescape(found))
        elif found.startswith("<") and found.endswith(">") and len(found) > 2:
            yield ("\n" if _PARAGRAPH_TAG.match(found) else " "), match.start()
        elif found != "\\":
            yield ("<=" if "<" in found else ">="), match.start()
        place = match.end()
    yield from _signs(text, place, len(text), breaks)


def _signs(text: str, start: int, end: int, breaks: set[int]) -> Iterator[tuple[str, int]]:
    for place in range(start, end):
        sign = text[place]
        if sign == "\n":
            yield ("\n" if place in breaks else " "), place
        else:
            yield _SIGNS.get(sign, sign), place
