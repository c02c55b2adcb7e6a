"""Where participants are planned anew: in this process one at a time, and in a second one.

Python runs one thread of a process at a time, so people who each want a plan get theirs sooner one
after another than all at once. Once two are there at the same time, a second process is started,
which answers on the machine's next core; it holds no rows and has nothing to follow.
Source: docs/decisions/0033-a-second-process.md.
"""

import gc
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing import connection, get_context

from scheduler.desk.asked import Supposed, Told, told
from scheduler.desk.background.collecting import begin
from scheduler.desk.people import StudyDesk
from scheduler.errors import WashoutError
from scheduler.store.stored import Edit

_OFTEN = 500  # answers between two looks at all that is kept
_PATIENCE = 1.0  # seconds for what it is at when it is to end


class Gone(Exception):
    """The second process does not answer any more."""


class Second:
    """The second process, asked by one thread at a time; it ends when the first one does."""

    def __init__(self, first: Iterable[Supposed] = ()) -> None:
        """Starts it, and has it answer what is asked first, so that it knows the protocols.

        Raises: OSError, Gone.
        """
        spawned = get_context("spawn")
        self._line, other = spawned.Pipe()
        self.process = spawned.Process(target=_answers, args=(other,), daemon=True)
        self.process.start()
        other.close()
        for asked in first:
            with suppress(WashoutError):
                self.told(asked)

    def told(self, asked: Supposed, meanwhile: Callable[[], object] | None = None) -> Told:
        """What it answers; while it works, something else may be done here.

        Raises: what `told` raises, and Gone.
        """
        try:
            self._line.send(asked)
            try:
                if meanwhile is not None:
                    meanwhile()
            finally:
                found = self._line.recv()  # which nobody else is to take for theirs
        except (OSError, EOFError) as error:
            raise Gone from error
        if isinstance(found, Exception):
            raise found
        answer: Told = found
        return answer

    def end(self) -> None:
        """Ends it."""
        self._line.close()
        self.process.join(_PATIENCE)
        self.process.kill()


class Lanes:
    """The places for planning: whoever plans takes one, and waits where none is free."""

    def __init__(self) -> None:
        """With this process alone, which is the lane None."""
        self._free: list[Second | None] = [None]
        self._change = threading.Condition()
        self._second: Second | None = None
        self._ended = False
        self._crowded = False  # whether two were there at once
        self._there = 0

    @property
    def narrow(self) -> bool:
        """Whether two requests met and there is no second process."""
        return self._crowded and self._second is None and not self._ended

    @contextmanager
    def request(self) -> Iterator[None]:
        """While somebody is answered: where another one is there, the first may soon wait."""
        with self._change:
            self._there += 1
            self._crowded |= self._there > 1
        try:
            yield
        finally:
            with self._change:
                self._there -= 1

    @contextmanager
    def one(self) -> Iterator[Second | None]:
        """A lane of one's own: the second process where it is free, or None, this process."""
        with self._change:
            while not self._free:
                self._change.wait()
            lane = self._free.pop()
        try:
            yield lane
        finally:
            self._give_back(lane)

    @contextmanager
    def here(self) -> Iterator[None]:
        """This process, for what only it can plan."""
        with self._change:
            while None not in self._free:
                self._change.wait()
            self._free.remove(None)
        try:
            yield
        finally:
            self._give_back(None)

    def _give_back(self, lane: Second | None) -> None:
        """The second process is asked first; one that is gone is not given back."""
        with self._change:
            if lane is None:
                self._free.insert(0, None)
            elif lane is self._second:
                self._free.append(lane)
            self._change.notify_all()

    def planned(
        self, desk: StudyDesk, code: str, edits: Sequence[Edit], meanwhile: Callable[[], object]
    ) -> Told:
        """What a participant's plan would be with these edits, by whoever is free to say it.

        `meanwhile` is called in this process, before or while the other one plans.
        """
        before = desk.before(code)
        return self._told(
            lambda: desk.asked(code, edits, before=before),
            lambda: desk.suppose(code, edits).told(before),
            meanwhile,
        )

    def supposed(
        self, desk: StudyDesk, code: str, dates: Mapping[str, str],
        exposures: Sequence[Mapping[str, str]],
    ) -> Told:  # fmt: skip
        """The same where days and exposures are supposed, which are no record.

        Raises: NotFound, NotOpen and InputFaults.
        """
        before = desk.before(code)
        return self._told(
            lambda: desk.asked(code, dates=dates, exposures=exposures, before=before),
            lambda: desk.what_if(code, dates, exposures).told(before),
        )

    def _told(
        self, asked: Callable[[], Supposed], here: Callable[[], Told],
        meanwhile: Callable[[], object] | None = None,
    ) -> Told:  # fmt: skip
        """What the second process answers where it is free, else what is found `here`."""
        with self.one() as lane:
            if lane is None:
                if meanwhile is not None:
                    meanwhile()
                return here()
            if found := self._asked(lane, asked(), meanwhile):
                return found
        with self.here():
            return here()

    def _asked(
        self, lane: Second, asked: Supposed, meanwhile: Callable[[], object] | None = None
    ) -> Told | None:
        """What the second process answers; None where it is gone."""
        try:
            return lane.told(asked, meanwhile)
        except Gone:
            self.lost(lane)
            return None

    def widen(self, first: Iterable[Supposed] = ()) -> None:
        """Starts the second process where two requests met and there is none.

        What is asked first is one question about each study.
        """
        if not self.narrow:
            return
        try:
            second = Second(first)
        except (OSError, Gone):  # then it stays at one
            self._crowded = False
            return
        with self._change:
            self._second = second
            self._free.append(second)
            self._change.notify_all()
        if self._ended:
            self.end()

    def lost(self, lane: Second) -> None:
        """The second process is gone: it is not asked again, and another one may follow."""
        with self._change:
            if self._second is lane:
                self._second, self._crowded = None, False
            lane.end()

    def end(self) -> None:
        """Ends the second process."""
        self._ended = True
        if self._second is not None:
            self.lost(self._second)


def _answers(line: connection.Connection) -> None:
    """The second process: one answer after another, until nobody is there who asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with the first process, not before
    begin()
    gc.disable()  # nobody is to wait for it; what is left over is looked for between two answers
    with suppress(EOFError, OSError):
        for number in count(1):
            asked = line.recv()
            try:
                line.send(told(asked))
            except Exception as error:  # told to whoever asked
                line.send(error)
            gc.collect(1 if number % _OFTEN else 2)
