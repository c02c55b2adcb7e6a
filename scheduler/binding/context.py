"""What every part of binding needs: who the participants are, their sites, and their clocks.

Source: docs/study-folder.md.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scheduler.arrays import Index, Texts, numbered
from scheduler.core.dayset import where
from scheduler.days import FAR, MINUTES_A_DAY, Days, iso
from scheduler.days.clocks import Instants, Zone, by_zone, day_begins
from scheduler.errors import FaultList, asked, bare, did_you_mean, shown
from scheduler.protocol import Attributes, Protocol
from scheduler.study.cells import MISSING, MISSING_WAY_OUT, REPORTED, is_missing_word
from scheduler.study.sites import Site
from scheduler.study.tables import Table, normal_name

SKIP = -2  # a cell whose fault has been told, or a blank
NO_SUCH_TIME = "expected another time: the site's clocks skip this one on that day"
_ANY_DAY = 20_000  # stands in for "no end", of which the clocks are not asked


@dataclass(frozen=True)
class Context:
    """The participants of a study in their order, with the place of each one's site."""

    protocol: Protocol
    as_of: int
    faults: FaultList
    place: Mapping[str, int]
    sites: tuple[Site, ...]
    site: Index
    attempt: Index  # at screening, that each one is in

    @cached_property
    def _zones(self) -> tuple[list[Zone], Index]:
        """The clocks of the sites, each once, and the place of each site's."""
        zones = {site.timezone: site.zone for site in self.sites}
        names = list(zones)
        places = [names.index(site.timezone) for site in self.sites]
        return list(zones.values()), np.array(places, np.int64)

    @cached_property
    def alike(self) -> dict[str, str]:
        """The participants' codes by their letters and digits alone, to find slips."""
        return codes_alike(self.place)

    def participants(self, table: Table) -> Index:
        """The place of each row's participant; SKIP where a fault is told."""

        def unknown(code: str) -> str:
            return no_participant(code, self.alike)

        return look_up(table, "participant", self.place, unknown, "S240", self.faults)

    def instants(
        self, participant: Index, days: Days, minutes: Days, last: bool = False
    ) -> tuple[Instants, NDArray[np.bool_]]:
        """The first (or last) instant of each local day, or of the minute where one is told (>= 0).

        The second array says whether the local time exists. Days without beginning or end pass
        through as instants of the same meaning.
        """
        zones, of_site = self._zones
        of, far = of_site[self.site[participant]], np.abs(days) >= FAR
        near = np.where(far, _ANY_DAY, days) if far.any() else days
        found = day_begins(zones, of, near + 1) - 1 if last else day_begins(zones, of, near)
        exists = np.ones(len(days), bool)
        for number, rows in by_zone(of[timed := where(minutes >= 0)]):
            some = timed[rows]
            *sides, exists[some] = zones[number].at(days[some], minutes[some])
            found[some] = sides[last]
        found[far] = days[far] * MINUTES_A_DAY
        return found, exists


def look_up(
    table: Table, head: str, known: Mapping[str, int], unknown: Callable[[str], str], code: str,
    faults: FaultList,
) -> Index:  # fmt: skip
    """The number of each cell's text; SKIP for a blank and for an unknown one, which is a fault."""
    column = table.coded(head)
    numbers = np.array([known.get(text, SKIP) for text in column.texts], np.int64)
    told = {
        place: unknown(column.texts[place])
        for place in where(numbers == SKIP).tolist()
        if column.texts[place] not in ("", REPORTED)
    }
    for row in where(np.isin(column.codes, list(told))) if told else ():
        faults.add(code, table.place, int(table.rows[row]), head, told[int(column.codes[row])])
    return np.asarray(column.told(numbers), np.int64)


def codes_alike(codes: Iterable[str]) -> dict[str, str]:
    """Codes of participants by their letters and digits alone, to find slips."""
    return {bare(code): code for code in codes}


def no_participant(code: str, alike: Mapping[str, str]) -> str:
    """What is told of a code that no participant has."""
    tail = asked(alike.get(bare(code), ""))
    return f"found {shown(code)}, expected a participant of the table participants{tail}"


def up_to(as_of: int) -> str:
    """What is expected of a day that has to have come."""
    return f"expected a day up to {iso(as_of)}, the day of the plan"


def attribute_columns(table: Table, wanted: Iterable[str], apart: Iterable[str]) -> dict[str, str]:
    """Which column holds each attribute: all columns but `apart`, and the wanted ones.

    A wanted attribute is found in a column that differs in case and spacing only; "" where there
    is none.
    """
    heads = [head for head in table.columns if head not in set(apart)]
    found = {head: head for head in heads}
    plain = {normal_name(head): head for head in heads}
    for name in wanted:
        found.setdefault(name, plain.get(normal_name(name), ""))
    return found


def attribute_values(table: Table, columns: Mapping[str, str], rows: Index) -> dict[str, Texts]:
    """The attributes of the rows; a blank, and the word `unknown`, is ""."""
    values = {}
    for name, head in columns.items():
        column = table.coded(head)
        blank = ["" if text.lower() in ("unknown", REPORTED) else text for text in column.texts]
        values[name] = column.told(np.array(blank, object))[rows]
    return values


def warn_columns(table: Table, columns: Mapping[str, str], faults: FaultList) -> None:
    """Warns where an attribute has no column, but a column looks like a slip of it.

    A column that is not text is refused where it is the attribute's own.
    """
    wanted = [name for name, head in columns.items() if not head]
    for head, faulty in table.unread.items():
        for told in faulty if normal_name(head) in map(normal_name, wanted) else ():
            faults.add(*told)
    for head in table.columns:
        if close := did_you_mean(normal_name(head), wanted):
            text = f'no rule looks at this column; did you mean "{close}"?'
            faults.add("S249", table.place, None, head, text)


def warn_values(
    table: Table, head: str, cells: Texts, rows: Index, listed: Iterable[str], faults: FaultList,
    frees: bool = True,
) -> None:  # fmt: skip
    """Warns of values that no rule names: near misses one by one, the others in one line.

    None is told by its text, which may be free text on a person: the row says where it stands.

    The others are told where such a value `frees`, because rules hold only for values that they
    name. One that is in no list of exceptions binds, as it should, and is nothing to be told of.
    """
    known = sorted(set(listed))
    others = []
    codes, distinct = numbered(cells)
    for place, text in enumerate(distinct):
        if text in ("", REPORTED) or text in known or is_missing_word(text):
            continue
        close = near(text, known)
        if not close:
            others.append(text)
            continue
        row = int(table.rows[rows[codes == place]].min())
        message = f'found a value that no rule knows; did you mean "{close}"?'
        faults.add("S245", table.place, row, head, message, "values match exactly")
    if others and frees:
        count = int(np.isin(distinct, others)[codes].sum())
        some = "a value" if len(others) == 1 else f"{len(others)} values"
        text = f"found {some} that no rule names, in {count} row{'' if count == 1 else 's'}"
        faults.add("S246", table.place, None, head, text)


def refuse_missing(table: Table, head: str, listed: Iterable[str], faults: FaultList) -> None:
    """Refuses words by which programs mark a missing value, unless a rule names that very word."""
    column, known = table.coded(head), set(listed)
    bad = [text not in known and is_missing_word(text) for text in column.texts]
    for row in where(column.told(np.array(bad, bool))) if any(bad) else ():
        found = f"found {shown(table.cell(head, row))}, {MISSING}"
        faults.add("S229", table.place, int(table.rows[row]), head, found, MISSING_WAY_OUT)


def near(text: str, known: Iterable[str]) -> str:
    """The known name that a text is probably a slip of, or an empty string."""
    names = list(known)
    plain = normal_name(unicodedata.normalize("NFKC", text)).replace("-", "_")
    same = [name for name in names if normal_name(name).replace("-", "_") == plain]
    return same[0] if same else did_you_mean(text, names) or did_you_mean(plain, names)


def listed_values(conditions: Iterable[Attributes]) -> dict[str, set[str]]:
    """Every attribute that conditions name, with all values that they list."""
    found: dict[str, set[str]] = {}
    for condition in conditions:
        for name, values in condition.items():
            found.setdefault(name, set()).update(values)
    return found
