"""What a plan rests on that no source says.

Source: docs/contract.md: what rests on an assumption says so wherever it is shown.
"""

from scheduler.protocol import Protocol
from scheduler.study.holiday_parts import holidays_left_out
from scheduler.tables.columns import text_column
from scheduler.tables.frames import Frame
from scheduler.tables.solved import Solved


def assumptions_of_nodes(protocol: Protocol) -> list[str]:
    """For every node the assumptions behind its timing: its own, or those of the gaps to it."""
    texts = []
    for node in protocol.nodes:
        found = [node.basis.assumption]
        found += [gap.basis.assumption for gap in protocol.gaps if gap.end == node.name]
        texts.append("; ".join(dict.fromkeys(text for text in found if text)))
    return texts


def assumptions_frame(solved: Solved) -> Frame:
    """Every assumption in use: kind (gap, visit, rule, test, agent, ...), item, text."""
    protocol, problem = solved.protocol, solved.problem
    rows = [("study", protocol.id, protocol.study.basis.assumption)]
    rows += [("gap", gap.id, gap.basis.assumption) for gap in protocol.gaps]
    rows += [("visit", visit.name, visit.basis.assumption) for visit in protocol.visits]
    rows += [("rule", r.id, r.basis.assumption) for r in protocol.rules if r.test is None]
    rows += [("test", test.id, test.basis.assumption) for test in protocol.tests]
    rows += [("agent", agent.name, agent.basis.assumption) for agent in protocol.agents]
    rows += [("task", task.name, task.basis.assumption) for task in protocol.tasks]
    for site in problem.cohort.sites:
        years = (
            site.assumed_years(problem.first, problem.last) if problem.first <= problem.last else ()
        )
        if years:
            text = (
                f"public holidays of {', '.join(map(str, years))} are not officially published yet"
            )
            rows.append(("holidays", site.id or "site", text))
        if site.holidays and (text := holidays_left_out(site.holidays, site.include)):
            rows.append(("holidays", site.id or "site", text))
    kept = list(dict.fromkeys(row for row in rows if row[2]))
    heads = ("kind", "item", "text")
    return Frame({head: text_column(row[at] for row in kept) for at, head in enumerate(heads)})
