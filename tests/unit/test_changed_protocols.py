"""A protocol with something changed: read like a file, with a fingerprint of its own, and no traps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import scheduler
from scheduler import InputFaults, NotFound, Protocol, load_protocol
from scheduler.planning.examples import shipped_examples

ROOT = Path(__file__).parents[2]
SURGERY = "E15-surgery-earlier"


@pytest.fixture(scope="module")
def model() -> Protocol:
    return load_protocol(ROOT / "protocols/nct07342244")


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


KEYS = {
    "id": "other", "summary": "S", "forbid": "malignancy", "require": "malignancy",
    "count": {"of": "major_surgery", "at_most": 2}, "total": {"of": "major_surgery", "at_most": "9 days"},
    "age": {"min": "18 years"}, "within": "6 weeks", "clear": "20 days", "covering": "3 days",
    "since": "consent", "before": "infusion", "after": "infusion", "around": "infusion",
    "at": "infusion", "ever_before": "infusion", "from": "consent", "until": "infusion",
    "only": {"sex": ["female"]}, "except": {"kind": ["minor"]}, "pauses": "2 days",
    "boundary": "exclusive", "judgement": "investigator", "assumption": "asked for",
    "source": {"ref": "registry", "section": "exclusion", "item": 15, "phrase": "4 weeks"},
}  # fmt: skip


def test_every_key_of_a_rule_is_tried() -> None:
    from scheduler.protocol.schema import RULE

    assert set(KEYS) == {key.name for key in RULE.keys}


@pytest.mark.parametrize("wrong", [False, True])
@pytest.mark.parametrize("key", KEYS)
def test_any_key_of_a_rule_gives_a_protocol_or_faults(
    model: Protocol, key: str, wrong: bool
) -> None:
    """Also a form that needs more keys than the one: never a KeyError, never the old print."""
    value = {"nonsense": {"x": 1}} if wrong else KEYS[key]
    try:
        changed = model.with_rule(SURGERY, **{key: value})
    except InputFaults as error:
        assert error.faults and all(fault.code.startswith("P1") for fault in error.faults)
        return
    assert not wrong and changed != model and changed.fingerprint != model.fingerprint
    name = "other" if key == "id" else SURGERY
    entry = next(rule for rule in changed.to_dict()["rules"] if rule["id"] == name)
    assert entry[key] == value and load_protocol(changed.to_dict()) == changed


def test_a_key_that_is_taken_away(model: Protocol) -> None:
    plain = model.with_rule(SURGERY, only={"sex": ["female"]})
    assert plain.with_rule(SURGERY, only=None, source=_source(model), assumption=None,
                           summary=_summary(model)) == model  # fmt: skip
    with pytest.raises(InputFaults, match="P1"):
        model.with_rule(SURGERY, source=None)


def _source(model: Protocol) -> object:
    return next(r for r in model.to_dict()["rules"] if r["id"] == SURGERY)["source"]


def _summary(model: Protocol) -> str:
    return next(rule for rule in model.rules if rule.id == SURGERY).summary


def test_what_is_not_changed_keeps_its_source(model: Protocol) -> None:
    gap = model.to_dict()["gaps"][0]
    for same in (
        model.with_rule(SURGERY), model.with_rule(SURGERY, within="4 weeks"),
        model.with_gap(gap["from"], gap["to"]), model.with_gap(gap["from"], gap["to"], max=gap["max"]),
    ):  # fmt: skip
        assert same == model and same.fingerprint == model.fingerprint


def test_a_visit_is_changed(model: Protocol) -> None:
    wider = model.with_visit("day_7", window={"before": "3 days", "after": "3 days"})
    visit = next(visit for visit in wider.visits if visit.name == "day_7")
    assert "3 days" in str(visit.window) and visit.basis.assumption.startswith(
        "changed from window"
    )
    with pytest.raises(InputFaults, match='no visit "day_8"'):
        model.with_visit("day_8", target="8 days")


@pytest.mark.parametrize("name", [None, 5, ["x"], b"x"])
def test_a_name_that_is_no_text_is_a_wrong_type(model: Protocol, name: object) -> None:
    changes: list[Callable[[], object]] = [
        lambda: model.with_rule(name, within="6 weeks"),  # type: ignore[arg-type]
        lambda: model.without_rule(name),  # type: ignore[arg-type]
        lambda: model.with_visit(name, target="6 weeks"),  # type: ignore[arg-type]
    ]
    for change in changes:
        with pytest.raises(TypeError, match="expected its id as text"):
            change()


@pytest.mark.parametrize("ends", [("nowhere", "screening"), ("consent", "nowhere"), (5, "screening"),
                                  ("consent", "consent"), ("", ""), (None, None)])  # fmt: skip
def test_a_gap_between_what_is_not_there(model: Protocol, ends: tuple[str, str]) -> None:
    with pytest.raises(InputFaults):
        model.with_gap(*ends, min="3 days")


@pytest.mark.parametrize("sides", [{"min": "9 years", "max": "1 day"}, {"max": 5}, {"usual": "soon"}, {"x": "1 day"},
                                   {"min": None, "max": None, "usual": None}])  # fmt: skip
def test_sides_that_cannot_be(model: Protocol, sides: dict[str, object]) -> None:
    with pytest.raises(InputFaults):
        model.with_gap("screening", "enrollment", **({"min": None, "max": None} | sides))


def test_rules_of_tests_are_told_of(model: Protocol) -> None:
    for shipped in shipped_examples():
        protocol = scheduler.example(shipped.name).protocol
        written = {rule["id"] for rule in protocol.to_dict().get("rules", [])}
        of_tests = [rule.id for rule in protocol.rules if rule.id not in written]
        for rule in of_tests[:1]:
            with pytest.raises(NotFound, match="made of a test"):
                protocol.without_rule(rule)


def test_no_fingerprint_is_that_of_other_rules(model: Protocol) -> None:
    """Whatever `replace` leaves: refused, the same, or without a fingerprint."""
    with pytest.raises(TypeError, match="fingerprint"):
        replace(model, fingerprint="abc")  # type: ignore[call-arg]
    assert replace(model, written=None, rules=()).fingerprint == ""
    other = load_protocol(ROOT / "protocols/demo-infant")
    with pytest.raises(ValueError, match="use with_rule"):
        replace(model, written=other.written)
    both = scheduler.plan(*scheduler.example("demo-cycles")).protocol
    with pytest.raises(ValueError, match="use with_rule"):
        replace(both, rules=())


def test_run_json_names_what_was_planned(model: Protocol, tmp_path: Path) -> None:
    import json

    _, study, day = scheduler.example()
    changed = model.with_rule(SURGERY, within="6 weeks")
    folder = (
        scheduler.plan(changed, study, day, participants="P-001").write(tmp_path / "out").folder
    )
    told = json.loads((folder / "run.json").read_text())["protocol"]
    assert told["sha256"] == changed.fingerprint != model.fingerprint
