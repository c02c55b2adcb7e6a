"""Workbooks that are small as files and huge when they are opened: `python -m tests.unit.book_bombs`.

Each must be read or refused within seconds and 500 MB; the program prints what each took. A single
one is opened in a process of its own by `opened`.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.unit.raw_books import PEOPLE, history_heads, inline, packed, parts, row, sheet

ROOT = Path(__file__).parents[2]
_MB = 1_000_000


def _with(part: str, pieces: Iterable[bytes]) -> bytes:
    """A study whose part of that name is made of pieces."""
    found = parts({"participants": sheet(PEOPLE), "history": sheet(history_heads())})
    found.pop(part, None)
    stream = io.BytesIO(packed(found))
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(part, "w", force_zip64=True) as out,
    ):
        for piece in pieces:
            out.write(piece)
    return stream.getvalue()


def _history(*pieces: bytes, times: int = 1, after: bytes = b"") -> bytes:
    """A study whose history holds its heads, the pieces (each so many times), and an end."""
    begin = sheet(history_heads() + "@", after="@").split("@")
    middle = (piece for piece in pieces for _ in range(times))
    return _with(
        "xl/worksheets/2.xml",
        (begin[0].encode(), *middle, begin[1].encode(), after, begin[2].encode()),
    )


def _numbered(text: str, first: int, count: int) -> Iterable[bytes]:
    for start in range(first, first + count, 1000):
        some = range(start, min(start + 1000, first + count))
        yield "".join(text.replace("#", str(n)) for n in some).encode()


def _rows(text: str, count: int) -> bytes:
    begin = sheet(history_heads() + "@").split("@")
    pieces = (begin[0].encode(), *_numbered(text, 2, count), begin[1].encode())
    return _with("xl/worksheets/2.xml", pieces)


def _strings(piece: bytes, times: int) -> bytes:
    text = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    return _with(
        "xl/texts.xml", (text.encode(), *(piece for _ in range(times)), b"</t></si></sst>")
    )


def _merged(text: bytes) -> bytes:
    return _history(after=b"<mergeCells>" + text + b"</mergeCells>")


def _many_parts() -> bytes:
    found = parts({"participants": sheet(PEOPLE), "history": sheet(history_heads())})
    return packed({**found, **{f"xl/media/{n}": "" for n in range(20_000)}})


def _wide() -> bytes:
    letters = [f"{a}{b}" for a in " ABCDEFGHIJKLMNOPQRS" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    names = [name.strip() for name in letters][:512]
    line = "".join(inline(f"{name}#", "x") for name in names[:1])
    first = row(2, *(inline(f"{name}2", "x") for name in names))
    begin, end = sheet(history_heads() + first + "@").split("@")
    pieces = (begin.encode(), *_numbered(f'<row r="#">{line}</row>', 3, 200_000), end.encode())
    return _with("xl/worksheets/2.xml", pieces)


def _used_text() -> bytes:
    """A shared text of 150 MB that a cell of the history shows."""
    found = parts({"participants": sheet(PEOPLE)})
    line = row(2, '<c r="A2" t="s"><v>0</v></c>')
    found = parts({"participants": sheet(PEOPLE), "history": sheet(history_heads() + line)})
    texts = found.pop("xl/texts.xml").replace("</sst>", "<si><t>")
    stream = io.BytesIO(packed(found))
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/texts.xml", "w") as out,
    ):
        out.write(texts.encode())
        for _ in range(150):
            out.write(b"x" * _MB)
        out.write(b"</t></si></sst>")
    return stream.getvalue()


_SPACES, _TEXT = b" " * _MB, b"x" * _MB
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "one styled cell at the end of the grid": (
        lambda: _history(b'<row r="1048576"><c r="XFD1048576" s="1"/></row>'), ""),
    "one filled cell at the end of the grid": (
        lambda: _history(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "S206"),
    "the whole grid merged": (
        lambda: _merged(b'<mergeCell ref="A2:XFD1048576"/>'), "S225"),
    "a million merged ranges": (
        lambda: _merged(b'<mergeCell ref="A2:A3"/>' * 1_000_000), "S206"),
    "a row beyond the grid": (lambda: _history(b'<row r="99999999"/>'), "S206"),
    "comments of 2 GB": (
        lambda: _with(
            "xl/worksheets/2.xml", (b"<a>", *(b"<!-- " + _SPACES + b" -->" for _ in range(2_000)))
        ), "S206"),
    "one comment of 150 MB": (
        lambda: _with("xl/worksheets/2.xml", (b"<!--", *(_SPACES for _ in range(150)), b"--><a/>")),
        "S206"),
    "small comments of 190 MB": (
        lambda: _history(b"<!-- " + b" " * 90 + b"-->", times=1_900_000), ""),
    "a million empty styled rows": (
        lambda: _rows('<row r="#" s="1" customFormat="1"/>', 1_000_000), ""),
    "four million cells": (
        lambda: _rows('<row r="#"><c r="A#"><v>#</v></c><c r="B#"><v>#.5</v></c>'
                      '<c r="C#"><v>#</v></c><c r="D#"><v>#</v></c></row>', 1_000_000), "S206"),
    "a long thin table with one wide row": (_wide, "S206"),
    "a shared text of 700 MB": (lambda: _strings(_TEXT, 700), ""),
    "a shared text of 150 MB that is shown": (_used_text, "S206"),
    "an attribute of 150 MB": (
        lambda: _with("xl/worksheets/2.xml", (b'<a b="', *(_TEXT for _ in range(150)), b'"/>')),
        "S206"),
    "elements nested a million deep": (
        lambda: _with("xl/worksheets/2.xml", (b"<a>" * 1000 for _ in range(1_000))), "S206"),
    "a million kinds of elements": (
        lambda: _with("xl/worksheets/2.xml", (b"<a>", *_numbered("<a#/>", 1, 1_000_000), b"</a>")),
        "S206"),
    "entities of entities": (
        lambda: _with("xl/worksheets/2.xml", (
            b'<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
            b"<a>&b;</a>")), "S206"),
    "twenty thousand parts": (_many_parts, "S206"),
}  # fmt: skip


def opened(content: bytes) -> dict[str, object]:
    """Reads a workbook in a process of its own: its faults, the seconds and the megabytes it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.xlsx"
        path.write_bytes(content)
        program = (
            "import json, re, sys, time\n"
            "from pathlib import Path\n"
            "from scheduler.study.reading import read_study\n"
            "def most():\n"
            "    status = Path('/proc/self/status')\n"
            "    text = status.read_text() if status.exists() else 'VmHWM: 0 kB'\n"
            "    return int(re.search(r'VmHWM:\\s+(\\d+)', text)[1])\n"
            "before, start = most(), time.process_time()\n"
            "faults = [str(fault) for fault in read_study(sys.argv[1])[1]]\n"
            "after = most()\n"
            "print(json.dumps({'faults': faults, 'seconds': round(time.process_time() - start, 1),\n"
            "                  'megabytes': (after - before) // 1000}))\n"
        )
        found = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, cwd=ROOT,
            check=False,
        )  # fmt: skip
    if found.returncode:
        raise AssertionError(found.stderr[-2000:])
    return dict(json.loads(found.stdout))


def main() -> None:
    """Prints what each bomb took."""
    for name, (make, _) in BOMBS.items():
        start = time.monotonic()
        content = make()
        made = time.monotonic() - start
        found = opened(content)
        told = [str(fault).split("\n")[0][:110] for fault in found["faults"]]  # type: ignore[attr-defined]
        print(f"{name}: {len(content):,} bytes (made in {made:.0f} s), {found['seconds']} s, "
              f"{found['megabytes']} MB, {told}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
