"""The worklist: one row a thing that a person must do, most urgent first.

It is made of the plan's other tables and says nothing that they do not say.
Source: docs/contract.md (what `plan` writes); docs/reports.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from scheduler.days import FAR, iso
from scheduler.tables.columns import category, date_column, text_column
from scheduler.tables.frames import Frame, YesNo
from scheduler.tables.worklist.bookings import moves, waiting
from scheduler.tables.worklist.looked import IDS, SOON, Looked, Todo, cited, minute_of
from scheduler.tables.worklist.papers import tasks_due
from scheduler.wording import todo as words
from scheduler.wording.said_days import days_said

KINDS = (
    "move", "ask", "decide", "record", "closing", "book", "prepare", "explain_deviation",
)  # fmt: skip
COMING = 14  # days ahead: a step to book is coming
OPTIONS = 3
_LEFT = ("complete", "withdrawn", "screen_failed")


def todo_frame(looked: Looked) -> Frame:
    """One row a thing to do: those of participants who have begun first, the most urgent on top.

    Somebody has begun when the protocol's first milestone is done; the others' rows stand last.
    Above all stands, of nobody, that there is no history: every other row rests on it.
    """
    begun = looked.begun
    rank = {kind: place for place, kind in enumerate(KINDS)}
    place = {code: number for number, code in enumerate(looked.people)}
    sites = {"": ("", "")} | dict(looked.sites)
    makers: tuple[Callable[[Looked], Iterator[Todo]], ...] = (
        moves, waiting, _questions, _stuck, _records, _bookable, _last_days, tasks_due, _tests,
        _deviations,
    )  # fmt: skip
    tasks = [task for make in makers for task in make(looked)]
    tasks.sort(
        key=lambda t: (
            t.participant not in begun, t.act_by, rank[t.kind], place[t.participant], t.what,
        )
    )  # fmt: skip
    if looked.no_history:
        tasks.insert(0, Todo(looked.as_of, "", "record", "", *words.NO_HISTORY, ""))
    columns: list[tuple[Any, ...]] = list(zip(*tasks, strict=True)) or [()] * len(Todo._fields)
    act_by, people, kinds, *texts = columns
    said, ids = texts[: -len(IDS)], texts[-len(IDS) :]
    return Frame(
        {
            "act_by": date_column(np.array(act_by, np.int64)),
            "participant": category(people, looked.people),
            "site": text_column(sites[who][0] for who in people),
            "kind": category(kinds, KINDS),
            **{
                name: text_column(days_said(text, looked.as_of) for text in column)
                for name, column in zip(Todo._fields[3 : -len(IDS)], said, strict=True)
            },
            "begun": YesNo(np.array([not who or who in begun for who in people], bool)),
            **{name: text_column(column) for name, column in zip(IDS, ids, strict=True)},
        }
    )


def _questions(looked: Looked) -> Iterator[Todo]:
    """Facts and decisions whose answer changes a day or saves a booking, each once."""
    rules = {rule.id: rule for rule in looked.protocol.rules}
    booked = {
        (row["participant"], row["milestone"]): looked.before(row["participant"], row["date"])
        for row in looked.rows("bookings")
        if row["state"] == "waits_for_answer"
    }
    last = _last_days_of_windows(looked)
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in looked.rows("queries"):
        if row["missing"] != "date" and row["helps"] != "nothing":
            kind = "decision" if row["missing"] == "decision" else "fact"
            groups.setdefault((row["participant"], kind, row["item"]), []).append(row)
    for (who, kind, _), rows in groups.items():
        row = min(rows, key=lambda r: booked.get((who, r["milestone"]), FAR))
        key = who, row["milestone"]
        step, rule = looked.label(key[1]), rules.get(row["rule"])
        by = min(booked.get(key, FAR), last.get(key, FAR))
        what = _subject(looked, row, rule)
        then = row["earliest_if_clear"]
        silent = rule is not None and row["missing"] == "start" and row["item"] == _events(rule)
        text = words.ask_text("any" if silent else row["missing"], what, step)
        if kind == "decision":
            text = words.decide_text(what, step)
        yield Todo(
            by, who, "decide" if kind == "decision" else "ask", step, words.short(text),
            f"{step} from {looked.said(then)} at best" if then < FAR else "",
            "a booking waits for it" if row["helps"] == "saves" else "frees days",
            "" if rule is None else cited(rule), key[1],
        )  # fmt: skip


def _subject(looked: Looked, row: Mapping[str, Any], rule: Any) -> str:
    """What a question is about, by its label: `Pregnancy (2029-03)`."""
    if row["missing"] == "decision" and rule is not None:
        return ", ".join(looked.event(name) for name in rule.events) or str(rule.summary)
    item = str(row["item"])
    if rule is not None and item == _events(rule):
        return ", ".join(looked.event(name) for name in rule.events)
    head, _, rest = item.partition(" ")
    if head in looked.protocol.event_index:
        return f"{looked.event(head)} ({rest})" if rest else looked.event(head)
    return item


def _events(rule: Any) -> str:
    """The events of a rule as a question names them of which nothing is recorded."""
    return ", ".join(rule.events)


def _last_days_of_windows(looked: Looked) -> dict[tuple[str, str], int]:
    """The last day of each open step's window, where something bounds it before the study ends."""
    closes = looked.protocol.study.last_day
    return {
        (row["participant"], row["milestone"]): row["last"]
        for row in looked.rows("schedule")
        if row["status"] in ("booked", "planned", "none") and row["last"] < closes
    }


def _stuck(looked: Looked) -> Iterator[Todo]:
    """Participants who have begun and for whom no schedule is left."""
    begun, steps = looked.begun, looked.next_steps
    reasons: dict[str, str] = {}
    for row in looked.rows("conflicts"):
        reasons.setdefault(row["participant"], row["detail"])
    for row in looked.rows("summary"):
        who = row["participant"]
        if row["state"] != "no_schedule" or who not in begun:
            continue
        why = reasons.get(who, "")
        step = looked.label(steps[who]) if who in steps else "the next step"
        yield Todo(
            looked.as_of, who, "decide", step, words.short(words.stuck_text(step)), "",
            words.short(looked.labelled(why.partition(" (")[0])), "", steps.get(who, ""),
        )  # fmt: skip


def _records(looked: Looked) -> Iterator[Todo]:
    """Dates that nobody has recorded: overdue, unrecorded, bookings that have passed."""
    for row in looked.rows("schedule"):
        if row["status"] in ("overdue", "unrecorded"):
            step = looked.label(row["milestone"])
            closed = looked.said(row["last"]) if row["last"] < FAR else "before"
            yield Todo(
                looked.as_of, row["participant"], "record", step,
                words.short(words.record_text(row["status"], step, "", closed)), "", "", "",
                row["milestone"],
            )  # fmt: skip
    for row in looked.rows("bookings"):
        if row["state"] == "past":
            yield _passed(looked, row, looked.said(row["date"]))
    for row in looked.rows("unscheduled"):
        if row["state"] == "past":
            said = looked.said(row["date"], minute_of(row["time"]))
            yield _passed(looked, row, said, f"{iso(row['date'])} {row['time']}".strip())


def _passed(looked: Looked, row: Mapping[str, Any], said: str, day: str = "") -> Todo:
    """A booking whose day has passed, and nobody recorded what became of it."""
    step = looked.label(row["milestone"])
    return Todo(
        looked.as_of, row["participant"], "record", step,
        words.short(words.record_text("past", step, said, "")), "done, missed or moved",
        "the day has passed", "", row["milestone"], day=day,
    )  # fmt: skip


def _bookable(looked: Looked) -> Iterator[Todo]:
    """The next step of everybody who has begun and has no booking for it."""
    begun, steps = looked.begun, looked.next_steps
    runs = _permitted_runs(looked, {(who, node) for who, node in steps.items() if who in begun})
    for row in looked.rows("schedule"):
        who, node = row["participant"], row["milestone"]
        mine = runs.get((who, node), [])
        if row["status"] != "planned" or who not in begun or steps.get(who) != node or not mine:
            continue
        first, last = mine[0][0], min(mine[-1][1], row["last"])
        if first > looked.as_of + COMING:
            continue
        step, closing = looked.label(node), last <= looked.as_of + SOON
        yield Todo(
            last if last < looked.protocol.study.last_day else FAR, who,
            "closing" if closing else "book", step,
            words.short(words.book_text(step, looked.said(last), closing)),
            "; ".join(looked.said(day) for day in _first_days(mine)), "no booking", "", node,
        )  # fmt: skip


def _permitted_runs(
    looked: Looked, steps: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """The runs of permitted days by participant and step, of some of these."""
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    table = looked.frames["windows"]  # by far the longest of all
    people, nodes = table.words("participant"), table.words("milestone")
    place = {code: number for number, code in enumerate(people)}
    wanted = [place[who] * len(nodes) + nodes.index(node) for who, node in steps]
    key = table.codes("participant").astype(np.int64) * len(nodes) + table.codes("milestone")
    some = table.take(np.flatnonzero(np.isin(key, wanted)))
    columns = some.pairs("participant", "milestone", "certainty", "first", "last")
    for who, node, certainty, first, last in columns:
        if certainty == "permitted":
            found.setdefault((who, node), []).append((first, last))
    return found


def _first_days(runs: Iterable[tuple[int, int]]) -> list[int]:
    """The first days of runs, at most OPTIONS of them."""
    days: list[int] = []
    for first, last in runs:
        days += range(first, min(last, first + OPTIONS) + 1)
        if len(days) >= OPTIONS:
            break
    return days[:OPTIONS]


def _last_days(looked: Looked) -> Iterator[Todo]:
    """Last days, in the coming days, before a date that is booked; one row a day, time and step."""
    groups: dict[tuple[str, str, int, str], list[dict[str, Any]]] = {}
    for row in looked.rows("duties"):
        day = row["last"]
        ahead = looked.as_of <= day <= looked.as_of + SOON
        if row["kind"] == "last_day" and row["basis"] == "recorded" and ahead:
            key = row["participant"], row["milestone"], day, row["time"]
            groups.setdefault(key, []).append(row)
    rules = {rule.id: rule for rule in looked.protocol.rules}
    for (who, node, day, at), rows in groups.items():
        events = list(dict.fromkeys(looked.event(row["event"]) for row in rows))
        step = looked.label(node)
        yield Todo(
            day, who, "prepare", step,
            words.short(words.prepare_text(" and ".join(events), step, looked.said(day), at)),
            "", str(rows[0]["rests_on"]), cited(rules[str(rows[0]["rule"])]), node,
        )  # fmt: skip


def _tests(looked: Looked) -> Iterator[Todo]:
    """Tests to make, or make again, before a booked step, and those that lack a record."""
    tests = {test.id: test for test in looked.protocol.tests}
    booked = {
        (row["participant"], row["milestone"]): row["date"]
        for row in looked.rows("schedule")
        if row["status"] == "booked"
    }
    for row in looked.rows("tests") if tests else ():
        key, test = (row["participant"], row["node"]), tests[row["test"]]
        if row["state"] == "unrecorded":
            step = looked.label(key[1])
            yield Todo(
                booked.get(key, FAR), key[0], "record", step,
                words.short(f"{test.label}: record when it was done"),
                "", words.unrecorded_why(step), cited(test), key[1], test.id,
            )  # fmt: skip
        if key not in booked or row["state"] not in ("due", "repeat"):
            continue
        first, last, step = row["repeat_first"], row["repeat_last"], looked.label(row["node"])
        text = words.test_text(
            test.label, row["state"], looked.said(first), looked.said(last), first == last
        )
        yield Todo(
            last, key[0], "book", step, words.short(text), "",
            f"{step} is booked for {looked.said(booked[key])}", cited(test), key[1], test.id,
        )  # fmt: skip


def _deviations(looked: Looked) -> Iterator[Todo]:
    """Recorded dates that broke something, each once, unless a note stands beside the date."""
    told: set[tuple[str, str]] = set()
    rules = {rule.id: rule for rule in looked.protocol.rules}
    for row in looked.rows("deviations"):
        key = row["participant"], row["milestone"]
        if key in told or looked.notes.get(key):
            continue
        told.add(key)
        out = row["days_out"]
        step, rule = looked.label(key[1]), rules.get(row["rule"])
        yield Todo(
            FAR, key[0], "explain_deviation", step,
            words.short(words.deviation_text(step, looked.said(row["date"]), out)),
            "write a note beside the date",
            words.short(row["rule"] if rule is None else rule.summary or rule.id),
            "" if rule is None else cited(rule), key[1],
        )  # fmt: skip
