"""What a protocol file says becomes the model, word for word and line for line."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.days import Length, day_of, parse_term
from scheduler.protocol import Gap, Protocol, Rule, RuleForm, Source, Visit
from scheduler.protocol.reading import load_protocol, parse_protocol, read_protocol

DEMO = Path(__file__).parents[1] / "data" / "demo-001.yaml"
HEAD = """\
protocol: T-1
title: A test
version: "1"
date: 2026-01-15
timezone: UTC
study: {opens: 2026-01-01, closes: 2026-12-31}
events: {e: {kind: point}, f: {kind: course}}
milestones:
  consent: {at: "08:00"}
  infusion: {at: "10:00"}
"""


def protocol(tail: str = "", head: str = HEAD) -> Protocol:
    found, faults = parse_protocol(head + tail, "t.yaml")
    assert [str(fault) for fault in faults if not fault.warning] == []
    assert found is not None
    return found


def codes(tail: str, head: str = HEAD) -> list[str]:
    _, faults = parse_protocol(head + tail, "t.yaml")
    return [fault.code for fault in faults if not fault.warning]


def rule(text: str, head: str = HEAD) -> Rule:
    return protocol(f"rules:\n  - {{id: R, {text}, assumption: test}}\n", head).rules[0]


def gap(text: str) -> Gap:
    return protocol(f"gaps:\n  - {{from: consent, to: infusion, {text}, assumption: test}}\n").gaps[
        0
    ]


def visit(text: str) -> Visit:
    line = f"{{id: v, {text}, assumption: test}}"
    return protocol(f"visits:\n  - {line}\n").visits[0]


def length(*texts: str, pick: str = "one") -> Length:
    terms = [parse_term(text) for text in texts]
    assert None not in terms
    return Length(tuple(terms), pick)  # type: ignore[arg-type]


def test_the_demo_of_the_contract() -> None:
    demo, faults = read_protocol(DEMO)
    assert demo is not None
    assert faults == []
    assert (demo.id, demo.version, demo.date, demo.timezone) == (
        "DEMO-001", "1.0", date(2026, 1, 15), "Asia/Shanghai",
    )  # fmt: skip
    # 2026-02-01 is 56 years (14 of them leap) and 31 days after 1970-01-01
    assert demo.study.first_day == 56 * 365 + 14 + 31
    assert demo.study.enrollment == 18
    assert [m.name for m in demo.milestones] == [
        "consent", "screening", "blood_collection", "lymphodepletion", "infusion",
    ]  # fmt: skip
    assert [m.any_day for m in demo.milestones] == [False, False, False, True, False]
    assert (demo.milestones[4].at, demo.milestones[4].day_zero) == (600, True)
    assert demo.gaps[0].min == length("0 days")
    assert demo.gaps[1].max is None
    assert demo.visits[1].repeat is not None
    assert demo.visits[1].repeat.times == 8
    assert demo.visits[1].optional
    assert [node.name for node in demo.nodes][-2:] == ["phone#7", "phone#8"]
    assert demo.agent_half_lives == {"venetoclax": 26 * 60}
    assert demo.checklist[0].id == "I5"
    assert demo.notes[0].about == "I1-age"
    assert demo.documents[0].date == "2026-01-15"


def test_the_rules_of_the_demo() -> None:
    rules = {r.id: r for r in load_protocol(DEMO).rules}
    assert {name: (r.form, r.node) for name, r in rules.items()} == {
        "E12-surgery": (RuleForm.BEFORE, "lymphodepletion"),
        "E15b": (RuleForm.BEFORE, "infusion"),
        "E20f": (RuleForm.AFTER, "infusion"),
        "E16": (RuleForm.FROM_UNTIL, "consent"),
        "E8": (RuleForm.EVER, "screening"),
        "E3": (RuleForm.AT, "screening"),
        "X1": (RuleForm.BEFORE, "infusion"),
        "E14": (RuleForm.BEFORE, "screening"),
        "I1-age": (RuleForm.AGE, "screening"),
    }
    surgery = rules["E12-surgery"]
    assert surgery.events == ("major_surgery",)
    assert surgery.exempt == {"purpose": ("diagnostic", "biopsy")}
    assert surgery.basis.source == Source(
        "registry", "exclusion", "12", "within 4 weeks prior to lymphodepletion"
    )
    assert rules["E15b"].elapsed
    assert rules["E20f"].only == {"sex": ("female",)}
    assert rules["E16"].until == "study_closes"
    assert rules["X1"].length == length("4 weeks", "5 half-lives", pick="longer_of")
    assert rules["E14"].judgement
    assert not rules["E8"].judgement
    assert (rules["I1-age"].age_min, rules["I1-age"].age_max) == (
        parse_term("18 years"), parse_term("75 years"),
    )  # fmt: skip


def test_lines_point_at_each_item() -> None:
    demo = load_protocol(DEMO)
    lines = DEMO.read_text(encoding="utf-8").splitlines()
    for item in demo.rules:
        assert f"id: {item.id}" in lines[item.basis.line - 1]
    for found in (*demo.gaps, *demo.visits):
        start = found.start if isinstance(found, Gap) else found.name
        assert start in lines[found.basis.line - 1]
    assert "venetoclax" in lines[demo.agents[0].basis.line - 1]


def test_path_and_fingerprint(tmp_path: Path) -> None:
    content = HEAD.encode()
    (tmp_path / "protocol.yaml").write_bytes(content)
    by_folder, by_file = load_protocol(tmp_path), load_protocol(str(tmp_path / "protocol.yaml"))
    assert by_folder == by_file
    assert by_folder.path == (tmp_path / "protocol.yaml").as_posix()
    assert by_folder.fingerprint == hashlib.sha256(content).hexdigest()
    assert protocol().fingerprint == by_folder.fingerprint


def test_warnings_are_kept_with_the_protocol() -> None:
    assert protocol().warnings == (
        "P150 t.yaml:7 events.e: declared, but no rule names it",
        "P150 t.yaml:7 events.f: declared, but no rule names it",
    )


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_protocol(file).milestones == protocol().milestones
    file.write_bytes(HEAD.replace("UTC", "UCT+0").replace("\n", "\r\n").encode())
    assert [fault.place for fault in read_protocol(file)[1]] == [f"{file.as_posix()}:5"]


@pytest.mark.parametrize(
    ("protocol_says", "rule_says", "inclusive"),
    [("", "", True), ("exclusive", "", False), ("exclusive", "inclusive", True),
     ("inclusive", "exclusive", False)],
)  # fmt: skip
def test_boundary_of_the_protocol_and_of_the_rule(
    protocol_says: str, rule_says: str, inclusive: bool
) -> None:
    head = HEAD + (f"boundary: {protocol_says}\n" if protocol_says else "")
    own = f", boundary: {rule_says}" if rule_says else ""
    assert rule(f"forbid: e, within: 4 weeks, before: infusion{own}", head).inclusive is inclusive


def test_clear_is_exclusive_whatever_the_protocol_says() -> None:
    found = rule("forbid: e, clear: 6 months, before: infusion", HEAD + "boundary: inclusive\n")
    assert (found.form, found.clear, found.inclusive) == (RuleForm.BEFORE, True, False)
    assert found.length == length("6 months")


def test_one_value_or_a_list() -> None:
    found = rule('forbid: [e, f], except: {kind: a, "route of drug": [b, c]}, at: infusion')
    assert found.events == ("e", "f")
    assert found.exempt == {"kind": ("a",), "route of drug": ("b", "c")}
    assert rule("forbid: f, only: {arm: A, sex: [female]}, at: consent").only == {
        "arm": ("A",), "sex": ("female",),
    }  # fmt: skip


@pytest.mark.parametrize("key", ["within", "clear"])
def test_combined_lengths_in_rules(key: str) -> None:
    found = rule(f"forbid: f, {key}: {{shorter_of: [P1M3D, 72 hours]}}, before: infusion")
    assert found.length == length("P1M3D", "72 hours", pick="shorter_of")
    assert not found.elapsed


def test_combined_lengths_in_gaps() -> None:
    found = gap("min: {longer_of: [1 month, 30 days]}, max: PT1000H")
    assert found.min == length("1 month", "30 days", pick="longer_of")
    assert found.max == length("PT1000H")
    assert found.elapsed


def test_from_until_takes_the_fixed_nodes() -> None:
    found = rule("forbid: e, from: study_opens, until: infusion")
    assert (found.node, found.until) == ("study_opens", "infusion")


def test_visits_before_an_anchor_and_off_an_occurrence() -> None:
    found = visit("before: infusion, target: 7 days, window: {before: 1 day, after: 0 days}")
    assert (found.anchor, found.after) == ("infusion", False)
    assert visit("after: infusion, target: P2W, window: unknown").window is None
    tail = """\
visits:
  - id: late
    after: phone#2
    target: 2 hours
    window: unknown
    days: any
    at: "23:59"
    assumption: x
  - id: phone
    after: consent
    target: 1 day
    window: unknown
    repeat: {every: 1 week, times: 2}
    assumption: x
rules:
  - {id: R, forbid: [e, f], at: phone#1, assumption: x}
gaps:
  - {from: phone#2, to: study_closes, min: 1 day, assumption: x}
"""
    late, phone = protocol(tail).visits
    assert (late.anchor, late.any_day, late.at) == ("phone#2", True, 1439)
    assert (phone.name, phone.label) == ("phone", "Phone")


def test_labels_are_made_readable() -> None:
    found = protocol(head=HEAD.replace("infusion:", "cell_infusion-2:"))
    assert [m.label for m in found.milestones] == ["Consent", "Cell infusion 2"]
    assert [e.label for e in found.events] == ["E", "F"]


def test_texts_are_kept_as_written() -> None:
    head = HEAD.replace("A test", '"10:30 - no: \u4e2d\u6587"').replace('"1"', '"1.10"')
    found = protocol(head=head)
    assert (found.title, found.version) == ("10:30 - no: \u4e2d\u6587", "1.10")
    item = rule("forbid: e, at: infusion, source: {ref: d, section: '010', item: 12}",
                HEAD + "sources: {d: {document: D}}\n").basis.source  # fmt: skip
    assert item == Source("d", "010", "12", "")


@pytest.mark.parametrize("word", ["yes", "true", "no", "false"])
def test_the_four_booleans(word: str) -> None:
    head = HEAD.replace("consent: {", f"consent: {{optional: {word}, ")
    assert protocol(head=head).milestones[0].optional is (word in ("yes", "true"))


@pytest.mark.parametrize("word", ["on", "off", "y", "n", "Yes", "TRUE", "1", '"yes"', "~", "[yes]"])
def test_nothing_else_is_a_boolean(word: str) -> None:
    assert codes("", HEAD.replace("consent: {", f"consent: {{optional: {word}, ")) == ["P109"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("14 days", "2 weeks", []),
        ("15 days", "2 weeks", ["P119"]),
        ("1 month", "31 days", []),  # decided: never more than 31 days
        ("1 month", "30 days", []),  # it depends on the month: a warning, not a fault
        ("1 month", "27 days", ["P119"]),  # no month is that short
        ("49 hours", "48 hours", ["P119"]),
        ("48 hours", "48 hours", []),
        ("72 hours", "1 day", ["P119"]),
        ("72 hours", "3 days", []),
        ("5 days", "72 hours", ["P119"]),
        ("3 days", "72 hours", []),
        ("{longer_of: [1 week, 2 weeks]}", "10 days", ["P119"]),
        ("{shorter_of: [1 week, 2 weeks]}", "10 days", []),
    ],
)
def test_min_over_max(low: str, high: str, expected: list[str]) -> None:
    line = f"{{from: consent, to: infusion, min: {low}, max: {high}, assumption: x}}"
    assert codes(f"gaps:\n  - {line}\n") == expected


def test_one_mistake_is_one_fault() -> None:
    """A misspelt section, id or event is reported where it stands, not where it is used."""
    tail = "rules:\n  - {id: R, forbid: e, at: infusion, assumption: x}\n"
    assert codes(tail, HEAD.replace("milestones:", "milestone:")) == ["P106"]
    assert codes(tail, HEAD.replace("events:", "event:")) == ["P106"]
    assert codes(tail, HEAD.replace("e: {kind: point}", "e: {kind: dot}")) == ["P109"]
    assert codes(tail.replace("infusion", "1st"), HEAD.replace("infusion:", "1st:")) == ["P114"]
    assert codes(
        tail, HEAD.replace("events: {", "events: [{").replace("course}}", "course}}]")
    ) == ["P109"]


def test_two_circles_are_two_faults() -> None:
    lines = "".join(
        f"  - {{id: {a}, after: {b}, target: 1 day, window: unknown, assumption: x}}\n"
        for a, b in ["ab", "ba", "cd", "de", "ec", "fa"]
    )
    assert codes("visits:\n" + lines) == ["P120", "P120"]


PIECES = st.sampled_from(
    ["{", "}", "[", "]", ": ", ", ", '"', "\n", "\n  ", "- ", "#", "&a ", "*a ", "<<", "!!str ",
     "---\n", "no", "~", "010", "10:30", "-1", "study_opens", "infusion", "consent#1", "v#2", "id",
     "forbid", "within", "at", "from", "until", "age", "gaps", "visits", "rules", "repeat",
     "4 weeks", "{longer_of: [1 day, 5 half-lives]}", "\ud800", "\x00", "\u202e", "1e999", "9" * 40]
)  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 30), PIECES), min_size=1, max_size=5))
def test_no_content_raises(edits: list[tuple[float, int, str]]) -> None:
    """A file is read or refused with faults that can be printed, whatever stands in it."""
    text = DEMO.read_text(encoding="utf-8")
    for where, cut, piece in edits:
        place = int(where * len(text))
        text = text[:place] + piece + text[place + cut :]
    found, faults = parse_protocol(text, "t.yaml")
    assert (found is None) == any(not fault.warning for fault in faults)
    for fault in faults:
        assert "\n" not in fault.message + fault.path
        str(fault).encode("utf-8")
    if found is not None:
        assert len(found.nodes) >= len(found.milestones)


def test_days_of_the_study_are_day_numbers() -> None:

    assert protocol().study.last_day == day_of(date(2026, 12, 31))
