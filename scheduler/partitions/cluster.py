"""Workers: processes of this machine, or those of a Dask scheduler elsewhere.

Source: docs/cohorts.md (a real cluster); https://distributed.dask.org.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from scheduler.errors import WashoutError
from scheduler.partitions.job import Done, Job, do, failed

if TYPE_CHECKING:
    from distributed import Client

Tell = Callable[[Done], None]
_WAIT = "30s"
_KILLED = (
    "K111: the worker that planned this partition was killed again and again\n"
    "     it may need more memory: fewer workers, a higher --memory, or more partitions"
)


@contextmanager
def connected(
    address: str | None, workers: int | None, memory: str | None, most: int
) -> "Iterator[Client]":
    """A client of the workers: `workers` processes of this machine, or those at an address.

    On this machine there are as many as it has processors, where nobody says how many, and not
    more than `most`.
    Raises: WashoutError where nobody answers at the address.
    """
    from distributed import Client, LocalCluster

    if address is not None:
        try:
            with Client(address, timeout=_WAIT, set_as_default=False) as client:
                yield client
        except (OSError, ValueError) as error:
            raise WashoutError(f"{address}: no Dask scheduler answers there: {error}") from error
        return
    from dask.system import CPU_COUNT

    with TemporaryDirectory(prefix="washout-workers-") as scratch:
        with _without_interrupts():
            cluster = LocalCluster(
                n_workers=min(workers or CPU_COUNT, most), threads_per_worker=1, processes=True,
                memory_limit=memory or "auto", dashboard_address="127.0.0.1:0",
                local_directory=scratch, silence_logs=logging.CRITICAL, host="127.0.0.1",
            )  # fmt: skip
        with cluster, Client(cluster, set_as_default=False) as client:
            yield client


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that begin in this block pay no attention to Ctrl-C: their parent ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only a main thread may say what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def run_jobs(client: "Client", jobs: Sequence[Job], tell: Tell) -> None:
    """Plan every job's partition, and tell of each as soon as it is done.

    When a worker is killed nobody knows which of its partitions it died of. Those that were with
    killed workers too often are planned again at the end, one by one, so that none is blamed for
    another.
    """
    killed: list[Job] = []
    for job, done in _finished(client, jobs, alone=False):
        if done is None:
            killed.append(job)
        else:
            tell(done)
    for job, done in _finished(client, killed, alone=True):
        tell(done or failed(job, [_KILLED]))


def _finished(
    client: "Client", jobs: Iterable[Job], alone: bool
) -> Iterator[tuple[Job, Done | None]]:
    """The jobs as they are done; None for one whose workers were killed again and again.

    No more are under way than there are workers, so that memory and blame are bounded.
    """
    from distributed import as_completed

    waiting = iter(jobs)
    running: dict[str, Job] = {}
    futures = as_completed(loop=client.loop)

    def fill() -> None:
        places = 1 if alone else max(1, sum(client.nthreads().values()))
        for job in islice(waiting, max(0, places - len(running))):
            key = f"washout-{job.part.partition:05d}-{job.fingerprint[:16]}-{int(alone)}"
            running[key] = job
            futures.add(client.submit(do, job, key=key, pure=False))

    fill()
    for future in futures:
        job = running.pop(future.key)
        done = _result(future)
        future.release()
        fill()
        yield job, done


def _result(future: Any) -> Done | None:
    from distributed import KilledWorker

    try:
        found: Done = future.result()
    except KilledWorker:
        return None
    return found
