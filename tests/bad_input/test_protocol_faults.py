"""Every broken protocol gives exactly the faults that stand beside it."""

import re
from pathlib import Path

import pytest

from scheduler.errors import InputFaults
from scheduler.protocol.reading import load_protocol, parse_protocol, read_protocol
from scheduler.yaml_text.faults import CODES
from tests.bad_input.renew import FOLDER, faults_of

FILES = sorted(FOLDER.glob("*.yaml"))
WARNINGS = {"warning_unused_event", "gap_min_over_max_months"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_faults_are_exactly_those_expected(file: Path) -> None:
    assert faults_of(file).encode() == file.with_suffix(".txt").read_bytes()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_a_file_with_nothing_but_warnings_gives_a_protocol(file: Path) -> None:
    protocol, faults = read_protocol(file)
    assert faults
    assert (protocol is not None) == (file.stem in WARNINGS)
    assert all(fault.warning for fault in faults) == (file.stem in WARNINGS)


def test_there_are_many_and_none_is_left_over() -> None:
    assert len(FILES) >= 45
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FILES}


def test_every_code_is_shown_by_some_file() -> None:
    shown = "".join(file.with_suffix(".txt").read_text(encoding="utf-8") for file in FILES)
    assert set(re.findall(r"^(P\d+) ", shown, re.MULTILINE)) == set(CODES) - {"P100", "P132"}


def test_every_code_is_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocol-file.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| (P\d+) \| (.*) \|$", page, re.MULTILINE))
    assert listed == CODES


def test_a_missing_file_is_a_fault_without_a_line(tmp_path: Path) -> None:
    protocol, faults = read_protocol(tmp_path / "absent.yaml")
    place = f"{tmp_path.as_posix()}/absent.yaml"
    assert protocol is None
    assert [str(fault) for fault in faults] == [
        f"P100 {place}: no such file, expected a protocol file or its folder"
    ]


def test_a_folder_without_a_protocol_is_a_fault(tmp_path: Path) -> None:
    _, faults = read_protocol(tmp_path)
    assert [fault.place for fault in faults] == [f"{tmp_path.as_posix()}/protocol.yaml"]
    assert faults[0].code == "P100"


def test_load_raises_all_faults_at_once() -> None:
    file = FOLDER / "everything_at_once.yaml"
    with pytest.raises(InputFaults) as raised:
        load_protocol(file)
    assert [fault.code for fault in raised.value.faults] == [
        "P110", "P109", "P104", "P106", "P128", "P107",
    ]  # fmt: skip
    assert str(raised.value).startswith(f"P110 {file.as_posix()}:3 version: found 1.0")


def test_lines_are_sorted_as_numbers() -> None:
    lines = [int(f.place.rpartition(":")[2]) for f in read_protocol(FOLDER / "booleans.yaml")[1]]
    assert lines == [13, 14, 15]
    text = FOLDER.joinpath("everything_at_once.yaml").read_text(encoding="utf-8")
    places = [int(f.place.rpartition(":")[2]) for f in parse_protocol(text, "x.yaml")[1]]
    assert places == sorted(places)
    assert places[0] < 10 < places[-1]


def test_a_lone_surrogate_in_a_text_is_a_fault_not_a_crash() -> None:
    for text in ("title: A\ud800B\n", 'title: "A\\ud800B"\n'):
        protocol, faults = parse_protocol(text, "x.yaml")
        assert protocol is None
        assert any(fault.code in ("P127", "P102") and ":1" in fault.place for fault in faults)
        "".join(map(str, faults)).encode("utf-8")


def test_text_from_the_file_cannot_forge_a_line_of_the_fault_list() -> None:
    _, faults = parse_protocol('"x\\nP999 other.yaml:1: all is well": 1\n', "x.yaml")
    assert all("\n" not in fault.path + fault.message + fault.way_out for fault in faults)
