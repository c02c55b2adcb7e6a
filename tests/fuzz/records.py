"""study.json and the notes of cohorts: anything in them is a word to the user, or not done yet."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from scheduler.errors import WashoutError
from scheduler.partitions.done import read_done, take_away
from scheduler.partitions.layout import DONE, STUDY_FILE, part_name, read_record
from tests.fuzz.mutations import spoil_json

_NOTE = {
    "partition": 3, "fingerprint": "x", "participants": 6,
    "files": {"summary/part-00003.parquet": 10}, "rows": {"summary": 6},
    "states": {"": {"permitted": 6}}, "warnings": ["w"], "faults": 0,
}  # fmt: skip
_TABLE = {"file": "participants.csv", "rows": [3, 4], "sha256": ["00", "11"]}
_RECORD = {
    "format": 1, "hash": "", "partitions": 2, "tables": {"participants": _TABLE},
    "sources": {"participants.csv": "00"}, "warnings": [],
}  # fmt: skip


def one_round(random: Random, folder: Path) -> None:
    """Read a spoilt record and spoilt notes, and take away what the notes name."""
    from scheduler.partitions.hashing import HASH

    (folder / STUDY_FILE).write_bytes(spoil_json(_RECORD | {"hash": HASH}, random))
    try:
        record = read_record(folder)
        assert all(isinstance(count, int) for count in record.participants)
    except WashoutError as error:
        assert STUDY_FILE in str(error)
    out = folder / "out"
    (out / DONE).mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    (folder / "part-00003.parquet").write_text("mine")
    files = {"../part-00003.parquet": 4, "notes.txt": 4} if random.random() < 0.5 else {}
    note = _NOTE | {"files": {**_NOTE["files"], **files}}  # type: ignore[dict-item]
    (out / DONE / part_name(3, ".json")).write_bytes(spoil_json(note, random))
    notes = read_done(out)
    take_away(out, notes, [], {"summary"})
    json.dumps([list(note.warnings) for note in notes.values()])
    assert (out / "notes.txt").read_text() == (folder / "part-00003.parquet").read_text() == "mine"
