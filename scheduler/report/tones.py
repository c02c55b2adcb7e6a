"""What the words of a report mean, and in which tone of `looks` they are shown."""

from typing import NamedTuple


class Word(NamedTuple):
    """One value of a column: its tone and its meaning."""

    tone: str
    meaning: str


_STATE = {
    "scheduled": Word("good", "a complete schedule exists, whatever the open questions bring"),
    "undetermined": Word("doubt", "a schedule exists only if open questions turn out well"),
    "no_schedule": Word("bad", "no complete schedule exists; conflicts tell why"),
    "complete": Word("calm", "every required milestone and visit is over"),
    "withdrawn": Word("calm", "left the study; nothing is planned any more"),
    "screen_failed": Word("calm", "failed screening; nothing is planned any more"),
}
_STATUS = {
    "done": Word("good", "took place on this date"),
    "booked": Word("plan", "booked for this date, which is kept"),
    "planned": Word("plan", "recommended for this date; nothing is booked"),
    "awaiting": Word("calm", "cannot be timed before what it hangs off is recorded"),
    "overdue": Word("bad", "its window is over and nothing is recorded"),
    "unrecorded": Word("doubt", "something later is done, and this has no record"),
    "missed": Word("calm", "recorded as missed"),
    "none": Word("calm", "no date can be given"),
}
_CERTAINTY = {
    "permitted": Word("good", "fits a complete schedule, with every uncertain finding against it"),
    "undetermined": Word("doubt", "turns on a fact or a decision that is not known yet"),
    "blocked": Word("bad", "forbidden, whatever the open questions bring"),
}
_RULE = {
    "clear": Word("good", "something is recorded, and nothing stands against the days to come"),
    "blocks": Word("bad", "forbids some days"),
    "undetermined": Word("doubt", "may forbid days; a fact or a decision is missing"),
    "not_recorded": Word("calm", "nothing is recorded; taken as none"),
    "not_applicable": Word("calm", "the rule is not about this participant"),
}
_BOOKING = {
    "kept": Word("good", "the booking is permitted and kept"),
    "waits_for_answer": Word("doubt", "booked on a day that turns on a fact or a decision"),
    "does_not_fit": Word("bad", "permitted by itself, but not together with the other dates"),
    "not_permitted": Word("bad", "booked on a day that is not permitted"),
    "past": Word("doubt", "the booked day is over; was it done?"),
}
_STANDING = {
    **_CERTAINTY,
    "blocked": Word("bad", "a booked day that is not permitted"),
    "closed": Word("bad", "a booked day on which the site is closed"),
    "does_not_fit": Word("bad", "a booked day that does not fit the other dates"),
}
_TODO = {
    "move": Word("bad", "a booking that cannot stand"),
    "ask": Word("doubt", "a fact whose answer changes a day or saves a booking"),
    "decide": Word("doubt", "a finding or a participant that waits for a decision"),
    "record": Word("doubt", "a date, or a task that was due, that nobody has recorded"),
    "closing": Word("bad", "the next step, whose last day is near and which nobody has booked"),
    "book": Word("plan", "the next step, which can be booked"),
    "prepare": Word("plan", "a last day before a booked date, or a task, that is near"),
    "explain_deviation": Word("calm", "a recorded date that broke something, without a note"),
}
_HELPS = {
    "frees": Word("plan", "the best answer permits more days"),
    "saves": Word("good", "the best answer lets a booking stand"),
    "nothing": Word("calm", "by itself no answer changes a day"),
}
_DUTY = {
    "last_day": Word("plan", "the last day on which it is still allowed"),
    "period": Word("plan", "must not be during these days, both included"),
    "keep": Word("plan", "must go on unchanged during these days, both included"),
}
_TASK = {
    "waiting": Word("calm", "the date that it hangs on is not there yet"),
    "open": Word("plan", "due on this day or before"),
    "late": Word("bad", "its due day has passed and nobody recorded it as done"),
    "undetermined": Word("doubt", "whether it is late turns on something that is not recorded"),
    "done": Word("good", "done"),
    "done_late": Word("doubt", "done after its due day"),
    "dropped": Word("calm", "what it hangs on will not take place"),
}
_AGENDA = {
    "overdue": Word("bad", "a visit whose window is over without a record"),
    "query": Word("doubt", "a fact to find"),
    "booking": Word("bad", "a booking that cannot stand"),
    "visit": Word("plan", "a milestone or visit on its day"),
    "window_opens": Word("calm", "the first day of a window"),
    "window_closes": Word("calm", "the last day of a window"),
    "duty_starts": Word("calm", "the first day of a duty"),
    "duty_ends": Word("calm", "the last day of a duty"),
    "test": Word("plan", "a test that has to be made, or made again"),
    "task_late": Word("bad", "a task whose due day has passed without a record"),
    "task_due": Word("plan", "a task on the day by which it is due"),
}
_TEST = {
    "valid": Word("good", "a test covers the day of the step"),
    "booked": Word("plan", "a test is booked that will cover it"),
    "due": Word("plan", "a test has to be made"),
    "repeat": Word("plan", "the test has to be made again"),
    "outlived": Word("bad", "no test covers the day, and none can be made for it"),
    "unrecorded": Word("bad", "no test is recorded, and no new one may be made"),
    "undetermined": Word("doubt", "a missing fact decides"),
    "no_day": Word("calm", "the step has no day"),
    "covered": Word("good", "the step was done with a valid test"),
    "lacking": Word("bad", "the step was done without a valid test"),
    "closed": Word("calm", "the step is over"),
    "not_applicable": Word("calm", "not for this participant"),
}
WORDS: dict[tuple[str, str], dict[str, Word]] = {
    ("summary", "state"): _STATE,
    ("windows", "certainty"): _CERTAINTY,
    ("schedule", "status"): _STATUS,
    ("schedule", "certainty"): _STANDING,
    ("blocked", "certainty"): _CERTAINTY,
    ("rules", "state"): _RULE,
    ("duties", "kind"): _DUTY,
    ("tasks", "state"): _TASK,
    ("agenda", "kind"): _AGENDA,
    ("tests", "state"): _TEST,
    ("bookings", "state"): _BOOKING,
    ("todo", "kind"): _TODO,
    ("queries", "helps"): _HELPS,
}


def tone(table: str, column: str, value: str) -> str:
    """The tone of a value; empty for a column that has none."""
    word = WORDS.get((table, column), {}).get(value)
    return word.tone if word else ""
