"""Tasks through the program: the file, the study's faults, worklist, agenda, calendars, versions."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import scheduler
from scheduler.binding.study import bind
from scheduler.days import day_of
from scheduler.errors import InputFaults
from scheduler.planning.amendments import changed_items
from scheduler.protocol import Protocol
from scheduler.study.template import init_study

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "protocols" / "demo-cycles"
TEXT = """\
protocol: T-1
title: A study with paperwork
version: "1"
date: 2026-01-15
timezone: Asia/Shanghai
study: {opens: 2026-01-01, closes: 2026-12-31}
sources:
  manual: {document: Study manual}
milestones:
  consent: {label: Informed consent}
  infusion: {label: Cell infusion}
gaps:
  - {from: consent, to: infusion, min: 7 days, max: 90 days, assumption: made up}
tasks:
  - {id: order, label: Order the cells, due: 5 days, before: infusion, owner: pharmacy, source: {ref: manual, item: 3}}
  - {id: sae_form, label: Send the event form, due: 24 hours, after: unscheduled, assumption: usual}
"""
DATES = [
    ("P1", "consent", "2026-01-05", "done"), ("P1", "infusion", "2026-01-21", "booked"),
    ("P1", "unscheduled", "2026-01-07 09:00", "done"), ("P2", "consent", "2026-01-09", "done"),
]  # fmt: skip


def study_of(dates: list[tuple[str, ...]], people: str = "P1 P2") -> scheduler.Study:
    rows = pd.DataFrame(dates, columns=["participant", "milestone", "date", "status"])
    return scheduler.load_study(
        {"participants": pd.DataFrame({"participant": people.split()}), "dates": rows}
    )


def plan_of(dates: list[tuple[str, ...]], as_of: str = "2026-01-10") -> scheduler.Plan:
    return scheduler.plan(scheduler.load_protocol(TEXT), study_of(dates), as_of)


def test_a_protocol_with_tasks_says_the_same_after_a_round_trip() -> None:
    protocol = scheduler.load_protocol(TEXT)
    assert scheduler.load_protocol(protocol.to_dict()) == protocol
    assert scheduler.load_protocol(protocol.to_yaml()) == protocol
    assert [item.name for item in protocol.task_items] == ["order", "sae_form"]


@pytest.mark.parametrize("status", ["booked", "missed", "cancelled"])
def test_a_task_is_done_or_it_is_not(status: str) -> None:
    study = study_of([*DATES, ("P1", "order", "2026-01-09", status)])
    _, faults = bind(
        study, scheduler.load_protocol(TEXT), day_of(pd.Timestamp("2026-01-10").date())
    )
    assert [str(fault) for fault in faults if fault.code != "S211"] == [
        f'S257 dates:4 status: found {status} for the task order, expected done\n'
        "     take the row out until the task is done"
    ]  # fmt: skip


def test_two_rows_for_one_task_are_a_fault_but_not_for_those_of_unscheduled_visits() -> None:
    twice = [(("P1", name, day, "done")) for name in ("order", "sae_form")
             for day in ("2026-01-08", "2026-01-09")]  # fmt: skip
    with pytest.raises(InputFaults, match="S251 dates:5 status: found order done again"):
        plan_of([*DATES, *twice])
    assert len(plan_of([*DATES, *twice[2:]]).tasks) == 4


def test_a_slip_names_what_may_be_recorded() -> None:
    with pytest.raises(InputFaults, match='expected a milestone, visit or task of the protocol; did '
                                          'you mean "order"'):  # fmt: skip
        plan_of([*DATES, ("P1", "ordr", "2026-01-08", "done")])


def test_a_label_in_any_case_records_a_task() -> None:
    plan = plan_of([*DATES, ("P1", "order the CELLS", "2026-01-08", "done")])
    assert plan.tasks["state"].tolist()[0] == "done"


def test_sentences_say_by_when_for_what_and_on_what_it_rests() -> None:
    assert plan_of(DATES).tasks["sentence"].tolist() == [
        "Order the cells (pharmacy) is due 5 days before Cell infusion, booked for 2026-01-21: by "
        "2026-01-16 [manual 3].",
        "Send the event form is due 24 hours after unscheduled visit, done on 2026-01-07: by "
        "2026-01-08 09:00; it is late: nobody recorded it as done [assumption: usual].",
        "Order the cells (pharmacy) is due 5 days before Cell infusion, recommended for 2026-01-16: "
        "by 2026-01-11 [manual 3].",
    ]


def test_the_worklist_has_what_is_due_within_a_week_and_what_is_late() -> None:
    todo = plan_of(DATES).todo
    mine = todo[todo["step"].isin(["Order the cells", "Send the event form"])]
    rows = mine[["act_by", "participant", "kind", "what", "why", "source"]].astype(str)
    assert rows.to_numpy().tolist() == [
        ["2026-01-10", "P1", "record",
         "Do or record Send the event form: it was due Thu 8 Jan", "", "assumption"],
        ["2026-01-16", "P1", "prepare", "Order the cells: due Fri 16 Jan", "pharmacy", "manual 3"],
    ]  # fmt: skip
    assert "Order the cells" not in plan_of(DATES[:3], "2026-01-08").todo["step"].tolist()


def test_the_agenda_has_tasks_of_dates_that_stand() -> None:
    agenda = plan_of(DATES).agenda()
    mine = agenda[agenda["kind"].isin(["task_due", "task_late"])]
    assert mine[["date", "participant", "kind"]].astype(str).to_numpy().tolist() == [
        ["2026-01-10", "P1", "task_late"], ["2026-01-16", "P1", "task_due"]
    ]  # fmt: skip


def calendar_of(plan: scheduler.Plan, folder: Path, **options: bool) -> str:
    from scheduler.calendars.export import CalendarOptions, write_calendars

    write_calendars(plan, folder, CalendarOptions(**options))
    text = (folder / "calendars" / "P1.ics").read_text(encoding="utf-8")
    return text.replace("\r\n ", "").replace("\n ", "")


def summaries(text: str) -> list[str]:
    return sorted(line[8:] for line in text.splitlines() if line.startswith("SUMMARY:"))


def test_calendars_have_tasks_and_update_them(tmp_path: Path) -> None:
    first = calendar_of(plan_of(DATES), tmp_path)
    told = [line for line in summaries(first) if "task" in line]
    assert told == ["P1 task due: Order the cells", "P1 task due: paperwork"]
    assert "event form" not in first
    assert "CATEGORIES:Task" in first
    done = [*DATES, ("P1", "order", "2026-01-09", "done")]
    again = calendar_of(plan_of(done), tmp_path)
    assert [line for line in summaries(again) if "task" in line] == [
        "P1 task done: Order the cells", "P1 task due: paperwork"
    ]  # fmt: skip
    moved = [("P1", "infusion", "2026-01-26", "booked") if row[1] == "infusion" else row
             for row in DATES]  # fmt: skip
    later = calendar_of(plan_of(moved), tmp_path)
    assert later.count("task due: Order the cells") == 1
    assert "DTSTART;VALUE=DATE:20260121" in later


def test_a_plan_made_later_leaves_the_calendar_as_it_is(tmp_path: Path) -> None:
    first = calendar_of(plan_of(DATES), tmp_path)
    assert calendar_of(plan_of(DATES, "2026-01-17"), tmp_path) == first


def test_calendars_tell_more_where_they_are_asked(tmp_path: Path) -> None:
    detailed = calendar_of(plan_of(DATES), tmp_path, detailed=True)
    assert "P1 task due: Send the event form" in detailed
    assert "Order the cells (pharmacy) is due 5 days before Cell infusion." in detailed
    none = [line for line in summaries(calendar_of(plan_of(DATES), tmp_path / "m",
            milestones_only=True)) if "task" in line]  # fmt: skip
    assert none == []


def with_tasks(protocol: Protocol, *tasks: dict[str, str]) -> Protocol:
    return scheduler.load_protocol(protocol.to_dict() | {"tasks": list(tasks)})


def test_tasks_change_no_other_table() -> None:
    protocol, study = scheduler.load_protocol(DEMO), scheduler.load_study(DEMO / "example")
    protocol = replace(protocol, versions=())
    first = protocol.nodes[0].name
    task = {"id": "paper", "due": "3 days", "after": first, "assumption": "made up"}
    before = scheduler.plan(protocol, study, "2026-02-16")
    after = scheduler.plan(with_tasks(protocol, task), study, "2026-02-16")
    assert len(after.tasks) == len(before.people) and not len(before.tasks)
    for name in ("windows", "schedule", "blocked", "rules", "duties", "queries", "deviations",
                 "conflicts", "bookings", "summary"):  # fmt: skip
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))


def test_an_amendment_tells_which_tasks_it_changes() -> None:
    old = scheduler.load_protocol(TEXT)
    plain = old.to_dict()
    plain["tasks"][0]["due"] = "7 days"
    del plain["tasks"][1]
    items = changed_items(old, scheduler.load_protocol(plain)).pandas()
    rows = items[["section", "item", "change", "aspect", "before", "after"]].astype(str)
    assert rows.to_numpy().tolist()[:1] == [["task", "order", "changed", "due", "5 days", "7 days"]]
    assert {"sae_form"} == set(items[items["change"] == "removed"]["item"])


def test_an_empty_study_offers_the_tasks(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    init_study(tmp_path / "s", scheduler.load_protocol(TEXT))
    readme = (tmp_path / "s" / "README.txt").read_text(encoding="utf-8")
    assert "  order: Order the cells (a task)\n" in readme
    lists = load_workbook(tmp_path / "s" / "study.xlsx")["lists"]
    words = [cell.value for column in lists.columns for cell in column]
    assert "Order the cells" in words
    assert "Send the event form" in words


def test_checks_count_tasks_and_citations_see_them() -> None:
    from scheduler.protocol.basis import basis_lines
    from scheduler.sources.cited import cited_items

    plain = scheduler.load_protocol(TEXT).to_dict()
    plain["tasks"][0]["source"]["phrase"] = "five days before"
    protocol = scheduler.load_protocol(plain)
    assert "rules: 0, tasks: 2, checklist: 0" in "\n".join(basis_lines(protocol))
    assert ("order", "five days before") in cited_items(protocol)
