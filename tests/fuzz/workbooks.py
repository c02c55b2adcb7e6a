"""Damaged workbooks: parts, elements, values, bytes. Never a traceback, a fault or a reading."""

import random
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.errors import hidden_character
from scheduler.protocol import Protocol
from scheduler.protocol.reading import load_protocol
from scheduler.study.faults import CODES
from scheduler.study.reading import read_study
from tests.unit.raw_books import PEOPLE, history_heads, inline, number, packed, parts, row, sheet

ROOT = Path(__file__).parents[2]
_AS_OF = date(2026, 6, 15)
Parts = dict[str, bytes]
_NASTY = (
    "", "-1", "0", "1.5", "NaN", "INF", "1e999", "99999999999999999999", "AAAAA2", "A0", "XFE1",
    "A:C", "xx", "A1:XFD1048576", "B2:A1", "1048577", "true", "&#x0;", "&#xFFFF;", "&lt;", "\u0000",
    "\ud7ff", "٢", "..", "/../../x", "s", "d", "e", "b", "str", "zzz", "2026-13-45",
    "2026-05-06T09:30:00Z", "9" * 400, "[h]", ";;;", "_x0000_", "_xD800_", "none",
)  # fmt: skip
_ELEMENTS = (
    '<mergeCell ref="A:C"/>', "<row/>", '<row r="2"/>', '<c r="A2"/>', "<c><v>1</v></c>",
    "<v>1</v>", "<f>1</f>", "<is><t>x</t></is>", "<si/>", '<xf numFmtId="14"/>', "<font/>",
    '<sheet name="dates" sheetId="9"/>', "<!-- x -->", "<?x y?>", "<![CDATA[x]]>", "<a:b/>",
    '<numFmt numFmtId="14" formatCode="mmm"/>', "<mergeCells><mergeCell/></mergeCells>",
)  # fmt: skip


@lru_cache(maxsize=1)
def _whole() -> Parts:
    """A study with every kind of cell, as the parts of its workbook."""
    history = history_heads() + "".join([
        row(2, inline("A2", "P1"), inline("B2", "major_surgery"), number("C2", 46148, 2)),
        row(3, '<c r="A3" t="s"><v>0</v></c>', inline("B3", "major_surgery"),
            '<c r="C3" t="d"><v>2026-01-06T09:30:00</v></c>', number("E3", 3)),
        row(4, inline("A4", "P1", 1), '<c r="B4" t="e"><v>#REF!</v></c>',
            '<c r="C4" s="3"><f>TODAY()</f><v>46148.5</v></c>', attributes=' hidden="1"'),
        row(5, inline("A5", "P1"), '<c r="B5" t="b"><v>1</v></c>',
            '<c r="C5" t="str"><f>X()</f><v>2026</v></c>'),
    ])  # fmt: skip
    sites = row(1, inline("A1", "site"), inline("B1", "weekend"), inline("C1", "holidays"))
    sites += row(2, inline("A2", "wuhan"), inline("B2", "sat, sun"), inline("C2", "CN"))
    columns = '<cols><col min="4" max="4" hidden="1"/></cols>'
    merged = '<mergeCells><mergeCell ref="A5:B5"/></mergeCells>'
    found = parts(
        {
            "participants": sheet(PEOPLE), "history": sheet(history, columns, merged),
            "sites": sheet(sites), "~notes": sheet(row(1, inline("A1", "hello"))),
        },
        formats=("yyyy-mm-dd", "mmm-yy", 27, 14),
        strings="<si><t>P1</t></si><si><r><rPr><strike/></rPr><t>x</t></r></si>",
        book='<workbookPr date1904="0"/>',
    )  # fmt: skip
    return {name: part.encode() for name, part in found.items()}


Change = Callable[[random.Random, Parts], None]


def _some(chance: random.Random, found: Parts) -> str:
    return chance.choice(sorted(found))


def _spoil_value(chance: random.Random, found: Parts) -> None:
    """Another value in an attribute."""
    name = _some(chance, found)
    places = list(re.finditer(rb'="[^"]*"', found[name]))
    if places:
        place, value = chance.choice(places), chance.choice(_NASTY)
        new = f'="{value}"'.encode("utf-8", "surrogatepass")
        found[name] = found[name][: place.start()] + new + found[name][place.end() :]


def _spoil_text(chance: random.Random, found: Parts) -> None:
    """Another text between two tags."""
    name = _some(chance, found)
    places = list(re.finditer(rb">[^<]*<", found[name]))
    if places:
        place, value = chance.choice(places), chance.choice(_NASTY)
        new = f">{value}<".encode("utf-8", "surrogatepass")
        found[name] = found[name][: place.start()] + new + found[name][place.end() :]


def _break_off(chance: random.Random, found: Parts) -> None:
    """A part that breaks off."""
    name = _some(chance, found)
    found[name] = found[name][: chance.randrange(len(found[name]) + 1)]


def _lose(chance: random.Random, found: Parts) -> None:
    """A part that is not there."""
    del found[_some(chance, found)]


def _swap(chance: random.Random, found: Parts) -> None:
    """One part in the place of another."""
    found[_some(chance, found)] = found[_some(chance, found)]


def _cut(chance: random.Random, found: Parts) -> None:
    """Some bytes cut out, or twice."""
    name = _some(chance, found)
    part = found[name]
    begin = chance.randrange(len(part) + 1)
    end = min(len(part), begin + chance.randrange(1, 60))
    found[name] = part[:begin] + part[begin:end] * chance.choice((0, 2)) + part[end:]


def _insert(chance: random.Random, found: Parts) -> None:
    """An element where another one begins."""
    name = _some(chance, found)
    places = [place.start() for place in re.finditer(b"<", found[name])]
    if places:
        place = chance.choice(places)
        found[name] = found[name][:place] + chance.choice(_ELEMENTS).encode() + found[name][place:]


def _rename(chance: random.Random, found: Parts) -> None:
    """An element or attribute of another name."""
    name = _some(chance, found)
    words = sorted(set(re.findall(rb"[A-Za-z]{1,20}", found[name])))
    if words:
        word, other = chance.choice(words), chance.choice(words)
        found[name] = re.sub(
            rb"\b" + word + rb"\b", other, found[name], count=chance.choice((0, 1))
        )


def _encode(chance: random.Random, found: Parts) -> None:
    """A part in another encoding, or one that says so."""
    name = _some(chance, found)
    codec = chance.choice(("utf-16", "utf-32", "latin-1", "utf-7", "x-none", "ebcdic-cp-us"))
    head = f'<?xml version="1.0" encoding="{codec}"?>'.encode()
    text = found[name].decode("utf-8", "replace")
    body = text.encode("utf-16") if codec == "utf-16" and chance.random() < 0.5 else found[name]
    found[name] = head + body


CHANGES: tuple[Change, ...] = (
    _spoil_value, _spoil_text, _break_off, _lose, _swap, _cut, _insert, _rename, _encode,
)  # fmt: skip


def damaged_book(chance: random.Random) -> bytes:
    """A workbook to which one to three things were done, and sometimes to the bytes of its file."""
    found = dict(_whole())
    for change in chance.choices(CHANGES, k=chance.choice((1, 1, 1, 2, 3))):
        if found:
            change(chance, found)
    content = packed(found)
    return _spoil_bytes(chance, content) if chance.random() < 0.15 else content


def _spoil_bytes(chance: random.Random, content: bytes) -> bytes:
    """Some bytes of the file itself changed, or its end cut off."""
    spoiled = bytearray(content)
    for _ in range(chance.randrange(1, 6)):
        spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
    return bytes(spoiled[: chance.randrange(len(spoiled))] if chance.random() < 0.2 else spoiled)


@lru_cache(maxsize=1)
def _protocol() -> Protocol:
    return load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")


def one_round(chance: random.Random, folder: Path) -> None:
    """Reads a damaged workbook and binds it: every fault has a code and stands on one line."""
    path = folder / "study.xlsx"
    path.write_bytes(damaged_book(chance))
    study, faults = read_study(path)
    faults = [*faults, *bind_versions(study, _protocol(), day_of(_AS_OF))[1]]
    for fault in faults:
        assert fault.code in CODES
        assert not hidden_character(fault.message), fault
