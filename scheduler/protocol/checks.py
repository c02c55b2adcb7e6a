"""Checks across a protocol file: names, forms of rules, circles, bounds that cannot meet."""

from collections.abc import Iterator

from scheduler.days import MINUTES_A_DAY, Term
from scheduler.errors import FaultList
from scheduler.protocol.activity_file import check_activities
from scheduler.protocol.building import events_of
from scheduler.protocol.checks_of_gaps import check_birth, check_ends, check_gap
from scheduler.protocol.checks_of_tests import check_tests
from scheduler.protocol.durations import LONGEST_YEARS
from scheduler.protocol.forms import TRAITS, WAYS, form_of
from scheduler.protocol.names import DeclaredNames, check_only, check_unique, declared
from scheduler.protocol.nodes import STUDY_CLOSES, STUDY_OPENS
from scheduler.protocol.parts import length_in
from scheduler.protocol.task_file import check_tasks
from scheduler.yaml_text.kinds import Fields, ReadValue
from scheduler.yaml_text.records import KeyForm

_SECTIONS = (
    "gaps",
    "visits",
    "rules",
    "tests",
    "agents",
    "activities",
    "tasks",
    "checklist",
    "notes",
)
_FORM_KEYS = tuple(dict.fromkeys(key for form in WAYS for key in form.keys))
_FORM_EXTRAS = ("except", "judgement", "boundary", "pauses")
_HEADS = ("forbid", "require", "count", "total", "age")


def check(top: Fields, faults: FaultList) -> None:
    """Reports what no single value shows."""
    names = declared(top, faults)
    _check_ids(top, names, faults)
    _check_study(top, faults)
    _check_day_zero(top, faults)
    for item in top.items_of("gaps"):
        check_gap(item, names, faults)
    for item in top.items_of("visits"):
        _check_visit(item, names, faults)
    _check_circles(top, faults)
    for item in top.items_of("rules"):
        _check_rule(item, names, faults)
    check_tests(top, names, faults)
    check_tasks(top, names, faults)
    check_activities(top, names, faults)
    for section in _SECTIONS:
        for item in top.items_of(section):
            names.document(item.value)
    if "study" in top and top["study"].ok:
        names.document(top["study"].value)
    if faults.clean:
        _warn_unused(names, faults)


def _ids(top: Fields, section: str) -> Iterator[ReadValue]:
    for item in top.items_of(section):
        if isinstance(item.value.get("id"), ReadValue) and item.value["id"].value:
            yield item.value["id"]


def _check_ids(top: Fields, names: DeclaredNames, faults: FaultList) -> None:
    milestones = [ReadValue(n, f.line, f.path) for n, f in (names.milestones or Fields()).items()]
    check_unique([*milestones, *_ids(top, "visits"), *_ids(top, "tasks")], "name", faults)
    check_unique(_ids(top, "rules"), "rule id", faults)
    check_unique(_ids(top, "checklist"), "checklist id", faults)
    for rule in top.items_of("rules"):
        check_unique((item for item in events_of(rule.value) if item.ok), "event", faults)


def _check_study(top: Fields, faults: FaultList) -> None:
    study = top.get_value("study", Fields())
    opens, closes = (study.get_value(key) for key in ("opens", "closes"))
    if opens and closes and closes < opens:
        found = study["closes"]
        message = f"found {closes}, expected a date on or after the opening on {opens}"
        faults.in_line("P125", found.line, found.path, message)


def _check_day_zero(top: Fields, faults: FaultList) -> None:
    marked = [m.value["day_zero"] for m in top.items_of("milestones") if "day_zero" in m.value]
    for found in marked[1:]:
        message = f"found a second day_zero, the first is in line {marked[0].line}"
        message += "; expected one milestone that study days count from"
        faults.in_line("P126", found.line, found.path, message)


def _check_visit(item: ReadValue, names: DeclaredNames, faults: FaultList) -> None:
    visit: Fields = item.value
    check_only(visit, faults)
    for key in ("after", "before"):
        tip = "hang it off a milestone, or write a gap"
        names.node(visit.get(key), fixed=False, tip=tip, birth=key == "after")
    repeat = visit.get_value("repeat", Fields())
    window = visit.get_value("window")
    sides = window if isinstance(window, Fields) else Fields()
    places = [(visit, "target"), (sides, "before"), (sides, "after"), (repeat, "every")]
    check_birth(visit.get("after"), places, faults)
    every, times, target = (
        repeat.get_value("every"),
        repeat.get_value("times"),
        visit.get_value("target"),
    )
    if every is None or times is None:
        return
    step = every.offset
    if not (step.months or step.days or step.minutes or step.working):
        found = repeat["every"]
        message = f"found {every.text}, expected a duration of more than 0"
        faults.in_line("P104", found.line, found.path, message)
    elif target is not None:
        last = target.offset + step.times(times - 1)
        days = last.days + last.working + last.minutes / MINUTES_A_DAY
        years = last.months / 12 + days / 365
        if years > LONGEST_YEARS:
            message = f"found a last occurrence {years:.0f} years from the anchor, expected at most"
            message = f"{message} {LONGEST_YEARS}"
            faults.in_line("P104", repeat["times"].line, repeat["times"].path, message)


def _check_circles(top: Fields, faults: FaultList) -> None:
    anchors: dict[str, ReadValue] = {}
    for item in top.items_of("visits"):
        visit: Fields = item.value
        anchor = visit.get("after") or visit.get("before")
        if "id" in visit and anchor is not None and anchor.ok:
            anchors[visit["id"].value] = anchor
    done: set[str] = set()
    for start in anchors:
        walk: list[str] = []
        name = start
        while name in anchors and name not in done:
            done.add(name)
            walk.append(name)
            name = anchors[name].value.partition("#")[0]
        if name in walk:
            circle = walk[walk.index(name) :]
            found = anchors[circle[0]]
            chain = ", ".join(
                f"{a} off {b}" for a, b in zip(circle, [*circle[1:], name], strict=True)
            )
            message = (
                f"found visits that hang in a circle ({chain}), expected a milestone at the end"
            )
            faults.in_line("P120", found.line, found.path, message)


def _check_rule(item: ReadValue, names: DeclaredNames, faults: FaultList) -> None:
    rule: Fields = item.value
    check_only(rule, faults)
    _check_form(rule, item, faults)
    for found in events_of(rule):
        names.event(found)
    for key in ("before", "after", "around", "at", "ever_before"):
        tip = "the study's own dates bound only gaps and from .. until"
        names.node(rule.get(key), fixed=False, tip=tip)
    ends = [names.node(rule.get(key), fixed=True) for key in ("from", "until")]
    if all(ends) and check_ends(rule["from"], rule["until"], faults):
        for key, wrong, right in (("from", STUDY_CLOSES, "until"), ("until", STUDY_OPENS, "from")):
            if rule[key].value == wrong:
                message = f"found {wrong} at {key}, expected it at {right}"
                faults.in_line("P121", rule[key].line, rule[key].path, message)
    age = rule.get_value("age", Fields())
    low, high = age.get_value("min"), age.get_value("max")
    if low and high and _days(low) > _days(high):
        message = f"found min {low} and max {high}, expected a min of at most the max"
        faults.in_line("P119", age["min"].line, age["min"].path, message)


def _days(age: Term) -> float:
    """About how many days an age is: the same units compare exactly, others near enough."""
    return age.months * 30.4375 + age.days


def _check_form(rule: Fields, item: ReadValue, faults: FaultList) -> None:
    keys = [key for key in _FORM_KEYS if key in rule]
    form = next((form for form in WAYS if set(form.keys) == set(keys)), None)
    if form is None:
        message = f"found {', '.join(keys) or 'no form'}, expected the keys of exactly one form"
        faults.in_line("P117", item.line, item.path, message, _form_way_out(set(keys)))
        return
    _check_terms(rule, form, faults)
    for key in _FORM_EXTRAS:
        if key in rule and key not in form.may:
            message = f"found {key}, which has no meaning beside {', '.join(form.keys)}"
            way_out = "clear is always exclusive" if "clear" in keys else ""
            faults.in_line("P117", rule[key].line, rule[key].path, message, way_out)


def _check_terms(rule: Fields, form: KeyForm, faults: FaultList) -> None:
    """Reports hours in the duration of a form that adds up days, and beside pauses of days."""
    traits = TRAITS[form_of(set(form.keys))]
    for key in ("within", "covering"):
        length = length_in(rule, key) if key in rule and rule[key].ok else None
        if length is None or not length.elapsed or not (traits.whole_days or "pauses" in rule):
            continue
        beside = "pauses" if "pauses" in rule else form.keys[0]
        message = f"found {length}, expected days, weeks, months or years"
        way_out = f"state it in days beside {beside}, which counts days"
        faults.in_line("P133", rule[key].line, rule[key].path, message, way_out)


def _form_way_out(keys: set[str]) -> str:
    if keys == {"forbid", "clear", "after"}:
        return "after a node write within and boundary: exclusive"
    heads = [key for key in _HEADS if key in keys]
    if not heads:
        return f"a rule begins with one of {', '.join(_HEADS)}"
    if len(heads) > 1:
        return f"one rule says one thing; write a rule for each of {' and '.join(heads)}"
    mine = [form for form in WAYS if heads[0] in form.keys]
    wider: list[KeyForm] = [form for form in mine if set(form.keys) > keys]
    if wider:
        return "add " + ", or ".join(
            " and ".join(key for key in form.keys if key not in keys) for form in wider
        )
    if any(set(form.keys) < keys for form in mine):
        return "one rule says one thing; write a second rule for the other"
    return f"the forms with {heads[0]} are " + "; ".join(form.example for form in mine)


def _warn_unused(names: DeclaredNames, faults: FaultList) -> None:
    for name, found in (names.events or Fields()).items():
        if name not in names.used_events:
            message = "declared, but no rule names it"
            faults.in_line("P150", found.line, found.path, message)
