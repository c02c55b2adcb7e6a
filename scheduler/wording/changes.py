"""Sentences about what differs between two plans or two versions of a protocol.

Every function is pure: plain texts and numbers in, text out.
"""

from collections.abc import Sequence

from scheduler.wording.forms import days_text


def item_line(section: str, item: str, change: str, aspect: str, before: str, after: str) -> str:
    """One change of a protocol: an item added or removed, or one of its aspects changed."""
    name = f"{section} {item}".strip()
    if change == "added":
        return f"{name}: added ({after})" if after else f"{name}: added"
    if change == "removed":
        return f"{name}: removed (was {before})" if before else f"{name}: removed"
    return f"{name}: {aspect} {before or 'none'} -> {after or 'none'}"


def state_line(before: str, after: str) -> str:
    """A participant's change of state."""
    return f"state: {before.replace('_', ' ')} -> {after.replace('_', ' ')}"


def days_line(milestone: str, parts: Sequence[tuple[str, int, str, str]]) -> str:
    """The days that a node loses and gains; `parts` are change, number of days, first and last."""
    said = {"lost": "lost", "gained": "gained", "other": "with another finding"}
    texts = []
    for change, count, first, last in parts:
        span = first if first == last else f"{first} to {last}"
        texts.append(f"{days_text(count)} {said[change]} ({span})")
    return f"{milestone}: {', '.join(texts)}"


def window_line(milestone: str, before: str, after: str) -> str:
    """The permitted days of a node in two plans."""
    return f"{milestone}: may take {before or 'no day'} -> {after or 'no day'}"


def run_text(count: int, first: str, last: str) -> str:
    """Days as a number and their first and last: `14 days from 2026-06-26 to 2026-07-22`."""
    if count == 0:
        return ""
    return first if count == 1 else f"{days_text(count)} from {first} to {last}"


def date_line(milestone: str, before: str, after: str, status: str) -> str:
    """A node's date in two plans."""
    return f"{milestone}: {status} {before or 'no date'} -> {after or 'no date'}"


_TESTS = {
    "booked": "booked in time",
    "outlived": "none that will do, and none can be made in time",
    "unrecorded": "none recorded, and no new one may be made",
    "undetermined": "a missing fact decides",
    "no_day": "the step has no day",
    "covered": "was valid",
    "lacking": "was not valid",
    "closed": "the step is over",
    "not_applicable": "not needed",
}


def test_state(state: str, until: str, first: str, last: str) -> str:
    """What is to be done about a test before a step: until when it holds, or from when to when."""
    span = first if first == last else f"{first} to {last}"
    if state == "valid":
        return f"valid until {until}"
    verbs = {"due": "make", "repeat": "repeat"}
    return f"{verbs[state]} it {span}" if state in verbs else _TESTS[state]


def paper_line(what: str, step: str, before: str, after: str) -> str:
    """A test or task that hangs on a step, in two plans: what becomes of it."""
    return f"{what}, for {step}: {before or 'nothing'} -> {after or 'nothing'}"


def booking_line(milestone: str, day: str, state: str, near: Sequence[str]) -> str:
    """What becomes of a booking; `near` are the nearest permitted days."""
    said = {
        "kept": "can be kept now",
        "does_not_fit": "no longer fits the other dates",
        "not_permitted": "is no longer permitted",
        "past": "has passed",
    }[state]
    days = f" (nearest permitted: {' and '.join(near)})" if near else ""
    return f"{milestone}: the booking for {day} {said}{days}"
