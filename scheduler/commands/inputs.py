"""What a command reads: a protocol and a study, with the faults of both told at once."""

from datetime import date
from pathlib import Path

from scheduler.binding.by_version import bind_versions
from scheduler.days import day_of
from scheduler.errors import InputFaults
from scheduler.protocol import Protocol
from scheduler.protocol.reading import read_protocol
from scheduler.store.opening import read_study
from scheduler.study.model import Study


def read_inputs(protocol: str | Path, study: str | Path, as_of: date) -> tuple[Protocol, Study]:
    """Which protocol and study do two places hold?

    What the study says in the protocol's terms is judged here only where something else is wrong
    already, so that all of it is told at once; else planning judges it.
    Raises: InputFaults with every fault of the protocol, of the study, and of both together.
    """
    model, faults = read_protocol(protocol)
    tables, found = read_study(study)
    faults = [*faults, *found]
    if model is not None and not any(not fault.warning for fault in faults):
        return model, tables
    if model is not None:
        faults += bind_versions(tables, model, day_of(as_of))[1]
    raise InputFaults(list(dict.fromkeys(faults)))
