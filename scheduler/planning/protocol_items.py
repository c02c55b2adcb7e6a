"""What the items of a protocol say, aspect by aspect, so that two versions can be compared."""

from collections.abc import Iterable, Mapping

from scheduler.days import clock_text, iso
from scheduler.protocol import (
    Activity,
    Attributes,
    Basis,
    ExpiringTest,
    Gap,
    Milestone,
    Protocol,
    Rule,
    Task,
    Visit,
)
from scheduler.wording.forms import days_text, listing, weekdays_text

Aspects = Mapping[str, str]


def items_of(protocol: Protocol, section: str) -> Iterable[tuple[str, Aspects]]:
    """The items of a section by name, each with what it says."""
    if section == "protocol":
        return [("", _head(protocol))]
    if section == "event":
        return [
            (e.name, {"label": e.label, "kind": "point" if e.point else "course"})
            for e in protocol.events
        ]
    if section == "milestone":
        return [(m.name, _milestone(m)) for m in protocol.milestones]
    if section == "gap":
        return _gaps(protocol)
    if section == "visit":
        return [(v.name, _visit(v)) for v in protocol.visits]
    if section == "rule":
        return [(r.id, _rule(r)) for r in protocol.rules if r.test is None]
    if section == "test":
        return [(t.id, _test(t)) for t in protocol.tests]
    if section == "agent":
        return [(a.name, {"half-life": a.text, **_basis(a.basis)}) for a in protocol.agents]
    if section == "activity":
        return [(a.name, _activity(a)) for a in protocol.activities]
    if section == "task":
        return [(t.name, _task(t)) for t in protocol.tasks]
    return [
        (c.id, {"summary": c.summary, "source": str(c.source or "")}) for c in protocol.checklist
    ]


def _head(protocol: Protocol) -> Aspects:
    study = protocol.study
    return {
        "protocol": protocol.id,
        "title": protocol.title,
        "version": protocol.version,
        "date": protocol.date.isoformat(),
        "timezone": protocol.timezone,
        "boundary": "inclusive" if protocol.inclusive else "exclusive",
        "opens": iso(study.first_day),
        "closes": iso(study.last_day),
        "enrollment": "" if study.enrollment is None else str(study.enrollment),
    }


def _milestone(milestone: Milestone) -> Aspects:
    zero = {None: "", True: "Day 0", False: "Day 1"}[milestone.day_zero]
    return {
        "label": milestone.label,
        **_when(milestone),
        "counted as": zero,
        "optional": "yes" if milestone.optional else "",
    }


def _when(node: Milestone | Visit) -> Aspects:
    return {
        "time": "" if node.at is None else clock_text(node.at),
        "days": "any day" if node.any_day else weekdays_text(node.weekdays) or "open days",
        "minutes": "" if node.minutes is None else str(node.minutes),
        "activities": ", ".join(node.at_visit.activities),
        "place": node.at_visit.place,
        "phase": node.at_visit.phase,
    }


def _gaps(protocol: Protocol) -> list[tuple[str, Aspects]]:
    """Gaps by their ends; a further one between the same ends gets a number."""
    found: list[tuple[str, Aspects]] = []
    counts: dict[str, int] = {}
    for gap in protocol.gaps:
        counts[gap.id] = counts.get(gap.id, 0) + 1
        number = f" ({counts[gap.id]})" if counts[gap.id] > 1 else ""
        found.append((f"{gap.id}{number}", _gap(gap)))
    return found


def _gap(gap: Gap) -> Aspects:
    return {
        "at least": str(gap.min or ""),
        "at most": str(gap.max or ""),
        "usual": str(gap.usual or ""),
        "condition": _condition(gap.only),
        **_basis(gap.basis),
    }


def _visit(visit: Visit) -> Aspects:
    window, repeat = visit.window, visit.repeat
    return {
        "label": visit.label,
        "anchor": f"{'after' if visit.after else 'before'} {visit.anchor}",
        "target": str(visit.target),
        "window before": str(window.before) if window else "unknown",
        "window after": str(window.after) if window else "unknown",
        "repeat": f"every {repeat.every}, {repeat.times} times" if repeat else "",
        **_when(visit),
        "optional": "yes" if visit.optional else "",
        "condition": _condition(visit.only),
        **_basis(visit.basis),
    }


def _activity(activity: Activity) -> Aspects:
    return {
        "label": activity.label,
        "minutes": "" if activity.minutes is None else str(activity.minutes),
        "condition": _condition(activity.only),
        "source": str(activity.source or ""),
    }


def _task(task: Task) -> Aspects:
    return {
        "label": task.label,
        "due": str(task.due),
        "anchor": f"{'after' if task.after else 'before'} {task.anchor}",
        "owner": task.owner,
        "condition": _condition(task.only),
        **_basis(task.basis),
    }


def _rule(rule: Rule) -> Aspects:
    until = f" until {rule.until}" if rule.until else ""
    ages = [f"from {rule.age_min}"] if rule.age_min else []
    ages += [f"through {rule.age_max}"] if rule.age_max else []
    boundary = ""
    if rule.length is not None:
        boundary = "inclusive" if rule.inclusive else "at least" if rule.clear else "exclusive"
    return {
        "summary": rule.summary,
        "events": listing(rule.events) if rule.events else "",
        "form": rule.form.value.replace("_", " "),
        "anchor": f"{rule.node}{until}",
        "at least": _amount(rule, rule.at_least),
        "at most": _amount(rule, rule.at_most),
        "pauses": days_text(rule.pauses) if rule.pauses else "",
        "duration": str(rule.length or ""),
        "boundary": boundary,
        "exceptions": _condition(rule.exempt),
        "condition": _condition(rule.only),
        "judgement": "investigator" if rule.judgement else "",
        "age": " ".join(ages),
        **_basis(rule.basis),
    }


def _test(test: ExpiringTest) -> Aspects:
    return {
        "label": test.label,
        "for": ", ".join(test.nodes),
        "valid": str(test.valid),
        "not before": test.not_before,
        "repeatable": "yes" if test.repeatable else "no",
        "condition": _condition(test.only),
        **_basis(test.basis),
    }


def _amount(rule: Rule, number: int | None) -> str:
    """A bound of a rule that counts (whole days: one that adds up)."""
    if number is None:
        return ""
    return days_text(number) if rule.traits.in_days else str(number)


def _condition(only: Attributes) -> str:
    return ", ".join(f"{name} {listing(values)}" for name, values in only.items())


def _basis(basis: Basis) -> Aspects:
    source = basis.source
    phrase = f', "{source.phrase}"' if source and source.phrase else ""
    return {"source": f"{source}{phrase}" if source else "", "assumption": basis.assumption}
