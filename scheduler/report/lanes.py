"""What stands on a participant's timeline: milestones and visits, blocked days by rule, duties."""

from collections.abc import Callable, Sequence
from datetime import date

from scheduler.days import FAR, day_of
from scheduler.report.timelines import Lane, LaneBar, LaneGroup, LaneMark, Span
from scheduler.tables.bookings import date_mark
from scheduler.tables.frames import Row

_BEFORE, _WEEKS = 14, 18  # the near figure: two weeks back, eighteen weeks in all
_MARGIN = 10
_LONGEST = 400  # days of a window that widens the figure of the whole study


def day_number(text: str, otherwise: int) -> int:
    """The day number of an ISO text, which may carry a time; `otherwise` for a blank."""
    return day_of(date.fromisoformat(text[:10])) if text else otherwise


def days_said(first: str, last: str) -> str:
    """Two ISO days in words; a blank one is an open end."""
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"from {first} on" if first else f"until {last}" if last else "no known day"


def groups(
    schedule: Sequence[Row], windows: Sequence[Row], blocked: Sequence[Row],
    duties: Sequence[Row], label: Callable[[str], str], event: Callable[[str], str],
) -> list[LaneGroup]:  # fmt: skip
    """All lanes of a participant, in the order of the protocol."""
    runs: dict[str, list[Row]] = {}
    for row in windows:
        runs.setdefault(row["milestone"], []).append(row)
    nodes = [_node_lane(row, runs.get(row["milestone"], []), label) for row in schedule]
    return [
        LaneGroup("Milestones and visits", nodes),
        LaneGroup("Days that a rule forbids", _blocked_lanes(blocked, label, event)),
        LaneGroup("What the participant must keep to", _duty_lanes(duties, label, event)),
    ]


def _node_lane(row: Row, runs: Sequence[Row], label: Callable[[str], str]) -> Lane:
    lane = Lane(label(row["milestone"]))
    words = [f"{row['status']} {row['date']} {row['time']}".strip()]
    mark = date_mark(row["status"], row["certainty"])
    if mark == "booked_out":
        words[0] += ", cannot stand"
    if row["date"] and mark:
        lane.marks.append(LaneMark(mark, day_number(row["date"], 0), words[0]))
    late = row["status"] == "done" and not row["target"]  # a milestone's window is over by then
    if row["first"] and row["last"] and row["status"] != "none" and not late:
        said = f"window given the other dates {days_said(row['first'], row['last'])}"
        lane.bars.append(_bar("window", row, said))
        words.append(said)
    if row["target"]:
        lane.marks.append(
            LaneMark("target", day_number(row["target"], 0), f"target {row['target']}")
        )
        words.append(f"target {row['target']}")
    for kind in ("permitted", "undetermined"):
        mine = [run for run in runs if run["certainty"] == kind]
        for run in mine:
            lane.bars.append(_bar(kind, run))
        if mine:
            said = f"{kind} days {mine[0]['first']} to {mine[-1]['last']}"
            said += f", in {len(mine)} runs" if len(mine) > 1 else ""
            lane.bars[-1] = _bar(kind, mine[-1], said)
            words.append(said)
    if row["assumption"]:
        words.append(f"assumption: {row['assumption']}")
    lane.words = "; ".join(words)
    return lane


def _bar(kind: str, row: Row, text: str = "") -> LaneBar:
    first, last = day_number(row["first"], -FAR), day_number(row["last"], FAR)
    return LaneBar(kind, first, last, text)


def _blocked_lanes(
    rows: Sequence[Row], label: Callable[[str], str], event: Callable[[str], str]
) -> list[Lane]:
    lanes: dict[tuple[str, str], Lane] = {}
    for row in rows:
        if not row["first"] and not row["last"]:
            continue  # a pair of nodes that bind each other has no days of its own
        key = row["rule"], row["milestone"]
        name = f"{event(row['event']) or row['rule']}, {label(row['milestone'])}"
        lane = lanes.setdefault(key, Lane(name))
        kind = "blocked" if row["certainty"] == "blocked" else "doubtful"
        lane.bars.append(_bar(kind, row, row["sentence"]))
    for lane in lanes.values():
        lane.words = " ".join(bar.text for bar in lane.bars)
    return list(lanes.values())


def _duty_lanes(
    rows: Sequence[Row], label: Callable[[str], str], event: Callable[[str], str]
) -> list[Lane]:
    lanes = []
    for row in rows:
        lane = Lane(f"{event(row['event'])}, {label(row['milestone'])}", words=row["sentence"])
        if row["kind"] != "last_day":
            lane.bars.append(_bar("duty", row, row["sentence"]))
        elif row["last"]:
            lane.marks.append(LaneMark("last_day", day_number(row["last"], 0), row["sentence"]))
        lanes.append(lane)
    return lanes


def near_span(as_of: int) -> Span:
    """The days of the near figure: whole weeks, from two weeks before `as_of` on."""
    first = as_of - _BEFORE - (as_of - _BEFORE + 3) % 7
    return first, first + _WEEKS * 7 - 1


def whole_span(found: Sequence[LaneGroup], as_of: int, open_: bool) -> Span | None:
    """The days of the whole figure: from the first date to the last; None without any date.

    For a participant who goes on, `as_of` and the ends of the windows belong to it.
    """
    days: list[int] = []
    for lane in found[0].lanes:
        days += [mark.day for mark in lane.marks]
        if lane.marks and open_:
            days += [end for bar in lane.bars for end in _ends(bar)]
    if not days:
        return None
    days += [as_of] if open_ else []
    return min(days) - _MARGIN, max(days) + _MARGIN


def _ends(bar: LaneBar) -> tuple[int, ...]:
    """The ends of a window that is short enough to be worth its room."""
    fits = bar.kind == "window" and bar.last - bar.first <= _LONGEST
    return (bar.first, bar.last) if fits else ()
