"""The CDISC pilot protocol against the text of its public USDM file, which is no registry record."""

import html
import json
import re
from pathlib import Path

import pytest

from scheduler.protocol.reading import load_protocol
from scheduler.sources.citations import check_citations
from scheduler.sources.cited import cited_items

FOLDER = Path(__file__).resolve().parents[2] / "protocols" / "h2q-mc-lzzt"
# A list of some 170 drugs, each with one of these times; a rule cites one drug of its class.
LISTED = {"2 weeks", "1 month", "3 days", "1 week"}


@pytest.fixture
def design(shared_data: Path) -> tuple[str, str]:
    """The criteria, and all else that the file says in words: chapters, names and times of visits."""
    path = shared_data / "usdm" / "v4_CDISC_Pilot_LZZT.json"
    if not path.is_file():
        pytest.skip("no USDM file of the CDISC pilot among the sample files")
    version = json.loads(path.read_bytes())["study"]["versions"][0]
    study = version["studyDesigns"][0]
    items = {item["id"]: item["text"] for item in version["eligibilityCriterionItems"]}
    criteria = [
        f"{criterion['identifier']}. {plain(items[criterion['criterionItemId']])}"
        for criterion in study["eligibilityCriteria"]
    ]
    chapters = [plain(item["text"]) for item in version["narrativeContentItems"]]
    times = [
        f"{timing['name']}: {timing['valueLabel']}, {timing['windowLabel']}"
        for timeline in study["scheduleTimelines"]
        for timing in timeline["timings"]
    ]
    return "\n\n".join(criteria), "\n\n".join(chapters + times)


def plain(text: str) -> str:
    """Text without tags, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_every_citation_stands_in_the_file(design: tuple[str, str]) -> None:
    held = check_citations(cited_items(load_protocol(FOLDER)), "\n\n".join(design))
    assert held.missing == ()
    assert held.cited > 100


def test_every_time_of_the_criteria_is_cited_but_for_those_of_the_drug_list(
    design: tuple[str, str],
) -> None:
    held = check_citations(cited_items(load_protocol(FOLDER)), design[0])
    assert {mention.phrase for mention in held.uncovered} <= LISTED


def test_every_length_of_the_drug_list_has_a_rule() -> None:
    protocol = load_protocol(FOLDER)
    told = {
        rule.basis.source.phrase
        for rule in protocol.rules
        if rule.basis.source is not None and rule.basis.source.item == "31b"
    }
    for length in LISTED:
        assert sum(phrase.endswith(length) for phrase in told) >= 4, length
