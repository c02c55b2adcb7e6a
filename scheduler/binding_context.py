"""What every part of binding needs: who the participants are, their sites, and their clocks.

Source: docs/study-folder.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scheduler.clocks import Instants
from scheduler.cohort import Index, Texts
from scheduler.days import FAR, MINUTES_A_DAY, Days
from scheduler.errors import did_you_mean
from scheduler.protocol import Attributes, Protocol
from scheduler.sites import Site
from scheduler.study_cells import REPORTED, shown
from scheduler.study_faults import Faults
from scheduler.study_tables import Table, normal_name

FAR_INSTANT = FAR * MINUTES_A_DAY  # "no end" among instants; its negative is "no beginning"
SKIP = -2  # a cell whose fault has been told, or a blank


@dataclass(frozen=True, slots=True)
class Context:
    """The participants of a study in their order, with the place of each one's site."""

    protocol: Protocol
    as_of: int
    faults: Faults
    place: Mapping[str, int]
    sites: tuple[Site, ...]
    site: Index

    def participants(self, table: Table) -> Index:
        """The place of each row's participant; SKIP where a fault is told."""
        alike = {_bare(code): code for code in self.place}

        def unknown(code: str) -> str:
            close = alike.get(_bare(code), "")
            tail = f'; did you mean "{close}"?' if close else ""
            return f"found {shown(code)}, expected a participant of the table participants{tail}"

        return look_up(table, "participant", self.place, unknown, "S240", self.faults)

    def instants(
        self, participant: Index, days: Days, minutes: Days
    ) -> tuple[Instants, Instants, NDArray[np.bool_]]:
        """The first and last instant of each local day, or of the minute where one is told (>= 0).

        The third array says whether the local time exists. Days without beginning or end pass
        through as instants of the same meaning.
        """
        early = np.zeros(len(days), np.int64)
        late = early.copy()
        exists = np.ones(len(days), bool)
        zones = {site.timezone: site.zone for site in self.sites}
        names = np.array([site.timezone for site in self.sites], object)[self.site[participant]]
        for name, clocks in zones.items():
            rows = np.flatnonzero(names == name)
            early[rows], late[rows], exists[rows] = clocks.at(
                days[rows], np.maximum(minutes[rows], 0)
            )
            whole = rows[minutes[rows] < 0]
            early[whole], late[whole] = clocks.day_start(days[whole]), clocks.day_end(days[whole])
            exists[whole] = True
        for far in (-FAR, FAR):
            early[days == far] = late[days == far] = far * MINUTES_A_DAY
        return early, late, exists


def look_up(
    table: Table, head: str, known: Mapping[str, int], unknown: Callable[[str], str], code: str,
    faults: Faults,
) -> Index:  # fmt: skip
    """The number of each cell's text; SKIP for a blank and for an unknown one, which is a fault."""
    codes, distinct = pd.factorize(table.column(head))
    numbers = np.array([known.get(text, SKIP) for text in distinct], np.int64)
    told = {
        place: unknown(text)
        for place, text in enumerate(distinct)
        if text not in known and text not in ("", REPORTED)
    }
    for row in np.flatnonzero(np.isin(codes, list(told))) if told else ():
        faults.add(code, table.place, int(table.rows[row]), head, told[int(codes[row])])
    return numbers[codes] if len(codes) else np.zeros(0, np.int64)


def _bare(code: str) -> str:
    return "".join(c for c in code.lower() if c.isalnum())


def attribute_columns(table: Table, wanted: Iterable[str], apart: Iterable[str]) -> dict[str, str]:
    """Which column holds each attribute: all columns but `apart`, and the wanted ones.

    A wanted attribute is found in a column that differs in case and spacing only; "" where there
    is none.
    """
    heads = [head for head in table.frame.columns if head not in set(apart)]
    found = {head: head for head in heads}
    plain = {normal_name(head): head for head in heads}
    for name in wanted:
        found.setdefault(name, plain.get(normal_name(name), ""))
    return found


def attribute_values(table: Table, columns: Mapping[str, str], rows: Index) -> dict[str, Texts]:
    """The attributes of the rows; a blank, and the word `unknown`, is ""."""
    values = {}
    for name, head in columns.items():
        codes, distinct = pd.factorize(table.column(head)[rows])
        blank = [text if text.lower() not in ("unknown", REPORTED) else "" for text in distinct]
        texts = np.array(blank, object) if blank else np.zeros(0, object)
        values[name] = texts[codes]
    return values


def warn_columns(table: Table, columns: Mapping[str, str], faults: Faults) -> None:
    """Warns where an attribute has no column, but a column looks like a slip of it."""
    wanted = [name for name, head in columns.items() if not head]
    for head in table.frame.columns:
        if close := did_you_mean(normal_name(head), wanted):
            text = f'no rule looks at this column; did you mean "{close}"?'
            faults.add("S249", table.place, None, head, text)


def warn_values(
    table: Table, head: str, cells: Texts, rows: Index, listed: Iterable[str], faults: Faults
) -> None:
    """Warns of values that no rule names: near misses one by one, the others in one line."""
    known = sorted(set(listed))
    others = []
    codes, distinct = pd.factorize(cells)
    for place, text in enumerate(distinct):
        if text in ("", REPORTED) or text in known:
            continue
        close = near(text, known)
        if not close:
            others.append(text)
            continue
        row = int(table.rows[rows[codes == place]].min())
        message = f'found {shown(text)}, which no rule knows; did you mean "{close}"?'
        faults.add("S245", table.place, row, head, message, "values match exactly")
    if others:
        some = ", ".join(shown(text) for text in sorted(others)[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        text = f"found values that no rule names: {some}{more}"
        faults.add("S246", table.place, None, head, text)


def near(text: str, known: Iterable[str]) -> str:
    """The known name that a text is probably a slip of, or an empty string."""
    names = list(known)
    plain = normal_name(text).replace("-", "_")
    same = [name for name in names if normal_name(name).replace("-", "_") == plain]
    return same[0] if same else did_you_mean(text, names) or did_you_mean(plain, names)


def listed_values(conditions: Iterable[Attributes]) -> dict[str, set[str]]:
    """Every attribute that conditions name, with all values that they list."""
    found: dict[str, set[str]] = {}
    for condition in conditions:
        for name, values in condition.items():
            found.setdefault(name, set()).update(values)
    return found
