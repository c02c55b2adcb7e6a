"""The reading of single timings, flows, cycles and headers, on small files made here."""

import json
from datetime import date

import pytest
import yaml

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import ImportResult
from scheduler.sources.usdm.durations import Duration, add, parse_iso, parse_range, subtract
from scheduler.sources.usdm.reading import import_usdm

AFTER, BEFORE, FIXED = ("C201356", "After"), ("C201357", "Before"), ("C201358", "Fixed Reference")


def timing(
    id_: str, kind: tuple[str, str], value: str | None, subject: str, anchor: str, **more: object
) -> dict:
    return {
        "id": id_, "name": id_, "type": {"code": kind[0], "decode": kind[1]},
        "relativeToFrom": {"code": "C201355", "decode": "Start to Start"},
        "value": value, "relativeFromScheduledInstanceId": subject,
        "relativeToScheduledInstanceId": anchor, **more,
    }  # fmt: skip


def window(lower: str, upper: str, label: str = "") -> dict:
    return {"windowLower": lower, "windowUpper": upper, "windowLabel": label}


def chain(*ids: str, **changes: dict) -> list[dict]:
    """Instances in a row, the last one with an exit."""
    rows = []
    for place, id_ in enumerate(ids):
        row = {
            "id": id_, "name": id_, "instanceType": "ScheduledActivityInstance",
            "activityIds": ["A"], "encounterId": None, "epochId": None,
            "defaultConditionId": ids[place + 1] if place + 1 < len(ids) else None,
            "timelineExitId": None if place + 1 < len(ids) else "X",
        }  # fmt: skip
        rows.append(row | changes.get(id_, {}))
    return rows


def usdm(instances: list[dict], timings: list[dict], **more: object) -> str:
    timeline = {
        "id": "TL", "name": "Main", "mainTimeline": True, "entryId": instances[0]["id"],
        "entryCondition": "", "instances": instances, "timings": timings, "exits": [{"id": "X"}],
    }  # fmt: skip
    design = {
        "id": "D", "name": "Design", "activities": [{"id": "A"}], "encounters": [], "epochs": [],
        "arms": [], "eligibilityCriteria": [], "scheduleTimelines": [timeline],
    }  # fmt: skip
    version = {
        "versionIdentifier": "1", "studyIdentifiers": [{"text": "ABC-1"}],
        "titles": [{"text": "A study"}], "dateValues": [{"dateValue": "2025-03-04"}],
        "studyDesigns": [design],
    }  # fmt: skip
    root = {"usdmVersion": "4.0.0", "study": {"name": "S", "versions": [version]}}
    design.update(more)
    return json.dumps(root)


DOSE = timing("T0", FIXED, "P1D", "DOSE", "DOSE")


def one_visit(*args: object, **more: object) -> tuple[dict, ImportResult]:
    """The visit V that a single timing places around DOSE."""
    row = timing("T1", *args, "V", "DOSE", **more)
    order = ("V", "DOSE") if args[0] == BEFORE else ("DOSE", "V")
    imported = import_usdm(usdm(chain(*order), [DOSE, row]))
    return next(v for v in plain(imported)["visits"] if v["id"] == "v"), imported


def plain(imported: ImportResult) -> dict:
    _, faults = parse_protocol(imported.yaml, "imported.yaml")
    assert [str(fault) for fault in faults] == []
    return yaml.safe_load(imported.yaml)


def codes(imported: ImportResult, id_: str = "T1") -> list[str]:
    return [f.code for f in imported.findings if id_ in f.ids]


@pytest.mark.parametrize(
    ("text", "spelled", "parts"),
    [
        ("P2W", "2 weeks", (0, 14, 0)),
        ("P1D", "1 day", (0, 1, 0)),
        ("PT15M", "15 minutes", (0, 0, 15)),
        ("PT72H", "72 hours", (0, 0, 4320)),
        ("PT1H30M", "90 minutes", (0, 0, 90)),
        ("PT60S", "1 minute", (0, 0, 1)),
        ("P3M", "3 months", (3, 0, 0)),
        ("P1Y", "1 year", (12, 0, 0)),
        ("P1M3D", "P1M3D", (1, 3, 0)),
        ("P1W2D", "9 days", (0, 9, 0)),
        ("P2DT0H", "2 days", (0, 2, 0)),
        ("P0D", "0 days", (0, 0, 0)),
        ("PT0M", "0 minutes", (0, 0, 0)),
    ],
)
def test_iso_durations(text: str, spelled: str, parts: tuple[int, int, int]) -> None:
    found = parse_iso(text)
    assert found is not None
    assert (str(found), found.parts) == (spelled, parts)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "-P2D", "P-2D", "P1.5D", "P1DT4H", "PT30S", "2 days", "P2", "p2d", "P2D ?",
     "P101Y", "P40000D", "P9999999999D", "P1M99D1"],
)  # fmt: skip
def test_what_is_no_whole_duration_of_one_kind(text: str) -> None:
    assert parse_iso(text) is None


@pytest.mark.parametrize(
    ("text", "low", "high", "days"),
    [
        ("-3..3 days", -3, 3, 3),
        ("0.. 11 Days", 0, 11, 11),
        ("-1 to 2 weeks", -1, 2, 14),
        ("\u00b15 days", -5, 5, 5),
        ("0..? days", 0, None, None),
    ],
)
def test_window_labels(text: str, low: int, high: int | None, days: int | None) -> None:
    found = parse_range(text)
    assert found is not None
    assert (found.low, found.high) == (low, high)
    side = found.side(found.high)
    assert (None if side is None else side.days) == days


@pytest.mark.parametrize(
    "text", ["", "3 days", "-3..3", "-3..3 fortnights", "-3..3 m", "a..b days"]
)
def test_labels_that_are_no_range(text: str) -> None:
    assert parse_range(text) is None


def test_duration_arithmetic_never_mixes_clock_and_calendar() -> None:
    week, hour, month = Duration(days=7), Duration(minutes=60), Duration(months=1)
    assert add(week, hour) is None
    assert add(month, week) == Duration(months=1, days=7)
    assert subtract(week, Duration(days=10)) == (Duration(days=3), True)
    assert subtract(month, week) is None
    assert subtract(month, Duration()) == (month, False)


def test_before_and_after_windows_stand_in_time_order() -> None:
    after, imported = one_visit(AFTER, "P2W", **window("P1D", "P3D", "-1..3 days"))
    assert (after["after"], after["target"]) == ("dose", "2 weeks")
    assert after["window"] == {"before": "1 day", "after": "3 days"}
    assert codes(imported) == []
    before, imported = one_visit(BEFORE, "P2W", **window("P1D", "P3D", "-1..3 days"))
    assert (before["before"], before["target"]) == ("dose", "2 weeks")
    assert before["window"] == {"before": "1 day", "after": "3 days"}
    assert codes(imported) == []  # the label has its sign, so nothing is in doubt


@pytest.mark.parametrize(
    ("bounds", "expected", "found"),
    [
        (window("", "", ""), "unknown", ["U220"]),
        ({}, "unknown", ["U220"]),
        (window("", "", "-3..3 days"), {"before": "3 days", "after": "3 days"}, ["U227"]),
        (window("", "", "soon"), "unknown", ["U222", "U220"]),
        (window("", "", "1..3 days"), "unknown", ["U226", "U220"]),
        (window("P3D", "", "-3..4 days"), {"before": "3 days", "after": "4 days"}, ["U223"]),
        (window("-P3D", "P3D", "-3..3 days"), {"before": "3 days", "after": "3 days"}, ["U217"]),
        (window("P2D", "P3D", "-3..3 days"), {"before": "2 days", "after": "3 days"}, ["U224"]),
        (window("P1D", "P3D", "+1..+3 days"), {"before": "1 day", "after": "3 days"}, ["U224"]),
        (window("P3D", "P1D", "-3..-1 days"), {"before": "3 days", "after": "1 day"}, ["U224"]),
        (window("P2D", "P2D", "2..2 days"), {"before": "2 days", "after": "2 days"}, ["U225"]),
        (window("P20D", "P2D", "-20..2 days"), {"before": "20 days", "after": "2 days"}, ["U229"]),
        (window("P3D", "P1W", "-3..7 days"), {"before": "3 days", "after": "1 week"}, []),
    ],
)  # fmt: skip
def test_windows_with_bounds_and_labels(bounds: dict, expected: object, found: list[str]) -> None:
    visit, imported = one_visit(AFTER, "P14D", **bounds)
    assert visit["window"] == expected
    assert codes(imported) == found
    doubtful = {"U224", "U227"} & set(found)
    assert ("assumption" in visit) == bool(doubtful)


def test_a_half_open_window_becomes_a_gap() -> None:
    visit, imported = one_visit(AFTER, "P28D", **window("", "", "0..? days"))
    assert visit["window"] == "unknown"
    assert plain(imported)["gaps"][0].items() >= {
        "from": "dose", "to": "v", "min": "28 days"
    }.items()  # fmt: skip
    assert codes(imported) == ["U227", "U221"]
    _, imported = one_visit(BEFORE, "P28D", windowLower="P3D")
    # not earlier than 31 days before the dose
    assert plain(imported)["gaps"][0].items() >= {
        "from": "v", "to": "dose", "max": "31 days"
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "bounds", "gaps"),
    [
        (AFTER, "P10D", window("P2D", "P3D"), [("e", "v", "8 days", "13 days")]),
        (BEFORE, "P10D", window("P2D", "P3D"), [("v", "e", "7 days", "12 days")]),
        (AFTER, "P1D", window("P2D", "P3D"),
         [("e", "v", None, "4 days"), ("v", "e", None, "1 day")]),
        (BEFORE, "P1D", window("P2D", "P3D"),
         [("v", "e", None, "3 days"), ("e", "v", None, "2 days")]),
    ],
)  # fmt: skip
def test_a_second_timing_of_an_instance_becomes_gaps(
    kind: tuple[str, str], value: str, bounds: dict, gaps: list[tuple[object, ...]]
) -> None:
    rows = [
        DOSE, timing("TE", AFTER, "P7D", "E", "DOSE", **window("P1D", "P1D")),
        timing("T1", AFTER, "P14D", "V", "DOSE", **window("P1D", "P1D")),
        timing("T2", kind, value, "V", "E", **bounds),
    ]  # fmt: skip
    imported = import_usdm(usdm(chain("DOSE", "E", "V"), rows))
    protocol = plain(imported)
    found = [(g["from"], g["to"], g.get("min"), g.get("max")) for g in protocol["gaps"]]
    assert found == gaps
    assert all(g["source"]["item"] == "T2" for g in protocol["gaps"])
    assert "U240" in codes(imported)
    assert next(v for v in protocol["visits"] if v["id"] == "v")["target"] == "14 days"


def test_a_timing_that_no_gap_can_say_places_the_visit_and_one_without_window_is_listed() -> None:
    rows = [
        DOSE, timing("T1", AFTER, "P14D", "V", "DOSE", **window("P1D", "P1D")),
        timing("T2", AFTER, "P10D", "V", "DOSE"),
        timing("T3", AFTER, "PT300H", "V", "DOSE", **window("PT4H", "PT4H")),
    ]  # fmt: skip
    imported = import_usdm(usdm(chain("DOSE", "V"), rows))
    protocol = plain(imported)
    assert [v["target"] for v in protocol["visits"]] == ["300 hours"]
    assert [(g["min"], g["max"]) for g in protocol["gaps"]] == [("13 days", "15 days")]
    assert codes(imported, "T2") == ["U220", "U240", "U241"]
    assert codes(imported, "T3") == ["U240"]


def test_two_timings_in_hours_cannot_both_hold_and_one_is_listed() -> None:
    hours = window("PT4H", "PT4H")
    rows = [
        DOSE, timing("T1", AFTER, "PT300H", "V", "DOSE", **hours),
        timing("T2", AFTER, "PT301H", "V", "DOSE", **hours),
    ]  # fmt: skip
    imported = import_usdm(usdm(chain("DOSE", "V"), rows))
    assert "gaps" not in plain(imported)
    assert [v["target"] for v in plain(imported)["visits"]] == ["300 hours"]
    assert codes(imported, "T2") == ["U240", "U241"]


def test_the_subject_is_from_and_the_anchor_is_to() -> None:
    rows = [DOSE, timing("T1", BEFORE, "P2D", "SCREEN", "DOSE", **window("P1D", "P1D"))]
    protocol = plain(import_usdm(usdm(chain("SCREEN", "DOSE"), rows)))
    assert [v["id"] for v in protocol["visits"]] == ["screen"]
    assert protocol["visits"][0]["before"] == "dose"


@pytest.mark.parametrize(("value", "marked"), [("P1D", False), ("P0D", True), ("P15D", None)])
def test_the_anchor_s_value_is_a_day_number_not_an_offset(value: str, marked: bool | None) -> None:
    rows = [timing("T0", FIXED, value, "DOSE", "DOSE")]
    imported = import_usdm(usdm(chain("DOSE"), rows))
    assert plain(imported)["milestones"]["dose"].get("day_zero") is marked
    assert ("U234" in codes(imported, "T0")) == (marked is None)


def test_codes_are_matched_before_decodes() -> None:
    row = timing("T1", ("C201357", "After"), "P2D", "V", "DOSE", **window("P1D", "P1D"))
    imported = import_usdm(usdm(chain("V", "DOSE"), [DOSE, row]))
    assert plain(imported)["visits"][0]["before"] == "dose"
    assert [f.code for f in imported.findings if "type" in f.place] == ["U212"]
    row = timing("T1", ("", "before"), "P2D", "V", "DOSE", **window("P1D", "P1D"))
    assert plain(import_usdm(usdm(chain("V", "DOSE"), [DOSE, row])))["visits"][0]["before"]


def test_ends_that_a_visit_does_not_have_are_marked() -> None:
    relation = {"code": "C201353", "decode": "End to Start"}
    visit, imported = one_visit(AFTER, "P2D", relativeToFrom=relation, **window("P1D", "P1D"))
    assert "End to Start" in visit["assumption"]
    assert codes(imported) == ["U214"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"relativeToScheduledInstanceId": "NONE"}, '"NONE" is no instance of the file'),
        ({"relativeToScheduledInstanceId": "V"}, "measured from its own instance"),
        (
            {"relativeToScheduledInstanceId": None, "relativeToFrom": {"decode": "Screening"}},
            "no instance is named",
        ),
        ({"relativeToScheduledInstanceId": "SUB1"}, 'stands in another timeline, "Sub"'),
        ({"value": None}, "no readable value"),
        ({"value": "-P2DT4H"}, "no readable value"),
        ({"type": {"code": "C1", "decode": "Around"}}, "nor Fixed Reference"),
    ],
)
def test_a_timing_that_cannot_place_its_instance(change: dict, words: str) -> None:
    row = timing("T1", AFTER, "P2D", "V", "DOSE") | change
    root = json.loads(usdm(chain("DOSE", "V"), [DOSE, row]))
    sub = {"id": "S", "name": "Sub", "mainTimeline": False, "instances": chain("SUB1")}
    root["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"].append(sub)
    imported = import_usdm(json.dumps(root))
    assert plain(imported)["milestones"]["v"] == {"label": "V", "optional": True}
    told = [f.found for f in imported.findings if f.code == "U230"]
    assert len(told) == 1
    assert words in told[0]


def test_instances_timed_from_each_other_in_a_circle_all_wait() -> None:
    rows = [
        DOSE, timing("T1", AFTER, "P1D", "U", "W"), timing("T2", AFTER, "P1D", "V", "U"),
        timing("T3", AFTER, "P1D", "W", "V"),
        timing("T4", AFTER, "P1D", "Z", "W", **window("P0D", "P0D")),
    ]  # fmt: skip
    imported = import_usdm(usdm(chain("DOSE", "U", "V", "W", "Z"), rows))
    protocol = plain(imported)
    assert list(protocol["milestones"]) == ["dose", "u", "v", "w"]
    assert [v["id"] for v in protocol["visits"]] == ["z"]
    circle = next(f for f in imported.findings if f.code == "U250")
    assert {"T1", "T2", "T3"} < set(circle.ids)


def test_a_chain_of_two_thousand_anchors_is_followed() -> None:
    ids = [f"I{n}" for n in range(2000)]
    rows = [timing("T0", FIXED, "P1D", "I0", "I0")]
    rows += [timing(f"T{n}", AFTER, "P1D", ids[n], ids[n - 1]) for n in range(1, 2000)]
    imported = import_usdm(usdm(chain(*ids), rows))
    visits = yaml.safe_load(imported.yaml)["visits"]
    assert len(visits) == 1999
    assert (visits[-1]["id"], visits[-1]["after"]) == ("i1999", "i1998")


def decision(id_: str, default: str, condition: str, target: str) -> dict:
    return {
        "id": id_, "name": id_, "instanceType": "ScheduledDecisionInstance",
        "defaultConditionId": default,
        "conditionAssignments": [{"condition": condition, "conditionTargetId": target}],
    }  # fmt: skip


def cycle_file(condition: str) -> str:
    """DOSE, cycles of C1 (at 7 days), D8 (7 days on) and an end mark (21 days on), then EOT."""
    rows = chain("DOSE", "C1", "D8", "WAIT", "EOT", WAIT={"activityIds": []})
    rows[3]["defaultConditionId"] = "LOOP"
    rows.insert(4, decision("LOOP", "EOT", condition, "C1"))
    exact = window("P1D", "P1D", "-1..1 days")
    return usdm(rows, [
        DOSE, timing("T1", AFTER, "P7D", "C1", "DOSE", **exact),
        timing("T2", AFTER, "P7D", "D8", "C1", **exact),
        timing("T3", AFTER, "P21D", "WAIT", "C1"),
        timing("T4", AFTER, "P30D", "EOT", "WAIT", **exact),
    ])  # fmt: skip


@pytest.mark.parametrize(("condition", "passes"), [("Cycle 1 to 4", 4), ("No progression", 12)])
def test_a_cycle_is_unrolled_up_to_a_bound(condition: str, passes: int) -> None:
    imported = import_usdm(cycle_file(condition))
    protocol = plain(imported)
    visits = {v["id"]: v for v in protocol["visits"]}
    again = visits["c1_again"]
    assert (again["after"], again["target"], again["optional"]) == ("dose", "28 days", True)
    assert again["repeat"] == {"every": "21 days", "times": passes - 1}
    assert again["window"] == {"before": "1 day", "after": "1 day"}
    assert "passes" in again["assumption"]
    assert visits["c1"]["target"] == "7 days"
    assert "optional" not in visits["c1"]
    later = [v for v in visits.values() if v["id"].startswith("d8_pass_")]
    assert [v["after"] for v in later] == [f"c1_again#{n}" for n in range(1, passes)]
    assert not any(v.startswith("wait_pass") for v in visits), "the next pass begins there"
    # which pass the end of treatment follows is not stated
    assert protocol["milestones"]["eot"] == {"label": "EOT", "optional": True}
    assert codes(imported, "T4") == ["U322"]
    assert [f.code for f in imported.findings if "LOOP" in f.ids] == ["U321"]


def test_a_decision_that_leads_to_itself_and_a_default_flow_in_a_circle() -> None:
    rows = chain("DOSE", "V")
    rows[0]["defaultConditionId"] = "Q"
    rows[1] |= {"defaultConditionId": "DOSE", "timelineExitId": None}
    rows.append(decision("Q", "V", "again", "Q"))
    imported = import_usdm(usdm(rows, [DOSE, timing("T1", AFTER, "P2D", "V", "DOSE")]))
    assert {"U303", "U320"} <= {f.code for f in imported.findings}
    assert [v["id"] for v in plain(imported)["visits"]] == ["v"]


def test_names_are_safe_unique_and_traceable() -> None:
    strange = {
        "A1": {"name": "Week 2", "label": "yes"}, "A2": {"name": "week-2"},
        "A3": {"name": "5 MIN"}, "A4": {"name": "study_closes"}, "A5": {"name": "\u65e5"},
        "A6": {"name": "no", "label": "10:30"},
        "A7": {"name": "x: {y: z}\n- q", "label": "#\u2028"},
    }  # fmt: skip
    rows = [DOSE] + [timing(f"T{i}", AFTER, f"P{n}D", i, "DOSE") for n, i in enumerate(strange)]
    protocol = plain(import_usdm(usdm(chain("DOSE", *strange, **strange), rows)))
    assert [v["id"] for v in protocol["visits"]] == [
        "week_2", "week_2_2", "v_5_min", "v_study_closes", "a5", "v_no", "x_y_z_q",
    ]  # fmt: skip
    assert [v["label"] for v in protocol["visits"]] == [
        "yes", "week-2", "5 MIN", "study_closes", "\u65e5", "10:30", "#",
    ]  # fmt: skip


def test_a_header_with_nothing_in_it() -> None:
    root = json.loads(usdm(chain("DOSE"), [DOSE]))
    version = root["study"]["versions"][0]
    for key in ("versionIdentifier", "studyIdentifiers", "titles", "dateValues"):
        del version[key]
    root["study"]["name"] = None
    imported = import_usdm(json.dumps(root), as_of="2026-07-08")
    protocol = plain(imported)
    head = [protocol[key] for key in ("protocol", "title", "version", "date")]
    assert head == ["USDM", "USDM", "unknown", date(2026, 1, 1)]
    assert [f.code for f in imported.findings].count("U011") == 3


def test_the_version_is_told_by_structure() -> None:
    root = json.loads(usdm(chain("DOSE"), [DOSE]))
    assert "U001" not in {f.code for f in import_usdm(json.dumps(root)).findings}
    root["usdmVersion"] = "3.0.0"
    found = [f for f in import_usdm(json.dumps(root)).findings if f.code == "U001"]
    assert [f.found for f in found] == ['"3.0.0", and a structure of v4']


def test_keys_written_twice_are_reported() -> None:
    text = usdm(chain("DOSE", "V"), [DOSE, timing("T1", AFTER, "P2D", "V", "DOSE")])
    imported = import_usdm(text.replace('"value": "P2D"', '"value": "P9D", "value": "P2D"'))
    assert codes(imported) == ["U002", "U220"]
    assert plain(imported)["visits"][0]["target"] == "2 days"
