"""What the items of a protocol rest on: counted, and each assumption in its own words."""

from collections.abc import Iterator

from scheduler.protocol.model import Protocol
from scheduler.protocol.sourced import Basis


def bases(protocol: Protocol) -> list[tuple[str, str, Basis]]:
    """Every item that carries a source or an assumption: its kind, its name, what it rests on."""
    found = [("study dates", "study", protocol.study.basis)]
    found += [("gaps", gap.id, gap.basis) for gap in protocol.gaps]
    found += [("visits", visit.name, visit.basis) for visit in protocol.visits]
    found += [("rules", rule.id, rule.basis) for rule in protocol.rules if rule.test is None]
    found += [("tests", test.id, test.basis) for test in protocol.tests]
    found += [("half-lives", agent.name, agent.basis) for agent in protocol.agents]
    found += [("tasks", task.name, task.basis) for task in protocol.tasks]
    return [item for item in found if item[2].source or item[2].assumption]


def basis_lines(protocol: Protocol) -> Iterator[str]:
    """How many items are sourced and how many assumed, and what is assumed? As lines to print."""
    items = bases(protocol)
    yield f"{protocol.id} version {protocol.version} of {protocol.date}: no faults"
    sections = ("milestones", "visits", "gaps", "rules", "tests", "tasks", "checklist", "notes")
    counts = {name: len(getattr(protocol, name)) for name in sections}
    counts["rules"] -= sum(rule.test is not None for rule in protocol.rules)
    told = {name: n for name, n in counts.items() if n or name not in ("tests", "tasks")}
    yield ", ".join(f"{name}: {n}" for name, n in told.items())
    yield ""
    yield f"{'':12}{'sourced':>9}{'partly assumed':>16}{'assumed':>9}"
    kinds = list(dict.fromkeys(kind for kind, _, _ in items))
    for kind in [*kinds, "all"]:
        of_kind = [basis for k, _, basis in items if kind in (k, "all")]
        sourced = sum(not basis.assumption for basis in of_kind)
        assumed = sum(basis.source is None for basis in of_kind)
        yield f"{kind:12}{sourced:>9}{len(of_kind) - sourced - assumed:>16}{assumed:>9}"
    assumed_items = [item for item in items if item[2].assumption]
    if assumed_items:
        yield ""
        yield "Assumptions:"
    for kind, name, basis in assumed_items:
        line = f", line {basis.line}" if basis.line else ""
        yield f"  {name} ({kind}{line}): {basis.assumption}"
