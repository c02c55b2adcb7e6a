"""Exposures as they were written in the history, for many rows at once."""

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from scheduler.arrays import Index, distinct, woven
from scheduler.engine.problem import Problem
from scheduler.wording.many_rows import Told

Words = tuple[str, str, str]  # an exposure's event, start and end


def begun_text(start: str) -> str:
    """When an exposure began, behind its event."""
    return f" {start}"


def ended_text(end: str) -> str:
    """When an exposure ended, behind its start; empty for a blank."""
    return f" to {end}" if end else ""


class ExposureTexts:
    """What the history says of the exposures of many rows; those of -1 are blank.

    `place` tells which of the distinct ones each row has; the last one is blank.
    """

    def __init__(self, problem: Problem, rows: Index) -> None:
        """The exposures of some rows (-1: none)."""
        every, self._rows = problem.cohort.exposures, rows
        self._written = every.event_name, every.start_text, every.end_text
        asked = np.zeros(len(every) + 1, bool)
        asked[rows] = True
        used = np.flatnonzero(asked[:-1])
        first, place = distinct(*(column.codes[used] for column in self._written))
        self._first = used[first]
        places = np.full(len(asked), len(first), np.int64)
        places[used] = place
        self.place: Index = places[rows]

    @cached_property
    def words(self) -> list[Words]:
        """The distinct ones."""
        told = (column.texts[column.codes[self._first]].tolist() for column in self._written)
        return [*zip(*told, strict=True), ("", "", "")]

    @cached_property
    def told(self) -> Sequence[str]:
        """The distinct ones as sentences name them."""
        says: tuple[Callable[[str], str], ...] = (str, begun_text, ended_text)
        return woven(
            [
                (
                    [*map(say, column.texts.tolist()), ""],
                    np.append(column.codes[self._first], len(column.texts)),
                )
                for say, column in zip(says, self._written, strict=True)
            ]
        )

    def column(self, part: int) -> Told:
        """The event, the start or the end of every row."""
        column = self._written[part]
        return [*column.texts.tolist(), ""], np.append(column.codes, len(column.texts))[self._rows]
