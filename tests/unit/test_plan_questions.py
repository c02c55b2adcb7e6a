"""What one asks of a whole plan: nodes, people, days, counts, intervals, differences, other figures."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import scheduler
from scheduler import InputFaults, NotFound, Plan
from scheduler.tables.tables import TABLES

ROOT = Path(__file__).parents[2]
CLL, CYCLES = ROOT / "protocols/nct07342244", ROOT / "protocols/demo-cycles"
SURGERY = "E15-surgery-earlier"


@pytest.fixture(scope="module")
def found() -> Plan:
    study = scheduler.load_study(CLL / "example")
    return scheduler.plan(scheduler.load_protocol(CLL), study, "2026-06-15")


@pytest.fixture(scope="module")
def cycles() -> Plan:
    study = scheduler.load_study(CYCLES / "example")
    return scheduler.plan(scheduler.load_protocol(CYCLES), study, "2026-02-16")


def test_nodes_are_those_of_the_protocol(cycles: Plan) -> None:
    nodes = cycles.nodes
    assert nodes["milestone"].astype(str).tolist() == [n.name for n in cycles.protocol.nodes]
    visits = nodes[nodes["kind"] == "visit"]
    assert visits["anchor"].notna().all() and len(visits)
    assert nodes[nodes["kind"] == "milestone"]["anchor"].isna().all()
    merged = cycles.schedule.merge(nodes[["milestone", "anchor", "optional"]], on="milestone")
    assert len(merged) == len(cycles.schedule) and merged["optional"].notna().all()


def test_people_are_those_of_the_file(cycles: Plan) -> None:
    people = cycles.people
    file = pd.read_csv(CYCLES / "example/participants.csv", dtype=str)
    assert people["participant"].astype(str).tolist() == file["participant"].tolist()
    assert people["site"].tolist() == file["site"].tolist()
    for head in set(file.columns) - {"participant", "site", "protocol_version"}:
        pd.testing.assert_series_equal(people[head], file[head], check_dtype=False)
    assert len(cycles.summary.merge(people, on="participant")) == len(people)


@pytest.mark.parametrize(
    ("ids", "kind"), [([101, 7], "int64"), (["P-1", "p 2"], "str"), ([np.int16(3), 5], "int")]
)
def test_ids_come_back_as_they_were_given(ids: list[object], kind: str) -> None:
    people = pd.DataFrame({"participant": ids, "sex": ["female", "male"]})
    study = scheduler.load_study({"participants": people})
    made = scheduler.plan(scheduler.load_protocol(CLL), study, "2026-06-15")
    given = made.people
    assert given["given"].tolist() == ids and str(given["given"].dtype).startswith(kind)
    merged = people.merge(given, left_on="participant", right_on="given")
    assert len(merged) == 2
    assert len(made.summary.merge(given[["participant", "given"]], on="participant")) == 2


def test_tables_say_the_site_and_what_a_step_is(found: Plan) -> None:
    nodes, people = found.nodes.set_index("milestone"), found.people.set_index("participant")
    for table, column in ((found.schedule, "milestone"), (found.summary, "next_milestone")):
        for row in table.itertuples():
            assert row.site == people.loc[row.participant, "site"]
            name = getattr(row, column)
            if pd.isna(name):
                assert pd.isna(row.label) and pd.isna(row.kind)
            else:
                assert (row.label, row.kind) == tuple(nodes.loc[name, ["label", "kind"]])


def test_who_has_no_site_and_nodes_of_one_label() -> None:
    plain = scheduler.example("demo-cycles").protocol.to_dict()
    for milestone in plain["milestones"].values():
        milestone["label"] = "Step"
    people = pd.DataFrame({"participant": ["A", "B"], "birth_date": ["1980-01-01"] * 2})
    study = scheduler.load_study({"participants": people})
    made = scheduler.plan(scheduler.load_protocol(plain), study, "2026-05-04")
    assert set(made.schedule["site"]) == set(made.summary["site"]) == {""}
    steps = made.schedule[made.schedule["kind"] == "milestone"]
    assert set(steps["label"]) == {"Step"} and len(steps) == 2 * len(plain["milestones"])


def test_a_text_is_one_participant(found: Plan) -> None:
    one = scheduler.plan(found.protocol, found.study, found.as_of, participants="P-003")
    assert one.participants == ("P-003",)
    with pytest.raises(NotFound, match='no participant "P-03"'):
        scheduler.plan(found.protocol, found.study, found.as_of, participants="P-03")


def test_days_of_everybody_are_those_of_each(cycles: Plan) -> None:
    every = cycles.days()
    each = [cycles.days(code) for code in cycles.participants]
    assert len(every) == sum(map(len, each))
    for code, mine in zip(cycles.participants, each, strict=True):
        rows = every[every["participant"] == code].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            rows.astype(object)[mine.columns], mine.astype(object), check_dtype=False
        )


def test_days_may_be_some_of_them(found: Plan) -> None:
    some = found.days(["P-004", "P-003"], ["infusion"], "2026-07-01", date(2026, 7, 3))
    assert list(some.columns) == ["participant", "day", "infusion"]
    assert len(some) == 6 and some["day"].max() == pd.Timestamp("2026-07-03")
    for row in some.itertuples():
        told = found.explain(str(row.participant), "infusion", row.day.date())
        assert told.verdict == row.infusion and told.day == row.day.date()
    with pytest.raises(NotFound):
        found.days(nodes=["infusio"])
    with pytest.raises(NotFound):
        found.days(first="tomorrow")
    assert len(found.days([])) == 0


@pytest.mark.parametrize("freq", ["D", "W", "M"])
def test_counts_are_counts_of_days(found: Plan, freq: str) -> None:
    node = "infusion"
    counts = found.counts(node, freq)
    days = found.days(nodes=[node])
    for row in counts.itertuples():
        mine = days[(days["day"] >= row.first) & (days["day"] <= row.last)]
        permitted = set(mine[mine[node] == "permitted"]["participant"])
        open_ = set(mine[mine[node] == "undetermined"]["participant"]) - permitted
        assert (row.permitted, row.undetermined) == (len(permitted), len(open_))
    planned = found.schedule[
        (found.schedule["milestone"] == node) & found.schedule["status"].isin(["planned", "booked"])
    ]
    assert counts["planned"].sum() == planned["date"].notna().sum()
    with pytest.raises(NotFound):
        found.counts("infusio")
    with pytest.raises(ValueError, match="fortnight"):
        found.counts(node, "fortnight")


def test_intervals_are_days_between_two_dates(found: Plan) -> None:
    rows = found.intervals("lymphodepletion", "infusion")
    dates = found.schedule.set_index(["participant", "milestone"])["date"].dt.normalize()
    assert len(rows)
    for row in rows.itertuples():
        one, other = dates[row.participant, "lymphodepletion"], dates[row.participant, "infusion"]
        assert row.days == (other - one).days
    assert rows["days"].between(5, 7).all() and rows["in_window"].all()


def test_plans_are_compared(found: Plan) -> None:
    stricter = found.protocol.with_rule(SURGERY, within="8 weeks")
    other = scheduler.plan(stricter, found.study, found.as_of)
    differs = found.compare(other)
    assert differs and set(differs.days["change"]) <= {"lost", "other"} and len(differs.schedule)
    assert not found.compare(found) and "67 days" in repr(differs)


def test_other_figures_are_planned_without_reading_anew(found: Plan) -> None:
    grid = {
        f"{SURGERY}.within": ["2 weeks", "4 weeks", "8 weeks"],
        "blood_collection..lymphodepletion.max": ["56 days", "40 days"],
        "boundary": ["inclusive", "exclusive"],
        "closures": [True, False],
    }
    rows = found.sensitivity(grid)
    assert len(rows) == 24 and list(rows.columns[:4]) == list(grid)
    as_is = rows.iloc[8]
    days = (found.windows["last"] - found.windows["first"]).dt.days + 1
    certain = found.windows["certainty"] == "permitted"
    assert as_is["permitted_days"] == days[certain].sum()
    assert as_is["undetermined_days"] == days[~certain].sum()
    assert as_is["scheduled"] == (found.summary["state"] == "scheduled").sum()
    shorter = rows.iloc[0]
    assert shorter["permitted_days"] >= as_is["permitted_days"]
    assert (rows.iloc[9]["permitted_days"]) > as_is["permitted_days"]


@pytest.mark.parametrize(
    ("grid", "error"),
    [({"nonsense": [1]}, ValueError), ({f"{SURGERY}.within": ["6 wekes"]}, InputFaults),
     ({"E15.within": ["6 weeks"]}, NotFound), ({"closures": ["no"]}, ValueError),
     ({"boundary": ["maybe"]}, InputFaults)],
)  # fmt: skip
def test_figures_that_cannot_be(found: Plan, grid: dict[str, list[object]], error: type) -> None:
    with pytest.raises(error):
        found.sensitivity(grid)


def test_as_of_is_a_date_that_compares_with_columns(found: Plan) -> None:
    day = found.as_of
    assert (
        isinstance(day, date) and day == date(2026, 6, 15) and hash(day) == hash(date(2026, 6, 15))
    )
    first = found.windows["first"]
    assert (first >= day).all() and (day <= first).all() and not (first < day).any()
    assert ((first - day).dt.days >= 0).all() and (first == day).sum() == (day == first).sum() > 0
    assert (first != day).any() and day < date(2026, 6, 16) and day.isoformat() == "2026-06-15"
    assert day == pd.Timestamp("2026-06-15") and day < datetime(2026, 6, 15, 1)
    assert first[first > day].min() > pd.Timestamp(day)


def test_a_plan_writes_itself(found: Plan, tmp_path: Path) -> None:
    written = found.write(tmp_path / "out")
    assert written.folder == tmp_path / "out" and (tmp_path / "out/run.json").is_file()
    book = found.to_excel(tmp_path / "book.xlsx")
    assert book.read_bytes() == (tmp_path / "out/report.xlsx").read_bytes()
    with pytest.raises(scheduler.WashoutError):
        found.to_excel(tmp_path / "missing" / "book.xlsx")


def test_frames_are_all_tables(found: Plan) -> None:
    frames = found.frames()
    assert list(frames) == [table.name for table in TABLES]
    frames["windows"].drop(columns="first")
    frames["schedule"]["milestone"] = "x"
    assert set(found.schedule["milestone"]) != {"x"}
