"""Which exposures a rule looks at, and whether each counts: exemptions, conditions, decisions.

Source: docs/semantics.md, section 3 ("Rules").
"""

from functools import cached_property

import numpy as np

from scheduler.arrays import Flags, Index, by_code, pairs
from scheduler.binding.cohort import Cohort
from scheduler.core.dayset import spread
from scheduler.protocol import Protocol, Rule
from scheduler.rules.conditions import NO, YES, applies, exempts

Counted = tuple[Flags, Flags]  # whether exposures count possibly, and whether certainly


def not_recorded(protocol: Protocol, cohort: Cohort, rule: Rule) -> Flags:
    """The participants for whom no history row tells of any event of the rule."""
    wanted = np.zeros(len(protocol.events) + 1, bool)  # the last one is for no event
    wanted[[protocol.event_index[name] for name in rule.events]] = True
    told = np.zeros(len(cohort), bool)
    told[cohort.asked_participant[wanted[cohort.asked_event]]] = True
    return ~told


def asked_alike(protocol: Protocol) -> Index:
    """For every rule the first that asks the same where nothing is recorded: is there any E?

    One answer about E is an answer to all rules that look at E alone and want the same of it.
    """
    asked = [(frozenset(rule.events), rule.needed) for rule in protocol.rules]
    first = {question: rule for rule, question in reversed(list(enumerate(asked)))}
    return np.array([first[question] for question in asked], np.int64)


class Counting:
    """The exposures of a cohort as its protocol's rules count them."""

    def __init__(self, protocol: Protocol, cohort: Cohort) -> None:
        self.protocol, self.cohort = protocol, cohort

    @cached_property
    def _by_event(self) -> tuple[Index, Index]:
        """The exposures by their events, and where those to each event of the protocol begin."""
        return by_code(self.cohort.exposures.event, len(self.protocol.events))

    def verdict(self, rule: Rule) -> Index:
        """Whether a rule is for each participant (of Applies)."""
        return applies(rule.only, self.cohort.attributes, len(self.cohort))

    def exposures_of(self, rule: Rule) -> Index:
        """The exposures to a rule's events of the participants whom it may be for."""
        events = [self.protocol.event_index[name] for name in rule.events]
        rows = self.exposures_of_all(np.arange(len(events)), np.array(events, np.int64))[1]
        if not rule.only:
            return rows
        who = self.cohort.exposures.participant[rows]
        return np.asarray(rows[self.verdict(rule)[who] != NO], np.int64)

    def exposures_of_all(self, of_event: Index, event: Index) -> tuple[Index, Index]:
        """The exposures to every one of some events, and what `of_event` says of each one's."""
        order, begins = self._by_event
        place, row = spread(begins[event], begins[event + 1])
        return of_event[place], order[row]

    def counted(self, number: int, rule: Rule, rows: Index) -> Counted:
        """Whether each exposure counts possibly, and whether it counts certainly.

        It does not where the rule is not for its participant.
        """
        exposures = self.cohort.exposures
        possible = certain = np.ones(len(rows), bool)
        if rule.exempt:
            exempt = exempts(rule.exempt, exposures.attributes, rows)
            possible, certain = exempt != YES, exempt == NO
        if rule.only:
            verdict = self.verdict(rule)[exposures.participant[rows]]
            possible, certain = possible & (verdict != NO), certain & (verdict == YES)
        if rule.judgement:
            decided, excluded = self.decided(number, rows)
            possible = possible & ~(decided & ~excluded)
            certain = certain & decided & excluded
        return possible, certain & possible

    def decided(self, number: int, rows: Index) -> tuple[Flags, Flags]:
        """Whether a decision covers each exposure, and whether the latest one excludes."""
        decisions, exposures = self.cohort.decisions, self.cohort.exposures
        decided, excluded = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
        mine = np.flatnonzero(decisions.rule == number)
        if not len(mine):
            return decided, excluded
        named = decisions.exposure[mine] >= 0
        mine = mine[np.lexsort((named, decisions.day[mine]))]
        place = np.full(len(exposures), -1, np.int64)
        place[rows] = np.arange(len(rows))
        one = np.flatnonzero(decisions.exposure[mine] >= 0)
        every = np.flatnonzero(decisions.exposure[mine] < 0)
        of, covered = pairs(decisions.participant[mine[every]], exposures.participant[rows])
        started = exposures.start_last[rows[covered]] <= decisions.day[mine[every[of]]]
        rank = np.concatenate([one, every[of[started]]])
        covered = np.concatenate([place[decisions.exposure[mine[one]]], covered[started]])
        order = np.argsort(rank, kind="stable")
        rank, covered = rank[order], covered[order]
        rank, covered = rank[covered >= 0], covered[covered >= 0]
        decided[covered] = True
        excluded[covered] = decisions.exclude[mine[rank]]  # the latest stands last, and stays
        return decided, excluded
