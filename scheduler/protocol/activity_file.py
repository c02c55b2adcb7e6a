"""How activities, places and phases are written in a protocol file, checked and read."""

from scheduler.errors import FaultList
from scheduler.protocol.activities import Activity, AtVisit
from scheduler.protocol.keys import FROM_SOURCE, LABEL, ONLY
from scheduler.protocol.names import DeclaredNames, check_only, check_unique
from scheduler.protocol.parts import attributes_of, readable, source_of
from scheduler.protocol.scalars import ID, TEXT, whole_number
from scheduler.yaml_text.kinds import Fields, Listing, ReadValue
from scheduler.yaml_text.records import Key, RecordKind

ACTIVITY = RecordKind(
    "an activity", "keys and values such as {id: ecg, label: ECG, minutes: 10}",
    (
        Key("id", ID, "The activity's name, which milestones and visits list.", True),
        LABEL,
        Key("minutes", whole_number(1440), "How long it takes; shown, and added to nothing."),
        ONLY,
        FROM_SOURCE,
    ),
)  # fmt: skip
AT_VISIT = (
    Key("activities", Listing(ID, 1), "What is done then, by the ids of activities."),
    Key("place", TEXT, "Where it is, for people."),
    Key("phase", TEXT, "The part of the study it belongs to; groups what is shown, no more."),
)


def check_activities(top: Fields, names: DeclaredNames, faults: FaultList) -> None:
    """Reports activities that are named twice, and lists of what is declared nowhere."""
    declared = [item for item in top.items_of("activities") if item.value.get("id")]
    ids = [item.value["id"] for item in declared if item.value["id"].value]
    check_unique(ids, "activity", faults)
    for item in top.items_of("activities"):
        check_only(item.value, faults)
    readable_list = "activities" not in top or top["activities"].ok
    known = {str(found.value) for found in ids}
    for section in ("milestones", "visits"):
        for item in top.items_of(section):
            listed = [found for found in item.value.get_value("activities", ()) if found.ok]
            check_unique(listed, "activity", faults)
            for found in listed if readable_list else ():
                if found.value not in known:
                    names.unknown(found, "activity", sorted(known), "declare it under activities")


def activity_of(found: ReadValue) -> Activity:
    """The activity that checked fields state."""
    activity: Fields = found.value
    name = activity["id"].value
    return Activity(
        name,
        activity.get_value("label", readable(name)),
        activity.get_value("minutes"),
        attributes_of(activity, "only"),
        source_of(activity),
    )


def at_visit(fields: Fields) -> AtVisit:
    """What happens at a milestone or visit, as its checked fields state it."""
    return AtVisit(
        tuple(found.value for found in fields.get_value("activities", ())),
        fields.get_value("place", ""),
        fields.get_value("phase", ""),
    )
