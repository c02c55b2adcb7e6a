"""Tables that are kept cannot be written to, not even through the arrays behind their columns."""

from typing import Any

import numpy as np
import pandas as pd

_BUFFERS = ("_codes", "_ndarray", "_data", "_mask")  # of categories, dates, nullable integers


def sealed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, its memory read-only.

    pandas copies a column before it writes to it (copy-on-write), and the copy can be written to;
    only who reaches for `.array` or `.values` finds the memory itself, and is refused. Columns of a
    kind lie in one block, which pandas has no public name for.
    """
    for block in frame._mgr.blocks:
        array: Any = block.values
        for memory in (array, *(getattr(array, name, None) for name in _BUFFERS)):
            if isinstance(memory, np.ndarray):
                memory.flags.writeable = False
    return frame
