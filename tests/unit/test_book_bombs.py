"""Workbooks that unfold into gigabytes are refused, or read, within 500 MB.

Memory is read from /proc; where there is none (Windows, macOS) only the answer is tested.
`python -m tests.unit.book_bombs` prints what each took.
"""

import pytest

from tests.unit.book_bombs import BOMBS, opened

SLOW_TO_MAKE = {"comments of 2 GB", "four million cells", "small comments of 190 MB"}


@pytest.mark.parametrize("name", sorted(set(BOMBS) - SLOW_TO_MAKE))
def test_a_bomb_is_told_within_bounds(name: str) -> None:
    make, code = BOMBS[name]
    found = opened(make())
    told = [str(fault)[:4] for fault in found["faults"]]  # type: ignore[attr-defined]
    assert told == ([code] if code else [])
    assert int(str(found["megabytes"])) < 500


def test_limits_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    make, _ = BOMBS["one filled cell at the end of the grid"]
    monkeypatch.setenv("WASHOUT_WORKBOOK_LIMITS", "columns=16384 cells=5")
    faults = "".join(opened(make())["faults"])  # type: ignore[arg-type]
    assert "S206 study.xlsx[history]: the part xl/worksheets/2.xml: found more cells" in faults
    monkeypatch.setenv("WASHOUT_WORKBOOK_LIMITS", "columns=many")
    assert opened(make())["faults"] == [
        "S206 study.xlsx: found columns=many in the variable WASHOUT_WORKBOOK_LIMITS, expected "
        "cells, characters, columns, file_mb, part_mb, parts, rows with a whole number, such as "
        "cells=9"
    ]
