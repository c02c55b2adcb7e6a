"""Which partition does a participant belong to?

The rule uses nothing but SHA-256 and whole numbers, so that any program in any language can follow
it. Source: docs/decisions/0013-partitions-and-hash.md.
"""

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

HASH = "the first 8 bytes of the SHA-256 sum of the code in UTF-8, big-endian, modulo partitions"


def partition_of(code: str, partitions: int) -> int:
    """The partition of one participant's code; blanks around the code do not count.

    Example: `partition_of("P-001", 4)` is 0.
    """
    text = code.strip().encode("utf-8", "surrogatepass")
    return int.from_bytes(sha256(text).digest()[:8], "big") % partitions


def partitions_of(codes: Iterable[str], partitions: int) -> NDArray[np.int64]:
    """The partitions of several codes."""
    return np.array([partition_of(code, partitions) for code in codes], np.int64)
