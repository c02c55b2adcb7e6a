"""Which table some rows look like by their heads, or a file or sheet by its name.

So that a table under another name, or below a title, is never lost in silence.
Source: docs/study-folder.md (tables under another name).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from scheduler.errors import did_you_mean
from scheduler.study.tables import LAYOUTS, OTHER_NAMES, normal_name

_TELLING = {
    "history": ({"participant", "event", "start"},),
    "dates": ({"participant", "milestone", "date"}, {"participant", "milestone", "status"}),
    "decisions": ({"participant", "rule", "decision"},),
    "participants": tuple(
        {"participant", head} for head in ("birth_date", "sex", "arm", "withdrawn", "screen_failed")
    ),
}
_OF_PLANS = {"certainty", "sentence", "next_milestone", "act_by"}  # only what `plan` writes
_INSIDE = {"participant": "participants", "history": "history", "decision": "decisions"}
_WHOLE = {"dates": "dates", "sites": "sites"}
_CLOSER = 0.85  # short words resemble many: updates.csv is none of the study's


def plain_name(text: str) -> str:
    """A name as it is compared: without width, case and outer spaces."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def table_of_name(name: str) -> str:
    """The table whose word is in the name of a file or sheet (`Medical history`), or ""."""
    plain = plain_name(name)
    for word, table in _INSIDE.items():
        if word in plain:
            return table
    words = re.findall(r"[^\W\d_]+", plain)
    for word in words:
        if word in _WHOLE:
            return _WHOLE[word]
    return did_you_mean(plain, _INSIDE.values()) or did_you_mean(plain, _WHOLE, _CLOSER)


def table_of_rows(rows: Iterable[Sequence[str]]) -> str:
    """The table whose heads stand in one of some rows, or ""."""
    for row in rows:
        known = _named(row)
        if _OF_PLANS & known:
            return ""
        for table, sets in _TELLING.items():
            if any(heads <= known for heads in sets):
                return table
    return ""


def row_of_heads(table: str, rows: Sequence[Sequence[str]]) -> int:
    """The place of the heads of a table among its first filled rows; -1 where none has them."""
    required = {"site"} if table == "sites" else set(LAYOUTS[table].required)
    for place, row in enumerate(rows):
        named = _named(row)
        if place == 0 and len(required & named) > (len(required) - 1) // 2:
            return 0
        if required <= named:
            return place
    return -1


def _named(row: Sequence[str]) -> set[str]:
    plain = [normal_name(unicodedata.normalize("NFKC", cell)) for cell in row]
    return {OTHER_NAMES.get(name, name) for name in plain}
