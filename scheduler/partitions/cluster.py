"""Workers: processes of this machine, or those of a Dask scheduler elsewhere.

Source: docs/cohorts.md (a real cluster); https://distributed.dask.org.
"""

import logging
import pickle
import signal
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from scheduler.errors import WashoutError
from scheduler.partitions.job import Done, Job, do, failed

if TYPE_CHECKING:
    from distributed import Client

Tell = Callable[[Done], None]
_WAIT = "30s"
_LOOK_AFTER = 30  # seconds without any news after which workers are counted
# What Dask's workers do by default and these need not: look a hundred times a second what a task
# is at, and give each freed array back to the system, which has to clear it for the next one. The
# two took a third of the processor's time.
_LEAN = {
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
}
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
    import dask
    from dask.system import CPU_COUNT

    with TemporaryDirectory(prefix="washout-workers-") as scratch, dask.config.set(_LEAN):
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
    Raises: WashoutError where no worker of this machine is left.
    """
    killed: list[Job] = []
    with client.as_current():
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
    waiting = iter(jobs)
    running: dict[Any, Job] = {}
    while True:
        places = 1 if alone else max(1, sum(client.nthreads().values()))
        for job in islice(waiting, max(0, places - len(running))):
            key = f"washout-{job.part.partition:05d}-{job.fingerprint[:16]}-{int(alone)}"
            running[client.submit(pickle.loads, packed(job), key=key, pure=False)] = job
        if not running:
            return
        for future in _first(client, running):
            job = running.pop(future)
            yield job, _result(future, job)
            future.release()


def packed(job: Job) -> bytes:
    """A job that is done when it is unpacked.

    A worker that lacks this program cannot unpack it, and the partition fails; a function of this
    program as the task itself would break the worker's connection, and the run would wait for ever.
    """
    return pickle.dumps(_Doing(job))


@dataclass(frozen=True, slots=True)
class _Doing:
    job: Job

    def __reduce__(self) -> tuple[Callable[[Job], Done], tuple[Job]]:
        return do, (self.job,)


def _first(client: "Client", running: Collection[Any]) -> list[Any]:
    """The futures that are over, as soon as one is."""
    from distributed import wait

    lonely = 0
    while True:
        try:
            return list(wait(list(running), _LOOK_AFTER, "FIRST_COMPLETED").done)
        except TimeoutError:
            lonely = 0 if client.nthreads() else lonely + 1
            if lonely > 1 and client.cluster is not None:  # elsewhere workers may come late
                raise WashoutError("no worker is left; run the same command again") from None


def _result(future: Any, job: Job) -> Done | None:
    from distributed import KilledWorker

    try:
        found: Done = future.result()
    except KilledWorker:
        return None
    except Exception as error:  # whatever kept the worker from so much as beginning
        text = str(error).partition("\n")[0]
        return failed(job, [f"K112: a worker could not begin: {type(error).__name__}: {text}"])
    return found
