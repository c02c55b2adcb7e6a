"""How much of a workbook is read: generous for a study, far below what a file can claim to hold.

Source: docs/study-folder.md (limits of workbooks).
"""

import os
from dataclasses import dataclass, fields

VARIABLE = "WASHOUT_WORKBOOK_LIMITS"


class DamagedBook(Exception):
    """A workbook, or a sheet of it, that cannot be read: what, where, and the way out."""

    def __init__(self, message: str, way_out: str = "", part: str = "") -> None:
        """`part` is the file inside the workbook."""
        self.message, self.way_out, self.part = message, way_out, part
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class WorkbookLimits:
    """The most that one workbook may hold.

    `file_mb` of the file, `part_mb` of one part after unzipping (megabytes); rows, columns and
    cells of one sheet (filled or formatted); `parts` in the file; characters of one cell (as many
    as Excel's).
    """

    file_mb: int = 100
    part_mb: int = 200
    parts: int = 5_000
    rows: int = 1_048_576
    columns: int = 512
    cells: int = 1_000_000
    characters: int = 32_767

    def over(self, what: str, part: str = "") -> DamagedBook:
        """The fault of a workbook that passes a limit."""
        return DamagedBook(
            f"found more {_SAID[what]} than {getattr(self, what):,}, which is the limit",
            f"delete what is not needed, or raise the limit: {VARIABLE}={what}=...",
            part,
        )


_SAID = {
    "file_mb": "megabytes of workbook",
    "part_mb": "megabytes (unzipped)",
    "parts": "parts",
    "rows": "rows",
    "columns": "columns",
    "cells": "cells, filled or formatted,",
    "characters": "characters in one cell",
}


def limits_of_environment() -> WorkbookLimits:
    """The limits, with those changed that the environment names (`cells=9000000 part_mb=900`).

    Raises: DamagedBook where the variable cannot be read.
    """
    known = {field.name for field in fields(WorkbookLimits)}
    changed: dict[str, int] = {}
    for entry in os.environ.get(VARIABLE, "").split():
        name, _, number = entry.partition("=")
        if name not in known or not (number.isascii() and number.isdigit()):
            expected = f"expected {', '.join(sorted(known))} with a whole number, such as cells=9"
            raise DamagedBook(f"found {entry} in the variable {VARIABLE}, {expected}")
        changed[name] = int(number)
    return WorkbookLimits(**changed)
