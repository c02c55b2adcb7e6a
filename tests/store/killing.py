"""Kills a saving process again and again, and looks whether what it acknowledged is there.

`python tests/store/killing.py PLACE TIMES`; prints the number of kills and acknowledged saves. The
tests kill 200 times; 1,000 times is what the store has to stand before a release.
"""

import os
import random
import signal
import sys
import time

from scheduler.store.entries import Actor
from scheduler.store.proving import verify
from scheduler.store.stored import Edit, Store

READY = b"*"
CELLS = {"participant": "P-1", "event": "live_vaccine", "start": "2026-03-02"}


def save_forever(place: str, out: int) -> None:
    """Saves rows, corrections and voidings; tells each after it was acknowledged."""
    store = Store.open(place)
    os.write(out, READY)
    while True:
        row = store.apply("S", [Edit("add", "history", CELLS)], Actor("child"))[0]
        os.write(out, f"{row.row} 1 0\n".encode())
        if row.row % 3 == 0:
            edit = Edit("correct", "history", {"note": "x" * 3000}, row.row, 1, "more")
            store.apply("S", [edit], Actor("child"))
            os.write(out, f"{row.row} 2 0\n".encode())
        if row.row % 5 == 0:
            edit = Edit("void", "history", {}, row.row, 2 if row.row % 3 == 0 else 1, "twice")
            store.apply("S", [edit], Actor("child"))
            os.write(out, f"{row.row} {edit.version + 1} 1\n".encode())


def main(place: str, times: int) -> None:
    """Kills `times` times at instants of its own choice."""
    chance = random.Random(7)
    store = Store.open(place, make=True)
    begin = time.perf_counter()
    for _ in range(10):
        store.apply("S", [Edit("add", "history", CELLS)], Actor("parent"))
    longest = (time.perf_counter() - begin) / 10 * 6  # some six saves
    store.close()
    told: dict[int, tuple[int, int]] = {}
    saves = 0
    for kill in range(times):
        inside, outside = os.pipe()
        child = os.fork()
        if not child:
            os.close(inside)
            save_forever(place, outside)
        os.close(outside)
        assert os.read(inside, 1) == READY
        time.sleep(chance.uniform(0.0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(inside) as stream:
            for line in stream.read().split("\n")[:-1]:
                row, version, void = map(int, line.split())
                told[row] = version, void
                saves += 1
        if saves < 2 * (kill + 1):  # the machine has become slower than it was at the start
            longest *= 1.1
        elif saves > 12 * (kill + 1):
            longest /= 1.1
    store = Store.open(place)
    stored = {row.row: (row.version, int(row.void)) for row in store.rows("S")}
    lost = [row for row, (version, _) in told.items()
            if row not in stored or stored[row][0] < version]  # fmt: skip
    proof = verify(store)
    print(f"{times} kills, {saves} acknowledged saves, {len(lost)} lost, fault: {proof.fault!r}")
    sys.exit(1 if lost or proof.fault else 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
