"""The one definition of a protocol file: its sections, their keys, and what each key holds.

The strict reader, the JSON Schema for editors and the tables of docs/protocol-file.md come from it.
"""

from scheduler.protocol.activity_file import ACTIVITY, AT_VISIT
from scheduler.protocol.forms import WAYS
from scheduler.protocol.keys import (
    AT,
    ATTRIBUTES,
    BASIS,
    BOUND,
    DAYS,
    FROM_SOURCE,
    HAS_BASIS,
    LABEL,
    MINUTES,
    ONLY,
    OPTIONAL,
    SOURCE,
    length,
)
from scheduler.protocol.scalars import (
    AGE,
    BOUNDARY,
    DATE,
    DAYS_COUNTED,
    EVENT,
    FLAG,
    FREE,
    HALF_LIFE,
    ID,
    INVESTIGATOR,
    KIND,
    MOST_TIMES,
    NODE,
    NODE_ID,
    PAUSE,
    SPAN,
    TERM,
    TEXT,
    UNKNOWN,
    WHOLE_SPAN,
    ZONE,
    whole_number,
)
from scheduler.protocol.task_file import TASK
from scheduler.yaml_text.kinds import Either, Json, Listing, Scalar, TableKind
from scheduler.yaml_text.records import Key, Need, RecordKind

STUDY = RecordKind(
    "the study", "keys and values such as {opens: 2026-02-01, closes: 2029-12-20}",
    (
        Key("opens", DATE, "The first day on which anything may happen.", True),
        Key("closes", DATE, "The last day on which anything may happen.", True),
        Key("enrollment", whole_number(10**6), "How many participants are planned."),
        *BASIS,
    ),
)  # fmt: skip
DOCUMENT = RecordKind(
    "a document", 'keys and values such as {document: "ClinicalTrials.gov record"}',
    (Key("document", TEXT, "The name of the document.", True),),
    extra=FREE,
)  # fmt: skip
EVENT_RECORD = RecordKind(
    "an event", "keys and values such as {kind: point}",
    (
        Key("kind", KIND, "What a blank end means: `point` one day, `course` unknown.", True),
        LABEL,
    ),
)  # fmt: skip
MILESTONE = RecordKind(
    "a milestone", "keys and values such as {label: Cell infusion}",
    (
        LABEL,
        AT,
        DAYS,
        MINUTES,
        Key("day_zero", FLAG, "Study days count from here: `yes` as Day 0, `no` as Day 1."),
        OPTIONAL,
        *AT_VISIT,
    ),
)  # fmt: skip
GAP = RecordKind(
    "a gap", "keys and values such as {from: consent, to: screening, max: 14 days}",
    (
        Key("from", NODE, "The node, or `birth`, that the time is counted from.", True),
        Key("to", NODE, "The node that the bound is on.", True),
        Key("min", BOUND, "At least so much later; without it, no lower bound at all."),
        Key("max", BOUND, "At most so much later; without it, no upper bound at all."),
        Key("usual", BOUND, "No bound: where the recommended schedule puts a milestone."),
        ONLY,
        *BASIS,
    ),
    (Need(("min", "max", "usual"), "P108", "write min: 0 days if it is only the order that counts"),
     HAS_BASIS),
)  # fmt: skip
WINDOW = RecordKind(
    "a window", "a window such as {before: 3 days, after: 3 days}, or unknown",
    (
        Key("before", SPAN, "How far before the target the visit may be.", True),
        Key("after", SPAN, "How far after the target the visit may be.", True),
    ),
)  # fmt: skip
REPEAT = RecordKind(
    "a repeat", "keys and values such as {every: 28 days, times: 6}",
    (
        Key("every", SPAN, "The step from one occurrence's target to the next one's.", True),
        Key("times", whole_number(MOST_TIMES), "How many occurrences there are.", True),
    ),
)  # fmt: skip
VISIT = RecordKind(
    "a visit", "keys and values such as {id: month_1, after: infusion, target: 28 days, ...}",
    (
        Key("id", NODE_ID, "The visit's name in tables.", True),
        LABEL,
        Key("after", NODE, "The milestone or visit that it follows, or `birth`."),
        Key("before", NODE, "The milestone or visit that it precedes."),
        Key("target", SPAN, "The time from that anchor to the planned day.", True),
        Key("window", Either(UNKNOWN, WINDOW, WINDOW.expected, "window or unknown"),
            "How far from the target it may be; `unknown` where the source states none.", True),
        Key("repeat", REPEAT, "The visit recurs: occurrences id#1, id#2, ..."),
        AT,
        DAYS,
        MINUTES,
        *AT_VISIT,
        OPTIONAL,
        ONLY,
        *BASIS,
    ),
    (Need(("after", "before"), "P118", "a visit hangs off one anchor; write further conditions "
          "as gaps", True), HAS_BASIS),
)  # fmt: skip
AGE_RANGE = RecordKind(
    "an age range", "keys and values such as {min: 18 years, max: 75 years}",
    (
        Key("min", AGE, "From this birthday on."),
        Key("max", AGE, "Through the day before the next birthday after this one."),
    ),
    (Need(("min", "max"), "P108", "leave the rule out if every age is right"),),
)  # fmt: skip
_FORBID = Either(
    EVENT, Listing(EVENT, 1), "an event or a list of events", "event or list of events"
)
_REACH = length(TERM)
_ONE_BOUND = (
    Need(("at_least", "at_most"), "P108", "write one of them; a range is two rules", True),
)
COUNT = RecordKind(
    "a count", "keys and values such as {of: relapse, at_least: 2}",
    (
        Key("of", _FORBID, "What is counted: each exposure once.", True),
        Key("at_least", whole_number(1000), "So many, or more."),
        Key("at_most", whole_number(1000), "So many, or fewer."),
    ),
    _ONE_BOUND,
)  # fmt: skip
TOTAL = RecordKind(
    "a total", "keys and values such as {of: drug, at_most: 14 days}",
    (
        Key("of", _FORBID, "What is added up: each day that it covers, once.", True),
        Key("at_least", DAYS_COUNTED, "So many days, or more."),
        Key("at_most", DAYS_COUNTED, "So many days, or fewer."),
    ),
    _ONE_BOUND,
)  # fmt: skip
RULE = RecordKind(
    "a rule", "keys and values such as {id: E1, forbid: surgery, within: 4 weeks, before: consent}",
    (
        Key("id", ID, "The rule's name in tables and decisions.", True),
        Key("summary", TEXT, "The rule in one's own words."),
        Key("forbid", _FORBID, "What the participant must not have or do."),
        Key("require", _FORBID, "What the participant must have had or be on."),
        Key("count", COUNT, "How often something may or must have been."),
        Key("total", TOTAL, "On how many days something may or must have been."),
        Key("except", ATTRIBUTES, "Exposures with any of these attribute values are exempt."),
        ONLY,
        Key("within", _REACH, "How far the rule looks."),
        Key("clear", _REACH, "How much time must have passed; the far end is always exclusive."),
        Key("covering", _REACH, "For how long, up to the node, it must have gone on unbroken."),
        Key("pauses", PAUSE, "Holes of so many days or fewer do not break it; else none may be."),
        Key("since", _REACH, "How long ago it must have begun."),
        Key("before", NODE, "The node before which the time counts."),
        Key("after", NODE, "The node after which the time counts."),
        Key("around", NODE, "The node before and after which the time counts."),
        Key("at", NODE, "The node on whose day it must not (`require`: must) be so."),
        Key("ever_before", NODE, "The node before which it must never (`require`: once) have been "
            "so."),
        Key("from", NODE, "The node, or study_opens, from which it is forbidden."),
        Key("until", NODE, "The node, or study_closes, until which it is forbidden."),
        Key("age", AGE_RANGE, "The completed years, months, weeks or days that are allowed."),
        Key("boundary", BOUNDARY, "How this rule counts the far end of `within` or `covering`."),
        Key("judgement", INVESTIGATOR, "A finding is undetermined until the investigator decides."),
        *BASIS,
    ),
    (HAS_BASIS,),
    WAYS,
)  # fmt: skip
_VALID = length(WHOLE_SPAN)
TEST = RecordKind(
    "a test", "keys and values such as {id: pregnancy_test, for: infusion, valid: 7 days, ...}",
    (
        Key("id", NODE_ID, "The test's name in tables and dates.", True),
        LABEL,
        Key("for", Either(NODE, Listing(NODE, 1), "a node or a list of nodes",
                          "node or list of nodes"),
            "What needs it; a repeated visit by its own name: every occurrence.", True),
        Key("valid", _VALID, "How old it may be on that day; exactly so old is valid.", True),
        Key("not_before", NODE, "One before this node counts for nothing."),
        Key("repeatable", FLAG, "`no`: no new one is made; only one that is recorded counts."),
        ONLY,
        *BASIS,
    ),
    (HAS_BASIS,),
)  # fmt: skip
AGENT = RecordKind(
    "an agent", "keys and values such as {half_life: 26 hours, source: {...}}",
    (Key("half_life", HALF_LIFE, "The elimination half-life.", True), *BASIS),
    (HAS_BASIS,),
)  # fmt: skip
CHECK = RecordKind(
    "a checklist item", "keys and values such as {id: I5, summary: ...}",
    (
        Key("id", ID, "The criterion's name.", True),
        Key("summary", TEXT, "The criterion in one's own words.", True),
        FROM_SOURCE,
    ),
)  # fmt: skip
NOTE = RecordKind(
    "a note", "keys and values such as {about: I1-age, text: ...}",
    (
        Key("about", TEXT, "What the note is about: an id or a topic.", True),
        Key("text", TEXT, "What the source leaves open or contradicts, and what was done.", True),
        FROM_SOURCE,
    ),
)  # fmt: skip


def _table(name: Scalar, of: RecordKind, plural: str, at_least: int = 0) -> TableKind:
    return TableKind(name, of, f"{plural}, each with a name", f"table of {plural}", at_least)


PROTOCOL = RecordKind(
    "the protocol", "the keys of a protocol",
    (
        Key("protocol", ID, "The protocol's id.", True),
        Key("title", TEXT, "The protocol's title.", True),
        Key("version", TEXT, "The version that this file follows.", True),
        Key("date", DATE, "The date of that version.", True),
        Key("timezone", ZONE, "The time zone of sites that name none.", True),
        Key("boundary", BOUNDARY, "How `within` counts its far end; without it, inclusive."),
        Key("study", STUDY, "When the study is open.", True),
        Key("sources", _table(TEXT, DOCUMENT, "documents"), "The documents that items cite."),
        Key("events", _table(ID, EVENT_RECORD, "events"), "Everything that a rule looks at."),
        Key("milestones", _table(NODE_ID, MILESTONE, "milestones", 1),
            "The steps, in time order; order alone is not a constraint.", True),
        Key("gaps", Listing(GAP), "Bounds on the time between two nodes."),
        Key("visits", Listing(VISIT), "What is timed from an anchor."),
        Key("rules", Listing(RULE), "What forbids or allows a milestone or visit, and when."),
        Key("tests", Listing(TEST), "What must have been tested lately; it can be repeated."),
        Key("agents", _table(TEXT, AGENT, "agents"),
            "Half-lives, by an exposure's agent or by its event."),
        Key("activities", Listing(ACTIVITY), "What is done at milestones and visits."),
        Key("tasks", Listing(TASK), "Paperwork that hangs on dates and binds none."),
        Key("checklist", Listing(CHECK), "Criteria without a date effect."),
        Key("notes", Listing(NOTE), "Disagreements and silences of the source."),
    ),
)  # fmt: skip

RECORDS: tuple[tuple[str, RecordKind], ...] = (
    ("top", PROTOCOL), ("study", STUDY), ("sources", DOCUMENT), ("events", EVENT_RECORD),
    ("milestones", MILESTONE), ("gaps", GAP), ("visits", VISIT), ("window", WINDOW),
    ("repeat", REPEAT), ("rules", RULE), ("count", COUNT), ("total", TOTAL),
    ("age", AGE_RANGE), ("tests", TEST), ("agents", AGENT), ("activities", ACTIVITY),
    ("tasks", TASK), ("checklist", CHECK),
    ("notes", NOTE),
    ("source", SOURCE),
)  # fmt: skip


def json_schema() -> Json:
    """The JSON Schema (draft 2020-12) of a protocol file, for editors that complete and check it.

    It says what has to do with structure; names, cycles and dates are checked by the reader alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A washout protocol file",
        **PROTOCOL.json(),
    }
