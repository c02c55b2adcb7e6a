"""REDCap: project XML and events CSV in, events CSV out, and back without a loss."""

import csv
import io
import random
from datetime import date
from pathlib import Path

import pytest
import yaml

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import ImportRefused, ImportResult
from scheduler.sources.redcap.reading import export_redcap, export_redcap_findings, import_redcap

SAMPLE = Path(__file__).parents[2].parent / "shared" / "data" / "redcap" / "Visits.REDCap.xml"
AS_OF = "2026-02-02"
HEAD = "event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name\n"
EVENTS = HEAD + (
    "Screening,1,-14,3,0,screening_arm_1\n"
    '"Week 4, clinic",1,28,2,4,week_4_clinic_arm_1\n'
    "Close out,1,365,30,30,close_out_arm_1\n"
)


def sample() -> str:
    if not SAMPLE.exists():
        pytest.skip(f"the sample file {SAMPLE.name} is not beside the project")
    return SAMPLE.read_text(encoding="utf-8")


def plain(imported: ImportResult) -> dict:
    _, faults = parse_protocol(imported.yaml, "imported.yaml")
    assert [str(fault) for fault in faults] == []
    return yaml.safe_load(imported.yaml)


def codes(imported: ImportResult) -> list[str]:
    return [finding.code for finding in imported.findings if not finding.code.startswith("R01")]


def test_the_sample_project_xml() -> None:
    imported = import_redcap(sample())
    protocol = plain(imported)
    assert protocol["protocol"] == "Jim-Regression-OPT2ETL-Input"
    assert protocol["title"] == "Jim Regression OPT2ETL Input"
    assert protocol["study"]["opens"] == date(2018, 2, 12)
    assert list(protocol["milestones"]) == ["schedule_start"]
    visits = [(v["id"], v["label"], v["after"], v["target"]) for v in protocol["visits"]]
    assert visits == [
        ("initial_arm_1", "Initial", "schedule_start", "1 day"),
        ("event_1_arm_1", "Event 1", "schedule_start", "2 days"),
        ("event_2_arm_1", "Event 2", "schedule_start", "3 days"),
    ]
    assert [v["source"]["item"] for v in protocol["visits"]] == [v[0] for v in visits]
    found = {finding.code for finding in imported.findings}
    assert {"R014", "R026"} <= found  # scheduling is off, and all ranges are the default


def test_events_csv_with_offsets_before_and_after() -> None:
    protocol = plain(import_redcap(EVENTS, as_of=AS_OF))
    screening, week_4, _ = protocol["visits"]
    assert (screening["before"], screening["target"]) == ("schedule_start", "14 days")
    assert screening["window"] == {"before": "3 days", "after": "0 days"}
    assert (week_4["after"], week_4["label"]) == ("schedule_start", "Week 4, clinic")
    assert week_4["window"] == {"before": "2 days", "after": "4 days"}


def test_the_minimum_offset_is_a_size_whatever_its_sign() -> None:
    by_api = EVENTS.replace(",28,2,4,", ",28,-2,4,")
    assert import_redcap(by_api, as_of=AS_OF) == import_redcap(EVENTS, as_of=AS_OF)


def test_a_round_trip_gives_the_same_file() -> None:
    assert export_redcap(plain(import_redcap(EVENTS, as_of=AS_OF))) == EVENTS
    exported = export_redcap(plain(import_redcap(sample())))
    again = plain(import_redcap(exported, as_of=AS_OF))
    kept = ("id", "label", "after", "target", "window", "assumption")
    assert [[v[key] for key in kept] for v in again["visits"]] == [
        [v[key] for key in kept] for v in plain(import_redcap(sample()))["visits"]
    ]


@pytest.mark.parametrize("seed", range(20))
def test_any_events_survive_the_round_trip(seed: int) -> None:
    chance = random.Random(seed)
    names = ["Visit", "A, b", 'say "x"', "=1+1", "no", "\u65e5\u672c", "10:30", "#"]
    rows = [
        [f"{name} {arm}", str(arm), str(chance.randint(-90, 900)), str(chance.randint(0, 30)),
         str(chance.randint(0, 30)), f"e{place}_arm_{arm}"]
        for place, name in enumerate(names)
        for arm in range(1, chance.randint(2, 4))
    ]  # fmt: skip
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEAD.strip().split(","), *rows])
    protocol = plain(import_redcap(text.getvalue(), as_of=AS_OF))
    assert list(csv.reader(io.StringIO(export_redcap(protocol))))[1:] == rows


def test_arms_become_a_condition_on_the_participant() -> None:
    text = EVENTS + "Screening,2,-7,3,0,screening_arm_2\n"
    imported = import_redcap(text, as_of=AS_OF)
    visits = plain(imported)["visits"]
    assert [v["only"] for v in visits] == [{"arm": ["1"]}] * 3 + [{"arm": ["2"]}]
    assert codes(imported) == ["R020"]
    assert export_redcap(plain(imported)) == text


@pytest.mark.parametrize(
    ("row", "code", "waits"),
    [
        ("Odd,1,x,0,0,odd_arm_1\n", "R004", True),
        ("Odd,1,,1,1,odd_arm_1\n", "R024", True),
        ("Odd,1,36500,1,1,odd_arm_1\n", "", False),
        ("Odd,1,36501,1,1,odd_arm_1\n", "R004", True),
        ("Odd,1,-99999,1,1,odd_arm_1\n", "R004", True),
        ("Odd,1,3,1,40000,odd_arm_1\n", "R028", False),
        ("Odd,1,1.5,1,1,odd_arm_1\n", "R004", True),
        ("Odd,1,3,x,1,odd_arm_1\n", "R028", False),
        ("Odd,1,3,1,,odd_arm_1\n", "R028", False),
        ("Odd,1,3,1,-1,odd_arm_1\n", "R025", False),
        ("Odd,one,3,1,1,odd_arm_1\n", "R023", False),
        ("Odd,1,3,1\n", "R002", False),
        ("Odd,1,3,1,1,\n", "R022", False),
        ("Odd,1,3,0,0,odd_arm_1\n", "R026", False),
        ("Again,1,3,1,1,screening_arm_1\n", "R021", None),
    ],
)
def test_rows_that_leave_a_finding(row: str, code: str, waits: bool | None) -> None:
    imported = import_redcap(EVENTS + row, as_of=AS_OF)
    protocol = plain(imported)
    assert not code or code in codes(imported)
    expected = {True: (2, 3), False: (1, 4), None: (1, 3)}[waits]
    assert (len(protocol["milestones"]), len(protocol["visits"])) == expected


def test_a_csv_without_offsets_gives_milestones_that_wait() -> None:
    imported = import_redcap("event_name;arm_num\nA;1\nB;1\n", as_of=AS_OF)
    protocol = plain(imported)
    assert list(protocol["milestones"]) == ["schedule_start", "a", "b"]
    assert "visits" not in protocol
    assert codes(imported).count("R003") == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither project XML nor events CSV"),
        ("a,b\n1,2\n", "no event_name and no arm_num"),
        (HEAD, "holds no events"),
        ("<ODM>", "not readable XML"),
        ("<ODM></ODM>", "holds no events"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "declares entities"),
        (b"\xff\x00\x81", "not UTF-8"),
        ('event_name,arm_num\n"a,1\n', "not readable CSV"),
    ],
)
def test_what_is_no_redcap_file_is_refused_in_words(text: bytes | str, words: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        import_redcap(text, as_of=AS_OF)
    assert words in str(refusal.value)


@pytest.mark.parametrize("seed", range(150))
def test_damaged_files_never_raise(seed: int) -> None:
    chance = random.Random(seed)
    text = list(sample()[:9000] + "</MetaDataVersion></Study></ODM>" if seed % 2 else EVENTS)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(text))
        text[place : place + chance.randint(0, 4)] = chance.choice(
            ["", "-", '"', ",", "\n", "\x00", "<", "x", "9" * 30, "\ud800"]
        )
    try:
        plain(import_redcap("".join(text), as_of=AS_OF))
    except ImportRefused as refusal:
        assert len(str(refusal)) > 20


@pytest.mark.parametrize("attribute", ["DayOffset", "OffsetMin", "OffsetMax", "UniqueEventName"])
@pytest.mark.parametrize("value", ["", "x", "-5", "999999999"])
def test_a_changed_attribute_of_the_project_xml_leaves_a_finding(
    attribute: str, value: str
) -> None:
    text = sample()
    before = {(f.code, f.found) for f in import_redcap(text).findings}
    old = f'redcap:{attribute}="'
    start = text.index(old) + len(old)
    changed = text[:start] + value + text[text.index('"', start) :]
    imported = import_redcap(changed)
    plain(imported)
    named = attribute == "UniqueEventName" and value != ""
    shifted = attribute in ("DayOffset", "OffsetMin") and value == "-5"  # another valid project
    assert ({(f.code, f.found) for f in imported.findings} - before != set()) != (named or shifted)


PROTOCOL = """
milestones: {infusion: {label: Infusion}, consent: {label: Consent}}
visits:
  - {id: baseline, label: Baseline, before: infusion, target: 2 weeks,
     window: {before: 1 week, after: 0 days}}
  - {id: day_7, label: Day 7, after: infusion, target: 7 days, window: unknown}
  - {id: late, label: Late, after: day_7, target: P3W,
     window: {before: 2 days, after: 2 days}, optional: yes}
  - {id: phone, label: Phone, after: infusion, target: 30 days,
     window: {before: 5 days, after: 5 days}, repeat: {every: 4 weeks, times: 3}}
  - {id: call, label: Call, after: phone#2, target: 1 day, window: {before: 0 days, after: 1 day}}
  - {id: months, label: Month 3, after: infusion, target: 3 months,
     window: {before: 7 days, after: 7 days}}
  - {id: hours, label: Hours, after: infusion, target: 4 hours,
     window: {before: 1 hour, after: 1 hour}}
  - {id: other, label: Other, after: consent, target: 1 day,
     window: {before: 0 days, after: 0 days}}
"""


def test_export_of_chains_repeats_and_what_it_must_leave_out() -> None:
    exported = export_redcap_findings(yaml.safe_load(PROTOCOL))
    assert exported.csv == HEAD + (
        "Baseline,1,-14,7,0,baseline_arm_1\n"
        "Day 7,1,7,0,0,day_7_arm_1\n"
        "Late,1,28,2,2,late_arm_1\n"
        "Phone 1,1,30,5,5,phone_1_arm_1\n"
        "Phone 2,1,58,5,5,phone_2_arm_1\n"
        "Phone 3,1,86,5,5,phone_3_arm_1\n"
        "Call,1,59,0,1,call_arm_1\n"
    )
    told = [(f.code, f.place) for f in exported.findings]
    assert told == [
        ("X001", "visits.months"), ("X001", "visits.hours"), ("X002", "visits.day_7.window"),
        ("X006", "visits.late"), ("X003", "visits.other"), ("X004", "milestones.infusion"),
    ]  # fmt: skip


def test_names_that_redcap_would_cut_to_the_same_stay_apart() -> None:
    visits = [
        {"id": f"v{n}", "label": f"Follow-up visit number {n}", "after": "m",
         "target": f"{n} days", "window": {"before": "1 day", "after": "1 day"}}
        for n in (1, 2, 3)
    ]  # fmt: skip
    names = [line.rpartition(",")[2] for line in export_redcap({"visits": visits}).split()[-3:]]
    rows = list(csv.DictReader(io.StringIO(export_redcap({"visits": visits}))))
    assert [row["unique_event_name"] for row in rows] == [
        "followup_visit_num_arm_1", "followup_visit_num_arm_1b", "followup_visit_num_arm_1c",
    ]  # fmt: skip
    assert names[-1] == "followup_visit_num_arm_1c"


@pytest.mark.parametrize("junk", [None, [], 5, [5], [{}], [{"id": "a", "after": "a"}]])
def test_export_of_odd_values_never_raises(junk: object) -> None:
    assert export_redcap({"visits": junk}) == HEAD
    circle = [
        {"id": "a", "after": "b", "target": "1 day"}, {"id": "b", "after": "a", "target": "1 day"},
    ]  # fmt: skip
    assert [f.code for f in export_redcap_findings({"visits": circle}).findings] == ["X003"] * 2
