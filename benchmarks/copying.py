"""How long does it take to move the bytes alone? The floor that no program goes below.

What has to be read (the study's frames) and written (the windows' frame) is copied once.
"""

import time

import numpy as np

_MOST = 2**27  # copied in pieces of this size; larger ones are not slower for each byte


def copy_seconds(read: int, written: int) -> float:
    """Seconds to copy so many bytes in all, the best of three."""
    count = max(1, read + written)
    piece = min(count, _MOST)
    source, target = np.ones(piece, np.uint8), np.zeros(piece, np.uint8)
    best = min(_once(source, target) for _ in range(3))
    return best * count / piece


def _once(source: "np.ndarray", target: "np.ndarray") -> float:
    begun = time.perf_counter()
    np.copyto(target, source)
    return time.perf_counter() - begun
