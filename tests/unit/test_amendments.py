"""What an amendment changes: items by name, and participants' days counted by hand."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import scheduler
from scheduler.cli import washout_command
from scheduler.errors import InputFaults
from scheduler.planning.amendments import changed_items
from tests.unit.small_plans import BODY, protocol, study
from tests.unit.small_problems import done, shown, took

ROOT = Path(__file__).parents[2]
LONGER = BODY.replace("within: 14 days", "within: 21 days")
ITEM = ("section", "item", "change", "aspect", "before", "after")


def items(new: str, old: str = BODY) -> list[tuple[str, ...]]:
    found = changed_items(protocol(old), protocol(new, "2.0")).pandas()
    rows = shown(found, *ITEM)
    assert rows[0] == ("protocol", "", "changed", "version", "1.0", "2.0")
    return rows[1:]


def test_nothing_but_the_version() -> None:
    assert items(BODY) == []
    assert len(changed_items(protocol(), protocol())) == 0


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        ("within: 14 days", "within: 21 days", ("rule", "R1", "duration", "14 days", "21 days")),
        (
            "within: 14 days",
            "boundary: exclusive, within: 14 days",
            ("rule", "R1", "boundary", "inclusive", "exclusive"),
        ),
        (
            "before: infusion, assumption",
            "before: transplant, assumption",
            ("rule", "R1", "anchor", "infusion", "transplant"),
        ),
        (
            "forbid: surgery,",
            "forbid: surgery, except: {purpose: [biopsy, diagnostic]},",
            ("rule", "R1", "exceptions", "", "purpose biopsy or diagnostic"),
        ),
        (
            "min: 1 day, max: 30 days",
            "min: 1 day, max: 4 weeks",
            ("gap", "consent..infusion", "at most", "30 days", "4 weeks"),
        ),
        (
            "min: 10 days, max: 20 days",
            "max: 20 days",
            ("gap", "infusion..transplant", "at least", "10 days", ""),
        ),
        (
            "target: 28 days, window: {before: 3 days",
            "target: 28 days, window: {before: 5 days",
            ("visit", "week_4", "window before", "3 days", "5 days"),
        ),
        ("optional: yes, ", "", ("visit", "phone", "optional", "yes", "")),
        (
            "infusion: {label: Infusion, day_zero: yes}",
            "infusion: {label: Infusion, day_zero: yes, days: any}",
            ("milestone", "infusion", "days", "open days", "any day"),
        ),
        ("label: Surgery, kind: point", "label: Surgery, kind: course",
         ("event", "surgery", "kind", "point", "course")),
    ],
)  # fmt: skip
def test_one_aspect(old: str, new: str, row: tuple[str, ...]) -> None:
    assert BODY.count(old) == 1
    section, item, aspect, before, after = row
    assert items(BODY.replace(old, new)) == [(section, item, "changed", aspect, before, after)]


def test_items_added_and_removed() -> None:
    rule = "  - {id: R2, forbid: surgery, at: transplant, assumption: ours}\n"
    told = "events surgery; form at; anchor transplant; assumption ours"
    assert items(BODY + rule) == [("rule", "R2", "added", "", "", told)]
    assert items(BODY, BODY + rule) == [("rule", "R2", "removed", "", told, "")]


def test_the_order_of_milestones_is_an_aspect() -> None:
    swapped = BODY.replace("  consent: {label: Consent}\n", "").replace(
        "gaps:", "  consent: {label: Consent}\ngaps:"
    )
    assert items(swapped) == [
        ("milestone", "", "changed", "order", "consent, infusion, transplant",
         "infusion, transplant, consent"),
    ]  # fmt: skip


PEOPLE = [{"participant": f"P{n}"} for n in (1, 2, 3)]
STUDY = {
    "participants": PEOPLE,
    "dates": [
        done("consent", "2026-03-02", "P1"),
        done("infusion", "2026-03-28", "P1", "booked"),
        done("consent", "2026-03-02", "P2"),
        done("consent", "2026-03-02", "P3"),
    ],
    "history": [
        took("surgery", "2026-03-10", participant="P1"),
        took("surgery", "2026-03-12", participant="P2"),
    ],
}


def test_days_lost_by_participant() -> None:
    found = scheduler.diff(protocol(), protocol(LONGER, "2.0"), study(**STUDY), "2026-03-12")
    rows = shown(found.days[found.days["milestone"] == "infusion"], "participant", "change",
                 "first", "last", "before", "after")  # fmt: skip
    # P1: blocked through 24 March, then through 31 March; consent allows 1 April at the latest
    # P2: blocked through 26 March, then through 2 April: no day is left
    assert rows == [
        ("P1", "lost", "2026-03-25", "2026-03-31", "permitted", "blocked"),
        ("P2", "lost", "2026-03-27", "2026-04-01", "permitted", "blocked"),
    ]
    assert "P3" not in set(found.days["participant"].astype(str))
    assert shown(found.states, "participant", "state_before", "state_after")[-1] == (
        "P2", "scheduled", "no_schedule",
    )  # fmt: skip


def test_a_booking_that_is_no_longer_permitted() -> None:
    found = scheduler.diff(protocol(), protocol(LONGER, "2.0"), study(**STUDY), "2026-03-12")
    assert shown(
        found.bookings, "participant", "milestone", "date", "state_before", "state_after",
        "permitted_before", "permitted_after",
    ) == [
        ("P1", "infusion", "2026-03-28", "kept", "not_permitted", "", "2026-04-01"),
    ]  # fmt: skip
    moved = found.schedule[found.schedule["milestone"] == "infusion"]
    assert shown(moved.iloc[:1], "date_before", "date_after", "days_moved") == [
        ("2026-03-28", "2026-03-28", "0")
    ]


def test_the_other_way_round_gains() -> None:
    found = scheduler.diff(protocol(LONGER, "2.0"), protocol(), study(**STUDY), "2026-03-12")
    rows = found.days[found.days["milestone"] == "infusion"]
    assert shown(rows, "participant", "change", "first", "last") == [
        ("P1", "gained", "2026-03-25", "2026-03-31"),
        ("P2", "gained", "2026-03-27", "2026-04-01"),
    ]


def test_the_text() -> None:
    text = str(scheduler.diff(protocol(), protocol(LONGER, "2.0"), study(**STUDY), "2026-03-12"))
    lines = text.splitlines()
    assert lines[0] == "W-1, version 1.0 -> 2.0, as of 2026-03-12"
    assert "  rule R1: duration 14 days -> 21 days" in lines
    assert "    infusion: 7 days lost (2026-03-25 to 2026-03-31)" in lines
    assert "    state: scheduled -> no schedule" in lines
    assert (
        "    infusion: the booking for 2026-03-28 is no longer permitted "
        "(nearest permitted: 2026-04-01 after)" in lines
    )
    assert lines[-1] == "  1 of 3 participants: nothing changes"


def test_records_of_what_one_version_does_not_know_are_left_out() -> None:
    without = BODY.replace("  - {id: phone", "  - {id: call")
    rows = [*STUDY["dates"], done("phone", "2026-05-01", "P3", "booked")]
    found = scheduler.diff(
        protocol(), protocol(without, "2.0"), study(**{**STUDY, "dates": rows}), "2026-03-12"
    )
    assert "phone" not in set(found.after.schedule["milestone"].astype(str))
    assert shown(found.items, "item", "change")[1:] == [("call", "added"), ("phone", "removed")]
    assert found.days.empty  # all else is the same
    wrong = [*STUDY["dates"], done("phoney", "2026-05-01", "P3", "booked")]
    with pytest.raises(InputFaults) as raised:
        scheduler.diff(
            protocol(), protocol(without, "2.0"), study(**{**STUDY, "dates": wrong}), "2026-03-12"
        )
    assert {fault.code for fault in raised.value.faults} == {"S241"}


def test_participants_are_compared_whatever_version_they_are_under() -> None:
    people = [{**row, "protocol_version": "7.0"} for row in PEOPLE]
    found = scheduler.diff(
        protocol(), protocol(LONGER, "2.0"), study(**{**STUDY, "participants": people}),
        "2026-03-12",
    )  # fmt: skip
    assert len(found.days) > 0


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(washout_command, ["diff", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


DEMO = ROOT / "protocols" / "demo-cycles"
WORDS = (str(DEMO), str(DEMO / "versions" / "2.0.yaml"), "--study", str(DEMO / "example"),
         "--as-of", "2026-02-16")  # fmt: skip


def test_the_command_writes_its_tables(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, text, _ = run(*WORDS, "--out", str(out))
    assert code == 0
    assert text.startswith("DEMO-CYCLES, version 1.0 -> 2.0, as of 2026-02-16\n")
    assert "rule R6-vaccine: boundary exclusive -> inclusive" in text
    assert sorted(path.name for path in out.iterdir()) == [
        "diff_bookings.csv", "diff_days.csv", "diff_items.csv", "diff_schedule.csv",
        "diff_states.csv",
    ]  # fmt: skip
    days = pd.read_csv(out / "diff_days.csv", dtype=str)
    mine = days[(days["participant"] == "D-004") & (days["milestone"] == "dose#1")]
    # the window of dose 2 grows by a day: 17 February + 3 days is 20 February
    assert mine[["change", "first", "last"]].to_numpy().tolist() == [
        ["gained", "2026-02-20", "2026-02-20"]
    ]
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    run(*WORDS, "--out", str(out))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_command_tells_faults_of_both_protocols(tmp_path: Path) -> None:
    text = (DEMO / "protocol.yaml").read_text(encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(text.replace("DEMO-CYCLES", "[]"))
    code, out, err = run(
        str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"), "--study", str(DEMO / "example"),
        "--as-of", "2026-02-16",
    )  # fmt: skip
    assert code == 1 and out == ""
    assert "one.yaml" in err and "two.yaml" in err
