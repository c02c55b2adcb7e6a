"""Exposures as they were written in the history, for many rows at once."""

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.cohort import Exposures
from scheduler.wording.many_rows import Told, distinct_texts

Words = tuple[str, str, str]  # an exposure's event, start and end


class ExposureTexts:
    """What the history says of the exposures of many rows; those of -1 are blank.

    `words` are the distinct ones, `place` tells which of them each row has.
    """

    def __init__(self, exposures: Exposures, rows: Index) -> None:
        """The exposures of some rows (-1: none)."""
        asked = np.zeros(len(exposures) + 1, bool)
        asked[rows] = True
        used = np.flatnonzero(asked[:-1])
        columns = [
            column[used]
            for column in (exposures.event_name, exposures.start_text, exposures.end_text)
        ]
        first, place = distinct_texts(*columns)
        told = zip(*(column[first].tolist() for column in columns), strict=True)
        self.words: list[Words] = [*told, ("", "", "")]
        places = np.full(len(asked), len(first), np.int64)
        places[used] = place
        self.place: Index = places[rows]

    def column(self, part: int) -> Told:
        """The event, the start or the end of every row."""
        return [words[part] for words in self.words], self.place
