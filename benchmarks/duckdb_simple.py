"""The simple question in SQL: for every participant and rule, the last exposure and its washout.

That is the first day clear of everything recorded under one rule. It is not a permitted day: gaps,
closed days, the other rules and what comes later are left out, which is why it is not called a
rival of the windows. It shows what a fast database needs to read the same rows once.
"""

from typing import Any

import duckdb
import pandas as pd
import yaml

from benchmarks.design import Design

_SQL = """
    SELECT h.participant, r.rule, max(h."end" + to_days(r.within + 1)) AS clear_from
    FROM history h JOIN rules r ON h.event = r.event
    GROUP BY h.participant, r.rule
"""


class Simple:
    """The rules as a table, in a database of its own in memory."""

    def __init__(self, design: Design, threads: int) -> None:
        raw = yaml.safe_load(design.text)
        self.rules = pd.DataFrame(
            [(r["id"], r["forbid"], int(r["within"].split()[0])) for r in raw["rules"]],
            columns=["rule", "event", "within"],
        )
        self.base = duckdb.connect(config={"threads": threads})
        self.base.register("rules", self.rules)

    def first_clear_days(self, tables: dict[str, Any]) -> pd.DataFrame:
        """participant, rule, clear_from: the day after the last washout ends."""
        self.base.register("history", tables["history"])
        try:
            return self.base.execute(_SQL).df()
        finally:
            self.base.unregister("history")
