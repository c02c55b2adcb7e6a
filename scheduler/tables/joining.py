"""Frames of several versions brought together.

Source: docs/amendments.md.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scheduler.tables.columns import category


def join_frames(
    frames: Sequence[pd.DataFrame], orders: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Frames one after another; categories are brought together, in the order given or met."""
    columns = {}
    for name in frames[0].columns:
        parts = [frame[name] for frame in frames]
        if any(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
            met = dict.fromkeys(str(c) for part in parts for c in part.cat.categories)
            order = [*(n for n in orders.get(name, ()) if n in met or name == "participant")]
            order += [n for n in met if n not in set(order)]
            texts = [value for part in parts for value in part.astype(object).tolist()]
            columns[name] = pd.Series(category([_or_none(v) for v in texts], order))
        else:
            columns[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(columns)


def _or_none(value: Any) -> Any:
    return value if isinstance(value, str) else None
