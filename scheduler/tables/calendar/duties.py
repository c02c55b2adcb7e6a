"""The duties that calendars show: from recorded and booked dates, and others where there are none.

Source: docs/calendars.md.
"""

import numpy as np

from scheduler.arrays import distinct
from scheduler.days import FAR
from scheduler.schedule.firm_dates import Appointments
from scheduler.tables.calendar.blocks import RowBlock, as_written, together
from scheduler.tables.calendar.questions import told_by
from scheduler.tables.columns import day_numbers
from scheduler.tables.duties import compute_duties, duties_frame
from scheduler.tables.frames import Frame, Written
from scheduler.tables.lookups import rows_among
from scheduler.tables.solved import Solved


def duty_rows(solved: Solved, standing: Appointments) -> RowBlock:
    """Duties from recorded and booked dates; of the others those that have none of these.

    The first of the rows that a participant has for a rule, an event and a kind is shown.
    """
    firm = compute_duties(solved.problem, standing.schedule, standing.dates, solved.names)
    found = together(
        [
            _rows(solved, firm, "recorded"),
            _rows(solved, solved.made(duties_frame), "recommended"),
        ]
    )
    keys = [found.columns[name] for name in ("rule", "event", "kind")]
    same = [key.places for key in keys if isinstance(key, Written)]
    first, _ = distinct(found.who, *same)
    return found.take(first)


def _rows(solved: Solved, frame: Frame, basis: str) -> RowBlock:
    """The duties of one basis that name a day."""
    frame = frame.take(np.flatnonzero(rows_among(frame, "basis", (basis,))))
    begin, last = day_numbers(frame["first"]), day_numbers(frame["last"])
    first = np.where(rows_among(frame, "kind", ("last_day",)), last, begin)
    dated = np.flatnonzero(first < FAR)
    frame, first, last = frame.take(dated), first[dated], last[dated]
    kind, rules, rule = as_written(frame["kind"]), solved.protocol.rules, frame.codes("rule")
    assumed = np.array([*(bool(one.basis.assumption) for one in rules), False], bool)
    return RowBlock(
        frame.codes("participant"),
        {
            "kind": Written([f"duty_{word}" for word in kind.words], kind.places),
            "node": as_written(frame["milestone"]),
            "rule": Written([one.id for one in rules], rule),
            "event": as_written(frame["event"]),
            "first": first,
            "last": last,
            "time": as_written(frame["time"]),
            "assumption": assumed[rule],
            "source": Written([str(one.basis.source or "") for one in rules], rule),
            "sentence": as_written(frame["sentence"]),
            "basis": Written([basis], np.zeros(len(first), np.int64)),
            "secrets": Written([told_by(solved.protocol, one) for one in rules], rule),
        },
    )
