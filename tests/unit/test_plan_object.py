"""A plan as an object: what it hands out cannot change it, and it travels between processes."""

import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scheduler
from scheduler import Plan
from scheduler.tables.tables import TABLES

ROOT = Path(__file__).parents[2]
NAMES = [table.name for table in TABLES]


def make(name: str, as_of: str) -> Plan:
    folder = ROOT / "protocols" / name
    return scheduler.plan(
        scheduler.load_protocol(folder), scheduler.load_study(folder / "example"), as_of
    )


@pytest.fixture(scope="module")
def found() -> Plan:
    return make("nct07342244", "2026-06-15")


def _other(column: "pd.Series[object]") -> object:
    """A value of the column that differs from its first one."""
    first = str(column.iloc[0]) if len(column) else ""
    different = [value for value in column if not pd.isna(value) and str(value) != first]
    return different[0] if different else None


WAYS: dict[str, Callable[[pd.DataFrame, str, object], None]] = {
    "column": lambda frame, name, value: frame.__setitem__(name, value),
    "loc": lambda frame, name, value: frame.loc.__setitem__((0, name), value),
    "iloc": lambda f, name, value: f.iloc.__setitem__((0, f.columns.get_loc(name)), value),
    "array": lambda frame, name, value: frame[name].array.__setitem__(0, value),
    "values": lambda frame, name, value: frame[name].values.__setitem__(0, value),
    "numpy": lambda frame, name, value: frame[name].to_numpy().__setitem__(0, value),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("table", NAMES)
def test_nobody_changes_what_is_handed_out_later(found: Plan, table: str, way: str) -> None:
    before = getattr(found, table).copy(deep=True)
    for name in before.columns:
        value = _other(before[name])
        if value is None:
            continue
        frame = getattr(found, table)
        try:
            WAYS[way](frame, str(name), value)
        except (ValueError, TypeError) as error:  # the memory is read-only
            assert way in ("array", "values", "numpy"), error
        pd.testing.assert_frame_equal(getattr(found, table), before)


def test_a_changed_frame_changes_no_file(found: Plan, tmp_path: Path) -> None:
    from scheduler.report.folder import write_plan

    write_plan(found, tmp_path / "a")
    windows, schedule = found.windows, found.schedule
    windows.loc[:, "first"] = np.datetime64("2000-01-01")
    schedule["participant"] = "nobody"
    write_plan(found, tmp_path / "b")
    for name in ("windows.csv", "schedule.csv", "report.xlsx", "report.html"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_table_is_made_once(found: Plan) -> None:
    assert found.windows is not found.windows
    one, other = found.windows["first"].array, found.windows["first"].array
    assert np.shares_memory(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize(
    ("name", "as_of"), [("nct07342244", "2026-06-15"), ("demo-cycles", "2026-05-04")]
)
def test_a_plan_travels(name: str, as_of: str) -> None:
    here = make(name, as_of)
    there = pickle.loads(pickle.dumps(here))
    for table in NAMES:
        pd.testing.assert_frame_equal(getattr(there, table), getattr(here, table))
    assert len(pickle.dumps(here)) < 1_000_000


def test_a_plan_with_supposed_dates_travels(found: Plan) -> None:
    some = found.with_dates({"P-003": {"infusion": "2026-07-06"}})
    there = pickle.loads(pickle.dumps(some))
    pd.testing.assert_frame_equal(there.schedule, some.schedule)
    assert there.warnings == some.warnings


def states(of: Plan) -> list[str]:
    return [str(state) for state in of.summary["state"]]


def test_a_pool_of_processes_takes_plans(found: Plan) -> None:
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(states, [found])) == [states(found)]


def test_what_it_is_takes_one_line(found: Plan) -> None:
    assert repr(found) == "<Plan of NCT07342244, 18 participants, as of 2026-06-15>"
    assert len(repr(found.study)) < 200 and len(repr(found.parts[0])) < 200
    assert len(repr(found.explain("P-003", "infusion", "2026-08-10"))) < 300


def test_two_plans_are_equal_only_as_one_object(found: Plan) -> None:
    again = make("nct07342244", "2026-06-15")
    assert found != again and found == found
    assert len({found, again}) == 2


def test_studies_are_equal_where_they_say_the_same(found: Plan) -> None:
    folder = ROOT / "protocols/nct07342244/example"
    same, other = scheduler.load_study(folder), make("demo-cycles", "2026-05-04").study
    assert same == found.study and hash(same) == hash(found.study)
    assert other != same and same != "study"
    people = pd.DataFrame({"participant": ["A", "B"]})
    turned = people.iloc[::-1]
    first, second = (scheduler.load_study({"participants": frame}) for frame in (people, turned))
    assert first != second and first == scheduler.load_study({"participants": people.copy()})


def test_what_notebooks_show_is_bounded(found: Plan) -> None:
    from dataclasses import replace

    from scheduler.report.notebook import plan_html, table

    warned = replace(found, warnings=tuple(f"warning {number}" for number in range(5000)))
    html = plan_html(warned)
    assert len(html) < 60_000 and "... and 4940 more" in html
    protocol = replace(found.protocol, written=None, rules=found.protocol.rules * 100)
    assert len(protocol._repr_html_()) < 250_000 and "... and 4200 more" in protocol._repr_html_()
    assert "... and 800 more" in table("T", ("a",), [(str(i),) for i in range(1000)])


def test_public_objects_say_days_as_dates_and_can_be_hashed(found: Plan) -> None:
    """Also the reasons inside an explanation, and the cases beside a protocol."""
    told = found.explain("P-003", "infusion", "2026-08-10")
    days = {type(day) for reason in told.reasons for day in (reason.first, reason.last)}
    assert days <= {date, type(None)} and date in days and type(told.day) is date
    result = scheduler.run_cases(ROOT / "protocols/demo-cycles")[0]
    assert type(result.case.as_of) is date and type(scheduler.example().as_of) is date
    assert found.parts[0].protocol.study.opens < found.as_of
    difference = scheduler.diff(found.protocol, found.protocol, found.study, found.as_of)
    objects = [
        found, found.protocol, found.study, told, *told.reasons, result, result.case,
        scheduler.example(), scheduler.CalendarOptions(), found.compare(found), difference,
    ]  # fmt: skip
    for one in objects:
        assert isinstance(hash(one), int) and one == one and one != 1 and one is not None
        assert len(repr(one)) < 400, repr(one)
        assert len(getattr(one, "_repr_html_", str)()) < 100_000
        assert type(pickle.loads(pickle.dumps(one))) is type(one)
    again = found.explain("P-003", "infusion", "2026-08-10")
    assert again == told and hash(again) == hash(told) and {again, told} == {told}
    assert again.to_dict() == told.to_dict() and isinstance(told.to_dict()["remarks"], list)


def test_what_a_notebook_shows_of_a_difference_is_bounded(found: Plan) -> None:
    from scheduler.report.notebook import frames_html
    from scheduler.tables.columns import text_column
    from scheduler.tables.frames import Frame

    html = frames_html({"days": Frame({"a": text_column([f"<b>{i}" for i in range(5000)])})})
    assert len(html) < 20_000 and "... and 4940 more" in html and "&lt;b&gt;0" in html
    other = found.protocol.with_rule("E15-surgery-earlier", within="8 weeks")
    shown = scheduler.diff(found.protocol, other, found.study, found.as_of)._repr_html_()
    assert "E15-surgery-earlier" in shown and "bookings" in shown


def test_dask_takes_plans(found: Plan) -> None:
    import dask

    sent = dask.delayed(states)(found)
    (answer,) = dask.compute(sent, scheduler="processes", num_workers=1)
    assert answer == states(found)
