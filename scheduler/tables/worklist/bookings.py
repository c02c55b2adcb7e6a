"""The worklist's rows about bookings: those that cannot stand, and those that wait."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from scheduler.days import FAR
from scheduler.reasons.explaining import explain
from scheduler.tables.worklist.looked import Looked, Todo, cited, day_in, minute_of
from scheduler.wording import todo as words


def moves(looked: Looked) -> Iterator[Todo]:
    """Bookings that cannot stand."""
    reasons = _reasons(looked)
    for row in looked.rows("bookings"):
        if row["state"] not in ("not_permitted", "does_not_fit"):
            continue
        day, step = day_in(row["date"]), looked.label(row["milestone"])
        key = str(row["participant"]), str(row["milestone"])
        why, source = reasons.get((*key, day), ("", ""))
        on_target = [_on_target(row, side) for side in ("before", "after")]
        yield Todo(
            looked.before(key[0], day), key[0], "move", step,
            words.move_text(step, day, minute_of(row["time"]), str(row["state"]), looked.as_of),
            words.move_options(
                day, minute_of(row["same_day_from"]), day_in(row["permitted_before"]),
                day_in(row["permitted_after"]), on_target, looked.as_of,
            ),
            why, source,
        )  # fmt: skip


def _on_target(row: Mapping[str, Any], side: str) -> str:
    kept, of = (
        "" if pd.isna(value) else str(value) for value in (row[f"on_target_{side}"], row["targets"])
    )
    return words.on_target_text(kept, of)


class _Reasons(dict[tuple[str, str, int], tuple[str, str]]):
    """The rule that forbids each booked day, in short words, and its source."""


def _reasons(looked: Looked) -> _Reasons:
    """Why booked days are forbidden: by the rule with the latest clear day, or a closed site."""
    rules = {rule.id: rule for rule in looked.protocol.rules}
    found = _Reasons()
    bookings = looked.frames["bookings"]
    failing = bookings[bookings["state"].isin(["not_permitted", "does_not_fit"])]
    wanted = {
        (str(row.participant), str(row.milestone)): day_in(row.date) for row in failing.itertuples()
    }
    blocked = looked.frames["blocked"]
    some = blocked[blocked["participant"].astype(str).isin([who for who, _ in wanted])]
    for row in some.itertuples():
        key = str(row.participant), str(row.milestone)
        day = wanted.get(key)
        first, last = day_in(row.first), day_in(row.last)
        if day is None or not (first == FAR or first <= day) or not day <= last:
            continue
        rule = rules[str(row.rule)]
        event = looked.event(str(row.event)) if row.event else ""
        why = " ".join(filter(None, (event, str(row.exposure_start or ""))))
        found.setdefault((*key, day), (words.short(why or rule.summary), cited(rule)))
    for schedule_row in looked.frames["schedule"].itertuples():
        key = str(schedule_row.participant), str(schedule_row.milestone)
        if schedule_row.certainty == "closed" and key in wanted:
            found.setdefault((*key, wanted[key]), ("the site is closed", ""))
    for key, day in wanted.items():
        if (*key, day) not in found:
            found[(*key, day)] = _explained(looked, *key, day)
    return found


def _explained(looked: Looked, who: str, node: str, day: int) -> tuple[str, str]:
    """The first reason against a day, where no rule forbids it by itself."""
    part = looked.part(who)
    index = part.protocol.index[node]
    told = explain(part.problem, part.answer, part.participants.index(who), index, day)
    if not told.reasons:
        return "does not fit the other bookings", ""
    first = told.reasons[0]
    sentence = first.sentence.partition(" (")[0]
    return words.short(looked.labelled(sentence)), first.source or (
        "assumption" if first.assumption else ""
    )


def waiting(looked: Looked) -> Iterator[Todo]:
    """Bookings that wait for an answer which no single question would give."""
    queries = looked.frames["queries"]
    helped = queries[queries["helps"].isin(["frees", "saves"])]
    names = {event.name: event.label for event in looked.protocol.events}
    names |= {rule.id: rule.summary or rule.id for rule in looked.protocol.rules}
    told = set(zip(helped["participant"].astype(str), helped["milestone"].astype(str), strict=True))
    for row in looked.rows("bookings"):
        key = str(row["participant"]), str(row["milestone"])
        if row["state"] != "waits_for_answer" or key in told:
            continue
        step = looked.label(row["milestone"])
        yield Todo(
            looked.before(key[0], day_in(row["date"])), key[0], "ask", step,
            f"Ask about {step}, booked {looked.said(day_in(row['date']))}", "",
            words.short(words.needs_text(str(row["needs"]), names)), "",
        )  # fmt: skip
