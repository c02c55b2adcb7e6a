"""Calendar rows of tests that have to be made, or made again, before a booked or planned day.

The days do not depend on the day of the plan, so that one made a day later changes no entry.
"""

from collections.abc import Iterator

import numpy as np

from scheduler.arrays import Flags
from scheduler.days import FAR
from scheduler.days.working import WorkingDays
from scheduler.tables.expiring.due import tests_frame
from scheduler.tables.solved import Solved


def test_rows(solved: Solved, booked: Flags) -> Iterator[dict[str, object]]:
    """One row a test and a node that needs a new one; `booked` are nodes with an appointment."""
    tests = {test.id: test for test in solved.protocol.tests}
    people = {code: place for place, code in enumerate(solved.participants)}
    index = solved.protocol.index
    for one in solved.made(tests_frame).records() if tests else ():
        if one["state"] not in ("due", "repeat"):
            continue
        test, who, node = tests[one["test"]], people[one["participant"]], index[one["node"]]
        begin = int(test.valid.back(solved.dates.day[[who], node])[0])
        if test.not_before:
            start = int(solved.dates.day[who, index[test.not_before]])
            begin = max(begin, start) if start < FAR else begin
        site = solved.cohort.sites[int(solved.cohort.site[who])]
        first = int(WorkingDays(site.closed_days, site).opening(np.array([begin]))[0])
        yield {
            "participant": one["participant"], "kind": "test", "node": one["node"],
            "event": test.label, "first": min(first, one["repeat_last"]),
            "last": one["repeat_last"], "assumption": bool(test.basis.assumption),
            "source": str(test.basis.source or ""),
            "basis": "recorded" if booked[who, node] else "recommended",
        }  # fmt: skip
