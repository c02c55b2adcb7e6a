"""A protocol as an object: where it is read from, what it says of itself, and what it is changed to."""

import copy
import io
import pickle
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import scheduler
from scheduler import InputFaults, NotFound, Protocol, load_protocol

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


def test_a_protocol_is_read_from_anything_that_holds_one(model: Protocol) -> None:
    path = ROOT / "protocols/nct07342244/protocol.yaml"
    content = path.read_bytes()
    with path.open(encoding="utf-8") as text, path.open("rb") as raw:
        found = [
            load_protocol(str(path)), load_protocol(text), load_protocol(raw),
            load_protocol(content.decode()), load_protocol(io.BytesIO(content)),
        ]  # fmt: skip
    assert all(one == model and one.fingerprint == model.fingerprint for one in found)


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


def test_a_changed_rule_is_read_like_a_file(model: Protocol) -> None:
    changed = model.with_rule(SURGERY, within="6 weeks")
    rule = next(rule for rule in changed.rules if rule.id == SURGERY)
    assert str(rule.length) == "6 weeks" or "6 weeks" in str(rule.length)
    assert rule.basis.source is None and rule.basis.assumption == "changed from within 4 weeks"
    assert "4 weeks" not in rule.summary
    assert changed.fingerprint not in ("", model.fingerprint) and changed != model
    assert len(changed.rules) == len(model.rules)
    assert load_protocol(changed.to_yaml()) == changed


def test_a_changed_rule_keeps_what_the_caller_says_of_it(model: Protocol) -> None:
    changed = model.with_rule(SURGERY, clear="20 days", summary="S", assumption="asked for")
    rule = next(rule for rule in changed.rules if rule.id == SURGERY)
    assert rule.clear and rule.summary == "S" and rule.basis.assumption == "asked for"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"within": "6 wekes"}, "P104"), ({"nonsense": 1}, "P106"), ({"forbid": "sugery"}, "P107"),
     ({"within": None}, "P1"), ({"before": "nowhere"}, "P107"), ({"within": object()}, "P104")],
)  # fmt: skip
def test_what_no_file_may_say_is_a_fault(
    model: Protocol, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InputFaults) as caught:
        model.with_rule(SURGERY, **changes)
    assert any(fault.code.startswith(code) for fault in caught.value.faults)


def test_a_rule_that_is_not_there_is_not_found(model: Protocol) -> None:
    for change in (
        lambda: model.with_rule("E15-surgery-earlyer", within="6 weeks"),
        lambda: model.without_rule("E15-surgery-earlyer"),
    ):
        with pytest.raises(NotFound, match='did you mean "E15-surgery-earlier"'):
            change()


def test_rules_and_gaps_come_and_go(model: Protocol) -> None:
    fewer = model.without_rule(SURGERY)
    assert [r.id for r in fewer.rules] == [r.id for r in model.rules if r.id != SURGERY]
    gap = model.gaps[0]
    wider = model.with_gap(gap.start, gap.end, max="400 days")
    assert "400 days" in str(wider.gaps[0].max) and len(wider.gaps) == len(model.gaps)
    assert "changed from" in wider.gaps[0].basis.assumption
    more = model.with_gap("consent", "transplant", min="3 days")
    assert more.gaps[-1].basis.assumption == "added" and len(more.gaps) == len(model.gaps) + 1
    with pytest.raises(InputFaults, match="P107"):
        model.with_gap("consent", "nowhere", min="3 days")


def test_versions_stay_with_a_changed_protocol() -> None:
    model = load_protocol(ROOT / "protocols/demo-cycles")
    assert model.with_gap("consent", "screening", max="90 days").versions == model.versions != ()


def test_replacing_what_was_read_is_refused(model: Protocol) -> None:
    with pytest.raises(ValueError, match="use with_rule"):
        replace(model, rules=model.rules[1:])
    with pytest.raises(ValueError, match="was not read"):
        replace(model, written=None, rules=()).to_dict()
    assert replace(model, versions=()).fingerprint == model.fingerprint


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
    there = pickle.loads(pickle.dumps(model))
    assert there == model and there.with_rule(SURGERY, within="6 weeks") != model
    assert copy.deepcopy(model) == model
    assert scheduler.Protocol is Protocol
