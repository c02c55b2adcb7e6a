"""What lies in a cohort's folders is not trusted: records, notes, parts and links of anybody."""

import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest

from scheduler.errors import NotWritable, WashoutError
from scheduler.partitions.done import read_done, take_away
from scheduler.partitions.importing import import_study
from scheduler.partitions.layout import DONE, STUDY_FILE, part_name, read_record
from scheduler.partitions.reading import PartitionFiles, read_part
from scheduler.partitions.run import Settings, plan_cohort
from tests.cohorts.people import AS_OF

NO_JSON = (
    "",
    "{",
    "[" * 100_000,
    '{"a":' * 100_000,
    "1",
    "true",
    "null",
    "[]",
    '"text"',
    "{}",
    "9" * 5000,
)


@pytest.mark.parametrize("content", NO_JSON, ids=range(len(NO_JSON)))
def test_a_record_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / STUDY_FILE).write_text(content)
    with pytest.raises(WashoutError, match=r"study\.json: (not the record|made by another)"):
        read_record(tmp_path)


def _changes() -> list[tuple[str, Any]]:
    odd = [None, True, -1, 1.5, "8", [], {}, 10**30]
    found: list[tuple[str, Any]] = [("partitions", value) for value in (*odd, 7, 10**9)]
    found += [("sources", value) for value in (1, ["a"], {"a": 1}, {"a": None})]
    found += [("warnings", value) for value in (1, [1], None)]
    found += [("tables", value) for value in (*odd, {"../x": {}}, {"participants": 1})]
    return found


@pytest.mark.parametrize(("key", "value"), _changes())
def test_a_record_with_something_odd_in_it(
    imported: Path, tmp_path: Path, key: str, value: Any
) -> None:
    held = json.loads((imported / STUDY_FILE).read_text(encoding="utf-8"))
    (tmp_path / STUDY_FILE).write_text(json.dumps(held | {key: value}))
    with pytest.raises(WashoutError, match=r"study\.json: not the record of an imported study"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"file": "../x"}, {"file": 1}, {"rows": [1]}, {"rows": ["1"] * 8}, {"rows": [-1] * 8},
     {"rows": "12345678"}, {"sha256": []}, {"sha256": [1] * 8}, {"sha256": None},
     {"sha256": "12345678"}],
)  # fmt: skip
def test_a_record_with_an_odd_table(imported: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    held = json.loads((imported / STUDY_FILE).read_text(encoding="utf-8"))
    held["tables"]["history"] |= change
    (tmp_path / STUDY_FILE).write_text(json.dumps(held))
    with pytest.raises(WashoutError, match=r"study\.json: not the record of an imported study"):
        read_record(tmp_path)


NOTE: dict[str, Any] = {
    "partition": 3, "fingerprint": "x", "participants": 6,
    "files": {"summary/part-00003.parquet": 10}, "rows": {"summary": 6},
    "states": {"": {"permitted": 6}}, "warnings": [], "faults": 0,
}  # fmt: skip


@pytest.mark.parametrize("content", NO_JSON, ids=range(len(NO_JSON)))
def test_a_note_that_is_none_counts_as_not_done(tmp_path: Path, content: str) -> None:
    (tmp_path / DONE).mkdir()
    (tmp_path / DONE / part_name(3, ".json")).write_text(content)
    assert read_done(tmp_path) == {}


def test_a_note_as_it_should_be(tmp_path: Path) -> None:
    (tmp_path / DONE).mkdir()
    (tmp_path / DONE / part_name(3, ".json")).write_text(json.dumps(NOTE))
    assert list(read_done(tmp_path)) == [3]


@pytest.mark.parametrize("name", [*NOTE, "more"])
@pytest.mark.parametrize("value", [None, True, -1, "4", [1], {"a": "b"}, {"a": {"b": "c"}}])
def test_a_note_with_something_odd_in_it(tmp_path: Path, name: str, value: Any) -> None:
    (tmp_path / DONE).mkdir()
    (tmp_path / DONE / part_name(3, ".json")).write_text(json.dumps(NOTE | {name: value}))
    assert read_done(tmp_path) == {} or (name, value) == ("fingerprint", "4")


@pytest.mark.parametrize(
    "name",
    ["../victim.txt", "/etc/hostname", "..\\victim.txt", "summary/../../victim.txt", "notes.txt",
     "summary/notes.parquet", "../part-00003.parquet", ""],
)  # fmt: skip
def test_a_note_removes_nothing_but_parts_of_the_output(tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    for path in (out / DONE, out / "summary"):
        path.mkdir(parents=True)
    kept = ("victim.txt", "part-00003.parquet", "out/notes.txt", "out/summary/notes.parquet")
    for path in map(tmp_path.joinpath, kept):
        path.write_text("mine")
    files = {"files": {name: 4, "summary/part-00003.parquet": 4}}
    (out / DONE / part_name(3, ".json")).write_text(json.dumps(NOTE | files))
    take_away(out, read_done(out), [], set())
    assert all((tmp_path / path).read_text() == "mine" for path in kept)


@pytest.mark.parametrize("name", ["_done", "faults", "_study", "summary"])
def test_links_in_the_output_are_refused(
    imported: Path, tmp_path: Path, protocol_folder: Path, name: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "part-00000.parquet").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).symlink_to(elsewhere)
    with pytest.raises(NotWritable, match=f"{name}: this is a link"):
        plan_cohort([protocol_folder], imported, tmp_path / "out", Settings(AS_OF, ("summary",)))
    assert [path.read_text() for path in elsewhere.iterdir()] == ["mine"]


@pytest.mark.parametrize("end", ["part", "old"])
def test_links_beside_an_import_are_refused(study: Path, tmp_path: Path, end: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("mine")
    (tmp_path / f".parts.washout-{end}").symlink_to(elsewhere)
    with pytest.raises(NotWritable, match="this is a link"):
        import_study(study, tmp_path / "parts", 2)
    assert (elsewhere / "a.txt").read_text() == "mine"


def test_an_import_into_a_linked_folder_fills_that_folder(study: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to(tmp_path / "real")
    for _ in range(2):
        import_study(study, tmp_path / "way", 2)
        assert (tmp_path / "way").is_symlink() and (tmp_path / "real" / STUDY_FILE).is_file()
    assert {path.name for path in tmp_path.iterdir()} == {"real", "way"}


def _parquet(frame: pd.DataFrame) -> bytes:
    stream = BytesIO()
    frame.to_parquet(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1", b"PAR1" * 100, _parquet(pd.DataFrame({"x": [1]})),
     _parquet(pd.DataFrame({"__row__": ["a"], "participant": ["b"]})),
     _parquet(pd.DataFrame({"__row__": [1]}))],
    ids=range(6),
)  # fmt: skip
def test_a_part_with_the_right_sum_that_is_no_part(
    imported: Path, tmp_path: Path, content: bytes
) -> None:
    copytree(imported, tmp_path / "study")
    (tmp_path / "study" / "history" / part_name(0)).write_bytes(content)
    held = json.loads((tmp_path / "study" / STUDY_FILE).read_text(encoding="utf-8"))
    held["tables"]["history"]["sha256"][0] = sha256(content).hexdigest()
    (tmp_path / "study" / STUDY_FILE).write_text(json.dumps(held))
    record = read_record(tmp_path / "study")
    _, faults = read_part(PartitionFiles.of(tmp_path / "study", record, 0))
    assert [fault.code for fault in faults] == ["K110"]
