"""The worklist's rows about bookings: those that cannot stand, and those that wait."""

from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.days import FAR
from scheduler.reasons.explaining import Explanation, explain_days
from scheduler.tables.bookings import FAILING
from scheduler.tables.worklist.looked import Looked, Todo, cited, minute_of
from scheduler.wording import todo as words


def moves(looked: Looked) -> Iterator[Todo]:
    """Bookings that cannot stand."""
    reasons = _reasons(looked)
    for row in looked.rows("bookings"):
        if row["state"] not in FAILING:
            continue
        day, step = row["date"], looked.label(row["milestone"])
        key = row["participant"], row["milestone"]
        why, source = reasons.get((*key, day), ("", ""))
        on_target = [_on_target(row, side) for side in ("before", "after")]
        yield Todo(
            looked.before(key[0], day), key[0], "move", step,
            words.move_text(step, day, minute_of(row["time"]), row["state"], looked.as_of),
            words.move_options(
                day, minute_of(row["same_day_from"]), row["permitted_before"],
                row["permitted_after"], on_target, looked.as_of,
            ),
            why, source, key[1],
        )  # fmt: skip


def _on_target(row: Mapping[str, Any], side: str) -> str:
    kept, of = (
        "" if value is None else str(value) for value in (row[f"on_target_{side}"], row["targets"])
    )
    return words.on_target_text(kept, of)


class _Reasons(dict[tuple[str, str, int], tuple[str, str]]):
    """The rule that forbids each booked day, in short words, and its source."""


def _reasons(looked: Looked) -> _Reasons:
    """Why booked days are forbidden: by the rule with the latest clear day, or a closed site."""
    rules = {rule.id: rule for rule in looked.protocol.rules}
    found = _Reasons()
    wanted = {
        (row["participant"], row["milestone"]): row["date"]
        for row in looked.rows("bookings")
        if row["state"] in FAILING
    }
    for row in looked.rows("blocked") if wanted else ():
        key = row["participant"], row["milestone"]
        day, first, last = wanted.get(key), row["first"], row["last"]
        if day is None or not (first == FAR or first <= day) or not day <= last:
            continue
        rule = rules[row["rule"]]
        event = looked.event(row["event"]) if row["event"] else ""
        why = " ".join(filter(None, (event, row["exposure_start"])))
        found.setdefault((*key, day), (words.short(why or rule.summary), cited(rule)))
    for row in looked.rows("schedule"):
        key = row["participant"], row["milestone"]
        if row["certainty"] == "closed" and key in wanted:
            found.setdefault((*key, wanted[key]), ("the site is closed", ""))
    left = [(*key, day) for key, day in wanted.items() if (*key, day) not in found]
    parts = {id(part): part for part in (looked.part(who) for who, _, _ in left)}
    for number, part in parts.items():  # those of one version of the protocol together
        mine = [booked for booked in left if id(looked.part(booked[0])) == number]
        asked = [
            (part.participants.index(who), part.protocol.index[node], day)
            for who, node, day in mine
        ]
        for booked, told in zip(mine, explain_days(part.problem, part.answer, asked), strict=True):
            found[booked] = _first_reason(looked, told)
    return found


def _first_reason(looked: Looked, told: Explanation) -> tuple[str, str]:
    """The first reason against a day, where no rule forbids it by itself."""
    if not told.reasons:
        return "does not fit the other bookings", ""
    first = told.reasons[0]
    sentence = first.sentence.partition(" (")[0]
    return words.short(looked.labelled(sentence)), first.source or (
        "assumption" if first.assumption else ""
    )


def waiting(looked: Looked) -> Iterator[Todo]:
    """Bookings that wait for an answer which no single question would give."""
    names = {event.name: event.label for event in looked.protocol.events}
    names |= {rule.id: rule.summary or rule.id for rule in looked.protocol.rules}
    told = {
        (row["participant"], row["milestone"])
        for row in looked.rows("queries")
        if row["helps"] in ("frees", "saves")
    }
    for row in looked.rows("bookings"):
        key = row["participant"], row["milestone"]
        if row["state"] != "waits_for_answer" or key in told:
            continue
        step = looked.label(row["milestone"])
        yield Todo(
            looked.before(key[0], row["date"]), key[0], "ask", step,
            f"Ask about {step}, booked {looked.said(row['date'])}", "",
            words.short(words.needs_text(row["needs"], names)), "", key[1],
        )  # fmt: skip
