"""Workers: processes of this machine, or those of a Dask scheduler elsewhere.

Source: docs/cohorts.md (a real cluster); https://distributed.dask.org.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
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
            with Client(address, timeout=_WAIT) as client:
                yield client
        except (OSError, ValueError) as error:
            raise WashoutError(f"{address}: no Dask scheduler answers there: {error}") from error
        return
    from dask.system import CPU_COUNT

    with (
        TemporaryDirectory(prefix="washout-workers-") as scratch,
        LocalCluster(
            n_workers=min(workers or CPU_COUNT, most), threads_per_worker=1, processes=True,
            memory_limit=memory or "auto", dashboard_address=None, local_directory=scratch,
            silence_logs=logging.CRITICAL, host="127.0.0.1",
        ) as cluster,
        Client(cluster) as client,
    ):  # fmt: skip
        yield client


def run_jobs(client: "Client", jobs: Sequence[Job], tell: Tell) -> None:
    """Plan every job's partition, few at a time, and tell of each as soon as it is done."""
    from distributed import as_completed

    ahead = 2 * max(1, sum(client.nthreads().values()))
    waiting = iter(jobs)
    open_jobs: dict[str, Job] = {}

    def submit(job: Job) -> Any:
        key = f"washout-{job.part.partition:05d}-{job.fingerprint[:16]}"
        open_jobs[key] = job
        return client.submit(do, job, key=key, pure=False)

    running = as_completed([submit(job) for job in islice(waiting, ahead)])
    for future in running:
        tell(_outcome(future, open_jobs.pop(future.key)))
        future.release()
        following = next(waiting, None)
        if following is not None:
            running.add(submit(following))


def _outcome(future: Any, job: Job) -> Done:
    from distributed import KilledWorker

    try:
        found: Done = future.result()
        return found
    except KilledWorker:
        text = "the worker that planned this partition was killed again and again"
        way_out = "it may need more memory: fewer workers, a higher --memory, or more partitions"
        return failed(job, [f"K111: {text}\n     {way_out}"])
