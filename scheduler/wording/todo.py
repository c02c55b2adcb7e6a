"""What a person must do, in at most fifteen words: labels, week days, no ids.

Days are day numbers, `near` is the day of the plan.
"""

from collections.abc import Mapping, Sequence

from scheduler.wording.said_days import day_said

MOST_WORDS = 15
_CANNOT = {"not_permitted": "not permitted", "does_not_fit": "does not fit the other dates"}


def short(text: str, most: int = MOST_WORDS) -> str:
    """A text of at most so many words; what is cut off is marked."""
    words = text.split()
    return text if len(words) <= most else f"{' '.join(words[:most])} ..."


def move_text(label: str, day: int, minute: int, state: str, near: int) -> str:
    """A booking that cannot stand."""
    return f"Move {label}, booked {day_said(day, near, minute)}: {_CANNOT[state]}"


def move_options(
    day: int, minute: int, before: int, after: int, on_target: Sequence[str], near: int
) -> str:
    """Where it could go: the same day later, then the nearest days; -1 and FAR: not at all."""
    found = [f"same day from {minute // 60:02d}:{minute % 60:02d}"] if minute >= 0 else []
    places = [(abs(place - day), place, said) for place, said in zip((before, after), on_target,
              strict=True) if place != day]  # fmt: skip
    found += [
        f"{day_said(place, near)}{said}" for far, place, said in sorted(places) if far < 10**6
    ]
    return "; ".join(found)


def on_target_text(kept: str, of: str) -> str:
    """How many of the visits that follow keep their target day; empty where none has one."""
    return f" ({kept} of {of} visits on target)" if kept and of not in ("", "0") else ""


def needs_text(needs: str, names: Mapping[str, str]) -> str:
    """What a booking waits for, as bookings.csv has it, with the words for events and rules."""
    found = []
    for part in filter(None, needs.split("; ")):
        kind, coded, item = part.partition(": ")
        head, _, rest = item.partition(" ")
        name = names.get(item) or (f"{names[head]} ({rest})" if head in names else item)
        found.append(f"{kind} {'on' if kind == 'decision' else 'of'} {name}" if coded else part)
    return "; ".join(found)


def ask_text(missing: str, what: str, step: str) -> str:
    """A fact whose answer changes a day or saves a booking."""
    question = {
        "start": f"Ask when {what} began",
        "any": f"Ask about {what}: nothing is recorded",
        "end": f"Ask whether and when {what} ended",
        "half_life": f"Find the half-life behind {what}",
        "attribute": f"Find {what}",
        "birth_date": "Find the exact birth date",
    }.get(missing, f"Find {what}")
    return f"{question}, for {step}"


def decide_text(what: str, step: str) -> str:
    """A finding that waits for a physician."""
    return f"Physician decides on {what}, for {step}"


def stuck_text(step: str) -> str:
    """Nobody can go on with this participant as things are."""
    return f"Decide how to go on: no day is left for {step}"


def record_text(status: str, label: str, booked: str, closed: str) -> str:
    """A date that nobody has recorded."""
    if status == "overdue":
        return f"Record {label}: done or missed? Its window closed {closed}"
    if status == "past":
        return f"Record {label}: it was booked for {booked}"
    return f"Record the day of {label}: something after it is done"


EVERYBODY = "Everybody"  # in the place of a participant's code
NO_HISTORY = (
    "Record what participants took or had: there is no table history",
    "add the sheet or file history; its heads alone where there is nothing to tell",
    "rules on it find nothing and forbid no day",
)


def book_text(label: str, last: str, closing: bool) -> str:
    """A step that can be booked; soon it cannot any more."""
    return f"Book {label} now: last day is {last}" if closing else f"Book {label}, by {last}"


def prepare_text(event: str, label: str, last: str, at: str = "") -> str:
    """The last day of something before a date that stands; its last minute where hours count."""
    if at:
        return f"Tell: last time for {event} is {last}, {at}, before {label}"
    return f"Tell: last day for {event} is {last}, before {label}"


def test_text(label: str, state: str, first: str, last: str, one: bool) -> str:
    """A test that has to be made, or made again, from a first to a last day."""
    verb = "repeat" if state == "repeat" else "make"
    return f"{label}: {verb} on {first}" if one else f"{label}: {verb} between {first} and {last}"


def unrecorded_why(label: str) -> str:
    """Why the record of a test is wanted that is not made again."""
    return f"{label} has no day without it: the protocol lets nobody make a new one"


def deviation_text(label: str, day: str, out: int | None) -> str:
    """A recorded date that broke something and that nobody has explained."""
    if out is None:
        return f"Explain {label} on {day}: a rule forbade the day"
    if not out:
        return f"Explain {label} on {day}: the wrong time of the day"
    days = f"{abs(out)} day{'' if abs(out) == 1 else 's'}"
    return f"Explain {label} on {day}: {days} too {'late' if out > 0 else 'early'}"
