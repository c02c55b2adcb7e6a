"""Binding: every way to write an exposure, a date and a decision, as days and instants."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scheduler.binding.cohort import Cohort, End, Ended, Exposures, Status
from scheduler.binding.study import bind
from scheduler.days import FAR, day_of, iso
from scheduler.errors import Fault
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import load_study, read_study
from scheduler.study.text_columns import Coded

ROOT = Path(__file__).parents[2]
PROTOCOL = load_protocol(ROOT / "tests" / "data" / "demo-001.yaml")
AS_OF = "2026-03-15"
NEW_YORK = {"boston": {"timezone": "America/New_York"}, "wuhan": {"timezone": "Asia/Shanghai"}}
FAR_INSTANT = FAR * 1440


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def utc(text: str) -> int:
    """Minutes since 1970 of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 60


def table(heads: str, *rows: str) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=heads.split(","), dtype=object)


NO_HISTORY = table("participant,event,start")
PEOPLE = table("participant,sex,site", "P-1,female,wuhan", "P-2,male,boston")


def bound(sites: object = NEW_YORK, people: pd.DataFrame = PEOPLE, **tables: object) -> Cohort:
    cohort, faults = bound_with_faults(sites, people, **tables)
    assert [str(fault) for fault in faults if not fault.warning] == []
    assert cohort is not None
    return cohort


def bound_with_faults(
    sites: object = NEW_YORK, people: pd.DataFrame = PEOPLE, **tables: object
) -> tuple[Cohort | None, list[Fault]]:
    given = {"participants": people, "sites": sites, "history": NO_HISTORY, **tables}
    study, faults = read_study(given)
    assert [str(fault) for fault in faults] == []
    return bind(study, PROTOCOL, day(AS_OF))


def exposure(event: str, start: str, end: str, who: str = "P-1") -> Exposures:
    history = table("participant,event,start,end", f"{who},{event},{start},{end}")
    exposures = bound(history=history).exposures
    assert len(exposures) == 1
    return exposures


def days_of(found: Exposures) -> list[str]:
    columns = (found.start_first, found.start_last, found.end_first, found.end_last)
    far = {FAR: "far", -FAR: "-far"}
    return [far.get(int(column[0]), "") or iso(column[0]) for column in columns]


COURSE, POINT = "systemic_corticosteroid", "major_surgery"


@pytest.mark.parametrize(
    ("event", "start", "end", "days", "how", "single"),
    [
        (POINT, "2026-03-02", "", ["2026-03-02"] * 4, End.BLANK_POINT, True),
        (
            POINT, "2026-03", "",
            ["2026-03-01", "2026-03-31", "2026-03-01", "2026-03-31"], End.BLANK_POINT, True,
        ),
        (
            POINT, "2026-03-02", "2026-03-05",
            ["2026-03-02", "2026-03-02", "2026-03-05", "2026-03-05"], End.WRITTEN, False,
        ),
        (
            COURSE, "2026-03-02", "",
            ["2026-03-02", "2026-03-02", "2026-03-02", "far"], End.BLANK_COURSE, False,
        ),
        (
            COURSE, "2026-03-02", "ongoing",
            ["2026-03-02", "2026-03-02", "far", "far"], End.ONGOING, False,
        ),
        (
            COURSE, "2026-03-02", "Unknown",
            ["2026-03-02", "2026-03-02", "2026-03-02", AS_OF], End.UNKNOWN, False,
        ),
        (  # it ended by as_of, so it began by then
            COURSE, "2026", "unknown",
            ["2026-01-01", AS_OF, "2026-01-01", AS_OF], End.UNKNOWN, False,
        ),
        (COURSE, "unknown", "", ["-far", AS_OF, "-far", "far"], End.BLANK_COURSE, False),
        (POINT, "unknown", "", ["-far", AS_OF, "-far", AS_OF], End.BLANK_POINT, True),
        (COURSE, "unknown", "unknown", ["-far", AS_OF, "-far", AS_OF], End.UNKNOWN, False),
        (COURSE, "unknown", "ongoing", ["-far", AS_OF, "far", "far"], End.ONGOING, False),
        (
            COURSE, "unknown", "2026-02",
            ["-far", "2026-02-28", "2026-02-01", "2026-02-28"], End.WRITTEN, False,
        ),
        (  # a planned course
            COURSE, "2026-05", "2026-06-02",
            ["2026-05-01", "2026-05-31", "2026-06-02", "2026-06-02"], End.WRITTEN, False,
        ),
        (  # both within one month: never ending before it starts
            COURSE, "2026-03-10", "2026-03",
            ["2026-03-10", "2026-03-10", "2026-03-10", "2026-03-31"], End.WRITTEN, False,
        ),
        (
            COURSE, "2026-03", "2026-03-10",
            ["2026-03-01", "2026-03-10", "2026-03-10", "2026-03-10"], End.WRITTEN, False,
        ),
    ],
)  # fmt: skip
def test_days_of_an_exposure(
    event: str, start: str, end: str, days: list[str], how: End, single: bool
) -> None:
    found = exposure(event, start, end)
    assert days_of(found) == days
    assert found.end.tolist() == [how]
    assert found.single.tolist() == [single]
    assert (found.start_text.cells[0], found.end_text.cells[0]) == (start, end)


@pytest.mark.parametrize(
    ("event", "start", "end", "instants"),
    [
        # Shanghai is eight hours ahead of UTC
        (POINT, "2026-03-02 09:30", "", ["2026-03-02 01:30"] * 4),
        (
            POINT, "2026-03-02", "",
            ["2026-03-01 16:00", "2026-03-02 15:59", "2026-03-01 16:00", "2026-03-02 15:59"],
        ),
        (  # ended on the same day, after it began
            COURSE, "2026-03-02 09:30", "2026-03-02",
            ["2026-03-02 01:30", "2026-03-02 01:30", "2026-03-02 01:30", "2026-03-02 15:59"],
        ),
        (
            COURSE, "2026-03-02", "2026-03-02 09:30",
            ["2026-03-01 16:00", "2026-03-02 01:30", "2026-03-02 01:30", "2026-03-02 01:30"],
        ),
        (  # the end is some time from the start to the end of as_of
            COURSE, "2026-03-02 09:30", "unknown",
            ["2026-03-02 01:30", "2026-03-02 01:30", "2026-03-02 01:30", "2026-03-15 15:59"],
        ),
    ],
)  # fmt: skip
def test_instants_of_an_exposure(event: str, start: str, end: str, instants: list[str]) -> None:
    found = exposure(event, start, end)
    assert instants_of(found) == [utc(text) for text in instants]


def instants_of(found: Exposures) -> list[int]:
    return [
        int(column[0])
        for column in (
            found.start_first_instant, found.start_last_instant,
            found.end_first_instant, found.end_last_instant,
        )
    ]  # fmt: skip


def test_instants_without_beginning_or_end() -> None:
    assert instants_of(exposure(COURSE, "unknown", "")) == [
        -FAR_INSTANT, utc("2026-03-15 15:59"), -FAR_INSTANT, FAR_INSTANT,
    ]  # fmt: skip
    assert instants_of(exposure(COURSE, "2026-03-02 09:30", "ongoing")) == [
        utc("2026-03-02 01:30"), utc("2026-03-02 01:30"), FAR_INSTANT, FAR_INSTANT,
    ]  # fmt: skip


def test_the_clock_of_each_participant_s_site() -> None:
    # New York: on 1 November 2026 01:30 comes twice, at 05:30 and at 06:30 UTC
    found = exposure(POINT, "2026-11-01 01:30", "", "P-2")
    early, late = utc("2026-11-01 05:30"), utc("2026-11-01 06:30")
    assert instants_of(found) == [early, late, early, late]
    # and that day has 25 hours: 04:00 UTC to 04:59 UTC on the next
    found = exposure(POINT, "2026-11-01", "", "P-2")
    assert instants_of(found)[:2] == [utc("2026-11-01 04:00"), utc("2026-11-02 04:59")]


def test_events_and_what_was_asked() -> None:
    history = table(
        "participant,event,start,end",
        "P-1,major_surgery,2026-01-02,",
        "P-1,pregnancy,none,",
        "P-2,major_surgery,2026-01-02,",
        "P-2,major_surgery,2026-01-03,",
        "P-2,appendicitis,2026-01-03,",
    )
    cohort, faults = bound_with_faults(history=history)
    assert cohort is not None
    surgery, pregnancy = (PROTOCOL.event_index[name] for name in (POINT, "pregnancy"))
    assert cohort.exposures.event.tolist() == [surgery, surgery, surgery, -1]
    assert cohort.exposures.event_name.cells.tolist()[-1] == "appendicitis"
    assert cohort.exposures.row.tolist() == [0, 2, 3, 4]
    asked = set(zip(cohort.asked_participant, cohort.asked_event, strict=True))
    assert asked == {(0, surgery), (0, pregnancy), (1, surgery)}
    assert [fault.code for fault in faults] == ["S244"]


def test_half_lives_are_the_row_s_then_the_agent_s_then_the_event_s() -> None:
    history = table(
        "participant,event,start,end,agent,half_life",
        "P-1,small_molecule,2026-01-02,,venetoclax,2 days",
        "P-1,small_molecule,2026-01-02,,venetoclax,",
        "P-1,small_molecule,2026-01-02,,venetoclax,unknown",
        "P-1,small_molecule,2026-01-02,,other,1.5 days",
        "P-1,small_molecule,2026-01-02,,other,",
    )
    found = bound(history=history).exposures.half_life
    assert found[:4].tolist() == [2880, 1560, 1560, 2160]
    assert np.isnan(found[4])


def test_attributes_are_text_and_unknown_is_a_blank() -> None:
    people = table("participant,sex,ECOG", "P-1,female,1", "P-2,unknown,Unknown")
    history = table(
        "participant,event,start,purpose,weight",
        "P-1,major_surgery,2026-01-02,biopsy,70",
        "P-1,major_surgery,2026-01-03,UNKNOWN,",
    )
    cohort = bound(None, people, history=history)
    assert cohort.attributes["sex"].tolist() == ["female", ""]
    assert cohort.attributes["ECOG"].tolist() == ["1", ""]
    assert cohort.exposures.attributes["purpose"].tolist() == ["biopsy", ""]
    assert cohort.exposures.attributes["weight"].tolist() == ["70", ""]
    assert cohort.exposures.attributes["route"].tolist() == ["", ""]  # a rule looks at it


def test_participants_and_how_they_ended() -> None:
    people = table(
        "participant,birth_date,withdrawn,screen_failed",
        "P-1,1970-05-01,,",
        "P-2,1980-02,2026-03-01,",
        "P-3,,,2026-03-15",
        "P-4,unknown,,",
    )
    cohort = bound(None, people)
    assert cohort.ids.tolist() == ["P-1", "P-2", "P-3", "P-4"]
    assert cohort.birth_first.tolist() == [day("1970-05-01"), day("1980-02-01"), -FAR, -FAR]
    assert cohort.birth_last.tolist() == [day("1970-05-01"), day("1980-02-29"), FAR, FAR]
    assert cohort.ended.tolist() == [Ended.NO, Ended.WITHDRAWN, Ended.SCREEN_FAILED, Ended.NO]
    assert cohort.ended_day[1:3].tolist() == [day("2026-03-01"), day("2026-03-15")]


def test_sites_of_participants() -> None:
    sites = {"boston": {"timezone": "America/New_York"}, "wuhan": {"weekend": ["sat"]}}
    cohort = bound(sites)
    assert [site.id for site in cohort.sites] == ["boston", "wuhan"]
    assert cohort.site.tolist() == [1, 0]
    assert cohort.sites[1].timezone == "Asia/Shanghai"  # the protocol's


def test_without_sites_every_day_is_open_in_the_protocol_s_time_zone() -> None:
    cohort = bound(None, PEOPLE[["participant", "sex"]])
    assert [(site.id, site.timezone) for site in cohort.sites] == [("", "Asia/Shanghai")]
    assert not cohort.sites[0].closed_days(20000, 21000).any()


def test_a_site_that_is_described_nowhere_is_a_fault() -> None:
    cohort, faults = bound_with_faults(None)
    assert cohort is None
    assert [(fault.code, fault.place) for fault in faults] == [
        ("S247", "participants:0"), ("S247", "participants:1"),
    ]  # fmt: skip
    assert "found wuhan, expected a site that is described: none is anywhere" in str(faults[0])


def test_recorded_dates() -> None:
    dates = table(
        "participant,milestone,date,status",
        "P-1,consent,2026-03-02,done",
        "P-2,infusion,2026-11-01 01:30,booked",
        "P-1,phone#3,2026-12-02,missed",
        "P-1,unscheduled,2026-03-04 09:30,done",
        "P-1,unscheduled,2026-03-05,done",
    )
    found = bound(dates=dates).dates
    assert found.participant.tolist() == [0, 1, 0, 0, 0]
    index = PROTOCOL.index
    assert found.node.tolist() == [index["consent"], index["infusion"], index["phone#3"], -1, -1]
    assert found.status.tolist() == [Status.DONE, Status.BOOKED, Status.MISSED, 0, 0]
    assert [iso(d) for d in found.day[:3]] == ["2026-03-02", "2026-11-01", "2026-12-02"]
    assert found.minute.tolist() == [-1, 90, -1, 570, -1]
    assert (found.early[1], found.late[1]) == (utc("2026-11-01 05:30"), utc("2026-11-01 06:30"))
    assert found.early[3] == found.late[3] == utc("2026-03-04 01:30")


@pytest.mark.parametrize(
    ("rows", "states"),
    [
        (["2026-04-01,booked", "2026-04-01,cancelled"], "CC"),
        (["2026-04-01,cancelled", "2026-04-01,booked"], "CC"),
        (["2026-04-01,booked", "2026-04-02,cancelled"], "BC"),
        (["2026-04-01,booked", "2026-04-01,cancelled", "2026-04-02,booked"], "CCB"),
        (["2026-04-01,booked", "2026-04-01,cancelled", "2026-04-01,booked"], "CCB"),
        (["2026-04-01 09:00,booked", "2026-04-01,cancelled"], "CC"),
        (
            ["2026-04-01 09:00,booked", "2026-04-01 11:00,booked", "2026-04-01 09:00,cancelled"],
            "CBC",
        ),
    ],
)
def test_a_cancelled_row_ends_the_booking_of_its_day(rows: list[str], states: str) -> None:
    dates = table("participant,milestone,date,status", *(f"P-1,infusion,{row}" for row in rows))
    found = bound(dates=dates).dates.status
    assert "".join(Status(state).name[0] for state in found) == states


def test_decisions() -> None:
    history = table(
        "participant,event,start,end",
        "P-2,long_acting_cytokine,2026-03,2026-03-20",
        "P-1,major_surgery,2026-01-02,",
        "P-1,long_acting_cytokine,none,",
        "P-1,long_acting_cytokine,2026-03,2026-03-20",
        "P-1,long_acting_cytokine,2026-03-01,2026-03-20",
        "P-1,long_acting_cytokine,unknown,2026-03-20",
    )
    decisions = table(
        "participant,rule,decision,date,event,start",
        "P-1,E14,clear,2026-03-10,,",
        "P-1,E14,exclude,2026-03-11,long_acting_cytokine,2026-03-01",
        "P-1,E14,clear,2026-03-11,long_acting_cytokine,Mar 2026",
        "P-1,E14,clear,2026-03-11,long_acting_cytokine,unknown",
        "P-2,E14,clear,2026-03-15,long_acting_cytokine,",
    )
    cohort = bound(history=history, decisions=decisions)
    found = cohort.decisions
    number = [rule.id for rule in PROTOCOL.rules].index("E14")
    assert found.rule.tolist() == [number] * 5
    assert found.exclude.tolist() == [False, True, False, False, False]
    # places among the exposures, where the row that says "none" does not count
    assert found.exposure.tolist() == [-1, 3, 2, 4, 0]
    assert iso(found.day[4]) == "2026-03-15"


def _rows(part: object, ids: Iterable[str]) -> set[tuple[object, ...]]:
    """A table of the cohort as a set of rows, by participant's code and without row numbers."""
    names = np.array(list(ids), object)
    columns = []
    for field in fields(part):  # type: ignore[arg-type]
        values = getattr(part, field.name)
        if field.name in ("row", "exposure"):
            continue
        if isinstance(values, dict):
            columns += [values[key] for key in sorted(values)]
        elif isinstance(values, Coded):
            columns.append(values.cells)
        else:
            columns.append(names[values] if field.name == "participant" else values)
    return {tuple(str(value) for value in row) for row in zip(*columns, strict=True)}


def test_the_order_of_rows_does_not_matter(root: Path) -> None:
    study = load_study(root / "protocols" / "nct07342244" / "example")
    protocol = load_protocol(root / "protocols" / "nct07342244")
    frames = {t.name: t.frame for t in study.tables}
    backwards = {name: frame.iloc[::-1] for name, frame in frames.items()}
    both = []
    for tables in (frames, backwards):
        cohort, _ = bind(load_study({**tables, "sites": study.sites}), protocol, day("2026-07-01"))
        assert cohort is not None
        both.append(cohort)
    forth, back = both
    assert sorted(forth.ids) == sorted(back.ids)
    for part in ("exposures", "dates", "decisions"):
        first, second = (_rows(getattr(c, part), c.ids) for c in (forth, back))
        assert first == second
        assert first


def test_the_example_binds_without_a_warning(root: Path) -> None:
    study = load_study(root / "protocols" / "nct07342244" / "example")
    protocol = load_protocol(root / "protocols" / "nct07342244")
    cohort, faults = bind(study, protocol, day("2026-07-01"))
    assert cohort is not None
    assert faults == []
    assert len(cohort) == 18
