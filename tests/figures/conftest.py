"""Plans that the tests of figures and of HTML look at."""

from pathlib import Path

import pytest

import scheduler
from scheduler.planning.plans import Plan

EXAMPLE = Path(__file__).resolve().parents[2] / "protocols" / "nct07342244"

SMALL = """
protocol: SMALL
title: "A small <b>protocol</b> & more"
version: "1.0"
date: 2026-01-01
timezone: UTC
boundary: inclusive
study: {opens: 2026-03-02, closes: 2026-12-31, assumption: "made up"}
events:
  surgery: {label: Major surgery, kind: point}
milestones:
  consent:  {label: Consent}
  infusion: {label: Infusion, at: "10:00", day_zero: yes}
gaps:
  - {from: consent, to: infusion, min: 7 days, max: 21 days, assumption: "a <script>alert(1)</script> gap"}
visits:
  - id: month_1
    label: Month 1
    after: infusion
    target: 28 days
    window: {before: 3 days, after: 3 days}
    assumption: "usual"
rules:
  - {id: R1, summary: No surgery, forbid: surgery, within: 2 weeks, before: infusion, assumption: "ours"}
"""


@pytest.fixture(scope="session")
def example() -> Plan:
    protocol = scheduler.load_protocol(EXAMPLE)
    study = scheduler.load_study(EXAMPLE / "example")
    return scheduler.plan(protocol, study, as_of="2026-06-15")


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants: $x^2$<b> had surgery on 2 March and consented; S-2 has nothing recorded."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "protocol.yaml").write_text(SMALL, encoding="utf-8")
    study = folder / "study"
    study.mkdir()
    texts = {
        "participants": "participant,birth_date\n$x^2$<b>,1980-01-01\nS-2,1980-01-01\n",
        "history": "participant,event,start\n$x^2$<b>,surgery,2026-03-02\n",
        "dates": "participant,milestone,date,status\n$x^2$<b>,consent,2026-03-04,done\n",
    }
    for name, text in texts.items():
        (study / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def small(small_folder: Path) -> Plan:
    protocol = scheduler.load_protocol(small_folder)
    return scheduler.plan(protocol, scheduler.load_study(small_folder / "study"), "2026-03-05")
