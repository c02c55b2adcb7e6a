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
        self._written, self._rows = problem.written, rows
        asked = np.zeros(len(problem.cohort.exposures) + 1, bool)
        asked[rows] = True
        used = np.flatnonzero(asked[:-1])
        first, place = distinct(*(number[used] for number, _ in self._written))
        told = zip(
            *(texts[number[used[first]]].tolist() for number, texts in self._written), strict=True
        )
        self.words: list[Words] = [*told, ("", "", "")]
        places = np.full(len(asked), len(first), np.int64)
        places[used] = place
        self.place: Index = places[rows]

    def column(self, part: int) -> Told:
        """The event, the start or the end of every row."""
        number, texts = self._written[part]
        return [*texts.tolist(), ""], np.append(number, len(texts))[self._rows]
