"""The table of bookings: whether each can stand, what it waits for, and where it could go.

Source: docs/contract.md; docs/decisions/0014-standing-permitted-suggested.md.
"""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from scheduler.arrays import Index, distinct, distinct_numbers, groups, pairs
from scheduler.days import FAR, Days, on_weekdays
from scheduler.engine.found_days import FoundDays
from scheduler.schedule.standing import standing_bookings
from scheduler.tables.columns import category_column, date_column, integer_column, texts, times
from scheduler.tables.frames import Column, Frame, Late
from scheduler.tables.queries import queries_frame
from scheduler.tables.solved import Solved
from scheduler.tables.suggestions import following_nodes, nearest_days, suggestions_for
from scheduler.wording.bookings import standing_on_text

BOOKINGS = ("kept", "waits_for_answer", "does_not_fit", "not_permitted", "past")
FAILING = ("does_not_fit", "not_permitted")  # of BOOKINGS: such a one must move
KEPT, WAITS, DOES_NOT_FIT, NOT_PERMITTED, PAST = range(5)
VERDICTS = ("permitted", "undetermined", "blocked", "closed", "does_not_fit")
CANNOT_STAND = ("blocked", "closed", "does_not_fit")  # of VERDICTS: such a booking must move
_PERMITTED, _UNDETERMINED, _BLOCKED, _CLOSED, _UNFIT = range(5)
_VERDICT_OF = np.array([_PERMITTED, _UNDETERMINED, _UNFIT, _BLOCKED, _UNDETERMINED])


DateMark = Literal["done", "booked", "booked_out", "planned", "planned_undetermined", ""]


@dataclass(frozen=True)
class Booked:
    """The bookings of open nodes: whose, of what, on which day, and what has become of each."""

    who: Index
    node: Index
    day: Days
    state: Index  # of BOOKINGS
    closed: Index  # whether the site is closed on the day and nothing else forbids it

    def word(self, row: int) -> str:
        """What has become of one booking, as a word of BOOKINGS."""
        return BOOKINGS[int(self.state[row])]


def booked(solved: Solved) -> Booked:
    """Which bookings stand, and what does the plan say of each?"""
    problem, answer = solved.problem, solved.answer
    who, node = np.nonzero(standing_bookings(problem))
    day = problem.timeline.booked[who, node]
    permitted = _holds(answer.permitted.days, who, node, day)
    undetermined = _holds(answer.undetermined, who, node, day)
    state = np.where(permitted, DOES_NOT_FIT, np.where(undetermined, WAITS, NOT_PERMITTED))
    state[permitted & solved.recommended.kept[who, node]] = KEPT
    state[day < problem.as_of] = PAST
    return Booked(who, node, day, state, _only_closed(solved, who, node, day))


def verdicts_of(solved: Solved) -> Index:
    """The place in VERDICTS of every booking, (participants, nodes); -1 where there is none."""
    found = solved.made(booked)
    verdict = np.full(solved.problem.timeline.state.shape, -1, np.int64)
    own = np.where((found.state == NOT_PERMITTED) & found.closed, _CLOSED, _VERDICT_OF[found.state])
    verdict[found.who, found.node] = own
    return verdict


def rests_on(solved: Solved) -> tuple[list[str], Index]:
    """What each node's dates rest on that may not stand: texts, and the place of each node's.

    That is the booking of an earlier node that fails or waits, the last one in the file's order;
    for the booked node itself it is its own. The places have the shape (participants, nodes).
    """
    found, nodes = solved.made(booked), solved.protocol.nodes
    listed, place = [""], np.zeros(solved.problem.timeline.state.shape, np.int64)
    after = {
        node: [node, *following_nodes(solved.problem, node)]
        for node in distinct_numbers(found.node).tolist()
    }
    for row in np.flatnonzero(np.isin(found.state, (WAITS, DOES_NOT_FIT, NOT_PERMITTED))).tolist():
        who, node = int(found.who[row]), int(found.node[row])
        listed.append(standing_on_text(nodes[node].label, int(found.day[row]), found.word(row)))
        place[who, after[node]] = len(listed) - 1
    return listed, place


def _holds(days: FoundDays, who: Index, node: Index, day: Days) -> np.ndarray:
    found = np.zeros(len(who), bool)
    for index in distinct_numbers(node).tolist():
        rows = np.flatnonzero(node == index)
        runs = days.runs_of(index, who[rows])
        found[rows] = runs.holds(np.arange(len(rows)), day[rows])
    return found


def _only_closed(solved: Solved, who: Index, node: Index, day: Days) -> Index:
    """Where the site is closed on the booked day, and no rule by itself forbids the day."""
    problem = solved.problem
    nodes = problem.protocol.nodes
    heeds = np.flatnonzero(np.array([not one.any_day for one in nodes], bool)[node])
    closed = np.zeros(len(who), bool)
    site, year = problem.cohort.site[who], day.astype("M8[D]").astype("M8[Y]").astype(np.int64)
    first, place = distinct(site[heeds], year[heeds])
    for one, rows in zip(heeds[first].tolist(), groups(place, len(first)), strict=True):
        days = day[heeds[rows]]
        opens = int(days.min())
        shut = problem.cohort.sites[int(site[one])].closed_days(opens, int(days.max()))
        closed[heeds[rows]] = shut[days - opens]
    for index in distinct_numbers(node[heeds]).tolist():
        rows = heeds[node[heeds] == index]
        closed[rows] |= ~on_weekdays(day[rows], nodes[index].weekdays)
    spans, shut_rows = problem.spans, np.flatnonzero(closed)
    if not len(shut_rows):
        return closed
    forbids = np.flatnonzero(spans.certain & (spans.other < 0))
    key = spans.participant[forbids] * len(nodes) + spans.node[forbids]
    row, span = pairs((who * len(nodes) + node)[shut_rows], key)
    row, span = shut_rows[row], forbids[span]
    inside = (spans.certain_first[span] <= day[row]) & (day[row] <= spans.certain_last[span])
    closed[row[inside]] = False
    return closed


def date_mark(status: str, certainty: str) -> DateMark:
    """The mark of a row of schedule.csv on the page and in figures; empty where it has no date.

    A booking that cannot stand is crossed out; one that waits for an answer is not.
    """
    if status == "booked":
        return "booked_out" if certainty in CANNOT_STAND else "booked"
    if status == "planned":
        return "planned_undetermined" if certainty == "undetermined" else "planned"
    return "done" if status == "done" else ""


def bookings_frame(solved: Solved) -> Frame:
    """One row a booking of an open node: what has become of it, and the days next to it.

    For one that cannot stand: from which time on the same day is permitted, the nearest permitted
    days before and after it (or the one on which it fits the other dates), and on each of them how
    many of the visits that follow keep their target day. For one that waits: for which answers, and
    by when they are needed.
    """
    found, names = solved.made(booked), solved.names
    near = _where_it_could_go(solved, found)
    late = Late(partial(_moves, solved, near))
    needs = _needs(solved, found)
    waits = found.state == WAITS
    return Frame(
        {
            "participant": names.participant(found.who),
            "milestone": names.milestone(found.node),
            "date": date_column(found.day),
            "time": times(solved.problem.timeline.booked_minute[found.who, found.node]),
            "state": category_column(found.state, BOOKINGS),
            "permitted_before": date_column(near[0]),
            "permitted_after": date_column(near[1]),
            **dict.fromkeys(_MOVES, late),
            "needs": texts(*needs),
            "answer_by": date_column(
                np.where(waits, np.maximum(found.day - 1, solved.problem.as_of), FAR)
            ),
        }
    )


def _where_it_could_go(solved: Solved, found: Booked) -> tuple[Days, Days]:
    """The days before and after each booking (FAR: none) on which it is permitted, or would fit.

    The own day of one that does not fit is permitted, beside other dates than those that stand.
    """
    before, after = nearest_days(solved, found.who, found.node, found.day)
    unfit = found.state == DOES_NOT_FIT
    fits = solved.recommended.day[found.who, found.node]
    before[unfit] = np.where(fits < found.day, fits, FAR)[unfit]
    after[unfit] = np.where(fits > found.day, fits, FAR)[unfit]
    return before, after


def _moves(solved: Solved, near: tuple[Days, Days]) -> dict[str, Column]:
    """What the bookings that cannot stand would keep if they moved; each is tried."""
    found = solved.made(booked)
    moved = suggestions_for(
        solved, found.who, found.node, found.day, near, found.state >= DOES_NOT_FIT
    )
    counts = (moved.kept_before, moved.kept_after, moved.targets)
    columns: list[Column] = [times(moved.minute)]
    columns += [integer_column(count, count >= 0) for count in counts]
    return dict(zip(_MOVES, columns, strict=True))


_MOVES = ("same_day_from", "on_target_before", "on_target_after", "targets")


def _needs(solved: Solved, found: Booked) -> tuple[list[str], Index]:
    """What the bookings that wait are waiting for, as the items of their open questions.

    A day may turn on what is open of another step alone; then those questions are the answer.
    """
    waits = np.flatnonzero(found.state == WAITS)
    listed, place = [""], np.zeros(len(found.who), np.int64)
    if not len(waits):
        return listed, place
    table = solved.made(queries_frame)
    who, node = table.codes("participant"), table.codes("milestone")
    said = [
        f"{str(missing).replace('_', ' ')}: {item}" if missing != "date" else f"date of {item}"
        for missing, item in table.pairs("missing", "item")
    ]
    for row in waits.tolist():
        own = who == found.who[row]
        here = own & (node == found.node[row])
        mine = np.flatnonzero(here if here.any() else own)
        listed.append("; ".join(dict.fromkeys(said[i] for i in mine.tolist())))
        place[row] = len(listed) - 1
    return listed, place
