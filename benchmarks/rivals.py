"""The other ways to do it, each run on as many participants as a reasonable time allows.

Every answer is held against the exact windows of the same participants: a rival may keep days too
many (that is counted), but a missed one is a fault of somebody's and stops the benchmark.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from benchmarks import ours
from benchmarks.copying import copy_seconds
from benchmarks.design import Design
from benchmarks.machine import cores
from benchmarks.people import bytes_of, frames
from benchmarks.plain_loop import Loop, Person, consistent, persons
from benchmarks.report import Rival
from benchmarks.stream import Disagreement

Answers = dict[str, dict[str, set[int]]]  # participant -> node -> days


def pendulum_loop(design: Design, most: int, limit: float) -> Rival:
    """The per-participant loop."""
    given = frames(design, 0, most)
    people, loop = persons(given), Loop(design)
    loop.windows(people[0])
    found, seconds = _until(limit, people, lambda one: consistent(loop.problem(one)))
    told = {
        person.row["participant"]: {
            node: {day.toordinal() for day in days} for node, days in windows.items() if days
        }
        for person, windows in zip(people, found, strict=False)
    }
    wrong = surplus(_exact(design, len(found)), told)
    return Rival("pendulum loop", len(found), seconds, _wrong(wrong, len(found)))


def cp_sat(design: Design, most: int, limit: float) -> Rival:
    """OR-Tools, its model built and solved for each participant; exact, and held to it.

    Days beside a date that nobody recorded are the oracle's to judge: the loop, which makes the
    model, lets go of its gaps, and the law holds them for each day on which it may have been.

    Raises: Disagreement where any day of any node is not the same, or a permitted one is missed.
    """
    from benchmarks.cpsat import exact_days

    people, loop = persons(frames(design, 0, most)), Loop(design)
    problems = [loop.problem(person) for person in people]
    found, seconds = _until(limit, problems, exact_days)
    wanted, told = _exact(design, len(found)), _named(people, found)
    surplus(wanted, told)
    whole = {one.row["participant"] for one in people[: len(found)] if loop.complete(one)}
    same_days(_only(whole, wanted), _only(whole, told), "OR-Tools CP-SAT")
    note = "allowed days of single nodes given ready-made"
    if len(whole) < len(found):
        note += f"; exact for the {len(whole)} whose dates are all recorded"
    return Rival("OR-Tools CP-SAT", len(found), seconds, "exact", note)


def _only(people: set[str], answers: Answers) -> Answers:
    return {who: nodes for who, nodes in answers.items() if who in people}


def pandas_merge(design: Design, count: int) -> Rival | None:
    """Group-by and merge; not written for months, hours and unknown dates."""
    if design.life:
        return None
    from benchmarks.pandas_merge import Merge

    merge = Merge(design)
    merge.windows(frames(design, 0, min(count, 20)))
    given = frames(design, 0, count)
    begun = time.perf_counter()
    found = merge.windows(given)
    seconds = time.perf_counter() - begun
    wrong = surplus(_exact(design, count), ours.days_of(found))
    return Rival("pandas group-by and merge", count, seconds, _wrong(wrong, count))


def duckdb_simple(design: Design, count: int, chunk: int = 100_000) -> Rival | None:
    """The simple question, in pieces, so that a million does not have to stand in memory."""
    if design.life:
        return None
    from benchmarks.duckdb_simple import Simple

    base = Simple(design, cores())
    base.first_clear_days(frames(design, 0, 100))
    seconds = 0.0
    for first in range(0, count, chunk):
        given = frames(design, first, min(chunk, count - first))
        begun = time.perf_counter()
        base.first_clear_days(given)
        seconds += time.perf_counter() - begun
    name = "DuckDB: last exposure and washout only"
    return Rival(name, count, seconds, "a simpler question", f"{cores()} cores")


def memory_copy(design: Design, count: int) -> Rival:
    """The bytes of the frames in and of the windows out, copied."""
    some = min(count, 2_000)
    given = frames(design, 0, some)
    made = ours.tables(design, given, "windows")
    read, written = bytes_of(given) * count // some, bytes_of(made) * count // some
    seconds = copy_seconds(read, written)
    each = f"{(read + written) / count:,.0f} bytes a participant"
    return Rival("copying the bytes", count, seconds, "no answer", each)


def same_days(wanted: Answers, found: Answers, name: str) -> None:
    """Raise where two exact engines differ in any day of any node."""
    for who in sorted({*wanted, *found}):
        one, other = wanted.get(who, {}), found.get(who, {})
        if one != other:
            bad = [node for node in {*one, *other} if one.get(node) != other.get(node)]
            raise Disagreement(f"{name}: {who} differs in {', '.join(sorted(bad))}")


def surplus(exact: Answers, found: Answers) -> int:
    """For how many participants a rival keeps days that no schedule uses.

    Raises: Disagreement where it misses a permitted day.
    """
    for who, nodes in exact.items():
        for node, days in nodes.items():
            if days - found.get(who, {}).get(node, set()):
                raise Disagreement(f"a rival misses permitted days: {who} {node}")
    return sum(nodes != exact.get(who, {}) for who, nodes in found.items() if nodes)


def _exact(design: Design, count: int) -> Answers:
    made = ours.tables(design, frames(design, 0, count), "windows")
    return ours.days_of(made["windows"])


def _named(people: Iterable[Person], found: list[dict[str, set[int]]]) -> Answers:
    named = {
        person.row["participant"]: {node: days for node, days in one.items() if days}
        for person, one in zip(people, found, strict=False)
    }
    return {who: nodes for who, nodes in named.items() if nodes}


def _until(
    limit: float, items: Iterable[Any], work: Callable[[Any], Any]
) -> tuple[list[Any], float]:
    """Work on one item after another until the time is up; what was found, and the seconds."""
    found: list[Any] = []
    begun = time.perf_counter()
    for item in items:
        found.append(work(item))
        if time.perf_counter() - begun > limit:
            break
    return found, time.perf_counter() - begun


def _wrong(wrong: int, count: int) -> str:
    return f"too many days for {wrong} of {count}"
