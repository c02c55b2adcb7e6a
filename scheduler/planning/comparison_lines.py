"""What differs between two plans, participant by participant, as lines to read."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from scheduler.planning.comparison import (
    changed_bookings,
    changed_days,
    changed_schedule,
    changed_states,
    shared_names,
)
from scheduler.wording.changes import (
    booking_line,
    date_line,
    days_line,
    run_text,
    state_line,
    window_line,
)
from scheduler.wording.forms import days_text

if TYPE_CHECKING:
    from scheduler.planning.plans import Plan

Lines = dict[str, list[str]]


def participant_lines(before: "Plan", after: "Plan") -> list[str]:
    """For an amendment: changes of state, days lost and gained, bookings that fall."""
    lines: Lines = {}
    _add_states(lines, before, after)
    days = changed_days(before, after)
    for (code, node), rows in days.groupby(["participant", "milestone"], observed=True, sort=True):
        _add(lines, code, days_line(str(node), _parts(rows)))
    for row in _records(changed_bookings(before, after)):
        if isinstance(row["state_after"], str):
            _add(lines, row["participant"], _booking(row))
    people = shared_names("participant", before.summary, after.summary)
    told = [line for code in people if code in lines for line in [f"  {code}", *lines[code]]]
    same = len(people) - len(lines)
    rest = [f"  {same} of {len(people)} participants: nothing changes"] if same else []
    return ["Participant by participant", *told, *rest]


def _add_states(lines: Lines, before: "Plan", after: "Plan") -> None:
    for row in _records(changed_states(before, after)):
        old, new = str(row["state_before"]), str(row["state_after"])
        if old != new:
            _add(lines, row["participant"], state_line(old, new))
            gone = after.conflicts if new == "no_schedule" else after.conflicts.head(0)
            for detail in gone.loc[gone["participant"] == row["participant"], "detail"]:
                _add(lines, row["participant"], f"  because {detail}")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _add(lines: Lines, code: object, text: str) -> None:
    lines.setdefault(str(code), []).append(f"    {text}")


def _parts(rows: pd.DataFrame) -> list[tuple[str, int, str, str]]:
    found = []
    for change, some in rows.groupby("change", observed=True, sort=True):
        count = int(((some["last"] - some["first"]).dt.days + 1).sum())
        found.append((str(change), count, _iso(some["first"].min()), _iso(some["last"].max())))
    return found


def _booking(row: dict[str, Any]) -> str:
    near = [(row["permitted_before"], "before"), (row["permitted_after"], "after")]
    texts = [f"{_iso(day)} {side}" for day, side in near if _iso(day)]
    kept = row["state_after"] == "kept"
    return booking_line(
        str(row["milestone"]), _iso(row["date"]), str(row["state_after"]), [] if kept else texts
    )


def _iso(day: object) -> str:
    return "" if day is None or day is pd.NaT else str(pd.Timestamp(str(day)).date())


def whatif_lines(before: "Plan", after: "Plan") -> list[str]:
    """For a what-if: the days that each node may take, and its date, before and after."""
    lines: Lines = {}
    _add_states(lines, before, after)
    old, new = _windows(before.windows), _windows(after.windows)
    moved = {
        (str(row["participant"]), str(row["milestone"])): row
        for row in _records(changed_schedule(before, after))
    }
    codes = shared_names("participant", before.schedule, after.schedule)
    nodes = shared_names("milestone", before.schedule, after.schedule)
    for code in codes:
        for node in nodes:
            key = code, node
            if key in moved and moved[key]["date_before"] != moved[key]["date_after"]:
                row = moved[key]
                days = _iso(row["date_before"]), _iso(row["date_after"])
                status = str(row["status_before"] if days[0] else row["status_after"])
                if any(days):
                    _add(lines, code, date_line(node, *days, status))
            if old.get(key, "") != new.get(key, ""):
                _add(lines, code, window_line(node, old.get(key, ""), new.get(key, "")))
    told = [line for code in codes if code in lines for line in [code, *lines[code]]]
    return told or ["Nothing changes."]


def _windows(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    """The days of each participant and node in words; undetermined ones are told apart."""
    found: dict[tuple[str, str], str] = {}
    keys = ["participant", "milestone", "certainty"]
    for (code, node, certainty), rows in frame.groupby(keys, observed=True, sort=True):
        count = int(((rows["last"] - rows["first"]).dt.days + 1).sum())
        text = run_text(count, _iso(rows["first"].min()), _iso(rows["last"].max()))
        word = "" if certainty == "permitted" else " undetermined"
        known = found.get((str(code), str(node)), "")
        found[str(code), str(node)] = ", ".join(part for part in (known, text + word) if part)
    return found


def sweep_lines(frame: pd.DataFrame) -> list[str]:
    """A sweep as lines: one a day, with what matters for the choice."""
    if not len(frame):
        return ["No day is permitted."]
    lines = [f"{days_text(len(frame))} to choose from"]
    for row in _records(frame):
        tight = f", least slack {days_text(row['slack'])} ({row['tightest']})"
        known = tight if not pd.isna(row["slack"]) else ""
        undetermined = " (undetermined)" if row["certainty"] == "undetermined" else ""
        off = f"{days_text(row['days_off_target'])} off in all"
        hit = f"{row['on_target']} of {row['targets']} visits on target, {off}"
        lines.append(f"  {_iso(row['day'])}{undetermined}: {hit}{known}")
    return lines
