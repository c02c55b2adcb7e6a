"""Tables that analysts write by hand today: ADaM analysis windows and SDTM subject visits.

Study days follow the CDISC convention: the reference date is Day 1, the day before it Day -1, and
there is no Day 0. They are not the printed day numbers of the protocol.
Source: CDISC ADaM Implementation Guide (AWTARGET, AWLO, AWHI, AWU); SDTM Implementation Guide (SV).
"""

from collections.abc import Mapping

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.cohort import Status
from scheduler.days import FAR, Days, Offset, clock_text, iso
from scheduler.errors import NotFound
from scheduler.protocol import Node
from scheduler.protocol.visit_order import visit_numbers
from scheduler.rules.recorded import Place, Recorded, State
from scheduler.tables.columns import (
    category,
    category_column,
    date_column,
    integer_column,
    text_column,
)
from scheduler.tables.frames import Column, Decimals, Frame, WholeNumbers
from scheduler.tables.solved import Solved

BASIS = ("recorded", "booked", "recommended")


def study_days(difference: Days) -> Days:
    """Days from the reference date as study days: 0 is Day 1, -1 is Day -1, and no Day 0."""
    return np.where(difference >= 0, difference + 1, difference)


def visit_windows_frame(
    solved: Solved, by_participant: bool = False, reference: str | None = None
) -> Frame:
    """Which analysis window does each visit have, in study days?

    One row a visit with a stated window; with `by_participant` one row a participant and visit,
    with the dates beside the study days. The reference date (Day 1) is that of the milestone
    `reference`, else of the one that the protocol marks with `day_zero`.
    Raises: NotFound where neither names a milestone.
    """
    node = _reference(solved, reference)
    return _by_participant(solved, node) if by_participant else _by_protocol(solved, node)


def _reference(solved: Solved, name: str | None) -> Node:
    node = solved.protocol.day_zero_node
    if name is not None:
        from scheduler.tables.lookups import node_of

        node = solved.protocol.nodes[node_of(solved, name)]
    if node is None or not node.milestone:
        named = f'"{name}" is a visit' if name is not None else "no milestone has day_zero"
        raise NotFound(f"{named}; name the milestone whose date is Day 1 as the reference")
    return node


def _by_protocol(solved: Solved, reference: Node) -> Frame:
    visits = [node for node in solved.protocol.nodes if node.windowed]
    notes = [_note(node, reference, solved) for node in visits]
    told = np.array([not note for note in notes], bool)
    steps = [[_days(step) for step in (node.target, node.low, node.high)] for node in visits]
    days = study_days(np.array(steps, np.int64).reshape(len(visits), 3))
    return Frame(
        {
            "PROTVER": category([solved.protocol.version] * len(visits), [solved.protocol.version]),
            **_visit_columns(solved, visits, np.arange(len(visits))),
            "AWTARGET": integer_column(days[:, 0], told),
            "AWLO": integer_column(days[:, 1], told),
            "AWHI": integer_column(days[:, 2], told),
            "AWU": category(["DAYS"] * len(visits), ["DAYS"]),
            "AWNOTE": text_column(notes),
        }
    )


def _note(node: Node, reference: Node, solved: Solved) -> str:
    """Why a window has no study days that hold for everybody; empty where it has."""
    if node.anchor != reference.index:
        anchor = solved.protocol.nodes[node.anchor].name
        return f"counted from {anchor}, not from {reference.name}: study days differ by participant"
    if any(step is not None and step.months for step in (node.target, node.low, node.high)):
        return "in months: study days differ by participant"
    if node.timed:
        return "in hours: study days depend on clock times"
    return ""


def _days(step: Offset | None) -> int:
    return 0 if step is None else step.days


def _visit_columns(solved: Solved, visits: list[Node], rows: Index) -> dict[str, Column]:
    labels = list(dict.fromkeys(node.label for node in visits))
    known = _numbers(solved)
    numbers = [known[node.name] for node in visits]
    return {
        "AVISIT": category([visits[i].label for i in rows.tolist()], labels),
        "AVISITN": integer_column(np.array(numbers, np.int64)[rows], np.ones(len(rows), bool)),
        "VISITID": category_column(rows, [node.name for node in visits]),
    }


def _numbers(solved: Solved) -> Mapping[str, int]:
    """The numbers of nodes by name, in the order of planned time."""
    return visit_numbers(solved.protocol) if solved.numbers is None else solved.numbers


def _by_participant(solved: Solved, reference: Node) -> Frame:
    timeline = solved.problem.timeline
    visits = [node for node in solved.protocol.nodes if node.windowed]
    present = np.array([timeline.state[:, node.index] != State.ABSENT for node in visits], bool)
    who, place = np.nonzero(present.reshape(len(visits), len(solved.cohort)).T)
    found = np.array([_window_of(solved, node) for node in visits], np.int64)
    target, low, high, basis = (
        found.reshape(len(visits), 4, len(solved.cohort))[place, i, who] for i in range(4)
    )
    day_one = solved.dates.day[who, reference.index]
    nodes = np.array([node.index for node in visits], np.int64)[place]
    over = timeline.state[who, nodes] == State.DONE
    done = np.where(over, timeline.day[who, nodes], FAR)
    days = {
        name: integer_column(study_days(day - day_one), (day < FAR) & (day_one < FAR))
        for name, day in (("AWTARGET", target), ("AWLO", low), ("AWHI", high))
    }
    return Frame(
        {
            **_subject_columns(solved, who),
            **_visit_columns(solved, visits, place),
            **days,
            "AWU": category(["DAYS"] * len(who), ["DAYS"]),
            "AWTARGDT": date_column(target),
            "AWLODT": date_column(low),
            "AWHIDT": date_column(high),
            "AWBASIS": category_column(np.where(target < FAR, basis, -1), BASIS),
            "AWTDIFF": integer_column(np.abs(done - target), (done < FAR) & (target < FAR)),
        }
    )


def _window_of(solved: Solved, node: Node) -> list[Days]:
    """The target, first and last day of a visit's own window, and what its anchor rests on."""
    timeline, schedule = solved.problem.timeline, solved.standing
    place = timeline.place[:, node.anchor]
    day = np.where(
        place == Place.CARRIED, schedule.target[:, node.anchor], solved.dates.day[:, node.anchor]
    )
    day = np.where(place == Place.NOWHERE, FAR, day)
    recorded = timeline.on_one_day[:, node.anchor]
    basis = np.where(recorded, 0, np.where(schedule.kept[:, node.anchor], 1, 2))
    assert node.low is not None and node.high is not None
    if not node.timed:
        steps = (node.target, node.low, node.high)
        return [*(_stepped(timeline, step, day) for step in steps), basis]
    first, last = solved.given.first[:, node.index], solved.given.last[:, node.index]
    nothing = (day == FAR) | (first > last)
    ends = (schedule.target[:, node.index], first, last)
    return [*(np.where(nothing, FAR, end) for end in ends), basis]


def _stepped(timeline: Recorded, step: Offset, days: Days) -> Days:
    """Where a step leads from a day of every participant."""
    found = days.copy()
    for zone, rows in timeline.by_zone(np.arange(len(days)), step.works):
        found[rows] = step.day_from(days[rows], zone.working)
    return found


def _subject_columns(solved: Solved, who: Index) -> dict[str, Column]:
    codes = [str(code) for code in solved.cohort.ids]
    unique = [f"{solved.protocol.id}-{code}" for code in codes]
    return {
        "STUDYID": category([solved.protocol.id] * len(who), [solved.protocol.id]),
        "USUBJID": category_column(who, unique),
        "SUBJID": category_column(who, codes),
    }


def subject_visits_frame(solved: Solved) -> Frame:
    """Which milestones and visits took place, were missed, or came unplanned, as SDTM SV rows?

    One row a done node, a missed visit or an unscheduled visit; what is still open has no row.
    """
    rows = _planned_rows(solved) + _unplanned_rows(solved)
    rows.sort(key=lambda row: (row[0], row[1]))
    who = np.array([row[0] for row in rows], np.int64)
    day = np.array([row[3] for row in rows], np.int64)
    minute = [row[4] for row in rows]
    known = day < FAR
    zero = _reference_days(solved)[who]
    number = integer_column(study_days(day - zero), known & (zero < FAR))
    subject = _subject_columns(solved, who)
    starts = [_stamp(d, m) for d, m in zip(day.tolist(), minute, strict=True)]
    return Frame(
        {
            "STUDYID": subject["STUDYID"],
            "DOMAIN": category(["SV"] * len(rows), ["SV"]),
            "USUBJID": subject["USUBJID"],
            "VISITNUM": Decimals(np.array([row[1] for row in rows], float)),
            "VISIT": text_column([row[2] for row in rows]),
            "VISITDY": _planned_days(solved, [row[2] for row in rows]),
            "EPOCH": text_column([row[9] for row in rows]),
            "SVPRESP": text_column([row[5] for row in rows]),
            "SVOCCUR": text_column([row[6] for row in rows]),
            "SVREASOC": text_column([row[7] for row in rows]),
            "SVSTDTC": text_column(starts),
            "SVENDTC": text_column([iso(d) for d in day.tolist()]),
            "SVSTDY": number,
            "SVENDY": number,
            "SVUPDES": text_column([row[8] for row in rows]),
        }
    )


Row = tuple[int, float, str, int, int, str, str, str, str, str]


def _planned_days(solved: Solved, labels: list[str]) -> WholeNumbers:
    """The planned study day of visits by their labels; missing where it differs by participant."""
    node, planned = solved.protocol.day_zero_node, dict[str, int]()
    if node is not None:
        told = _by_protocol(solved, node).pairs("AVISIT", "AWTARGET")
        planned = {label: day for label, day in told if day is not None}
        planned[node.label] = 1
    days = np.array([planned.get(label, FAR) for label in labels], np.int64)
    return integer_column(days, days < FAR)


def _reference_days(solved: Solved) -> Days:
    """The recorded reference date of every participant; FAR without one."""
    node, timeline = solved.protocol.day_zero_node, solved.problem.timeline
    if node is None:
        return np.full(len(solved.cohort), FAR, np.int64)
    done = timeline.state[:, node.index] == State.DONE
    return np.where(done, timeline.day[:, node.index], FAR)


def _planned_rows(solved: Solved) -> list[Row]:
    timeline, cohort = solved.problem.timeline, solved.cohort
    notes = solved.study.dates.column("note")
    missed = cohort.dates.status == Status.MISSED
    why = {
        (int(who), int(node)): str(notes[row])
        for who, node, row in zip(
            cohort.dates.participant[missed], cohort.dates.node[missed], cohort.dates.row[missed],
            strict=True,
        )
    }  # fmt: skip
    rows: list[Row] = []
    numbers = _numbers(solved)
    for who, index in np.argwhere(np.isin(timeline.state, (State.DONE, State.MISSED))).tolist():
        node = solved.protocol.nodes[index]
        number, label, phase = float(numbers[node.name]), node.label, node.at_visit.phase
        if timeline.state[who, index] == State.DONE:
            day, minute = int(timeline.day[who, index]), int(timeline.done_minute[who, index])
            rows.append((who, number, label, day, minute, "Y", "Y", "", "", phase))
        else:
            rows.append(
                (who, number, label, FAR, -1, "Y", "N", why.get((who, index), ""), "", phase)
            )
    return rows


def _unplanned_rows(solved: Solved) -> list[Row]:
    """Unscheduled visits that are done, numbered after the last planned one on or before them."""
    found, timeline = solved.cohort.dates, solved.problem.timeline
    notes = solved.study.dates.column("note")
    some = np.flatnonzero((found.node < 0) & (found.status == Status.DONE))
    some = some[np.lexsort((found.row[some], found.minute[some], found.day[some]))]
    counts: dict[tuple[int, int], int] = {}
    numbers = _numbers(solved)
    rows: list[Row] = []
    for one in some.tolist():
        who, day = int(found.participant[one]), int(found.day[one])
        done = timeline.state[who] == State.DONE
        before = np.flatnonzero(done & (timeline.day[who] <= day))
        base = 0
        if len(before):
            last = int(before[np.lexsort((before, timeline.day[who, before]))][-1])
            base = numbers[solved.protocol.nodes[last].name]
        counts[who, base] = counts.get((who, base), 0) + 1
        number = base + counts[who, base] / 100
        minute, note = int(found.minute[one]), str(notes[found.row[one]])
        rows.append((who, number, f"Unscheduled {number:.2f}", day, minute, "", "", "", note, ""))
    return rows


def _stamp(day: int, minute: int) -> str:
    return f"{iso(day)}T{clock_text(minute)}" if minute >= 0 else iso(day)
