"""Dask DataFrames in, Dask DataFrames out."""

from collections.abc import Iterator
from pathlib import Path

import dask
import dask.dataframe as dd
import pandas as pd
import pytest
from dask.delayed import Delayed

import scheduler
from scheduler.errors import InputFaults, NotFound
from scheduler.planning.plans import Plan
from scheduler.protocol import Protocol
from scheduler.tables.tables import IN_PARTITIONS
from tests.cohorts.compare import rows_of
from tests.cohorts.people import AS_OF

SITES = {"wuhan": {"timezone": "Asia/Shanghai", "weekend": ["sat", "sun"], "holidays": "CN"}}
Frames = dict[str, pd.DataFrame]


@pytest.fixture
def frames(study: Path) -> Frames:
    return {
        name: pd.read_csv(study / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("participants", "history", "dates")
    }


@pytest.fixture(params=["synchronous", "threads"])
def how(request: pytest.FixtureRequest) -> Iterator[str]:
    with dask.config.set(scheduler=request.param):
        yield request.param


def cut(frames: Frames, partitions: int = 3) -> dict[str, object]:
    return {n: dd.from_pandas(frame, npartitions=partitions) for n, frame in frames.items()}


def test_rows_are_those_of_one_plan(
    frames: Frames, protocol: Protocol, whole: Plan, how: str
) -> None:
    tables = cut(frames) | {"sites": SITES}
    found = scheduler.plan_partitions(protocol, tables, AS_OF, IN_PARTITIONS)
    assert list(found) == list(IN_PARTITIONS)
    for name, table in zip(IN_PARTITIONS, dask.compute(*found.values()), strict=True):
        wanted = getattr(whole, name)
        assert rows_of(table) == rows_of(wanted), name
        assert list(table.columns) == list(found[name].columns) == list(wanted.columns)
        for head, kind in found[name].dtypes.items():
            assert table[head].dtype == kind, (name, head)
            if head != "participant":
                assert kind == wanted[head].dtype, (name, head)


@pytest.mark.parametrize("partitions", [1, 7])
def test_one_table_in_any_number_of_partitions(
    partitions: int, frames: Frames, protocol: Protocol, whole: Plan
) -> None:
    tables = {**cut(frames, 2), "dates": frames["dates"], "sites": SITES}
    with dask.config.set(scheduler="synchronous"):
        windows = scheduler.plan_partitions(protocol, tables, str(AS_OF), partitions=partitions)
        assert windows.npartitions == partitions
        assert rows_of(windows.compute()) == rows_of(whole.windows)
        first = windows[windows["milestone"] == "screening"]["first"].min().compute()
    mine = whole.windows
    assert first == mine[mine["milestone"] == "screening"]["first"].min()


def test_participants_of_different_types_are_the_same_people(
    frames: Frames, protocol: Protocol, whole: Plan
) -> None:
    for frame in frames.values():
        frame["participant"] = frame["participant"].str[2:].astype("int64")
    frames["history"]["participant"] = frames["history"]["participant"].astype(str)
    frames["dates"]["participant"] = frames["dates"]["participant"].astype("category")
    with dask.config.set(scheduler="synchronous"):
        tables = cut(frames) | {"sites": SITES}
        summary = scheduler.plan_partitions(protocol, tables, AS_OF, "summary").compute()
    study = scheduler.load_study({**frames, "sites": SITES})
    assert rows_of(summary) == rows_of(scheduler.plan(protocol, study, AS_OF).summary)
    assert len(summary) == len(whole.summary)


def test_nothing_is_planned_before_it_is_computed(
    frames: Frames, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scheduler.partitions import lazy

    planned: list[int] = []
    real = lazy._planned

    def noted(wanted: object, names: object, parts: object) -> object:
        planned.append(1)
        return real(wanted, names, parts)  # type: ignore[arg-type]

    monkeypatch.setattr(lazy, "_planned", noted)
    with dask.config.set(scheduler="synchronous"):
        tables = cut(frames) | {"sites": SITES}
        found = scheduler.plan_partitions(protocol, tables, AS_OF, ["summary", "schedule"])
        assert planned == []
        assert isinstance(found["summary"].to_delayed()[0], Delayed)
        dask.compute(found["summary"], found["schedule"])
    assert len(planned) == 3  # once a partition, for both tables


def test_strict_and_empty_partitions(frames: Frames, protocol: Protocol, study: Path) -> None:
    few = {n: frame[frame["participant"] < "Q-00003"] for n, frame in frames.items()}
    with dask.config.set(scheduler="synchronous"):
        tables = cut(few, 1) | {"sites": SITES}
        made = scheduler.plan_partitions(protocol, tables, AS_OF, "rules", True, partitions=12)
        found = made.compute()
    plan = scheduler.plan(protocol, scheduler.load_study({**few, "sites": SITES}), AS_OF, True)
    assert rows_of(found) == rows_of(plan.rules)


def test_faults(frames: Frames, protocol: Protocol, how: str) -> None:
    extra = (
        frames["history"].iloc[[0, 0]].assign(participant=["Q-00003", "X-1"], start="03/04/2026")
    )
    bad = pd.concat([frames["history"], extra], ignore_index=True)
    tables = {**cut({**frames, "history": bad}), "sites": SITES}
    made = scheduler.plan_partitions(protocol, tables, AS_OF)
    with pytest.raises(InputFaults) as caught:
        made.compute()
    rows = {fault.place for fault in caught.value.faults}
    assert rows <= {f"history:{len(bad) - 2}", f"history:{len(bad) - 1}"}
    assert rows


def test_faults_of_people_that_are_nowhere(frames: Frames, protocol: Protocol) -> None:
    one = frames["participants"][:1]
    history = frames["history"][:1].assign(participant="X-1")
    tables = {"participants": dd.from_pandas(one, npartitions=1), "history": history}
    tables |= {"sites": SITES}
    made = scheduler.plan_partitions(protocol, tables, AS_OF, partitions=30)
    with (
        dask.config.set(scheduler="synchronous"),
        pytest.raises(InputFaults, match=r"S240 history:0 participant: found X-1"),
    ):
        made.compute()


def test_wrong_columns_and_names_are_told_at_once(frames: Frames, protocol: Protocol) -> None:
    tables = cut(frames)
    worse = tables | {"history": dd.from_pandas(frames["history"].drop(columns="start"), 1)}
    with pytest.raises(InputFaults, match="S220 history: found no column start"):
        scheduler.plan_partitions(protocol, worse, AS_OF)
    with pytest.raises(InputFaults, match="S201 participants: there is no such table"):
        scheduler.plan_partitions(protocol, {"history": tables["history"]}, AS_OF)
    with pytest.raises(NotFound, match='no table "window"; did you mean "windows"'):
        scheduler.plan_partitions(protocol, tables, AS_OF, "window")
    with pytest.raises(NotFound, match='no table "histroy"; did you mean "history"'):
        scheduler.plan_partitions(protocol, {**tables, "histroy": tables["history"]}, AS_OF)
    with pytest.raises(InputFaults, match="S209 sites: found list"):
        scheduler.plan_partitions(protocol, {**tables, "sites": []}, AS_OF)
    with pytest.raises(InputFaults, match="S210 sites wuhan"):
        scheduler.plan_partitions(protocol, {**tables, "sites": {"wuhan": {"zone": "UTC"}}}, AS_OF)


def test_faults_come_from_other_processes_as_they_are(
    frames: Frames, protocol: Protocol, address: str
) -> None:
    from distributed import Client

    frames["history"].loc[0, "start"] = "03/04/2026"
    made = scheduler.plan_partitions(protocol, cut(frames) | {"sites": SITES}, AS_OF)
    with Client(address), pytest.raises(InputFaults) as caught:
        made.compute()
    assert [(fault.code, fault.place) for fault in caught.value.faults] == [("S232", "history:0")]
