"""Tables about rules that require, count and add up: values worked out by hand."""

from datetime import date
from types import SimpleNamespace

import pytest

import scheduler
from scheduler.desk.pages.agenda import _plain
from scheduler.planning.amendments import changed_items
from scheduler.wording.forms import rule_text
from tests.unit.small_plans import AS_OF, plan, protocol, study
from tests.unit.small_problems import done, shown, took

HEAD = """
events:
  metformin: {label: Metformin, kind: course}
  vaccine: {label: Vaccine, kind: point}
  relapse: {label: Relapse, kind: point}
milestones:
  infusion: {label: Infusion}
rules:
"""
KEEP = "require: metformin, covering: 12 weeks, before: infusion"
CLEAR = "require: [metformin, vaccine], clear: 14 days, before: infusion"
MOST = "count: {of: relapse, at_most: 1}, within: 14 days, before: infusion"
FACTS = ("missing", "item", "earliest_now", "earliest_if_clear")


def body(*rules: str) -> str:
    used = [
        line for line in HEAD.splitlines()
        if "kind" not in line or line.split(":")[0].strip() in " ".join(rules)
    ]  # fmt: skip
    items = [f"  - {{id: R{i}, {rule}, assumption: ours}}" for i, rule in enumerate(rules, 1)]
    return "\n".join([*used, *items]) + "\n"


# --- questions ---------------------------------------------------------------------------------

LATE = "require: vaccine, within: 40 days, before: infusion"
SOON = "require: vaccine, clear: 14 days, before: infusion"


def test_one_answer_is_an_answer_to_all_rules_that_ask_the_same() -> None:
    """Neither rule alone would be enough: the question is whether there was a vaccine at all."""
    made = plan(body(LATE, SOON))
    assert shown(made.summary, "state") == [("undetermined",)]
    assert shown(made.queries, "rule", *FACTS, "helps") == [
        ("R1", "start", "vaccine", "", "2026-03-02", "frees"),
        ("R2", "start", "vaccine", "", "2026-03-02", "frees"),
    ]
    assert shown(made.todo, "what")[-1:] == [
        ("Ask about Vaccine: nothing is recorded, for Infusion",)
    ]


def test_another_event_or_the_opposite_is_another_question() -> None:
    made = plan(body(LATE, CLEAR))
    assert shown(made.queries, "rule", "item", "helps") == [
        ("R1", "vaccine", "nothing"), ("R2", "metformin, vaccine", "nothing"),
    ]  # fmt: skip
    never = "forbid: vaccine, ever_before: infusion"
    strict = scheduler.plan(protocol(body(LATE, never)), study(), AS_OF, strict=True)
    assert shown(strict.queries, "rule", "item", "helps") == [
        ("R1", "vaccine", "nothing"), ("R2", "vaccine", "nothing"),
    ]  # fmt: skip


def test_what_an_answer_helps_is_told_beside_other_questions_of_the_same_node() -> None:
    """Two courses without an end at one node: neither answer alone frees a day."""
    never = "forbid: [metformin, relapse], within: 4 weeks, before: infusion"
    text = body(never).replace("Relapse, kind: point", "Relapse, kind: course")
    both = [took("metformin", "2026-02-01"), took("relapse", "2026-02-01")]
    made = plan(text, history=both)
    assert shown(made.queries, "item", "earliest_if_clear", "helps") == [
        ("metformin 2026-02-01", "", "nothing"), ("relapse 2026-02-01", "", "nothing"),
    ]  # fmt: skip
    ended = [took("metformin", "2026-02-01"), took("relapse", "2026-02-01", "2026-03-20")]
    made = plan(text, history=ended)
    assert shown(made.queries, "item", "earliest_if_clear", "helps") == [
        ("metformin 2026-02-01", "2026-04-18", "frees")
    ]


def test_a_fact_that_two_rules_turn_on_helps_for_both() -> None:
    """A course without an end, and two rules of one node that look at it."""
    rules = [f"forbid: metformin, within: {n} weeks, before: infusion" for n in (2, 4)]
    made = plan(body(*rules), history=[took("metformin", "2026-02-01")])
    assert shown(made.queries, "rule", "earliest_if_clear", "helps") == [
        ("R1", "2026-03-02", "frees"), ("R2", "2026-03-02", "frees"),
    ]  # fmt: skip


def test_a_fact_that_frees_nothing_is_not_said_to_free_beside_another() -> None:
    """Metformin ends within March whatever its day; the relapse without an end holds all days."""
    text = body(
        "forbid: metformin, within: 1 day, before: infusion",
        "forbid: vaccine, within: 40 days, before: infusion",
    )
    history = [took("metformin", "2026-02-01", "2026-03"), took("vaccine", "2026-03")]
    made = plan(text, history=history)
    told = dict(shown(made.queries, "item", "helps"))
    assert told == {"metformin 2026-02-01": "nothing", "vaccine 2026-03": "frees"}


def test_a_question_about_one_of_several_events_names_them_all() -> None:
    made = plan(body(CLEAR))
    assert shown(made.todo, "what")[-1:] == [
        ("Ask about Metformin, Vaccine: nothing is recorded, for Infusion",)
    ]


# --- duties --------------------------------------------------------------------------------------


def test_what_must_be_kept_until_the_node() -> None:
    made = plan(body(KEEP), history=[took("metformin", "2026-01-10", "ongoing")])
    # 12 weeks are covered from 4 April on: 10 January and 84 days
    assert shown(made.duties, "event", "kind", "first", "last", "milestone_date", "basis") == [
        ("metformin", "keep", "2026-01-10", "2026-04-04", "2026-04-04", "recommended")
    ]
    sentence = made.duties["sentence"].iloc[0]
    assert sentence == (
        "Keep Metformin unchanged until Infusion (recommended for 2026-04-04): it must cover "
        "2026-01-10 to 2026-04-04; exactly 12 weeks counts as a day to cover [assumption: ours]."
    )


def test_the_exclusive_reading_keeps_a_day_less() -> None:
    made = plan(
        body(f"{KEEP}, boundary: exclusive"), history=[took("metformin", "2026-01-10", "ongoing")]
    )
    assert shown(made.duties, "first", "last") == [("2026-01-10", "2026-04-03")]


def test_nobody_keeps_what_is_over_or_done() -> None:
    over = plan(body(KEEP), history=[took("metformin", "2026-01-10", "2026-01-20")])
    assert over.duties.empty
    finished = plan(
        body(KEEP), history=[took("metformin", "2025-10-10", "ongoing")],
        dates=[done("infusion", "2026-03-01")],
    )  # fmt: skip
    assert finished.duties.empty


def test_at_a_node_it_is_kept_on_that_day() -> None:
    made = plan(
        body("require: metformin, at: infusion"), history=[took("metformin", "2026-03-10", "ongoing")]
    )  # fmt: skip
    assert shown(made.duties, "kind", "first", "last") == [("keep", "2026-03-10", "2026-03-10")]


def test_both_sides_give_a_last_day_and_a_period() -> None:
    made = plan(body("forbid: vaccine, within: 2 weeks, around: infusion"))
    assert shown(made.duties, "kind", "first", "last") == [
        ("last_day", "", "2026-02-15"), ("period", "2026-03-02", "2026-03-16"),
    ]  # fmt: skip


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "row", "asked"),
    [
        # nothing recorded: if there is one in favour, any day will do
        (KEEP, None, ("start", "metformin", "", "2026-03-02")),
        # blank end: if it goes on, 10 January and 84 days
        (KEEP, took("metformin", "2026-01-10"), ("end", "metformin 2026-01-10", "", "2026-04-04")),
        # some day of January: from the 1st, 26 March; from the 31st, 25 April
        (KEEP, took("metformin", "2026-01", "ongoing"),
         ("start", "metformin 2026-01", "2026-04-25", "2026-03-26")),
        # ended on the day of the plan at the earliest, for it goes on: 2 March and 14 days
        (CLEAR, took("metformin", "2026-01-10", "ongoing"),
         ("end", "metformin 2026-01-10", "", "2026-03-16")),
        # a point in March: on the 31st, 14 April; on the 1st, 15 March
        (CLEAR, took("vaccine", "2026-03"), ("start", "vaccine 2026-03", "2026-04-14", "2026-03-15")),
        ("require: metformin, clear: 5 half-lives, before: infusion",
         took("metformin", "2026-01-10", "2026-03-10"),
         ("half_life", "metformin 2026-01-10", "", "2026-03-10")),
        ("require: vaccine, ever_before: infusion, except: {kind: oral}",
         took("vaccine", "2026-03-05"), ("attribute", "kind of vaccine 2026-03-05", "", "2026-03-05")),
        ("require: vaccine, within: 3 days, before: infusion, judgement: investigator",
         took("vaccine", "2026-03-10"), ("decision", "R1", "2026-03-10", "2026-03-02")),
        # at most one within 14 days: some day of March and 10 March; as if it never were with it
        (MOST, [took("relapse", "2026-03"), took("relapse", "2026-03-10")],
         ("start", "relapse 2026-03", "2026-03-02", "2026-03-02")),
    ],
)  # fmt: skip
def test_what_is_asked_and_what_an_answer_would_free(
    rule: str, row: "dict[str, str] | list[dict[str, str]] | None", asked: tuple[str, ...]
) -> None:
    history = row if isinstance(row, list) else [row] if row else []
    made = plan(body(rule), history=history)
    assert shown(made.queries, *FACTS) == [asked]


def test_none_answers_the_question() -> None:
    made = plan(body(KEEP), history=[took("metformin", "none")])
    assert made.queries.empty
    assert shown(made.summary, "state") == [("no_schedule",)]
    assert [text.partition(" (")[0] for text in made.conflicts["detail"]] == [
        "the lack of metformin throughout the 12 weeks before infusion rules out infusion any day"
    ]


# --- spans, states, deviations ---------------------------------------------------------------


def test_the_pieces_of_a_stretch_are_clear_from_its_end() -> None:
    made = plan(body(CLEAR), history=[took("vaccine", "2026-03")])
    assert shown(made.blocked, "first", "last", "certainty", "clear_from") == [
        ("", "2026-03-14", "blocked", "2026-04-14"),
        ("2026-03-15", "2026-04-13", "undetermined", "2026-04-14"),
    ]


def test_a_span_names_the_nearest_exposure() -> None:
    rule = "require: relapse, within: 1 month, before: infusion"
    made = plan(body(rule), history=[took("relapse", "2026-03-05"), took("relapse", "2026-06-10")])
    assert shown(made.blocked, "first", "last", "exposure_start") == [
        ("", "2026-03-04", "2026-03-05"),
        ("2026-04-06", "2026-06-09", "2026-03-05"),
        ("2026-07-11", "", "2026-06-10"),
    ]


@pytest.mark.parametrize(
    ("rule", "history", "said"),
    [
        (KEEP, [took("metformin", "2026-01-10", "ongoing")],
         "The exclusive reading would be clear from 2026-04-03."),
        (f"{KEEP}, boundary: exclusive", [took("metformin", "2026-01-10", "ongoing")],
         "The inclusive reading would be clear from 2026-04-04."),
        ("require: relapse, within: 14 days, before: infusion", [took("relapse", "2026-03-02")],
         "The exclusive reading would forbid from 2026-03-16 on."),
        (MOST, [took("relapse", "2026-03-02"), took("relapse", "2026-03-05")],
         "The exclusive reading would be clear from 2026-03-16."),
        ("count: {of: relapse, at_least: 2}, within: 14 days, before: infusion",
         [took("relapse", "2026-03-02"), took("relapse", "2026-03-05")],
         "The exclusive reading would forbid from 2026-03-16 on."),
    ],
)  # fmt: skip
def test_what_the_other_reading_gives(rule: str, history: list[dict[str, str]], said: str) -> None:
    made = plan(body(rule), history=history)
    assert made.blocked["sentence"].iloc[-1].endswith(said)
    day = made.blocked["first"].iloc[-1]
    seen = day.date() if day == day else date(2026, 3, 20)
    told = made.explain("P1", "infusion", max(seen, date(2026, 3, 3)))
    assert said in str(told)


@pytest.mark.parametrize(
    ("rule", "history", "state"),
    [
        (KEEP, [], "undetermined"),
        (KEEP, [took("metformin", "none")], "blocks"),
        (KEEP, [took("metformin", "2025-01-01", "ongoing")], "clear"),
        (KEEP, [took("metformin", "2025-01-01")], "undetermined"),
        (MOST, [], "not_recorded"),
        (MOST, [took("relapse", "none")], "clear"),
    ],
)
def test_the_state_of_a_rule(rule: str, history: list[dict[str, str]], state: str) -> None:
    assert shown(plan(body(rule), history=history).rules, "state") == [(state,)]


def test_a_done_date_without_what_was_asked_is_a_deviation() -> None:
    rule = "require: relapse, within: 14 days, before: infusion"
    dates = [done("infusion", "2026-03-16")]
    history = [took("relapse", "2026-03-01")]
    made = plan(body(rule), history=history, dates=dates, as_of="2026-04-01")
    assert shown(made.deviations, "rule", "first", "last") == [("R1", "2026-03-16", "")]
    assert (
        "without what the rule asks for (nearest: Relapse (2026-03-01))"
        in (made.deviations["sentence"].iloc[0])
    )
    day_earlier = [done("infusion", "2026-03-15")]
    assert plan(body(rule), history=history, dates=day_earlier, as_of="2026-04-01").deviations.empty


def test_a_deviation_that_the_other_reading_would_clear() -> None:
    history, dates = [took("metformin", "2026-01-10", "ongoing")], [done("infusion", "2026-04-03")]
    made = plan(body(KEEP), history=history, dates=dates, as_of="2026-05-01")
    assert "(if it did not, the date would be clear)" in made.deviations["sentence"].iloc[0]
    dates = [done("infusion", "2026-04-02")]
    made = plan(body(KEEP), history=history, dates=dates, as_of="2026-05-01")
    assert "(if it did not" not in made.deviations["sentence"].iloc[0]


def test_a_deviation_from_one_of_two_sides() -> None:
    rule = "forbid: vaccine, within: 14 days, around: infusion"
    for day in ("2026-03-06", "2026-03-20", "2026-04-03"):
        made = plan(
            body(rule), history=[took("vaccine", "2026-03-20")], dates=[done("infusion", day)],
            as_of="2026-05-01",
        )  # fmt: skip
        assert shown(made.deviations, "first", "last") == [("2026-03-06", "2026-04-03")], day
        turns = "(if it did not" in made.deviations["sentence"].iloc[0]
        assert turns == (day != "2026-03-20")


def test_what_if_one_more_row_were_there() -> None:
    made = plan(body(KEEP), history=[took("metformin", "2026-01-10", "2026-02-20")])
    assert shown(made.summary, "state") == [("no_schedule",)]
    later = made.with_history(
        "P1", [{"event": "metformin", "start": "2026-02-21", "end": "ongoing"}]
    )
    assert shown(later.windows, "first", "certainty") == [("2026-04-04", "permitted")]


@pytest.mark.parametrize(
    ("old", "new", "row"),
    [
        (KEEP, f"{KEEP}, pauses: 3 days", ("pauses", "", "3 days")),
        (KEEP, KEEP.replace("12 weeks", "8 weeks"), ("duration", "12 weeks", "8 weeks")),
        (MOST, MOST.replace("at_most: 1", "at_most: 2"), ("at most", "1", "2")),
        (MOST, MOST.replace("at_most: 1", "at_least: 1"), ("at least", "", "1")),
        (CLEAR, CLEAR.replace("clear", "since"), ("form", "require clear", "since")),
    ],
)
def test_an_amendment_of_such_a_rule(old: str, new: str, row: tuple[str, ...]) -> None:
    found = changed_items(protocol(body(old)), protocol(body(new), "2.0")).pandas()
    assert row in shown(found, "aspect", "before", "after")


def test_a_calendar_tells_what_must_be_kept() -> None:
    made = plan(
        body(KEEP), history=[took("metformin", "2026-01-10", "ongoing")],
        dates=[done("infusion", "2026-05-01", status="booked")],
    )  # fmt: skip
    rows = made.calendar_rows
    keep = rows[rows["kind"] == "duty_keep"]
    assert shown(keep, "event", "first", "last", "basis") == [
        ("metformin", "2026-02-06", "2026-05-01", "recorded")
    ]


def test_the_words_of_the_forms() -> None:
    rules = {
        "require: relapse, within: 1 month, before: infusion":
            "some relapse within 1 month before infusion",
        f"{KEEP}, pauses: 1 day":
            "metformin throughout the 12 weeks before infusion, with pauses of at most 1 day",
        "require: vaccine, clear: 14 days, before: infusion":
            "some vaccine ended at least 14 days before infusion",
        "require: metformin, since: 6 months, before: infusion":
            "some metformin begun at least 6 months before infusion",
        "require: relapse, ever_before: infusion": "some relapse begun by infusion",
        "require: metformin, at: infusion": "some metformin under way at infusion",
        MOST: "at most 1 relapse within 14 days before infusion",
        "count: {of: relapse, at_least: 2}, before: infusion": "at least 2 relapse ever before infusion",
        "total: {of: metformin, at_least: 2 weeks}, within: 96 weeks, before: infusion":
            "at least 14 days of metformin within 96 weeks before infusion",
        "total: {of: metformin, at_most: 1 day}, before: infusion":
            "at most 1 day of metformin ever before infusion",
        "forbid: vaccine, within: 4 weeks, around: infusion":
            "no vaccine within 4 weeks before or after infusion",
    }  # fmt: skip
    for text, said in rules.items():
        assert rule_text(protocol(body(text)).rules[0]) == said


def test_the_sheet_for_the_participant_says_keep_on_and_not_none() -> None:
    desk = SimpleNamespace(label=str.capitalize)
    row = {
        "event": "metformin", "milestone": "infusion", "kind": "keep", "first": "2026-02-06",
        "last": "2026-05-01", "time": "", "sentence": "",
    }  # fmt: skip
    said = _plain(desk, row, "2026-03-01")  # type: ignore[arg-type]
    assert said.startswith("Metformin: go on with it, unchanged, up to and including ")
    said = _plain(desk, {**row, "kind": "period"}, "2026-03-01")  # type: ignore[arg-type]
    assert said.startswith("Metformin: none up to and including ")
