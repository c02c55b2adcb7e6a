"""What Python's collector of garbage looks through: not what stays as it is for the whole day.

A plan of everybody is some hundred thousand objects; to look all of them through takes longer than
any page, and falls to whoever asks at that moment.
"""

import gc
import operator
from collections.abc import Sequence

_OFTEN = 20_000, 10, 10  # a page makes some thousand objects; most are gone before it is sent
# the plans that are put aside; empty: this is no desk's process
_aside: list[Sequence[object]] = []


def begin() -> None:
    """From now on the process serves a desk; what is imported stays."""
    gc.set_threshold(*_OFTEN)
    gc.freeze()
    _aside[:] = [()]


def put_aside(plans: Sequence[object]) -> None:
    """Leaves out what is there now, once for each time that studies were read and planned."""
    if not _aside or _same(_aside[0], plans):
        return
    before, _aside[0] = bool(_aside[0]), plans
    if before:  # the plans that were put aside are garbage by now
        gc.unfreeze()
        gc.collect()
    gc.freeze()


def _same(some: Sequence[object], others: Sequence[object]) -> bool:
    return len(some) == len(others) and all(map(operator.is_, some, others))
