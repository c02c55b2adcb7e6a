"""The CDISC sample files: known windows, both versions alike, every timing accounted for."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import ImportResult, findings_json
from scheduler.sources.usdm.reading import import_usdm

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "usdm"
NAMES = (
    "v3_CDISC_Pilot_LZZT", "v3_cycles_1", "v3_simple_1", "v4_CDISC_Pilot_LZZT",
    "v4_EliLilly_NCT03421379", "v4_observational",
)  # fmt: skip
UNIT_DAYS = {"day": 1, "week": 7}
AS_OF = "2026-02-02"


def sample(name: str) -> bytes:
    path = SAMPLES / f"{name}.json"
    if not path.exists():
        pytest.skip(f"the sample file {path.name} is not beside the project")
    return path.read_bytes()


def protocol_of(imported: ImportResult) -> dict:
    """The protocol as plain values, after the project's own reader has accepted the text."""
    protocol, faults = parse_protocol(imported.yaml, "imported.yaml")
    assert [str(fault) for fault in faults] == []
    assert protocol is not None
    return yaml.safe_load(imported.yaml)


def whole_days(text: str) -> int:
    """Whole days of a duration; clock time counts only where it is nothing."""
    number, unit = text.split()
    if unit.startswith(("minute", "hour")):
        assert int(number) == 0, text
        return 0
    return int(number) * UNIT_DAYS[unit.rstrip("s")]


def reach(protocol: dict, node: str, dates: dict[str, date]) -> tuple[date, date, date]:
    """Earliest, target and latest date of a node, over all dates of what it hangs off."""
    if node in dates:
        return (dates[node],) * 3
    visit = next(v for v in protocol["visits"] if v["id"] == node)
    sign = 1 if "after" in visit else -1
    target = timedelta(days=sign * whole_days(visit["target"]))
    first, middle, last = reach(protocol, visit.get("after") or visit["before"], dates)
    if visit["window"] == "unknown":
        return first + target, middle + target, last + target
    before = timedelta(days=whole_days(visit["window"]["before"]))
    after = timedelta(days=whole_days(visit["window"]["after"]))
    return first + target - before, middle + target, last + target + after


def days_from(protocol: dict, anchor: str, node: str) -> tuple[int, int, int]:
    day = date(2026, 3, 2)
    first, target, last = reach(protocol, node, {anchor: day})
    return (first - day).days, (target - day).days, (last - day).days


@pytest.mark.parametrize("name", ["v3_CDISC_Pilot_LZZT", "v4_CDISC_Pilot_LZZT"])
@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("wk2", (11, 14, 17)),
        ("wk8", (53, 56, 59)),
        ("wk12", (80, 84, 88)),
        ("wk26", (179, 182, 185)),
        ("wk8n", (67, 70, 73)),  # two weeks after week 8, which is 53 to 59 days after the dose
    ],
)
def test_the_pilot_study_s_windows(name: str, visit: str, expected: tuple[int, int, int]) -> None:
    protocol = protocol_of(import_usdm(sample(name)))
    assert days_from(protocol, "dose", visit) == expected


def test_both_versions_of_the_pilot_study_give_one_schedule() -> None:
    old, new = (protocol_of(import_usdm(sample(f"{v}_CDISC_Pilot_LZZT"))) for v in ("v3", "v4"))
    for part in ("protocol", "title", "date", "study", "milestones", "visits"):
        assert old[part] == new[part], part
    assert len(new["visits"]) == 15
    assert new["protocol"] == "H2Q-MC-LZZT"
    assert new["study"]["enrollment"] == 300


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("screening", (-29, -29, -3)),
        ("washout", (3, 3, 14)),
        ("p2_treatment", (4, 4, 15)),
        ("follow_up", (30, 32, 45)),
    ],
)
def test_the_crossover_study_s_chain(visit: str, expected: tuple[int, int, int]) -> None:
    protocol = protocol_of(import_usdm(sample("v4_EliLilly_NCT03421379")))
    assert days_from(protocol, "p1_treatment", visit) == expected


def test_follow_up_counts_from_the_second_treatment_once_it_is_recorded() -> None:
    protocol = protocol_of(import_usdm(sample("v4_EliLilly_NCT03421379")))
    second = date(2026, 3, 20)
    known = {"p1_treatment": date(2026, 3, 2), "p2_treatment": second}
    assert reach(protocol, "follow_up", known) == tuple(
        second + timedelta(days=d) for d in (26, 28, 30)
    )


def test_the_other_reading_of_a_before_window() -> None:
    text = sample("v4_EliLilly_NCT03421379")
    imported = import_usdm(text, window_reading="toward-anchor")
    protocol = protocol_of(imported)
    # 28 days before day -1, and 0 days toward the anchor, 26 days away from it
    assert days_from(protocol, "p1_treatment", "screening") == (-55, -29, -29)
    assert days_from(protocol, "p1_treatment", "follow_up") == (30, 32, 45)
    assert any(f.code == "U228" and f.ids == ("Timing_1",) for f in imported.findings)


def test_minutes_and_hours_stay_what_they_are() -> None:
    protocol = protocol_of(import_usdm(sample("v4_observational")))
    visit = next(v for v in protocol["visits"] if v["id"] == "pre_dose")
    assert (visit["before"], visit["target"]) == ("dose", "15 minutes")
    assert visit["window"] == {"before": "4 hours", "after": "0 hours"}
    assert "assumption" not in visit


def test_a_visit_behind_a_decision_is_optional() -> None:
    imported = import_usdm(sample("v4_observational"))
    visits = {v["id"]: v for v in protocol_of(imported)["visits"]}
    assert [v for v in visits if visits[v].get("optional")] == ["d28"]
    assert {f.code for f in imported.findings if "Timing_5" in f.ids} == {"U312"}


def test_self_measured_timings_of_the_cycles_study_are_listed_not_guessed() -> None:
    imported = import_usdm(sample("v3_cycles_1"), as_of=AS_OF)
    protocol = protocol_of(imported)
    listed = {f.ids[0] for f in imported.findings if f.code == "U230"}
    assert listed == {"Timing_11", "Timing_12", "Timing_14"}
    waiting = [m for m, entry in protocol["milestones"].items() if entry.get("optional")]
    assert waiting == ["c4_12_delay", "c13_plus_base", "c13_plus_delay"]
    loops = [f.found for f in imported.findings if f.code == "U320"]
    assert ["Cycle 4 to 12" in found for found in loops] == [True, False]
    assert days_from(protocol, "day_1", "c3_d15") == (41, 45, 49)
    assert protocol["study"]["opens"] == date(2026, 1, 1)
    assert protocol["study"]["closes"] == date(2036, 1, 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_timing_is_imported_or_in_the_findings(name: str) -> None:
    text = sample(name)
    imported = import_usdm(text, as_of=AS_OF)
    protocol = protocol_of(imported)
    entries = [*protocol["visits"], *protocol.get("gaps", []), *protocol["notes"]]
    cited = {entry["source"]["item"] for entry in entries}
    found = {id_ for finding in imported.findings for id_ in finding.ids}
    study = json.loads(text)["study"]
    timings = [
        (timeline["mainTimeline"], timing["id"])
        for version in study["versions"]
        for design in version["studyDesigns"]
        for timeline in design["scheduleTimelines"]
        for timing in timeline["timings"]
    ]
    assert len(timings) >= 5
    assert [t for _, t in timings if t not in cited and t not in found] == []
    silent = [t for main, t in timings if main and t not in cited]
    assert silent == [t for t in silent if t in {"Timing_11", "Timing_12", "Timing_14"}]


@pytest.mark.parametrize("name", NAMES)
def test_every_visit_and_milestone_names_its_usdm_id(name: str) -> None:
    text = sample(name)
    protocol = protocol_of(import_usdm(text, as_of=AS_OF))
    ids = {f'"{entry}"' for entry in _all_ids(json.loads(text))}
    told = {note["about"] for note in protocol["notes"]}
    assert told == set(protocol["milestones"])
    for entry in [*protocol["visits"], *protocol["notes"]]:
        source = entry["source"]
        assert f'"{source["item"]}"' in ids
        assert f'"{source["section"].rpartition(", ")[2]}"' in ids
        assert source.get("phrase", "") in text.decode()


def _all_ids(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["id"]} if isinstance(value.get("id"), str) else set()
        return own.union(*(_all_ids(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(_all_ids(item) for item in value))
    return set()


def test_sub_timelines_hang_off_the_instances_that_run_them() -> None:
    text = sample("v4_EliLilly_NCT03421379")
    plain = protocol_of(import_usdm(text))
    imported = import_usdm(text, sub_timelines=["Treatment Phase", "ScheduleTimeline_1"])
    protocol = protocol_of(imported)
    visits = {v["id"]: v for v in protocol["visits"]}
    assert len(visits) == len(plain["visits"]) + 2 * 15 + 2 * 5  # run by two instances each
    assert visits["p2_treatment_dose"]["after"] == "p2_treatment"
    assert visits["p2_treatment_v_30_min"]["target"] == "30 minutes"
    assert visits["p2_treatment_v_30_min"]["after"] == "p2_treatment_dose"
    assert all(visits[v].get("optional") for v in visits if v not in _ids(plain))
    assert "U261" not in {f.code for f in imported.findings}
    assert [f.code for f in imported.findings].count("U260") == 2


def test_a_timeline_that_nothing_runs_waits_for_its_trigger() -> None:
    text = sample("v4_CDISC_Pilot_LZZT")
    protocol = protocol_of(import_usdm(text, sub_timelines=["ScheduleTimeline_2"]))
    early = protocol["milestones"]["et"]
    assert (early["label"], early["optional"]) == ("Early Termination", True)
    known = {activity["id"]: activity["label"] for activity in protocol["activities"]}
    assert [known[name] for name in early["activities"]][:3] == [
        "Physical examination", "Vital Signs and Temperature", "ECG",
    ]  # fmt: skip
    assert "phase" not in early and "place" not in early  # the file names neither for it
    assert any("phase" in visit and "place" in visit for visit in protocol["visits"])
    alone = protocol_of(import_usdm(text, timeline="Early Termination Timeline"))
    assert list(alone["milestones"]) == ["et"]
    assert "visits" not in alone


def _ids(protocol: dict) -> set[str]:
    return {visit["id"] for visit in protocol["visits"]}


def test_time_sentences_of_the_criteria_are_listed_and_no_rule_is_written() -> None:
    for name in ("v3_CDISC_Pilot_LZZT", "v4_CDISC_Pilot_LZZT"):
        imported = import_usdm(sample(name))
        told = [f.found for f in imported.findings if f.code == "U401"]
        assert any("within 30 days prior to enrollment" in text for text in told)
        assert any("clonidine" in text and "2 weeks" in text for text in told), "a table row"
        assert "rules" not in protocol_of(imported)


def test_options_replace_the_placeholders_and_their_findings() -> None:
    text = sample("v3_simple_1")
    told = import_usdm(
        text, opens="2026-02-01", closes=date(2029, 12, 20), timezone="Asia/Shanghai"
    )
    protocol = protocol_of(told)
    assert protocol["study"]["opens"] == date(2026, 2, 1)
    assert protocol["study"]["closes"] == date(2029, 12, 20)
    assert protocol["timezone"] == "Asia/Shanghai"
    assert "U010" not in {f.code for f in told.findings}
    placeholders = import_usdm(text)
    assert [f.found for f in placeholders.findings if f.code == "U010"] == [
        "not stated: opens", "not stated: closes", "not stated: time zone",
    ]  # fmt: skip
    study = protocol_of(placeholders)["study"]
    assert study["opens"] == date(2023, 1, 1)
    assert study["closes"] == date(2033, 1, 1)
    assert "placeholder" in study["assumption"]


@pytest.mark.parametrize("name", NAMES)
def test_findings_are_numbered_print_on_one_line_and_serialise(name: str) -> None:
    findings = import_usdm(sample(name), as_of=AS_OF).findings
    assert [f.number for f in findings] == list(range(1, len(findings) + 1))
    assert all("\n" not in str(f) and f.place and f.found and f.done for f in findings)
    rows = json.loads(findings_json(findings))
    assert rows[0]["number"] == 1
    assert set(rows[0]) == {"number", "code", "level", "place", "found", "done", "ids"}


@pytest.mark.parametrize("name", NAMES)
def test_two_imports_give_the_same_text(name: str) -> None:
    text = sample(name)
    assert import_usdm(text, as_of=AS_OF) == import_usdm(text.decode(), as_of=AS_OF)
