"""Everything that a running desk holds: the store, its studies, who is there, what is cached."""

import threading
from collections.abc import Callable
from datetime import date

from scheduler.desk.background.ahead import Ahead
from scheduler.desk.background.collecting import put_aside
from scheduler.desk.background.lanes import Lanes
from scheduler.desk.people import StudyDesk
from scheduler.desk.visitors import Visitors
from scheduler.desk.worklist import DeskTask, tasks_of
from scheduler.errors import NotFound
from scheduler.store.access import Access
from scheduler.store.stored import Store


class Office:
    """The studies of one store, planned, and what is worked out of them once per state."""

    def __init__(
        self, store: Store, access: Access, visitors: Visitors, today: Callable[[], date]
    ) -> None:
        """Reads and plans every study of the store."""
        self.store, self.access, self.visitors, self.today = store, access, visitors, today
        self.desks = {key: StudyDesk(store, key, today) for key in store.studies()}
        self._tasks: dict[str, tuple[tuple[int, date], list[DeskTask]]] = {}
        self._guard = threading.Lock()
        self.lanes = Lanes()
        self.ahead = Ahead(lambda: list(self.desks.values()), self.lanes)

    @property
    def shared(self) -> bool:
        """Whether people log in."""
        return self.visitors.shared

    def desk(self, key: str = "") -> StudyDesk:
        """A study by its name; the first one where none is named.

        Raises: NotFound.
        """
        if not key and self.desks:
            return next(iter(self.desks.values()))
        if key not in self.desks:
            raise NotFound(f'no study "{key}" at this desk')
        return self.desks[key]

    def tasks(self, desk: StudyDesk) -> list[DeskTask]:
        """What needs a person in a study, worked out once per state of it."""
        desk.refresh()
        with desk.lock:
            mark = desk.number, desk.as_of
            with self._guard:
                found = self._tasks.get(desk.key)
            if found is None or found[0] != mark:
                found = mark, tasks_of(desk)
                with self._guard:
                    self._tasks[desk.key] = found
                    put_aside([one.together for one in self.desks.values()])
        return found[1]
