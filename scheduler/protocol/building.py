"""From the checked fields of a protocol file to the model; nothing here can fail."""

from scheduler.days import date_of, parse_date
from scheduler.protocol.activity_file import activity_of, at_visit
from scheduler.protocol.expiring import ExpiringTest
from scheduler.protocol.forms import OF_TESTS, TRAITS, form_of
from scheduler.protocol.model import Protocol
from scheduler.protocol.nodes import occurrence_name, occurrences
from scheduler.protocol.parts import attributes_of, basis_of, length_of, readable, source_of
from scheduler.protocol.records import (
    Agent,
    ChecklistItem,
    Document,
    Event,
    Gap,
    Milestone,
    Note,
    Repeat,
    Rule,
    StudyPeriod,
    Visit,
    Window,
)
from scheduler.protocol.scalars import WEEKDAYS
from scheduler.protocol.task_file import task_of
from scheduler.yaml_text.kinds import Fields, ReadValue


def build(top: Fields) -> Protocol:
    """The protocol that a file without faults states."""
    inclusive = top.get_value("boundary", "inclusive") == "inclusive"
    visits = tuple(_visit(found) for found in top.items_of("visits"))
    tests = tuple(_test(found, visits) for found in top.items_of("tests"))
    rules = [_rule(found, inclusive) for found in top.items_of("rules")]
    rules += [_rule_of(test, node) for test in tests for node in test.nodes]
    return Protocol(
        id=top["protocol"].value,
        title=top["title"].value,
        version=top["version"].value,
        date=date_of(day_number(top["date"].value)),
        timezone=top["timezone"].value,
        study=_study(top["study"]),
        milestones=tuple(_milestone(n, f.value) for n, f in top["milestones"].value.items()),
        inclusive=inclusive,
        documents=tuple(_document(name, f.value) for name, f in _table(top, "sources")),
        events=tuple(_event(name, f.value) for name, f in _table(top, "events")),
        gaps=tuple(_gap(found) for found in top.items_of("gaps")),
        visits=visits,
        rules=tuple(rules),
        tests=tests,
        agents=tuple(_agent(name, found) for name, found in _table(top, "agents")),
        activities=tuple(activity_of(found) for found in top.items_of("activities")),
        tasks=tuple(task_of(found) for found in top.items_of("tasks")),
        checklist=tuple(
            ChecklistItem(f.value["id"].value, f.value["summary"].value, source_of(f.value))
            for f in top.items_of("checklist")
        ),
        notes=tuple(
            Note(f.value["about"].value, f.value["text"].value, source_of(f.value))
            for f in top.items_of("notes")
        ),
    )


def day_number(text: str) -> int:
    """The day number of a date that has been checked."""
    found = parse_date(text)
    assert found is not None
    return found.first


def _table(top: Fields, key: str) -> list[tuple[str, ReadValue]]:
    return list(top.get_value(key, Fields()).items())


def _study(found: ReadValue) -> StudyPeriod:
    study: Fields = found.value
    opens, closes = day_number(study["opens"].value), day_number(study["closes"].value)
    return StudyPeriod(opens, closes, study.get_value("enrollment"), basis_of(found))


def _document(key: str, fields: Fields) -> Document:
    date, url = fields.get_value("date", ""), fields.get_value("url", "")
    return Document(key, fields["document"].value, date, url)


def _event(name: str, fields: Fields) -> Event:
    label = fields.get_value("label", readable(name))
    return Event(name, fields["kind"].value == "point", label)


def _milestone(name: str, fields: Fields) -> Milestone:
    return Milestone(
        name,
        fields.get_value("label", readable(name)),
        fields.get_value("at"),
        fields.get_value("days") == "any",
        fields.get_value("day_zero"),
        fields.get_value("optional", False),
        _weekdays(fields),
        fields.get_value("minutes"),
        at_visit(fields),
    )


def _weekdays(fields: Fields) -> tuple[int, ...]:
    """The weekdays that a node is held to, rising; none where it may be on any."""
    days = fields.get_value("days", ())
    listed = () if isinstance(days, str) else days
    return tuple(sorted({WEEKDAYS.index(found.value) for found in listed}))


def _gap(found: ReadValue) -> Gap:
    gap: Fields = found.value
    keys = ("min", "max", "usual")
    low, high, usual = (length_of(gap[k].value) if k in gap else None for k in keys)
    only = attributes_of(gap, "only")
    return Gap(gap["from"].value, gap["to"].value, low, high, only, basis_of(found), usual)


def _visit(found: ReadValue) -> Visit:
    visit: Fields = found.value
    window, repeat = visit["window"].value, visit.get_value("repeat")
    after = "after" in visit
    return Visit(
        name=visit["id"].value,
        label=visit.get_value("label", readable(visit["id"].value)),
        anchor=visit["after" if after else "before"].value,
        after=after,
        target=visit["target"].value,
        window=None
        if window == "unknown"
        else Window(window["before"].value, window["after"].value),
        repeat=None if repeat is None else Repeat(repeat["every"].value, repeat["times"].value),
        at=visit.get_value("at"),
        any_day=visit.get_value("days") == "any",
        weekdays=_weekdays(visit),
        minutes=visit.get_value("minutes"),
        optional=visit.get_value("optional", False),
        only=attributes_of(visit, "only"),
        basis=basis_of(found),
        at_visit=at_visit(visit),
    )


_LENGTHS = ("clear", "within", "covering", "since")


def counted_of(rule: Fields) -> Fields:
    """What a rule counts or adds up; empty where it does neither."""
    found = rule.get_value("count") or rule.get_value("total")
    return found if isinstance(found, Fields) else Fields()


def events_of(rule: Fields) -> tuple[ReadValue, ...]:
    """The events that a rule forbids, asks for or counts, each with its place."""
    named = rule.get("forbid") or rule.get("require") or counted_of(rule).get("of")
    if named is None:
        return ()
    return named.value if isinstance(named.value, tuple) else (named,)


def _rule(found: ReadValue, inclusive: bool) -> Rule:
    rule: Fields = found.value
    form = form_of(set(rule))
    counted = counted_of(rule)
    length = next((rule[key].value for key in _LENGTHS if key in rule), None)
    if "boundary" in rule:
        inclusive = rule["boundary"].value == "inclusive"
    age: Fields = rule.get_value("age", Fields())
    return Rule(
        id=rule["id"].value,
        summary=rule.get_value("summary", ""),
        form=form,
        events=tuple(found.value for found in events_of(rule)),
        node=rule[TRAITS[form].node_key].value,
        length=None if length is None else length_of(length),
        until=rule.get_value("until", ""),
        inclusive=inclusive and not rule.keys() & {"clear", "since"},
        clear="clear" in rule,
        pauses=rule.get_value("pauses", 0),
        at_least=counted.get_value("at_least"),
        at_most=counted.get_value("at_most"),
        exempt=attributes_of(rule, "except"),
        only=attributes_of(rule, "only"),
        judgement="judgement" in rule,
        age_min=age.get_value("min"),
        age_max=age.get_value("max"),
        basis=basis_of(found),
    )


def _test(found: ReadValue, visits: tuple[Visit, ...]) -> ExpiringTest:
    test: Fields = found.value
    named = test["for"].value
    names = (named,) if isinstance(named, str) else tuple(item.value for item in named)
    repeated = {visit.name: visit for visit in visits if visit.repeat}
    nodes = [
        node
        for name in names
        for node in (
            [occurrence_name(repeated[name], n) for n in occurrences(repeated[name])]
            if name in repeated
            else [name]
        )
    ]
    return ExpiringTest(
        id=test["id"].value,
        label=test.get_value("label", readable(test["id"].value)),
        nodes=tuple(dict.fromkeys(nodes)),
        valid=length_of(test["valid"].value),
        not_before=test.get_value("not_before", ""),
        repeatable=test.get_value("repeatable", True),
        only=attributes_of(test, "only"),
        basis=basis_of(found),
    )


def _rule_of(test: ExpiringTest, node: str) -> Rule:
    """The rule that a test is for one of its nodes."""
    return Rule(
        test.rule_id(node), test.label, OF_TESTS, (), node, test.valid, only=test.only,
        test=test, basis=test.basis,
    )  # fmt: skip


def _agent(name: str, found: ReadValue) -> Agent:
    minutes, text = found.value["half_life"].value
    return Agent(name, minutes, text, basis_of(found))
