"""What notebooks show of a protocol, a plan and an explanation: complete, well-formed, escaped."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import scheduler
from scheduler.planning.plans import Plan
from scheduler.report.notebook import cell, explanation_html, plan_html, protocol_html, table

EXAMPLE = Path(__file__).resolve().parents[2] / "protocols" / "nct07342244"


def texts(html: str) -> list[str]:
    """The texts of HTML that is also well-formed XML."""
    root = ElementTree.fromstring(html)
    return ["".join(element.itertext()) for element in root.iter() if element.tag in ("td", "p")]


def rows(html: str, caption: str) -> list[list[str]]:
    for element in ElementTree.fromstring(html).iter("table"):
        if element.findtext("caption") == caption:
            body = element.find("tbody")
            assert body is not None
            return [["".join(td.itertext()) for td in tr] for tr in body]
    return []


def test_small_protocol_by_hand(small: Plan) -> None:
    html = protocol_html(small.protocol)
    assert texts(html)[0] == "SMALL, version 1.0 (2026-01-01) A small <b>protocol</b> & more"
    assert rows(html, "Milestones") == [
        ["consent", "Consent", ""],
        ["infusion", "Infusion", "at 10:00; study days are counted from it (day 0)"],
    ]
    assert rows(html, "Gaps") == [
        ["consent", "infusion", "at least 7 days; at most 21 days", "",
         "a <script>alert(1)</script> gap"],
    ]  # fmt: skip
    assert rows(html, "Visits") == [
        ["month_1", "Month 1", "28 days after infusion", "3 days before to 3 days after", "", "usual"],
    ]  # fmt: skip
    assert rows(html, "Rules") == [
        ["R1", "No surgery",
         "no surgery within 2 weeks before infusion; exactly 2 weeks counts as within", "", "ours"],
    ]  # fmt: skip
    assert "<script>" not in html
    assert "<b>protocol" not in html


def test_every_item_with_its_source_and_assumption() -> None:
    protocol = scheduler.load_protocol(EXAMPLE)
    html = protocol._repr_html_()
    found = texts(html)
    assert [row[0] for row in rows(html, "Rules")] == [rule.id for rule in protocol.rules]
    assert [row[0] for row in rows(html, "Visits")] == [visit.name for visit in protocol.visits]
    assert len(rows(html, "Gaps")) == len(protocol.gaps)
    assert len(rows(html, "Notes")) == len(protocol.notes) > 0
    assert len(rows(html, "Checklist (no effect on dates)")) == len(protocol.checklist) > 0
    for item in (*protocol.gaps, *protocol.visits, *protocol.rules):
        assert not item.basis.assumption or item.basis.assumption in found
        if item.basis.source is not None and item.basis.source.phrase:
            assert any(f'"{item.basis.source.phrase}"' in text for text in found)


def test_a_protocol_of_every_kind_shows() -> None:
    protocol = scheduler.load_protocol(EXAMPLE.parent / "demo-cycles")
    html = protocol_html(protocol)
    visits = {row[0]: row for row in rows(html, "Visits")}
    assert visits["dose"][2] == "28 days after first_dose; then every 28 days, 5 times in all"
    assert visits["end_of_treatment"][3] == "the source states none"
    assert visits["baseline_scan"][2] == "14 days before first_dose"
    agents = [row[:2] for row in rows(html, "Half-lives")]
    assert agents == [["venetoclax", "26 hours"], ["antibody", "21 days"]]


def test_plan_at_a_glance(example: Plan) -> None:
    html = example._repr_html_()
    people = rows(html, "Participants")
    assert [row[0] for row in people] == list(example.participants)
    assert people[1][:5] == ["P-002", "scheduled", "Screening", "2026-06-23", "2026-06-24"]
    assert {row[0] for row in rows(html, "Why there is no schedule")} == {"P-016", "P-017"}
    head = texts(html)[0]
    assert head.startswith("NCT07342244, version 1.0. 18 participants as of 2026-06-15: ")
    assert "2 no schedule" in head


def test_plan_escapes_codes(small: Plan) -> None:
    html = plan_html(small)
    assert rows(html, "Participants")[0][0] == "$x^2$<b>"
    assert "<b>" not in html


def test_long_studies_are_cut_and_counted(small: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.report.notebook._MOST", 1)
    html = plan_html(small)
    assert len(rows(html, "Participants")) == 1
    assert "1 more participants: see plan.summary." in texts(html)


def test_explanation(example: Plan) -> None:
    answer = example.explain("P-003", "infusion", "2026-07-13")
    html = explanation_html(answer)
    assert rows(html, "") == [["P-003, infusion, 2026-07-13", "blocked"]]
    reasons = rows(html, "Reasons")
    assert [row[:2] for row in reasons] == [["rule", "E14-steroid-infusion"]]
    assert reasons[0][3] == "registry exclusion 14"
    assert reasons[0][4] == "infusion is taken to start at 10:00 unless a booking says otherwise"


def test_words_stand_beside_colours() -> None:
    assert ">blocked</td>" in cell("blocked")
    assert "border-left" in cell("blocked")
    assert "border-left" not in cell("a text")


def test_empty_tables_are_left_out() -> None:
    assert table("Visits", ("visit",), []) == ""
