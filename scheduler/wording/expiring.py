"""Sentences about tests that expire: what somebody must find out, record, make or repeat.

Source: docs/semantics.md, section 3 ("Tests that expire").
"""

from scheduler.days import FAR
from scheduler.wording.rules import day_text, range_text


def test_day_question(test: str, first: int, last: int, milestone: str) -> str:
    """The day of a test that is partly known and that decides."""
    return f"On which day was {test} done, {range_text(first, last)}? It decides on {milestone}."


def record_question(test: str, milestone: str, since: str) -> str:
    """A test of which none is recorded that counts, and that is not made any more."""
    counts = f", on the day of {since} or later" if since else ""
    return (
        f"When was {test} done{counts}? None is recorded, and the protocol lets nobody make a "
        f"new one, so {milestone} has no day until it is recorded."
    )


def repeated_question(
    test: str, until: int, milestone: str, booked: int, first: int, last: int
) -> str:
    """A booked day that outlives the last test; `first` and `last` (FAR: none) are in time."""
    again = f"; repeat it {range_text(first, last)}" if first < FAR else ""
    valid = f"the last one is valid until {day_text(until)}"
    booked_for = f"{milestone} is booked for {day_text(booked)}"
    return f"Was {test} repeated? {valid[:1].upper()}{valid[1:]}, and {booked_for}{again}."


def test_sentence(test: str, milestone: str, state: str, first: str, last: str) -> str:
    """A test that has to be made, or made again, before a milestone or visit."""
    verb = "has to be repeated" if state == "repeat" else "has to be made"
    when = f"on {first}" if first == last else f"between {first} and {last}"
    return f"{test} {verb} {when} for {milestone}."
