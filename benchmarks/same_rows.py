"""One core against several, with other sizes of chunk: the same rows, by a hash of all sorted ones.

Without the package, which the process that orders and waits never needs else.
"""

import hashlib
from typing import Any

import numpy as np

from benchmarks.design import Design
from benchmarks.stream import Disagreement, Pool, chunks_of


def same_rows(design: Design, pools: list[Pool], count: int) -> str:
    """The windows and the schedule by every pool, each with a chunk size of its own."""
    found = []
    for number, pool in enumerate(pools):
        chunks = chunks_of(count, max(1, count // (3 + 4 * number)))
        shares = [chunks[worker :: pool.workers] for worker in range(pool.workers)]
        parts = pool.ask([("hashes", design.name, share) for share in shares])
        tables = ("windows", "schedule")
        found.append(
            {name: digest([one for part in parts for one in part[name]]) for name in tables}
        )
    if any(other != found[0] for other in found):
        raise Disagreement(f"{design.name}: other rows on more cores: {found}")
    cores = " and ".join(str(pool.workers) for pool in pools)
    text = ", ".join(f"{name} {value}" for name, value in found[0].items())
    return f"{count:,} participants on {cores} cores, the same rows: {text}"


def digest(hashes: list[np.ndarray[Any, np.dtype[np.uint64]]]) -> str:
    """One text for all rows, whatever their order."""
    merged = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
    return hashlib.sha256(merged.tobytes()).hexdigest()[:16]
