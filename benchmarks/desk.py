"""How fast is the desk, with 500 participants and 10 people at it?

    python benchmarks/desk.py [--people 10] [--participants 504] [--think 1.0] [--store ADDRESS]
                              [--only "Day picker,What if"] [--check] [--write FILE]

A server in a process of its own, and people who each ask, wait for the answer and think for a
while. Per kind of request: the median and the 95th percentile of what they wait, and the server's
own processor time a request, which other programs on the machine change little. With --check the
exit code is 1 where a goal is missed. Of some starts the slowest counts; one before them, which is
not measured, writes the bytecode.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.machine import describe  # noqa: E402
from scheduler.store.entries import Actor  # noqa: E402
from scheduler.store.importing import new_study  # noqa: E402
from scheduler.store.stored import Store  # noqa: E402
from scheduler.study.csv_files import read_csv  # noqa: E402
from scheduler.study.faults import study_faults  # noqa: E402

FOLDER = ROOT / "protocols" / "nct07342244"
KEY, AS_OF, DAY = "NCT07342244", "2026-06-15", "2026-07-14"
PAGE = 150
# milliseconds at the 95th percentile
GOALS = {"Day picker": 60, "A day chosen in it": 60, "What if": 60, "Save": 200}
START, MEMORY = 1.5, 400
STARTS = 5
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def many(participants: int, out: Path) -> None:
    """A study folder of the example's people, again and again under other codes."""
    faults = study_faults()
    for name in ("participants", "history", "dates", "decisions"):
        table = read_csv(name, name, (FOLDER / "example" / f"{name}.csv").read_bytes(), faults)
        assert table is not None
        heads = list(table.columns)
        rows = list(zip(*(table.column(head) for head in heads), strict=True))
        codes = {row[0]: None for row in rows}
        lines = [",".join(heads)]
        for copy in range(-(-participants // 18)):
            lines += [",".join([f"{row[0]}-{copy:03d}", *map(_quoted, row[1:])]) for row in rows]
        assert codes
        (out / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sites = (FOLDER / "example" / "sites.yaml").read_bytes()
    (out / "sites.yaml").write_bytes(sites)


def _quoted(text: str) -> str:
    return f'"{text}"' if "," in text else text


@dataclass
class Found:
    """What one kind of request took: seconds waited, and the server's seconds of work."""

    waits: list[float] = field(default_factory=list)
    work: float = 0.0

    def at(self, share: float) -> float:
        """A percentile, in milliseconds."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def _settings(folder: Path) -> dict[str, str]:
    """What the server's process is told: bytecode is kept, as it is on people's machines."""
    kept = {k: text for k, text in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    own = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return {**kept, **own, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


class Server:
    """The desk in a process of its own."""

    def __init__(self, place: str, folder: Path) -> None:
        token = folder / "token"
        token.unlink(missing_ok=True)
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scheduler", "desk", "--store", place, "--as-of", AS_OF,
             "--no-browser", "--port", "0", "--token-file", str(token), "--user", "bench"],
            stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env=_settings(folder),
        )  # fmt: skip
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)/", said)
        assert found, said
        self.host, self.port = found[1], int(found[2])
        self.headers = {"Authorization": f"Bearer {token.read_text().strip()}"}

    def person(self) -> http.client.HTTPConnection:
        """A connection that stays open, as a browser's does."""
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def ask(
        self, line: http.client.HTTPConnection, path: str, body: object = None, method: str = ""
    ) -> bytes:
        """One request and its answer."""
        raw = json.dumps(body) if body is not None else None
        line.request(method or ("POST" if raw else "GET"), path, raw, self.headers)
        answer = line.getresponse()
        content = answer.read()
        assert answer.status < 400, (path, answer.status, content[:300])
        return content

    @property
    def work(self) -> float:
        """Seconds of processor time so far, of the server and its second process."""
        found = 0
        for number in self._processes():
            parts = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
            found += int(parts[11]) + int(parts[12])
        return found / _TICKS

    @property
    def memory(self) -> float:
        """MiB at the highest, of both together."""
        texts = [Path(f"/proc/{number}/status").read_text() for number in self._processes()]
        found = [re.search(r"VmHWM:\s+(\d+)", text) for text in texts]
        return sum(int(one[1]) for one in found if one) / 1024

    def _processes(self) -> list[int]:
        """The server's process, and those that it has started."""
        own = self.process.pid
        listed = Path(f"/proc/{own}/task/{own}/children").read_text().split()
        threads = Path(f"/proc/{own}/task").glob("*/children")
        listed += [number for one in threads for number in one.read_text().split()]
        return [own, *sorted({int(number) for number in listed})]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()


def started(place: str, folder: Path) -> tuple[float, float]:
    """Seconds from a start to the first page, and of the processor."""
    server = Server(place, folder)
    server.ask(server.person(), "/")
    found = time.perf_counter() - server.begun, server.work
    server.stop()
    return found


def requests(codes: Sequence[str]) -> dict[str, Callable[[random.Random], tuple[str, object]]]:
    """The kinds of request: each gives an address and a body for one more of its kind."""

    def page(path: str, **values: str) -> Callable[[random.Random], tuple[str, object]]:
        def one(chance: random.Random) -> tuple[str, object]:
            filled = {name: text or chance.choice(codes) for name, text in values.items()}
            return f"{path}?{urlencode(filled)}", None

        return one

    def what_if(chance: random.Random) -> tuple[str, object]:
        return "/api/what-if", {
            "participant": chance.choice([code for code in codes if code.startswith("P-003")]),
            "dates": {"lymphodepletion": "2026-07-08"},
        }

    def save(chance: random.Random) -> tuple[str, object]:
        cells = {"participant": chance.choice(codes), "event": "live_vaccine", "start": "2019-05",
                 "note": f"{chance.random()}"}  # fmt: skip
        return f"/api/rows/history?s={KEY}", {"cells": cells}

    return {
        "Today": page("/", s=KEY),
        "Participants": page("/participants", s=KEY),
        "One participant": page("/participant", s=KEY, p=""),
        "Day picker": page("/step", s=KEY, p="", n="infusion"),
        # what the open page asks for when a day is pressed, and the same as a page of its own
        "A day chosen in it": page("/step", s=KEY, p="", n="infusion", day=DAY, part="choice"),
        "A day, without JavaScript": page("/step", s=KEY, p="", n="infusion", day=DAY),
        "What if": what_if,
        "Save": save,
        "Calendar": page("/calendar", s=KEY, planned="yes"),
        "Week": page("/week", s=KEY),
        "Questions": page("/questions", s=KEY),
        "Deviations": page("/deviations", s=KEY),
        "Record an exposure": page("/exposure", s=KEY, p=""),
        "Sheet of a participant": page("/sheet", s=KEY, p=""),
        "Protocol": page("/protocol", s=KEY),
        "Trail": page("/trail", s=KEY),
        "Export": page("/export", s=KEY),
    }


def measure(
    server: Server, make: Callable[[random.Random], tuple[str, object]], people: int, each: int,
    think: float,
) -> Found:  # fmt: skip
    """People who each send some requests of one kind, thinking between them."""
    found, guard = Found(), threading.Lock()

    def person(number: int) -> None:
        chance, line = random.Random(number), server.person()
        time.sleep(chance.uniform(0, think))
        for _ in range(each):
            path, body = make(chance)
            begin = time.perf_counter()
            server.ask(line, path, body)
            with guard:
                found.waits.append(time.perf_counter() - begin)
            time.sleep(chance.uniform(0, 2 * think))
        line.close()

    before = server.work
    threads = [threading.Thread(target=person, args=(k,)) for k in range(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found.work = (server.work - before) / max(len(found.waits), 1)
    return found


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--participants", type=int, default=504)
    parser.add_argument("--each", type=int, default=12)
    parser.add_argument("--think", type=float, default=1.0)
    parser.add_argument("--store", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--write", default="")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="washout-bench-") as held:
        folder = Path(held)
        (folder / "study").mkdir()
        many(chosen.participants, folder / "study")
        place = chosen.store or str(folder / "site.db")
        store = Store.open(place, make=True)
        files = {"protocol.yaml": (FOLDER / "protocol.yaml").read_text(encoding="utf-8")}
        new_study(store, KEY, files, folder / "study", Actor("bench"))
        codes = [row.cells["participant"] for row in store.rows(KEY, "participants")]
        store.close()
        starts, works = zip(*(started(place, folder) for _ in range(STARTS + 1)), strict=True)
        starts, works = sorted(starts[1:]), works[1:]  # the first one writes bytecode
        server = Server(place, folder)
        try:
            server.ask(server.person(), "/")
            lines = [
                f"{len(codes)} participants, {chosen.people} people who think {chosen.think:g} s "
                f"between two requests, {chosen.each} requests each.",
                describe(["starlette", "uvicorn", "pandas"]),
                f"Load of the machine while it was measured: {os.getloadavg()[0]:.1f}.",
                "",
                f"First page {starts[-1]:.2f} s after the slowest of {STARTS} starts (goal "
                f"{START} s), {median(starts):.2f} s in the middle; {median(works):.2f} s of "
                "processor time.",
                "",
                "| request | median | p95 | goal p95 | the server's work |",
                "|---|---|---|---|---|",
            ]
            missed = starts[-1] > START
            for name, make in requests(codes).items():
                if chosen.only and name not in chosen.only.split(","):
                    continue
                found = measure(server, make, chosen.people, chosen.each, chosen.think)
                goal = GOALS.get(name, PAGE)
                late = found.at(0.95) > goal
                missed |= late
                told = f"{found.at(0.95):.0f} ms{' (missed)' if late else ''}"
                work = f"{found.work * 1000:.0f} ms"
                cells = (name, f"{found.at(0.5):.0f} ms", told, f"{goal} ms", work)
                lines.append(f"| {' | '.join(cells)} |")
            memory = server.memory
            missed |= memory > MEMORY
            lines += ["", f"Memory at the highest: {memory:.0f} MiB (goal {MEMORY})."]
        finally:
            server.stop()
    print("\n".join(lines))
    if chosen.write:
        Path(chosen.write).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(missed and chosen.check)


if __name__ == "__main__":
    sys.exit(main())
