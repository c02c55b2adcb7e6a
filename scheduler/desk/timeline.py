"""The timeline of one participant, as the report draws it, and its lanes by step."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scheduler.days import day_of, iso
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.people import StudyDesk
from scheduler.report.lanes import groups, near_span, whole_span
from scheduler.report.timelines import Figure, figure

_OPEN = ("scheduled", "undetermined", "no_schedule")


@dataclass(frozen=True, slots=True)
class Timeline:
    """A drawing from the day `first` on, `days` days wide; `lanes` counts its lanes by step.

    `earliest` is the first day onto which a booking can be moved.
    """

    figure: Figure
    first: str
    days: int
    earliest: str
    lanes: Mapping[str, int]


def timeline_of(desk: StudyDesk, one: OnePlan, whole: bool) -> Timeline | None:
    """The coming weeks, or the whole study with its rules; None where nothing lies in them."""
    if one.plan is None:
        return None
    as_of = day_of(desk.as_of)
    open_ = one.known.summary.get("state") in _OPEN
    schedule = one.known.table("schedule")
    lanes = groups(
        schedule, one.table("windows"), one.table("blocked"), one.table("duties"),
        desk.label, desk.label,
    )  # fmt: skip
    span = whole_span(lanes, as_of, open_) if whole or not open_ else near_span(as_of)
    if span is None:
        return None
    shut = np.flatnonzero(one.site.closed_days(*span)) + span[0]
    closed = [(day, day) for day in shut.tolist()]
    title = "the whole study" if whole or not open_ else "the coming weeks"
    shown = lanes if whole else lanes[:1]
    drawn = figure(title, f"{one.code}: {title}", span, as_of, shown, closed)
    if drawn is None:
        return None
    nodes = {id(lane): row["milestone"] for lane, row in zip(lanes[0].lanes, schedule, strict=True)}
    places = {nodes[id(row.lane)]: place for place, row in enumerate(drawn.lanes)
              if id(row.lane) in nodes}  # fmt: skip
    first, last = span
    return Timeline(drawn, iso(first), last - first + 1, iso(max(first, as_of)), places)
