"""Values that no rule names are free text on a person: no output repeats them."""

import csv
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.end_to_end.conftest import AS_OF, Invoke

# The column and what is written into it; near misses of what rules name are free text too.
FREE = [
    ("history", "kind", "Zqkind melanoma of Mrs Zq"), ("history", "purpose", "Zqpurpose"),
    ("history", "purpose", "biopsyzq"), ("history", "route", "inhaledZq"),
    ("history", "agent", "Zqagent"), ("history", "note", "Zqnote"),
    ("participants", "ward", "Zqward"), ("decisions", "by", "Zqby"),
]  # fmt: skip


@pytest.fixture
def marked(tmp_path: Path, study: Path) -> Path:
    """The example with free text in every column that may hold it, and a strange event."""
    copy = tmp_path / "marked"
    shutil.copytree(study, copy)
    for table in ("participants", "history", "decisions"):
        path = copy / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row |= {"ward": ""} if table == "participants" else {}
        for number, (_, column, text) in enumerate(f for f in FREE if f[0] == table):
            for row in rows[number :: len(FREE)]:
                row[column] = text
        if table == "history":
            rows += [rows[0] | {"event": f"Zqevent {n} of Mrs Zq", "start": "2001"} for n in "ab"]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return copy


def texts(folder: Path) -> dict[str, str]:
    """The text of every file below a folder, workbooks unpacked."""
    found = {}
    for path in folder.rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found |= {f"{path.name}/{n}": book.read(n).decode() for n in book.namelist()}
        elif path.is_file():
            found[path.name] = path.read_bytes().replace(b"\r\n ", b"").decode()
    return found


def test_no_output_repeats_free_text(
    invoke: Invoke, tmp_path: Path, protocol: Path, marked: Path
) -> None:
    out = tmp_path / "out"
    words = ["--as-of", AS_OF]
    runs = [
        invoke("plan", protocol, marked, *words, "--out", out),
        invoke("plan", protocol, marked, *words, "--out", tmp_path / "strict", "--strict", "--all"),
        invoke("agenda", protocol, marked, *words, "--full"),
        invoke("explain", protocol, marked, "P-002", "screening", "2026-06-22", *words),
        invoke("diff", protocol, protocol, "--study", marked, *words),
    ]
    said = {f"run {number}": run.output + run.stderr for number, run in enumerate(runs)}
    assert "S244" in said["run 0"] and "S245" in said["run 0"], said["run 0"]
    found = said | texts(out) | texts(tmp_path / "strict")
    assert [name for name, text in found.items() if "zq" in text.lower()] == []
