"""The same days by OR-Tools CP-SAT: a model a participant, asked until every day is settled.

CP-SAT answers "is there a schedule"; the question here is "which days are in any". Asking for the
first and the last day of a node is not enough, since days between them can be out. Tried were: one
question a node and day; a literal a day with "one not yet seen" as a clause, and the same as an
objective to maximise (25 ms a round and more, the model is then twenty times as large); the
earliest day of a node, then the next. The fastest exact way found is below: restrict one node to
its days not yet seen, ask for any schedule, and strike out the days of *all* nodes in it, until
there is none. That is about half as many questions as days, at 0.3 ms each, without presolve
(which costs more than it saves on so small a model), on one worker. Hints lead towards unseen
days; they pay off where months are in play.

To the solver's favour, the days that rules, closures and bounds leave to each node are made ready
by the plain loop and are not timed: only building the model and solving is.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from ortools.sat.python import cp_model
from pendulum import Date

from benchmarks.plain_links import Gap, Link
from benchmarks.plain_loop import Problem

Numbers = dict[str, list[int]]


def exact_days(problem: Problem) -> dict[str, set[int]]:
    """For every open node the days (ordinals) that belong to a complete schedule."""
    seen: dict[str, set[int]] = {node: set() for node in problem.days}
    if not all(problem.days.values()):
        return seen
    model, days = _model(problem)
    solver = _solver()
    left = {node: set(numbers) for node, numbers in days.items()}
    hinted = any(_months(link) for link in problem.links)
    for place, node in enumerate(days):
        whole = list(model.proto.variables[place].domain)
        while left[node]:
            _restrict(model, place, left[node])
            if hinted:
                _hint(model, left)
            status = solver.solve(model)
            if status == cp_model.INFEASIBLE:
                break
            assert status in (cp_model.OPTIMAL, cp_model.FEASIBLE), solver.status_name(status)
            solution = solver.response_proto.solution
            for number, other in enumerate(days):
                seen[other].add(solution[number])
                left[other].discard(solution[number])
        _set(model, place, whole)
    return seen


def _model(problem: Problem) -> tuple[cp_model.CpModel, Numbers]:
    model = cp_model.CpModel()
    days = {node: [day.toordinal() for day in found] for node, found in problem.days.items()}
    # The variables of the nodes come first, so that a node's place is its variable's index.
    at = {
        node: model.new_int_var_from_domain(cp_model.Domain.from_values(numbers), node)
        for node, numbers in days.items()
    }
    for link in problem.links:
        if _months(link):
            _by_month(model, at, days, link)
        else:
            low, high = _range(link)
            model.add_linear_constraint(at[link.end] - at[link.start], low, high)
    for a, b, one in problem.pairs:
        late = model.new_bool_var("")
        model.add(at[a] > one.end.toordinal()).only_enforce_if(late)
        model.add(at[b] < one.start.toordinal()).only_enforce_if(~late)
    return model, days


def _by_month(model: cp_model.CpModel, at: dict[str, Any], days: Numbers, link: Link) -> None:
    """A gap in months: in days, a stretch of starts with the same length at a time.

    A literal a stretch; looking the bounds up in a table of all starts takes ten times as long.
    """
    first, last = days[link.start][0], days[link.start][-1]
    starts = [Date.fromordinal(number) for number in range(first, last + 1)]
    lengths = [
        ((link.first_end(day) - day).days, (link.last_end(day) - day).days) for day in starts
    ]
    span = at[link.end] - at[link.start]
    # Implied, but narrows the days before any stretch is chosen.
    model.add_linear_constraint(span, min(lengths)[0], max(high for _, high in lengths))
    stretches = []
    for (low, high), same in groupby(lengths):
        last = first + len(list(same)) - 1
        chosen = model.new_bool_var("")
        model.add_linear_constraint(at[link.start], first, last).only_enforce_if(chosen)
        model.add_linear_constraint(span, low, high).only_enforce_if(chosen)
        stretches.append(chosen)
        first = last + 1
    model.add_exactly_one(stretches)


def _months(link: Link) -> bool:
    if isinstance(link, Gap):
        return bool(link.least.months or link.most.months)
    return bool(link.target.months)


def _range(link: Link) -> tuple[int, int]:
    if isinstance(link, Gap):
        return link.least.days, link.most.days
    return link.target.days - link.wide, link.target.days + link.wide


def _solver() -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    chosen = solver.parameters
    chosen.num_workers = 1
    chosen.cp_model_presolve = False
    chosen.cp_model_probing_level = 0
    chosen.symmetry_level = 0
    chosen.linearization_level = 0
    return solver


def _restrict(model: cp_model.CpModel, place: int, numbers: Iterable[int]) -> None:
    _set(model, place, cp_model.Domain.from_values(sorted(numbers)).flattened_intervals())


def _set(model: cp_model.CpModel, place: int, intervals: list[int]) -> None:
    domain = model.proto.variables[place].domain
    domain.clear()
    domain.extend(intervals)


def _hint(model: cp_model.CpModel, left: dict[str, set[int]]) -> None:
    model.clear_hints()  # type: ignore[no-untyped-call]
    for place, numbers in enumerate(left.values()):
        if numbers:
            model.add_hint(model.get_int_var_from_proto_index(place), min(numbers))
