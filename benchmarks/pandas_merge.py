"""The same question with group-by and merge, as a good pandas user would write it.

A row a participant, node and day; forbidden days leave by an anti-join, days without a partner
across a gap by `merge_asof`, until nothing leaves. No loop over participants, but the same flaw as
the plain loop: this is arc consistency, which keeps days on cyclic gaps that no schedule uses.
Whole days only: month gaps, hours, pairs and unknown dates would each need a table of their own,
so it is not run on the real-life protocol.
"""

from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.design import Design
from benchmarks.places import closures
from benchmarks.plain_links import Gap, links_of

Bounds = list[tuple[str, str, int, int]]
_EPOCH = 719_163  # the ordinal of 1970-01-01


class Merge:
    """A protocol as data frames, read once."""

    def __init__(self, design: Design) -> None:
        raw = yaml.safe_load(design.text)
        self.as_of = design.as_of.toordinal() - _EPOCH
        self.closes = design.closes.toordinal() - _EPOCH
        self.nodes = [*raw["milestones"], *(visit["id"] for visit in raw["visits"])]
        self.links: Bounds = [
            (one.start, one.end, one.least.days, one.most.days)
            if isinstance(one, Gap)
            else (one.start, one.end, one.target.days - one.wide, one.target.days + one.wide)
            for one in links_of(raw)
        ]
        self.rules = pd.DataFrame(
            [(r["forbid"], r["before"], int(r["within"].split()[0])) for r in raw["rules"]],
            columns=["event", "node", "within"],
        )
        closed = [
            (site, day.toordinal() - _EPOCH)
            for site, days in closures(design).items()
            for day in days
        ]
        self.closed = pd.DataFrame(closed, columns=["site", "day"]).assign(shut=True)

    def windows(self, tables: dict[str, Any]) -> pd.DataFrame:
        """participant, milestone, first, last: runs of days that survive every single gap."""
        people = tables["participants"].reset_index(drop=True)
        code = pd.Series(people.index, index=people["participant"].astype(str))
        consent = None
        if "dates" in tables:
            consent = _numbers(tables["dates"]["date"]).set_axis(
                code.loc[tables["dates"]["participant"].astype(str)].to_numpy()
            )
        days = self._open_days(people, self._bounds(len(people), consent))
        days = self._without_washouts(days, tables["history"], code)
        links = [one for one in self.links if consent is None or one[0] != "consent"]
        return _runs(_consistent(days, links), people["participant"])

    def _bounds(self, count: int, consent: "pd.Series[Any] | None") -> pd.DataFrame:
        """First and last day of every node by the gaps alone, a row a participant and node."""
        nodes = self.nodes if consent is None else self.nodes[1:]
        low = {node: np.full(count, self.as_of) for node in nodes}
        high = {node: np.full(count, self.closes) for node in nodes}
        if consent is not None:
            day = consent.reindex(range(count)).to_numpy()
            low["consent"] = high["consent"] = day
        for _ in range(len(nodes)):  # Bellman and Ford, all participants at once
            for a, b, least, most in self.links:
                if b in nodes:
                    low[b] = np.maximum(low[b], low[a] + least)
                    high[b] = np.minimum(high[b], high[a] + most)
                if a in nodes:
                    low[a] = np.maximum(low[a], low[b] - most)
                    high[a] = np.minimum(high[a], high[b] - least)
        return pd.concat(
            [
                pd.DataFrame({"who": range(count), "node": n, "low": low[n], "high": high[n]})
                for n in nodes
            ],
            ignore_index=True,
        ).query("low <= high")

    def _open_days(self, people: pd.DataFrame, bounds: pd.DataFrame) -> pd.DataFrame:
        bounds = bounds.assign(node=pd.Categorical(bounds["node"], categories=self.nodes))
        days = _expanded(bounds, "low", "high")
        days["site"] = people["site"].astype(str).to_numpy()[days["who"]]
        days = days.merge(self.closed, how="left", on=["site", "day"])
        return days.loc[days["shut"].isna(), ["who", "node", "day"]]

    def _without_washouts(
        self, days: pd.DataFrame, history: pd.DataFrame, code: "pd.Series[Any]"
    ) -> pd.DataFrame:
        rows = pd.DataFrame(
            {
                "who": code.loc[history["participant"].astype(str)].to_numpy(),
                "event": history["event"].astype(str),
                "first": _numbers(history["start"]),
                "end": _numbers(history["end"]),
            }
        ).merge(self.rules, on="event")
        rows["last"] = rows["end"] + rows["within"]
        rows["node"] = pd.Categorical(rows["node"], categories=self.nodes)
        barred = _expanded(rows[["who", "node", "first", "last"]], "first", "last")
        barred = barred.drop_duplicates().assign(barred=True)
        days = days.merge(barred, how="left", on=["who", "node", "day"])
        return days.loc[days["barred"].isna(), ["who", "node", "day"]]


def _numbers(column: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.Series(column.to_numpy().astype("M8[D]").astype(np.int64))


def _expanded(spans: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """A row a day of each span."""
    length = (spans[last] - spans[first] + 1).to_numpy()
    rows = spans.loc[spans.index.repeat(length), ["who", "node"]].reset_index(drop=True)
    start = np.repeat(spans[first].to_numpy(), length)
    rows["day"] = start + np.arange(len(rows)) - np.repeat(length.cumsum() - length, length)
    return rows


def _consistent(days: pd.DataFrame, links: Bounds) -> dict[str, pd.DataFrame]:
    ordered = days.sort_values("day")
    parts = {
        node: ordered[ordered["node"] == node][["who", "day"]]
        for node in days["node"].cat.categories
    }
    parts = {node: part for node, part in parts.items() if len(part)}
    changed = True
    while changed:
        before = sum(map(len, parts.values()))
        for a, b, least, most in links:
            parts[a] = _with_partner(parts[a], parts[b], least, most)
            parts[b] = _with_partner(parts[b], parts[a], -most, -least)
        alive = None  # a node without days leaves its participant without a schedule
        for part in parts.values():
            have = set(part["who"].unique())
            alive = have if alive is None else alive & have
        parts = {node: part[part["who"].isin(alive or set())] for node, part in parts.items()}
        changed = sum(map(len, parts.values())) < before
    return parts


def _with_partner(days: pd.DataFrame, others: pd.DataFrame, least: int, most: int) -> pd.DataFrame:
    """The days that find a day of the other node between `least` and `most` later."""
    wanted = days.assign(earliest=days["day"] + least)
    found = pd.merge_asof(
        wanted, others.rename(columns={"day": "partner"}), left_on="earliest", right_on="partner",
        by="who", direction="forward",
    )  # fmt: skip
    return found.loc[found["partner"] <= found["earliest"] + (most - least), ["who", "day"]]


def _runs(parts: dict[str, pd.DataFrame], ids: "pd.Series[Any]") -> pd.DataFrame:
    days = pd.concat(
        [part.assign(milestone=node) for node, part in parts.items()], ignore_index=True
    ).sort_values(["who", "milestone", "day"])
    same = days.groupby(["who", "milestone"])["day"].diff() == 1
    runs = (
        days.groupby([days["who"], days["milestone"], (~same).cumsum().rename("run")], sort=False)[
            "day"
        ]
        .agg(["min", "max"])
        .reset_index()
    )
    stamps = {
        side: runs[column].to_numpy().astype("M8[D]").astype("M8[s]")
        for side, column in (("first", "min"), ("last", "max"))
    }
    named = ids.astype(str).to_numpy()[runs["who"]]
    return pd.DataFrame(
        {"participant": named, "milestone": runs["milestone"], **stamps, "certainty": "permitted"}
    )
