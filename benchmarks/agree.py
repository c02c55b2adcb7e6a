"""Do the exact engines agree? Asked before anything is measured.

- all days of all nodes against CP-SAT on a sample, from rows that the plain loop reads by itself;
- against the tests' oracle, which searches every schedule: only for participants with few days
  left, since it takes minutes for the others.

One core against several is in benchmarks/same_rows.py.
"""

from benchmarks import ours
from benchmarks.design import Design
from benchmarks.people import frames
from benchmarks.plain_loop import Loop, Person, persons
from benchmarks.rivals import same_days

_FEW_DAYS = 130  # over all nodes; the oracle's search is over in a second or two


def against_oracle(design: Design, most: int, among: int = 100) -> int:
    """How many participants the oracle looked at, without a difference."""
    from benchmarks.oracle_check import oracle_days

    given = frames(design, 0, among)
    loop = Loop(design)
    few = [person for person in persons(given) if _few(loop, person)][:most]
    exact = ours.days_of(ours.tables(design, given, "windows")["windows"])
    for person in few:
        who = person.row["participant"]
        same_days({who: exact.get(who, {})}, {who: oracle_days(design, person)}, "oracle")
    return len(few)


def _few(loop: Loop, person: Person) -> bool:
    days = loop.problem(person).days
    return bool(days) and all(days.values()) and sum(map(len, days.values())) <= _FEW_DAYS
