"""Moments as DataFrames have them, in seconds, as text."""

from functools import lru_cache

import numpy as np

DAY_SECONDS = 86_400
NOT_A_TIME = np.iinfo(np.int64).min  # NaT as a number


@lru_cache(maxsize=100_000)
def stamp_text(seconds: int) -> str:
    """A moment as text."""
    if seconds == NOT_A_TIME:
        return ""
    text = str(np.datetime64(seconds, "s"))
    return text[:10] if not seconds % DAY_SECONDS else text[:16].replace("T", " ")
