"""Ends, signs and bounds of timings that other programs write, and the days on which loops end."""

import json

import pytest

from scheduler.sources.findings import ImportResult
from scheduler.sources.usdm.durations import parse_signed
from scheduler.sources.usdm.reading import import_usdm
from tests.sources.test_usdm_reading import (
    AFTER,
    BEFORE,
    DOSE,
    FIXED,
    chain,
    codes,
    decision,
    one_visit,
    plain,
    timing,
    usdm,
    window,
)

WITHIN, BETWEEN = ("C71151", "Within"), ("C71152", "Between")
NO_RELATION = {"relativeToFrom": {"code": "C71155", "decode": "First Dose"}}


def drawn(*timings: dict, order: tuple[str, ...] = ("DOSE", "V"), **changes: dict) -> ImportResult:
    return import_usdm(usdm(chain(*order, **changes), [DOSE, *timings]))


def visit(imported: ImportResult, name: str = "v") -> dict:
    return next(v for v in plain(imported).get("visits", []) if v["id"] == name)


@pytest.mark.parametrize(
    ("text", "sign", "days"),
    [
        ("P7D", 0, 7),
        ("-P7D", -1, 7),
        ("\u2212P7D", -1, 7),
        ("P-7D", -1, 7),
        ("+P1W", 1, 7),
        ("P-1W-2D", -1, 9),
        ("-P0D", -1, 0),
    ],
)
def test_a_sign_is_read_with_its_size(text: str, sign: int, days: int) -> None:
    found = parse_signed(text)
    assert found is not None
    assert (found[0], found[1].days) == (sign, days)


@pytest.mark.parametrize("text", ["-P-7D", "P1W-2D", "--P7D", "-7D", "-", "-P", "+-P7D"])
def test_signs_that_say_nothing(text: str) -> None:
    assert parse_signed(text) is None


@pytest.mark.parametrize(
    ("kind", "value", "side"),
    [(AFTER, "-P7D", "before"), (BEFORE, "-P7D", "before"), (BEFORE, "+P7D", "before"),
     (("", ""), "-P7D", "before"), (("", ""), "+P7D", "after")],
)  # fmt: skip
def test_a_signed_value_is_read_and_marked(kind: tuple[str, str], value: str, side: str) -> None:
    found, imported = one_visit(kind, value, **window("P1D", "P1D"))
    assert (found[side], found["target"]) == ("dose", "7 days")
    assert "7 days before" in found["assumption"] or side == "after"
    assert "U216" in codes(imported)


def test_a_plus_on_an_after_says_nothing_new() -> None:
    found, imported = one_visit(AFTER, "+P7D", **window("P1D", "P1D"))
    assert found["after"] == "dose"
    assert "assumption" not in found
    assert codes(imported) == []


@pytest.mark.parametrize(
    ("bounds", "expected", "found"),
    [
        (window("-P3D", "P5D"), {"before": "3 days", "after": "5 days"}, ["U217"]),
        (window("-P3D", "+P5D"), {"before": "3 days", "after": "5 days"}, ["U217"]),
        (window("-P3D", "P0D"), {"before": "3 days", "after": "0 days"}, ["U217"]),
        (window("-P3D", "-P0D"), {"before": "3 days", "after": "0 days"}, ["U217"]),
        (window("-P3D", "-P1D"), "unknown", ["U218", "U220"]),
        (window("+P1D", "+P3D"), "unknown", ["U218", "U220"]),
        (window("P3D", "-P1D"), "unknown", ["U218", "U220"]),
        (window("-P3D", ""), "unknown", ["U217", "U221"]),
    ],
)
def test_signed_bounds_stand_in_time_order(
    bounds: dict, expected: object, found: list[str]
) -> None:
    after, imported = one_visit(AFTER, "P14D", **bounds)
    assert (after["window"], codes(imported)) == (expected, found)
    before, imported = one_visit(BEFORE, "P14D", **bounds)
    assert (before["window"], codes(imported)) == (expected, found), "no lopsided doubt"


@pytest.mark.parametrize("reading", ["in-time-order", "toward-anchor"])
def test_a_signed_window_before_its_anchor_has_one_reading(reading: str) -> None:
    row = timing("T1", BEFORE, "P14D", "V", "DOSE", **window("-P3D", "P1D"))
    imported = import_usdm(usdm(chain("V", "DOSE"), [DOSE, row]), window_reading=reading)
    assert visit(imported)["window"] == {"before": "3 days", "after": "1 day"}


def test_sizes_in_words_are_read_and_marked() -> None:
    found, imported = one_visit(AFTER, "2 weeks", **window("3 days", "P3D"))
    assert (found["target"], found["window"]["before"]) == ("2 weeks", "3 days")
    assert "in words" in found["assumption"]
    assert codes(imported) == ["U215", "U215"]
    found, imported = one_visit(AFTER, None, valueLabel="28 Days", **window("P3D", "P3D"))
    assert found["target"] == "28 days"
    assert codes(imported) == ["U215"]


@pytest.mark.parametrize(
    ("kind", "label", "anchor", "days"),
    [(AFTER, "Day 29", "P1D", 28), (AFTER, "Day 29", "P0D", 29), (BEFORE, "Day -7", "P1D", 7),
     (AFTER, "Day -7", "P1D", None), (AFTER, "Day 0", "P1D", None), (AFTER, "Day 8", "P8D", None)],
)  # fmt: skip
def test_a_study_day_stands_for_a_missing_value_where_the_anchor_is_numbered(
    kind: tuple[str, str], label: str, anchor: str, days: int | None
) -> None:
    row = timing("T1", kind, None, "V", "DOSE", valueLabel=label)
    order = ("DOSE", "V") if kind == AFTER else ("V", "DOSE")
    imported = import_usdm(usdm(chain(*order), [timing("T0", FIXED, anchor, "DOSE", "DOSE"), row]))
    found = [v["target"] for v in plain(imported).get("visits", [])]
    assert found == ([] if days is None else [f"{days} days"])
    assert ("U230" in codes(imported)) == (days is None)


def test_newer_terms_are_the_same_kinds() -> None:
    kinds = [("C201358", "Fixed Reference Timing Type"), ("C201356", "After Timing Type")]
    rows = [
        timing("T0", kinds[0], "PT0M", "DOSE", "DOSE", valueLabel="Day 1"),
        timing("T1", kinds[1], "P2W", "V", "DOSE", **window("P1D", "P1D")),
    ]
    imported = import_usdm(usdm(chain("DOSE", "V"), rows))
    assert plain(imported)["milestones"]["dose"]["day_zero"] is False, "the label says Day 1"
    assert codes(imported, "T0") == ["U239"]
    assert codes(imported) == []


@pytest.mark.parametrize("anchor", [None, ""])
def test_a_missing_anchor_is_the_only_one(anchor: str | None) -> None:
    row = timing("T1", AFTER, "P14D", "V", anchor, **window("P1D", "P1D"))
    imported = drawn(row)
    assert visit(imported)["after"] == "dose"
    assert "one anchor" in visit(imported)["assumption"]
    assert codes(imported) == ["U236"]
    first_dose = drawn(row | NO_RELATION)
    assert visit(first_dose)["after"] == "dose"
    second = timing("T2", FIXED, "P50D", "W", "W")
    two = drawn(row, second, order=("DOSE", "V", "W"))
    assert "visits" not in plain(two)
    assert "U230" in codes(two)


def test_a_missing_anchor_is_never_the_one_that_the_file_contradicts() -> None:
    row = timing("T1", AFTER, "P14D", "V", None)
    for words in ("Screening", "Study Start", "Baseline", "Randomization"):
        imported = drawn(row | {"relativeToFrom": {"decode": words}})
        assert "visits" not in plain(imported)
        assert "U230" in codes(imported)
    named = drawn(
        row | {"relativeToFrom": {"decode": "Screening"}}, order=("SCR", "DOSE", "V"),
        SCR={"name": "Screening"},
    )  # fmt: skip
    assert visit(named)["after"] == "screening"
    previous = drawn(
        timing("T2", AFTER, "P3D", "U", "DOSE"),
        row | {"relativeToFrom": {"decode": "Previous Visit"}}, order=("DOSE", "U", "V"),
    )  # fmt: skip
    assert visit(previous)["after"] == "u"


def test_ends_named_by_encounter_or_title_are_found_where_one_instance_has_it() -> None:
    by_encounter = timing("T1", AFTER, "P14D", "Enc_2", "Day 1")
    imported = drawn(by_encounter, DOSE={"label": "Day 1"}, V={"encounterId": "Enc_2"})
    assert (visit(imported)["after"], visit(imported)["target"]) == ("dose", "14 days")
    assert codes(imported).count("U236") == 2
    shared = drawn(by_encounter, DOSE={"encounterId": "Enc_2", "label": "Day 1"},
                   V={"encounterId": "Enc_2"})  # fmt: skip
    assert "visits" not in plain(shared), "two instances in one encounter: no choice is made"
    assert "U230" in codes(shared)
    own_name = timing("T1", AFTER, "P14D", "6f3a", "DOSE") | {"name": "Week 2"}
    imported = drawn(own_name, V={"label": "week 2"})
    assert visit(imported)["target"] == "14 days"
    assert "own name" in visit(imported)["assumption"]


@pytest.mark.parametrize(
    ("row", "order", "gaps"),
    [
        (timing("T1", WITHIN, "-P28D", "V", "DOSE"), ("V", "DOSE"),
         [("v", "dose", "0 days", "28 days")]),
        (timing("T1", WITHIN, "P28D", "V", "DOSE"), ("V", "DOSE"),
         [("v", "dose", "0 days", "28 days")]),
        (timing("T1", WITHIN, "P7D", "V", "DOSE"), ("DOSE", "V"),
         [("dose", "v", "0 days", "7 days")]),
        (timing("T1", WITHIN, "P28D", "V", "DOSE", **window("-P28D", "-P2D")), ("V", "DOSE"),
         [("v", "dose", "2 days", "28 days")]),
        (timing("T1", BETWEEN, "P0D", "V", "DOSE", **window("P22D", "P23D")), ("DOSE", "V"),
         [("dose", "v", "22 days", "23 days")]),
        (timing("T1", BETWEEN, None, "V", "DOSE", **window("-P2D", "P3D")), ("DOSE", "V"),
         [("v", "dose", None, "2 days"), ("dose", "v", None, "3 days")]),
    ],
)  # fmt: skip
def test_bounds_without_a_target_become_gaps_and_a_milestone(
    row: dict, order: tuple[str, str], gaps: list[tuple]
) -> None:
    imported = import_usdm(usdm(chain(*order), [DOSE, row]))
    protocol = plain(imported)
    found = [(g["from"], g["to"], g.get("min"), g.get("max")) for g in protocol["gaps"]]
    assert found == gaps
    assert protocol["milestones"]["v"]["optional"] is True
    assert "visits" not in protocol
    assert all(g["source"]["item"] == "T1" for g in protocol["gaps"])
    signed = "-" in str(row["value"]) + str(row.get("windowLower"))
    assert ("U237" in codes(imported)) == (not signed), "the side came from the flow"


@pytest.mark.parametrize(
    "row",
    [
        timing("T1", WITHIN, "PT24H", "V", "DOSE"),
        timing("T1", BETWEEN, "P3D", "V", "DOSE"),
        timing("T1", BETWEEN, "P0D", "V", "DOSE", **window("P23D", "P22D")),
        timing("T1", BETWEEN, "P0D", "V", "DOSE", **window("P1D", "P1M")),
    ],
)
def test_bounds_that_no_gap_can_say_are_listed(row: dict) -> None:
    imported = drawn(row)
    assert "gaps" not in plain(imported)
    assert {"U241", "U251"} & set(codes(imported))


def test_a_within_beside_a_target_is_a_further_condition() -> None:
    rows = [
        timing("T1", AFTER, "P14D", "V", "DOSE", **window("P7D", "P7D")),
        timing("T2", WITHIN, "P3W", "V", "DOSE"),
    ]
    imported = drawn(*rows)
    assert visit(imported)["target"] == "14 days"
    assert [g["max"] for g in plain(imported)["gaps"]] == ["3 weeks"]


def test_what_is_counted_from_a_decision_is_counted_from_where_the_decision_stands() -> None:
    rows = chain("DOSE", "U", "V")
    rows[1]["defaultConditionId"] = "Q"
    rows.insert(2, decision("Q", "V", "done", "V"))
    imported = import_usdm(usdm(rows, [
        DOSE, timing("T1", AFTER, "P7D", "U", "DOSE", **window("P1D", "P1D")),
        timing("T2", AFTER, "P1D", "Q", "U"),
        timing("T3", AFTER, "P2D", "V", "Q", **window("P1D", "P1D")),
    ]))  # fmt: skip
    assert (visit(imported)["after"], visit(imported)["target"]) == ("u", "3 days")
    assert codes(imported, "T2") == ["U235"]
    assert "U236" in codes(imported, "T3")


def days_file(condition: str, **more: object) -> str:
    """Day -7, then a helper and one visit a day from Day -6, decided daily, then Day -4, Day 1."""
    rows = chain("D-7", "HELP", "DAILY", "D-4", "DOSE", HELP={"activityIds": []})
    rows[2]["defaultConditionId"] = "LOOP"
    rows.insert(3, decision("LOOP", "D-4", condition, "HELP"))
    timings = [
        timing("T1", BEFORE, "P7D", "D-7", "DOSE"), timing("T2", AFTER, "PT0M", "HELP", "D-7"),
        timing("T3", AFTER, "P1D", "DAILY", "HELP"), timing("T4", AFTER, "PT0M", "LOOP", "DAILY"),
        timing("T5", BEFORE, "P4D", "D-4", "DOSE"), DOSE,
    ]  # fmt: skip
    return usdm(rows, timings, **more)


@pytest.mark.parametrize(
    ("condition", "passes", "words"),
    [
        ("Day = -6", 2, "read from the words"),
        ("day == -6", 2, "read from the words"),
        ("Day \u2212" + "6", 2, "read from the words"),
        ("Days -6 to -5", 3, "read from the words"),
        ("Day < -5", 2, "read from the words"),
        ("Day <= -5", 3, "read from the words"),
        ("until Day -5", 2, "read from the words"),
        ("Day = -9", 1, "read from the words"),
        ("not yet stable", 2, "which follows"),
        ("Day > -6 or Day = 3", 2, "which follows"),
        ("within 3 days", 2, "which follows"),
    ],
)
def test_a_loop_on_study_days_ends_on_its_day(condition: str, passes: int, words: str) -> None:
    imported = import_usdm(days_file(condition))
    protocol = plain(imported)
    told = next(f for f in imported.findings if f.code == "U321")
    assert f"for {passes} passes" in told.done
    assert words in told.done
    again = [v for v in protocol["visits"] if v["id"] == "help_again"]
    assert sum(v["repeat"]["times"] for v in again) == passes - 1
    later = [v for v in protocol["visits"] if v["id"].startswith("daily_pass_")]
    assert len(later) == passes - 1


def test_a_countdown_never_runs_past_the_day_it_counts_to() -> None:
    rows = chain("W", "DAILY", "DOSE")
    rows[1]["defaultConditionId"] = "LOOP"
    rows.insert(2, decision("LOOP", "DOSE", "not yet", "W"))
    root = json.loads(usdm(rows, [
        DOSE, timing("T1", BEFORE, "P5D", "W", "DOSE"), timing("T2", AFTER, "P1D", "DAILY", "W"),
    ]))  # fmt: skip
    told = next(f for f in import_usdm(json.dumps(root)).findings if f.code == "U321")
    assert "for 4 passes" in told.done, "days -5 to -1 hold four steps of a day"


def test_a_timed_decision_tells_how_long_a_pass_is() -> None:
    rows = chain("DOSE", "C1", "D8", "EOT")
    rows[2]["defaultConditionId"] = "LOOP"
    rows.insert(3, decision("LOOP", "EOT", "Cycle 1 to 3", "C1"))
    imported = import_usdm(usdm(rows, [
        DOSE, timing("T1", AFTER, "P7D", "C1", "DOSE"), timing("T2", AFTER, "P7D", "D8", "C1"),
        timing("T3", AFTER, "P14D", "LOOP", "D8"), timing("T4", AFTER, "P90D", "EOT", "DOSE"),
    ]))  # fmt: skip
    assert visit(imported, "c1_again")["repeat"] == {"every": "21 days", "times": 2}


@pytest.mark.parametrize(
    ("planned", "number"),
    [
        (120, 120),
        ({"value": 75.0, "unit": None}, 75),
        ({"minValue": 300.0, "maxValue": 300.0}, 300),
        ({"minValue": {"value": 24, "unit": None}, "maxValue": {"value": 24}}, 24),
        ({"minValue": {"value": 24}, "maxValue": {"value": 30}}, None),
        ({"minValue": {"a": 1}, "maxValue": [1]}, None),
        ({"value": {"value": {"value": {"value": {"value": 3}}}}}, None),
        ([3], None),
        ("120", None),
        (True, None),
        (-4, None),
        (1e400, None),
    ],
)
def test_the_planned_number_in_every_shape(planned: object, number: int | None) -> None:
    text = usdm(chain("DOSE"), [DOSE], population={"plannedEnrollmentNumber": planned})
    imported = import_usdm(text)
    assert plain(imported)["study"].get("enrollment") == number
    assert ("U014" in {f.code for f in imported.findings}) == (number is None)
