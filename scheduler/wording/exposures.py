"""Exposures as they were written in the history, for many rows at once."""

import numpy as np

from scheduler.arrays import Index, distinct
from scheduler.engine.problem import Problem
from scheduler.wording.many_rows import Told

Words = tuple[str, str, str]  # an exposure's event, start and end


class ExposureTexts:
    """What the history says of the exposures of many rows; those of -1 are blank.

    `words` are the distinct ones, `place` tells which of them each row has.
    """

    def __init__(self, problem: Problem, rows: Index) -> None:
        """The exposures of some rows (-1: none)."""
        every, self._rows = problem.cohort.exposures, rows
        self._written = every.event_name, every.start_text, every.end_text
        asked = np.zeros(len(every) + 1, bool)
        asked[rows] = True
        used = np.flatnonzero(asked[:-1])
        first, place = distinct(*(column.codes[used] for column in self._written))
        some = used[first]
        told = zip(
            *(column.texts[column.codes[some]].tolist() for column in self._written), strict=True
        )
        self.words: list[Words] = [*told, ("", "", "")]
        places = np.full(len(asked), len(first), np.int64)
        places[used] = place
        self.place: Index = places[rows]

    def column(self, part: int) -> Told:
        """The event, the start or the end of every row."""
        column = self._written[part]
        return [*column.texts.tolist(), ""], np.append(column.codes, len(column.texts))[self._rows]
