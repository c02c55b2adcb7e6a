"""What pages will read, made before anybody waits for it.

Tables are made when they are first read. Whoever comes first after a start, a new day or a save
would wait for them; a thread in the background reads them instead, while nothing else is asked.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import date

from scheduler.desk.background.lanes import Lanes
from scheduler.desk.one_plan import KEPT
from scheduler.desk.people import StudyDesk

# tables that the page of one participant and the day picker read beside those that are kept
_READ = ("tests", "tasks", "duties", "conflicts", "rules", "blocked")
_LOOK = 60.0  # seconds after which it looks whether a new day has begun
Mark = tuple[int, date]


class Ahead:
    """A thread that makes the tables of studies whose rows or day are not those it saw last."""

    def __init__(self, desks: Callable[[], Iterable[StudyDesk]], lanes: Lanes) -> None:
        """Of the studies that there are when it looks, and where they are planned."""
        self._desks, self._lanes = desks, lanes
        self._made: dict[str, Mark] = {}
        self._wake = threading.Event()
        self._ended = False
        self._thread: threading.Thread | None = None

    def start(self, load: Callable[[], None]) -> None:
        """Begins, until it is stopped or the process ends; `load` is done first."""
        self._thread = threading.Thread(target=self._run, args=(load,), name="ahead", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it after what it is at, and waits for that."""
        self._ended = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._lanes.end()

    def look(self) -> None:
        """Somebody was answered: there may be something to make."""
        new = any(self._made.get(desk.key) != _mark(desk) for desk in self._desks())
        if new or self._lanes.narrow:
            self._wake.set()

    def _run(self, load: Callable[[], None]) -> None:
        self._wake.wait()
        load()
        while not self._ended:
            self._wake.wait(_LOOK)
            self._wake.clear()
            try:
                self._lanes.widen(desk.asked(desk.codes[0]) for desk in self._desks() if desk.codes)
                self.make()
            except Exception:  # it is told to whoever asks for the same, as any fault
                continue

    def make(self) -> None:
        """Makes what is not there yet."""
        for desk in list(self._desks()):
            desk.refresh()
            mark = _mark(desk)
            if self._made.get(desk.key) == mark:
                continue
            self._made[desk.key] = mark  # what fails is not tried again before something changes
            self._make_of(desk)

    def _make_of(self, desk: StudyDesk) -> None:
        for known in list(desk.known.values()):
            with self._lanes.here():  # whoever plans somebody meanwhile gets a turn after each
                for name in KEPT:
                    known.table(name)
        if desk.together is not None:
            for name in _READ:
                desk.together.table(name)


def _mark(desk: StudyDesk) -> Mark:
    return desk.number, desk.as_of
