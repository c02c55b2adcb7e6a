"""A protocol as an object: where it is read from, what it says of itself, and what it is changed to."""

import copy
import hashlib
import io
import json
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import scheduler
from scheduler import InputFaults, Protocol, load_protocol

ROOT = Path(__file__).parents[2]
FILES = sorted(ROOT.glob("protocols/*/protocol.yaml")) + sorted(
    ROOT.glob("protocols/*/versions/*.yaml")
)
SURGERY = "E15-surgery-earlier"


@pytest.fixture(scope="module")
def model() -> Protocol:
    return load_protocol(ROOT / "protocols/nct07342244")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + path.stem)
def test_what_is_written_again_says_the_same(path: Path) -> None:
    model = replace(load_protocol(path), versions=())
    for again in (load_protocol(model.to_yaml()), load_protocol(model.to_dict())):
        assert again == model and hash(again) == hash(model)
        assert [node.label for node in again.nodes] == [node.label for node in model.nodes]
        assert again.to_dict() == model.to_dict()


def test_what_is_made_of_a_protocol_is_made_once_and_stays_at_home(model: Protocol) -> None:
    asked: list[Protocol] = []

    def maker(protocol: Protocol) -> int:
        asked.append(protocol)
        return len(protocol.rules)

    assert [model.made(maker) for _ in range(3)] == [len(model.rules)] * 3
    assert asked == [model]
    again = pickle.loads(pickle.dumps(model))  # though the maker is a function of this test alone
    assert again == model and again.made(maker) == len(model.rules)
    assert len(asked) == 2
    assert model.without_rule(SURGERY).made(maker) == len(model.rules) - 1


def test_a_protocol_is_read_from_anything_that_holds_one(model: Protocol) -> None:
    path = ROOT / "protocols/nct07342244/protocol.yaml"
    content = path.read_bytes()
    with path.open(encoding="utf-8") as text, path.open("rb") as raw:
        found = [
            load_protocol(str(path)), load_protocol(text), load_protocol(raw),
            load_protocol(content.decode()), load_protocol(io.BytesIO(content)),
        ]  # fmt: skip
    assert all(one == model and one.fingerprint == model.fingerprint for one in found)


def test_text_in_one_line_is_a_text(model: Protocol) -> None:
    line = json.dumps(model.to_dict(), default=str)
    assert "\n" not in line and load_protocol(line) == load_protocol(f"  {line}") == model


def test_what_a_protocol_gives_back_keeps_its_fingerprint(model: Protocol, tmp_path: Path) -> None:
    again, text = load_protocol(model.to_dict()), model.to_yaml()
    file = tmp_path / "protocol.yaml"
    file.write_bytes(text.encode())
    prints = {load_protocol(source).fingerprint for source in (again.to_dict(), text, file)}
    assert prints == {again.fingerprint} == {hashlib.sha256(text.encode()).hexdigest()}
    assert again == model and again.to_yaml() == text


def test_a_mapping_that_holds_itself_is_a_fault() -> None:
    plain: dict[str, object] = {}
    plain["protocol"] = plain
    with pytest.raises(InputFaults, match="P109 mapping: found values that hold themselves"):
        load_protocol(plain)


@pytest.mark.parametrize("source", [None, 7, ["protocol.yaml"], b"protocol: X\n"])
def test_anything_else_is_a_wrong_type(source: object) -> None:
    with pytest.raises(TypeError, match="expected a path, the text of a protocol file"):
        load_protocol(source)  # type: ignore[arg-type]


def test_faults_of_texts_and_mappings_are_told_all_at_once(model: Protocol) -> None:
    plain = model.to_dict()
    plain["rules"][0]["age"] = {"min": "old"}
    plain["nonsense"] = 1.5
    for source in (plain, io.BytesIO(b"\xff")):
        with pytest.raises(InputFaults) as caught:
            load_protocol(source)
        assert all(fault.code.startswith("P1") for fault in caught.value.faults)
    with pytest.raises(InputFaults) as caught:
        load_protocol(plain)
    assert len(caught.value.faults) >= 2


def test_to_dict_gives_a_copy(model: Protocol) -> None:
    plain = model.to_dict()
    plain["rules"].clear()
    assert model.to_dict()["rules"]


def test_days_of_the_study_are_dates(model: Protocol) -> None:
    period, written = model.study, model.to_dict()["study"]
    assert (period.opens.isoformat(), period.closes.isoformat()) == (
        str(written["opens"]), str(written["closes"]),
    )  # fmt: skip
    assert type(period.opens) is type(period.closes) is date
    assert model.date.isoformat() == str(model.to_dict()["date"]) and type(model.date) is date
    assert period.opens < period.closes and (period.closes - period.opens).days > 0


def test_a_protocol_is_short_to_print_and_travels(model: Protocol) -> None:
    assert repr(model) == (
        "<Protocol NCT07342244 version 1.0: 7 milestones, 8 gaps, 14 visits, 44 rules>"
    )
    assert repr(model.study) == "<StudyPeriod 2026-01-30 to 2029-12-20, 18 participants>"
    assert len(repr(model.written)) < 100
    there = pickle.loads(pickle.dumps(model))
    assert there == model and there.with_rule(SURGERY, within="6 weeks") != model
    assert copy.deepcopy(model) == model
    assert scheduler.Protocol is Protocol
