"""The questions that one asks of a finished plan: what if, day by day, and analysts' tables."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, cast

import pandas as pd

from scheduler.planning.what_if import History, sweep, with_dates, with_history
from scheduler.tables.adam import subject_visits_frame, visit_windows_frame
from scheduler.tables.days import days_frame
from scheduler.tables.deviation_summary import deviation_summary_frame

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan


class Questions:
    """What a Plan answers beyond its tables."""

    @property
    def _plan(self) -> "Plan":
        return cast("Plan", self)

    def with_dates(self, supposed: Mapping[str, Mapping[str, str | date]]) -> "Plan":
        """What if open nodes take place on these days? By participant and node; a new plan."""
        return with_dates(self._plan, supposed)

    def with_history(
        self, added: str | Mapping[str, History], rows: History | None = None
    ) -> "Plan":
        """What if these rows stood in the table history? A participant and rows, or a mapping."""
        return with_history(self._plan, added, rows)

    def sweep(self, participant: str, node: str, undetermined: bool = False) -> pd.DataFrame:
        """For every permitted day of a node: the days of all that follows, and the slack left."""
        return sweep(self._plan, participant, node, undetermined)

    def days(self, participant: str) -> pd.DataFrame:
        """Day by day the verdict on every node of a participant, for a heat map."""
        return days_frame(self._plan, participant)

    def visit_windows(
        self, by_participant: bool = False, reference: str | None = None
    ) -> pd.DataFrame:
        """ADaM analysis windows in study days (no Day 0), for the protocol or by participant."""
        return visit_windows_frame(self._plan, by_participant, reference)

    def subject_visits(self) -> pd.DataFrame:
        """What took place, was missed or came unplanned, as SDTM SV rows."""
        return subject_visits_frame(self._plan)

    def deviation_summary(self) -> pd.DataFrame:
        """How each milestone and visit kept to its window and target, over all participants."""
        names = [node.name for node in self._plan.protocol.nodes]
        return deviation_summary_frame(self._parts, names)

    @property
    def _parts(self) -> "Sequence[Plan]":
        return (self._plan,)
