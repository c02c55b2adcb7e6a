"""How far a long run is, on the terminal; who wants quiet does not wait for the drawing of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console


class Printer(Protocol):
    """What a long run calls to tell how far it is."""

    def __call__(self, done: int, total: int, /) -> None:
        """`done` of `total` steps are behind."""
        ...


def console(stderr: bool = False) -> "Console":
    """A terminal that prints texts as they are; without colour where it is no terminal."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)


@contextmanager
def progress(quiet: bool) -> Iterator[Printer | None]:
    """A progress bar on stderr, where that is a terminal and nobody asked for quiet."""
    screen = None if quiet else console(stderr=True)
    if screen is None or not screen.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("planning"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(done: int, total: int, /) -> None:
            bar.update(task, completed=done, total=total)

        yield report
