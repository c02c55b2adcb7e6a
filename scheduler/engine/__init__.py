"""The engine in one place: the problem, its two passes, and their exact answer.

Source: docs/engine.md; docs/semantics.md, sections 1, 4 and 5.
"""

from scheduler.engine.answers import Answer, answer
from scheduler.engine.domains import Domains, StructureGroup
from scheduler.engine.passes import Pass
from scheduler.engine.problem import Problem, build_problem, pinned

__all__ = [
    "Answer",
    "Domains",
    "Pass",
    "Problem",
    "StructureGroup",
    "answer",
    "build_problem",
    "pinned",
]
