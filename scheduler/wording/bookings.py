"""Sentences about bookings: whether they can stand, and where they could go."""

from scheduler.wording.rules import day_text

_WHY = {
    "waits_for_answer": "waits for an answer",
    "does_not_fit": "does not fit the other dates",
    "not_permitted": "is not permitted",
}


def standing_on_text(label: str, day: int, state: str) -> str:
    """What rests on a booking that may not stand says so."""
    return f"rests on the booking of {label} on {day_text(day)}, which {_WHY[state]}"
