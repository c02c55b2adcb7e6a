"""The rows that calendars show: dates, windows, duties and open questions.

Rows with the basis `recorded` rest on recorded and booked dates alone, so that a plan made a day
later changes none of them; recommended days go out only when they are asked for.
Source: docs/contract.md; docs/semantics.md, section 4.
"""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from scheduler.duties import compute_duties
from scheduler.given import windows_given
from scheduler.tables import dates_of

if TYPE_CHECKING:
    from scheduler.planning import Plan

COLUMNS = (
    "participant", "kind", "node", "rule", "event", "first", "last", "time", "status",
    "assumption", "undetermined", "source", "sentence", "basis",
)  # fmt: skip
_TEXTS = ("participant", "kind", "node", "rule", "event", "status", "source", "sentence", "basis")


def compute_calendar_rows(plan: "Plan") -> pd.DataFrame:
    """One row an entry of a calendar, in the order of participants and nodes."""
    parts = [_dates(plan), _windows(plan), _duties(plan), _queries(plan)]
    rows = [row for part in parts for row in part]
    order = {str(code): i for i, code in enumerate(plan.cohort.ids)}
    rows.sort(key=lambda row: order[str(row["participant"])])
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for name in _TEXTS:
        frame[name] = frame[name].astype("str")
    for name in ("first", "last"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    frame["time"] = frame["time"].astype("str")
    return frame.astype({"assumption": bool, "undetermined": bool})


def _row(**values: object) -> dict[str, object]:
    blank = {
        "node": "",
        "rule": "",
        "event": "",
        "time": None,
        "status": "",
        "source": "",
        "sentence": "",
    }
    return {
        **blank,
        "last": pd.NaT,
        "assumption": False,
        "undetermined": False,
        "basis": "recorded",
        **values,
    }


def _dates(plan: "Plan") -> list[dict[str, object]]:
    """Done and booked dates, and the recommended ones."""
    rows = []
    schedule = plan.schedule
    shown = schedule[schedule["date"].notna()]
    for one in shown.to_dict("records"):
        status = str(one["status"])
        rows.append(
            _row(
                participant=one["participant"], kind="date", node=one["milestone"], first=one["date"],
                last=one["date"], time=_time(one["time"]), status=status,
                assumption=bool(one["assumption"]) and status == "planned",
                undetermined=one["certainty"] == "undetermined",
                sentence=one["assumption"] if status == "planned" else "",
                basis="recommended" if status == "planned" else "recorded",
            )
        )  # fmt: skip
    for one in plan.bookings.to_dict("records"):
        if one["state"] != "kept":
            rows.append(
                _row(
                    participant=one["participant"], kind="date", node=one["milestone"],
                    first=one["date"], last=one["date"], time=_time(one["time"]), status="booked",
                )
            )  # fmt: skip
            rows = [r for r in rows if not _replaced(r, one)]
    return rows


def _replaced(row: dict[str, object], booking: Mapping[Hashable, object]) -> bool:
    """A recommended day of a node that has a standing booking: the appointment is shown instead."""
    same = row["participant"] == booking["participant"] and row["node"] == booking["milestone"]
    return bool(same and row["basis"] == "recommended")


def _time(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _windows(plan: "Plan") -> list[dict[str, object]]:
    """Windows given recorded and booked dates; those that need recommended ones are marked."""
    problem, rows = plan.problem, []
    firm = windows_given(problem, dates_of(problem, plan.recommended, recommended=False))
    schedule = plan.schedule
    open_rows = schedule[schedule["status"].isin(["planned", "booked", "none"])]
    code = {str(c): i for i, c in enumerate(plan.cohort.ids)}
    for one in open_rows.to_dict("records"):
        who, node = code[str(one["participant"])], plan.protocol.index[str(one["milestone"])]
        if not (plan.protocol.nodes[node].milestone or plan.protocol.nodes[node].windowed):
            continue
        if problem.timeline.state[who, node] != 0:
            continue
        basis = "recorded" if firm.bound[who, node] else "recommended"
        given = firm if firm.bound[who, node] else plan.given
        first, last = int(given.first[who, node]), int(given.last[who, node])
        if first <= last and given.bound[who, node]:
            rows.append(
                _row(
                    participant=one["participant"], kind="window", node=one["milestone"],
                    first=_stamp(first), last=_stamp(last), status=one["status"],
                    assumption=bool(one["assumption"]), sentence=one["assumption"], basis=basis,
                    source=str(plan.protocol.nodes[node].basis.source or ""),
                )
            )  # fmt: skip
    return rows


def _stamp(day: int) -> pd.Timestamp:
    return pd.Timestamp(day * 86400, unit="s")


def _duties(plan: "Plan") -> list[dict[str, object]]:
    basis = {rule.id: rule.basis for rule in plan.protocol.rules}
    rows = []
    firm = compute_duties(
        plan.problem,
        plan.recommended,
        dates_of(plan.problem, plan.recommended, recommended=False),
        plan._names,
    )
    both = [(firm, "recorded"), (plan.duties[plan.duties["basis"] == "recommended"], "recommended")]
    for frame, kind in both:
        for one in frame[frame["basis"] == kind].to_dict("records"):
            first = one["last"] if one["kind"] == "last_day" else one["first"]
            if first is pd.NaT:
                continue
            rule = str(one["rule"])
            rows.append(
                _row(
                    participant=one["participant"], kind=f"duty_{one['kind']}", node=one["milestone"],
                    rule=rule, event=one["event"], first=first, last=one["last"],
                    time=_time(one["time"]), assumption=bool(basis[rule].assumption),
                    source=str(basis[rule].source or ""), sentence=one["sentence"], basis=kind,
                )
            )  # fmt: skip
    return rows


def _queries(plan: "Plan") -> list[dict[str, object]]:
    """Open questions, on the last day of the window of the node that they matter to."""
    problem, rows = plan.problem, []
    firm = windows_given(problem, dates_of(problem, plan.recommended, recommended=False))
    basis = {rule.id: rule.basis for rule in plan.protocol.rules}
    code = {str(c): i for i, c in enumerate(plan.cohort.ids)}
    for one in plan.queries.to_dict("records"):
        who, node = code[str(one["participant"])], plan.protocol.index[str(one["milestone"])]
        given = firm if firm.bound[who, node] else plan.given
        if given.first[who, node] > given.last[who, node] or not given.bound[who, node]:
            continue
        day = _stamp(int(given.last[who, node]))
        rule = str(one["rule"]) if isinstance(one["rule"], str) else ""
        rows.append(
            _row(
                participant=one["participant"], kind="query", node=one["milestone"], rule=rule,
                event=f"{one['missing']} {one['item']}", first=day, last=day,
                assumption=bool(rule and basis[rule].assumption),
                source=str(basis[rule].source or "") if rule else "", sentence=one["sentence"],
                basis="recorded" if firm.bound[who, node] else "recommended",
            )
        )  # fmt: skip
    return rows
