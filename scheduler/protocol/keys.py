"""Keys that many records of a protocol file share: labels, conditions, sources, durations."""

from scheduler.protocol.scalars import (
    ANY,
    FLAG,
    ITEM,
    PHRASE,
    SPAN,
    TEXT,
    TIME,
    VALUE,
    WEEKDAY,
    whole_number,
)
from scheduler.yaml_text.kinds import Either, Listing, Scalar, TableKind
from scheduler.yaml_text.records import Key, Need, RecordKind


def length(term: Scalar) -> Either:
    """A duration, or the longer or shorter of several."""
    several = Listing(term, at_least=2)
    which = Need(
        ("longer_of", "shorter_of"), "P109", "write longer_of: [4 weeks, 5 half-lives]", True
    )
    combined = RecordKind(
        "a combined duration", "longer_of or shorter_of with a list of durations",
        (
            Key("longer_of", several, "Durations of which the one that reaches further counts."),
            Key("shorter_of", several, "Durations of which the one that reaches less far counts."),
        ),
        (which,),
    )  # fmt: skip
    expected = f"{term.expected}, or longer_of / shorter_of with a list"
    return Either(term, combined, expected, f"{term.word}, or longer_of / shorter_of")


SOURCE = RecordKind(
    "a source", "keys and values such as {ref: registry, section: exclusion, item: 12}",
    (
        Key("ref", TEXT, "The document, by its key in sources.", True),
        Key("section", ITEM, "The section of the document."),
        Key("item", ITEM, "The item or criterion in the section."),
        Key("phrase", PHRASE, "The source's own words for the time, twelve at most."),
    ),
)  # fmt: skip
FROM_SOURCE = Key("source", SOURCE, "Where the protocol's documents say it.")
BASIS = (
    FROM_SOURCE,
    Key("assumption", TEXT, "What is assumed, and why; shown wherever the item is shown."),
)
HAS_BASIS = Need(
    ("source", "assumption"), "P115",
    "write source: {ref: ...} or say in assumption: what the figure rests on",
)  # fmt: skip
_VALUES = Either(VALUE, Listing(VALUE, 1), "a value or a list of values", "value or list of values")
ATTRIBUTES = TableKind(
    TEXT, _VALUES, "attributes with values such as {route: [inhaled, topical]}",
    "attributes with values", 1,
)  # fmt: skip
ONLY = Key("only", ATTRIBUTES, "Applies to participants whose attributes all have a listed value.")
LABEL = Key("label", TEXT, "The name for people; without it, the id made readable.")
AT = Key("at", TIME, "The local time of day at which it is planned, in quotes.")
DAYS = Key(
    "days",
    Either(ANY, Listing(WEEKDAY, 1), "any, or a list of weekdays", "any or list of weekdays"),
    "`any`: may also be on a closed day. `[tue, thu]`: on open days of these weekdays only.",
)  # fmt: skip
MINUTES = Key("minutes", whole_number(1440), "How long an appointment takes, for calendars.")
OPTIONAL = Key("optional", FLAG, "`yes`: a complete schedule does without it.")
BOUND = length(SPAN)
