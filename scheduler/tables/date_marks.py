"""What a date of schedule.csv is, as the mark by which the page and the figures show it."""

from typing import Literal

from scheduler.tables.bookings import CANNOT_STAND

DateMark = Literal["done", "booked", "booked_out", "planned", "planned_undetermined", ""]


def date_mark(status: str, certainty: str) -> DateMark:
    """The mark of a row with this status and certainty; empty where the row has no date.

    A booking that cannot stand is crossed out; one that waits for an answer is not.
    """
    if status == "booked":
        return "booked_out" if certainty in CANNOT_STAND else "booked"
    if status == "planned":
        return "planned_undetermined" if certainty == "undetermined" else "planned"
    return "done" if status == "done" else ""
