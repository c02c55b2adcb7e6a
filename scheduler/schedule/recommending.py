"""The recommended schedule: one day a node, chosen one after another on exact days.

Bookings on permitted days first, then the required nodes in the file's order (an anchor before
what hangs off it), then the others. Source: docs/semantics.md, section 6, and
docs/decisions/0006-order-of-the-recommended-schedule.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index, distinct_numbers
from scheduler.core.choose import Choices
from scheduler.days import Days
from scheduler.engine.answers import Answer
from scheduler.engine.domains import Domains, StructureGroup
from scheduler.engine.problem import Problem
from scheduler.protocol import Node
from scheduler.rules.moments import AtMoments, Moments
from scheduler.schedule.chosen import NONE, Chosen
from scheduler.schedule.optional_bookings import choose_around, with_bookings
from scheduler.schedule.optional_nodes import choose_outside
from scheduler.schedule.order import bound_nodes, parts


@dataclass(frozen=True)
class Schedule(AtMoments):
    """The chosen day of every open node, (participants, nodes); FAR where it has none.

    `moments` are these days with their instants. `undetermined` marks participants whose schedule
    rests on undetermined days. `target` are the target days of visits given the other dates (FAR
    where there is none), `clock` the minute of the day of a visit timed in hours (-1: none), `kept`
    the bookings that the schedule keeps.
    """

    moments: Moments
    undetermined: Flags
    target: Days
    clock: Days
    kept: Flags


def recommend(problem: Problem, answer: Answer) -> Schedule:
    """One schedule for every participant that has any.

    Those without permitted days have one of undetermined days, as the pass for these sees them.
    """
    permitted, possible = answer.permitted, answer.possible
    undetermined = ~permitted.alive & possible.alive
    chosen = Chosen(problem)
    others = chosen if problem.other is None else Chosen(problem.hopeful)
    _choose(chosen, permitted, permitted.alive)
    _choose(others, possible, undetermined)
    for made in {id(made): made for made in (chosen, others)}.values():
        made.finish()
    moments = chosen.standing()
    if others is not chosen:
        chosen.replace_rows(np.flatnonzero(undetermined), others)
        moments = others.standing().where(undetermined[:, None], moments)
    return Schedule(moments, undetermined, chosen.target, chosen.clock(), chosen.kept)


def _choose(chosen: Chosen, domains: Domains, wanted: Flags) -> None:
    """Choose the days of these participants from one pass's exact days."""
    if domains.variants is None:
        return
    steered, plain = with_bookings(chosen.problem, domains, wanted), wanted
    if steered is not None:
        plain = plain & ~steered.domains.alive
        _Chooser(chosen, steered.domains).choose(np.flatnonzero(steered.domains.alive))
        choose_around(chosen, steered)
    _Chooser(chosen, domains).choose(np.flatnonzero(plain))
    choose_outside(chosen, domains.variants.owner, np.flatnonzero(wanted))


class _Chooser:
    """Chooses the days of the nodes that a complete schedule needs, from one pass's exact days.

    A participant may have rows in several groups (a booked clock time kept or not): the best is
    the one whose choices, in the order in which they are made, come first.
    """

    def __init__(self, chosen: Chosen, domains: Domains) -> None:
        self.chosen, self.domains = chosen, domains
        protocol = chosen.problem.protocol
        order = protocol.anchors_first
        self.order = [i for i in order if protocol.nodes[i].required]
        self.order += [i for i in order if not protocol.nodes[i].required]
        self._near = bound_nodes(chosen.problem)

    def choose(self, people: Index) -> None:
        """Choose for these people, who all have a schedule."""
        variants = self.domains.variants
        if variants is None or not len(people):
            return
        wanted = np.zeros(len(self.chosen.day), bool)
        wanted[people] = True
        groups = [(g, variants.participant[g.rows]) for g in self.domains.groups]
        count = np.zeros(len(wanted), np.int64)
        for _, who in groups:
            count[distinct_numbers(who)] += 1
        best: dict[int, list[int]] = {}
        for group, who in groups:
            alone = np.flatnonzero(wanted[who] & (count[who] == 1))
            if len(alone):
                self._group(group, alone)
            for person in distinct_numbers(who[wanted[who] & (count[who] > 1)]).tolist():
                self._compare(group, np.flatnonzero(who == person), person, best)

    def _compare(
        self, group: StructureGroup, rows: Index, person: int, best: dict[int, list[int]]
    ) -> None:
        """Try a group for a participant with several; keep what comes first."""
        chosen = self.chosen
        columns = (
            chosen.day, chosen.early, chosen.late, chosen.kept, chosen.fresh, chosen.target,
            chosen.target_early, chosen.target_late,
        )  # fmt: skip
        before = [column[person].copy() for column in columns]
        chosen.clear(np.array([person]))
        self._group(group, rows)
        price = self._prices(person)
        if person in best and best[person] <= price:
            for column, old in zip(columns, before, strict=True):
                column[person] = old
        else:
            best[person] = price

    def _prices(self, person: int) -> list[int]:
        """The choices of a participant as numbers, in the order in which they are made."""
        assert self.domains.variants is not None
        chosen, booked = self.chosen, self.chosen.problem.timeline.booked[person]
        owner = self.domains.variants.owner
        lost = (booked < NONE) & owner.open[person] & ~chosen.kept[person]
        found: list[int] = lost.astype(int).tolist()
        for index in self.order:
            node, day = chosen.problem.protocol.nodes[index], int(chosen.day[person, index])
            target = int(chosen.aim(node, np.array([person]))[0])
            if day < NONE and target < NONE:
                found.append(2 * abs(day - target) + (day > target))
            else:
                found.append(day if node.milestone else 0)
        return found

    def _group(self, group: StructureGroup, rows: Index) -> None:
        """Choose for rows of one group."""
        variants, chosen = self.domains.variants, self.chosen
        assert variants is not None
        who = variants.participant[group.rows[rows]]
        pinned = variants.pinned[group.rows[rows]]
        booked = chosen.problem.timeline.booked
        for node in np.flatnonzero(pinned.any(0)).tolist():
            mine = who[pinned[:, node]]
            chosen.set(node, mine, booked[mine, node], np.ones(len(mine), bool))
        if not group.network.nodes:
            return
        runs = group.runs
        if len(rows) < len(group.rows):
            runs = {node: found.take(rows) for node, found in runs.items()}
        span = chosen.problem.first, chosen.problem.last
        choices = Choices(group.network, runs, len(rows))
        chooser = _ChoiceRows(choices, who, group.base[rows], span)
        for node in group.network.nodes:
            kept = chooser.keep(node, booked[who, node])
            chosen.set(node, who[kept], booked[who[kept], node], np.ones(int(kept.sum()), bool))
        waiting = {index for index in self.order if index in group.runs}
        last: list[int] = []  # nothing that is chosen after them is bound to them
        for index in self.order:
            if index in group.runs:
                waiting.discard(index)
                if chooser.single and not self._near[index] & waiting:
                    last.append(index)
                else:
                    self._one(chooser, chosen.problem.protocol.nodes[index], who)
        for some in parts(last, len(who)):
            self._last(chooser, some, who)

    def _target(self, index: int, who: Index) -> Days | None:
        """The days that the days of a node are to be near to; None: the earliest ones."""
        node = self.chosen.problem.protocol.nodes[index]
        aimed = not node.milestone or node.name in self.chosen.problem.protocol.usual_gaps
        return self.chosen.aim(node, who) if aimed else None

    def _last(self, chooser: "_ChoiceRows", nodes: Sequence[int], who: Index) -> None:
        """Choose the days of nodes that only chosen ones are bound to."""
        chosen = self.chosen
        chosen.aim_together(nodes, who)
        targets = [self._target(index, who) for index in nodes]
        days = chooser.choose_last(nodes, targets, chosen.day[who])
        for index, day in zip(nodes, days, strict=True):
            kept = chosen.kept[who, index]
            chosen.set(index, who[~kept], day[~kept])

    def _one(self, chooser: "_ChoiceRows", node: Node, who: Index) -> None:
        chosen, index = self.chosen, node.index
        target = self._target(index, who)
        kept = chosen.kept[who, index]
        day = chooser.choose(index, target, kept)
        chosen.set(index, who[~kept], day[~kept])


class _ChoiceRows:
    """Choices over rows of which several may belong to one participant: they must agree."""

    def __init__(self, choices: Choices, who: Index, base: Days, span: tuple[int, int]) -> None:
        self.choices, self.base, self.span = choices, base, span
        _, self.of = np.unique(who, return_inverse=True)
        self.single = len(self.of) == self.of.max() + 1
        self.live = np.ones(len(who), bool)

    def keep(self, node: int, booked: Days) -> Flags:
        """Pin bookings that are still possible; which rows belong to such a participant."""
        within = (booked >= self.span[0]) & (booked <= self.span[1]) & self.live
        if not within.any():
            return within
        place = np.where(within, booked + self.base, 0)
        fits = within & self.choices.allows(node, place)
        agreed = np.zeros(self.of.max() + 1, bool)
        agreed[self.of[fits]] = True
        self.live &= fits | ~agreed[self.of]
        self.choices.pin(node, place, fits)
        return agreed[self.of]

    def choose(self, node: int, target: Days | None, kept: Flags) -> Days:
        """Choose a day for every participant: nearest to a target, or the earliest."""
        if target is None:
            place = self.choices.earliest(node)
            cost = place - self.base
        else:
            aim = np.where(target < NONE, target, 0) + self.base
            place = self.choices.nearest(node, aim)
            cost = 2 * np.abs(place - aim) + (place > aim)
        if not self.single:
            place = self._agreed(node, place, cost, kept)
        self.choices.pin(node, place, self.live & ~kept)
        return place - self.base

    def choose_last(
        self, nodes: Sequence[int], targets: Sequence[Days | None], chosen: Days
    ) -> Days:
        """Choose days, (nodes, rows), of nodes that only nodes with a chosen day are bound to."""
        nowhere = np.zeros_like(self.base)
        aims = [nowhere if one is None else np.where(one < NONE, one, 0) for one in targets]
        near = {other for node in nodes for other in self.choices.near(node)}
        places = {other: chosen[:, other] + self.base for other in near}
        return self.choices.nearest_of_last(nodes, np.array(aims) + self.base, places) - self.base

    def _agreed(self, node: int, place: Days, cost: Days, kept: Flags) -> Days:
        """The cheapest place of each participant's rows; rows that do not have it are out."""
        best = np.full(self.of.max() + 1, np.iinfo(np.int64).max)
        np.minimum.at(best, self.of[self.live], cost[self.live])
        wins = self.live & (cost == best[self.of])
        day = np.zeros(len(best), np.int64)
        day[self.of[wins]] = (place - self.base)[wins]
        place = np.where(kept, place, day[self.of] + self.base)
        self.live &= kept | self.choices.allows(node, place)
        return place
