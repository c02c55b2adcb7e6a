"""What one asks of a whole plan: nodes, people, days, counts, intervals, differences, other figures."""

import copy
import pickle
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars
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


IDS: dict[str, tuple[list[object], str]] = {
    "whole numbers": ([101, 7], "int64"),
    "of NumPy": ([np.int16(3), np.int16(5)], "int64"),
    "with blanks": (list(pd.array([5, 6], dtype="Int64")), "int64"),
    "very large": ([2**60, 2**60 + 1], "int64"),
    "zeros before": (["007", "7"], "category"),
    "texts": (["P-1", "p 2"], "category"),
    "spaces around": (["A ", " B"], "category"),
    "categories": (list(pd.Categorical(["b", "a"])), "category"),
}


@pytest.mark.parametrize("kind", IDS)
def test_ids_come_back_as_they_were_given(kind: str) -> None:
    """In every table, so that a merge on the original column finds everybody."""
    ids, dtype = IDS[kind]
    people = pd.DataFrame({"participant": ids, "mine": [1, 2]})
    history = pd.DataFrame({"participant": ids, "event": "major_surgery", "start": "2026-06-10"})
    study = scheduler.load_study({"participants": people, "history": history})
    protocol = scheduler.load_protocol(CLL)
    made = scheduler.plan(protocol, study, "2026-06-15")
    told = made.people
    assert told["given"].tolist() == told["participant"].tolist() == ids
    assert len(people.merge(told, left_on="participant", right_on="given")) == 2
    node, more = "consent", made.with_history(ids[0], [{"event": "hiv", "start": "2026-06-01"}])  # type: ignore[arg-type]
    tables = {
        **made.frames(), "people": told, "days": made.days(ids[0], "consent"),  # type: ignore[arg-type]
        "intervals": made.intervals("consent", "infusion"), "agenda": made.agenda(),
        "sweep": made.sweep(ids[0], node, undetermined=True),  # type: ignore[arg-type]
        "changed": made.compare(more).states, "changed days": made.compare(more).days,
    }  # fmt: skip
    for name, table in tables.items():
        if "participant" in table:
            assert len(people.merge(table, on="participant")) == len(table), name
            kinds = (dtype,) if dtype == "int64" else (dtype, "str")
            assert str(table["participant"].dtype) in kinds, name
            assert polars.DataFrame(table).height == len(table)
    assert len(tables["summary"]) == 2 and len(tables["sweep"]) and len(tables["changed"]) == 1
    one = scheduler.plan(protocol, study, "2026-06-15", participants=ids[1])  # type: ignore[arg-type]
    assert one.people["given"].tolist() == [ids[1]]
    assert made.explain(ids[0], node, "2026-07-01").participant == made.participants[0]  # type: ignore[arg-type]
    assert made.with_dates({ids[0]: {node: "2026-07-01"}}).windows is not None  # type: ignore[dict-item]


@pytest.mark.parametrize("ids", [[1.0, 2.0], [1.0, None], [True, False], [1.5, 2.0], [b"a", b"b"]])
def test_ids_that_are_neither_texts_nor_whole_numbers_are_faults(ids: list[object]) -> None:
    with pytest.raises(InputFaults, match=r"S238 participants:0 participant: found"):
        scheduler.load_study({"participants": pd.DataFrame({"participant": ids, "sex": "male"})})


def test_ids_of_two_kinds_are_texts_and_given_stays() -> None:
    people = pd.DataFrame({"participant": [1, "A"]})
    study = scheduler.load_study({"participants": people})
    made = scheduler.plan(scheduler.load_protocol(CLL), study, "2026-06-15")
    assert made.summary["participant"].tolist() == ["1", "A"]
    assert made.people["given"].tolist() == [1, "A"]
    assert made.explain(1, "consent", "2026-07-01").participant == "1"


def test_an_id_that_is_missing_is_a_fault_where_the_row_says_something() -> None:
    people = pd.DataFrame({"participant": ["A", None], "sex": ["male", "female"]})
    with pytest.raises(InputFaults, match="participants:1 participant"):
        scheduler.load_study({"participants": people})


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
    several = (["P-003", "P-001"], ("P-003", "P-001"), {"P-003", "P-001"}, pd.Series(["P-001", "P-003"]),
               np.array(["P-001", "P-003"]), iter(["P-001", "P-003", "P-001"]))  # fmt: skip
    for some in several:
        made = scheduler.plan(found.protocol, found.study, found.as_of, participants=some)
        assert made.participants == ("P-001", "P-003")
    with pytest.raises(TypeError, match="strict: found 'yes'"):
        scheduler.plan(found.protocol, found.study, found.as_of, strict="yes")  # type: ignore[arg-type]


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
        found.days(first="tomorrow")
    with pytest.raises(ValueError, match="first: found 2026-07-02, which is after the last day"):
        found.days(first="2026-07-02", last="2026-07-01")
    with pytest.raises(TypeError, match="nodes: found 5"):
        found.days(nodes=5)  # type: ignore[arg-type]
    assert len(found.days([])) == 0
    one = found.days(["P-003", "P-003"], "infusion", found.as_of, found.as_of)
    assert list(one.columns) == ["participant", "day", "infusion"] and len(one) == 1


@pytest.mark.parametrize("freq", ["D", "W", "W-SAT", "M", "Q", "Y", "2W", "30D", "5M"])
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
    assert counts["planned"].sum() == planned["date"].notna().sum() > 0
    gaps = counts["first"].iloc[1:].to_numpy() - counts["last"].iloc[:-1].to_numpy()
    assert (gaps == np.timedelta64(1, "D")).all() and found.as_of >= counts["first"].iloc[0]


@pytest.mark.parametrize(
    "freq", ["fortnight", "h", "min", "B", "ME", "w", "", "0D", "-1W", "W-XYZ"]
)
def test_periods_that_are_none(found: Plan, freq: str) -> None:
    with pytest.raises(ValueError, match=f'found "{freq}", expected a day or longer'):
        found.counts("infusion", freq)
    with pytest.raises(TypeError, match="expected text such as W"):
        found.counts("infusion", None)  # type: ignore[arg-type]


WRONG_NAMES = {
    "counts": lambda plan, node: plan.counts(node),
    "intervals": lambda plan, node: plan.intervals("consent", node),
    "days": lambda plan, node: plan.days(nodes=[node]),
    "explain": lambda plan, node: plan.explain("P-003", node, "2026-07-01"),
    "sweep": lambda plan, node: plan.sweep("P-003", node),
    "with_dates": lambda plan, node: plan.with_dates({"P-003": {node: "2026-07-01"}}),
}


@pytest.mark.parametrize("ask", WRONG_NAMES)
def test_names_of_steps_that_are_none(found: Plan, ask: str) -> None:
    with pytest.raises(NotFound, match='no milestone or visit "infusio"; did you mean "infusion"'):
        WRONG_NAMES[ask](found, "infusio")  # type: ignore[no-untyped-call]
    for wrong in (None, 5):
        with pytest.raises(TypeError, match="milestone or visit: found"):
            WRONG_NAMES[ask](found, wrong)  # type: ignore[no-untyped-call]


WRONG_PEOPLE = {
    "days": lambda plan, who: plan.days(who),
    "explain": lambda plan, who: plan.explain(who, "infusion", "2026-07-01"),
    "sweep": lambda plan, who: plan.sweep(who, "infusion"),
    "with_dates": lambda plan, who: plan.with_dates({who: {"infusion": "2026-07-01"}}),
    "with_history": lambda plan, who: plan.with_history(who, []),
    "calendar": lambda plan, who: plan.calendar(who),
    "timeline": lambda plan, who: plan.timeline(who),
    "plan": lambda plan, who: scheduler.plan(plan.protocol, plan.study, plan.as_of, participants=who),
}  # fmt: skip


@pytest.mark.parametrize("ask", WRONG_PEOPLE)
def test_participants_who_are_none(found: Plan, ask: str) -> None:
    for wrong in ("P-03", 3):
        with pytest.raises(NotFound, match=f"no participant .?{wrong}"):
            WRONG_PEOPLE[ask](found, wrong)  # type: ignore[no-untyped-call]
    with pytest.raises(TypeError, match=r"participant: found float 1\.5"):
        WRONG_PEOPLE[ask](found, 1.5)  # type: ignore[no-untyped-call]


def test_intervals_are_days_between_two_dates(found: Plan) -> None:
    rows = found.intervals("lymphodepletion", "infusion")
    dates = found.schedule.set_index(["participant", "milestone"])["date"].dt.normalize()
    assert len(rows)
    for row in rows.itertuples():
        one, other = dates[row.participant, "lymphodepletion"], dates[row.participant, "infusion"]
        assert row.days == (other - one).days
    assert rows["days"].between(5, 7).all() and rows["in_window"].all()


def test_intervals_are_of_days_whatever_the_times(cycles: Plan) -> None:
    """From 09:00 to 08:30 four days later are four days."""
    rows = cycles.intervals("test_dose", "first_dose").set_index("participant")
    assert rows.loc["D-004", "days"] == 4
    back = cycles.intervals("first_dose", "test_dose").set_index("participant")
    assert (back["days"] == -rows["days"]).all() and len(back) == len(rows)


def test_plans_are_compared(found: Plan) -> None:
    stricter = found.protocol.with_rule(SURGERY, within="8 weeks")
    other = scheduler.plan(stricter, found.study, found.as_of)
    differs = found.compare(other)
    assert differs and set(differs.days["change"]) <= {"lost", "other"} and len(differs.schedule)
    assert not found.compare(found) and "67 days" in repr(differs)
    assert (
        found.compare(scheduler.plan(found.protocol, found.study, "2026-07-01")).states is not None
    )


def test_plans_of_other_people_are_compared_where_both_have_them(found: Plan) -> None:
    """Who is in one of them alone has no blocked days there: nobody asked."""
    some = scheduler.plan(found.protocol, found.study, found.as_of, participants=["P-003", "P-001"])
    for one, other, side in ((found, some, "after"), (some, found, "before")):
        differs = one.compare(other)
        assert len(differs.days) == len(differs.schedule) == len(differs.bookings) == 0
        states = differs.states
        assert len(states) == len(found.participants) - 2
        assert states[f"state_{side}"].isna().all() and "P-003" not in set(states["participant"])
    stricter = scheduler.plan(found.protocol.with_rule(SURGERY, within="8 weeks"), found.study,
                              found.as_of, participants=["P-003", "P-001"])  # fmt: skip
    whole = found.compare(scheduler.plan(stricter.protocol, found.study, found.as_of)).days
    mine = whole[whole["participant"].isin(["P-003", "P-001"])]
    assert found.compare(stricter).days.astype(str).values.tolist() == (
        mine.astype(str).values.tolist()
    )
    nobody = scheduler.plan(*scheduler.example("demo-cycles")).compare(found)
    assert len(nobody.days) == 0 and len(nobody.states) == 6 + 18


@pytest.mark.parametrize("other", [None, "plan", 7])
def test_what_is_no_plan_is_not_compared(found: Plan, other: object) -> None:
    with pytest.raises(TypeError, match="expected a plan"):
        found.compare(other)  # type: ignore[arg-type]


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
     ({"E15.within": ["6 weeks"]}, NotFound), ({"E15.within": ["6 weeks"]}, InputFaults),
     ({"closures": ["no"]}, ValueError), ({"closures": [1]}, ValueError),
     ({"boundary": ["maybe"]}, InputFaults), ({"boundary": []}, ValueError),
     ({"boundary": "inclusive"}, TypeError), ({"boundary": None}, TypeError),
     ({5: ["x"]}, TypeError), (None, TypeError), ([("boundary", ["inclusive"])], TypeError),
     ({"consent..screening": ["2 days"]}, ValueError), ({"as_of": ["2026-07-01"]}, ValueError),
     ({"consent..nowhere.max": ["2 days"]}, InputFaults), ({"day_7.nonsense": [1]}, InputFaults),
     ({f"{SURGERY}.within": [5]}, InputFaults), ({f"{SURGERY}.": [5]}, ValueError)],
)  # fmt: skip
def test_figures_that_cannot_be(found: Plan, grid: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        found.sensitivity(grid)


def test_all_figures_that_cannot_be_are_told_before_anything_is_planned(
    found: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Plan:
        raise AssertionError("planned")

    monkeypatch.setattr("scheduler.planning.plans.plan", never)
    grid = {f"{SURGERY}.within": ["4 weeks", "4 wekes"], "E1.within": ["1 day"], "boundary": ["x"]}
    with pytest.raises(InputFaults) as caught:
        found.sensitivity(grid)
    told = str(caught.value)
    assert 'no rule "E1"' in told
    with pytest.raises(InputFaults) as caught:
        found.sensitivity({f"{SURGERY}.within": ["4 wekes", "5 wekes"], "boundary": ["x"]})
    assert all(word in str(caught.value) for word in ("4 wekes", "5 wekes", "found x"))


KINDS: dict[str, list[object]] = {
    "I2-age.age": [{"min": "18 years"}, {"min": "90 years"}],
    f"{SURGERY}.clear": ["20 days"],
    f"{SURGERY}.boundary": ["exclusive"],
    f"{SURGERY}.only": [{"sex": ["female"]}, None],
    "consent..infusion.min": ["200 days"],  # a gap that is not there yet
    "consent..screening.max": [None],
    "day_7.window": [{"before": "0 days", "after": "0 days"}],
    "day_7.target": ["9 days"],
}


@pytest.mark.parametrize("key", KINDS)
def test_a_grid_is_of_the_plans_that_one_would_make_by_hand(cycles: Plan, key: str) -> None:
    small = scheduler.example()
    plan = scheduler.plan(*small, participants=["P-001", "P-003", "P-004"])
    rows = plan.sensitivity({key: KINDS[key]})
    owner, _, name = key.rpartition(".")
    assert rows[key].astype(object).where(rows[key].notna(), None).tolist() == KINDS[key]
    for value, row in zip(KINDS[key], rows.to_dict("records"), strict=True):
        if ".." in owner:
            start, _, end = owner.partition("..")
            other = small.protocol.with_gap(start, end, **{name: value})
        elif owner == "day_7":
            other = small.protocol.with_visit(owner, **{name: value})
        else:
            other = small.protocol.with_rule(owner, **{name: value})
        made = scheduler.plan(other, small.study, small.as_of, participants=plan.participants)
        days = (made.windows["last"] - made.windows["first"]).dt.days + 1
        for word in ("permitted", "undetermined"):
            mine = days[made.windows["certainty"] == word]
            assert row[f"{word}_days"] == mine.sum()
        assert row["scheduled"] == (made.summary["state"] == "scheduled").sum()


def test_other_figures_are_not_asked_of_supposed_dates(found: Plan) -> None:
    supposed = found.with_dates({"P-003": {"infusion": "2026-07-14"}})
    with pytest.raises(ValueError, match="dates are supposed here"):
        supposed.sensitivity({"closures": [True]})
    more = found.with_history("P-003", [{"event": "major_surgery", "start": "2026-06-20"}])
    one, other = (plan.sensitivity({"closures": [True]}) for plan in (found, more))
    assert one["permitted_days"].iloc[0] > other["permitted_days"].iloc[0]


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
    assert ((day - first) == -(first - day)).all() and (day - date(2026, 6, 1)).days == 14
    table = found.windows[["first", "last"]]
    assert (table >= day).all(axis=None) and (day <= table).all(axis=None)
    for cells in (first.to_numpy(), first.array, pd.DatetimeIndex(first), first.dt.date):
        assert (cells >= day).all() and (day <= cells).all() and (cells == day).sum() > 0
        assert not (cells < day).any() and (day != cells).any() and not (day > cells).any()
    assert np.datetime64("2026-06-15") == day < np.datetime64("2026-06-16")
    assert first.clip(lower=day).equals(first) and first.between(day, day).sum() > 0
    assert len(found.windows.query("first >= @day")) == len(first)
    assert pickle.loads(pickle.dumps(day)) == copy.deepcopy(day) == day and repr(day)


def test_a_plan_writes_itself(found: Plan, tmp_path: Path) -> None:
    written = found.write(tmp_path / "out")
    assert written.folder == tmp_path / "out" and (tmp_path / "out/run.json").is_file()
    book = found.to_excel(tmp_path / "book.xlsx")
    assert book.read_bytes() == (tmp_path / "out/report.xlsx").read_bytes()
    with pytest.raises(scheduler.WashoutError):
        found.to_excel(tmp_path / "missing" / "book.xlsx")


@pytest.mark.parametrize(
    "day", [None, pd.NaT, float("nan"), 20260615, "15.06.2026", "", "2026-02-30"]
)
def test_days_that_are_none(found: Plan, day: Any) -> None:
    asked = (
        lambda: scheduler.plan(found.protocol, found.study, day),
        lambda: found.explain("P-003", "infusion", day),
        lambda: found.with_dates({"P-003": {"infusion": day}}),
    )
    for ask in asked:
        with pytest.raises(NotFound, match="is no date; write it as 2026-06-15"):
            ask()


def test_frames_are_all_tables(found: Plan) -> None:
    frames = found.frames()
    assert list(frames) == [table.name for table in TABLES]
    frames["windows"].drop(columns="first")
    frames["schedule"]["milestone"] = "x"
    assert set(found.schedule["milestone"]) != {"x"}
