"""What someone must find out about tests: on which day one was done, whether it was repeated."""

from collections.abc import Iterator

import numpy as np

from scheduler.binding.cohort import Status
from scheduler.days import FAR
from scheduler.rules.recorded import State
from scheduler.tables.expiring.due import tests_frame
from scheduler.tables.solved import Solved
from scheduler.wording.expiring import record_question, repeated_question, test_day_question

Question = tuple[int, int, int, str, str]  # participant, rule, node, item, sentence


def test_questions(solved: Solved) -> Iterator[Question]:
    """Tests of a partly known day that decides, outlived by a booked day, or without a record."""
    protocol, timeline = solved.protocol, solved.problem.timeline
    tests = {test.id: test for test in protocol.tests}
    people = {code: place for place, code in enumerate(solved.participants)}
    rules = {rule.id: place for place, rule in enumerate(protocol.rules)}
    for row in solved.made(tests_frame).records() if tests else ():
        test, who = tests[row["test"]], people[row["participant"]]
        node = protocol.index[row["node"]]
        rule, label = rules[test.rule_id(row["node"])], protocol.nodes[node].label
        booked = int(timeline.booked[who, node])
        unknown = row["state"] == "outlived" and row["valid_until"] >= FAR  # of no test for certain
        if row["state"] == "undetermined" or unknown:
            for first, last in _partly_known(solved, who, row["test"]):
                text = test_day_question(test.label, first, last, label)
                yield who, rule, node, test.id, text
        elif row["state"] == "unrecorded":
            since = protocol.nodes[protocol.index[test.not_before]].label if test.not_before else ""
            yield who, rule, node, test.id, record_question(test.label, label, since)
        elif row["state"] in ("repeat", "outlived") and row["valid_until"] < booked < FAR:
            ahead = booked >= solved.problem.as_of and timeline.state[who, node] == State.OPEN
            days = row["repeat_first"], row["repeat_last"]
            text = repeated_question(test.label, row["valid_until"], label, booked, *days)
            if ahead:
                yield who, rule, node, test.id, text


def _partly_known(solved: Solved, who: int, test: str) -> list[tuple[int, int]]:
    """The days that each done test of a participant may have been on, where that is not one."""
    tests = solved.cohort.tests
    place = [one.id for one in solved.protocol.tests].index(test)
    mine = (tests.participant == who) & (tests.test == place) & (tests.status == Status.DONE)
    rows = np.flatnonzero(mine & (tests.first < tests.last))
    return sorted(zip(tests.first[rows].tolist(), tests.last[rows].tolist(), strict=True))
