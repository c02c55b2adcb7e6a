"""Do the exact engines agree? Asked before anything is measured.

- all days of all nodes against CP-SAT on a sample, from rows that the plain loop reads by itself;
- against the tests' oracle, which searches every schedule: only for participants with few days
  left, since it takes minutes for the others;
- one core against several, with other sizes of chunk, by a hash of all sorted rows.
"""

from benchmarks import ours
from benchmarks.design import Design
from benchmarks.people import frames
from benchmarks.plain_loop import Loop, Person, persons
from benchmarks.rivals import same_days
from benchmarks.stream import Disagreement, Pool, chunks_of

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


def same_rows(design: Design, pools: list[Pool], count: int) -> str:
    """The windows and the schedule by every pool, each with a chunk size of its own."""
    found = []
    for number, pool in enumerate(pools):
        chunks = chunks_of(count, max(1, count // (3 + 4 * number)))
        shares = [chunks[worker :: pool.workers] for worker in range(pool.workers)]
        parts = pool.ask([("hashes", design.name, share) for share in shares])
        tables = ("windows", "schedule")
        found.append(
            {name: ours.digest([one for part in parts for one in part[name]]) for name in tables}
        )
    if any(other != found[0] for other in found):
        raise Disagreement(f"{design.name}: other rows on more cores: {found}")
    cores = " and ".join(str(pool.workers) for pool in pools)
    text = ", ".join(f"{name} {value}" for name, value in found[0].items())
    return f"{count:,} participants on {cores} cores, the same rows: {text}"
