"""Tests that expire: a node may only come while the last one is valid.

Source: docs/semantics.md, section 3 ("Tests that expire").
"""

from dataclasses import dataclass, field

from scheduler.days import Length
from scheduler.protocol.sourced import Attributes, Basis

NO_BASIS = Basis()


@dataclass(frozen=True, slots=True)
class ExpiringTest:
    """A test that must be recent when a node comes; `nodes` are those that it is for.

    `not_before` is a milestone or visit before which it counts for nothing; empty: none.
    `repeatable`: a new one can be made; else only those that are recorded count.
    """

    id: str
    label: str
    nodes: tuple[str, ...]
    valid: Length
    not_before: str = ""
    repeatable: bool = True
    only: Attributes = field(default_factory=dict)
    basis: Basis = NO_BASIS

    def rule_id(self, node: str) -> str:
        """What tables call the rule that the test is for one of its nodes."""
        return self.id if len(self.nodes) == 1 else f"{self.id}:{node}"
