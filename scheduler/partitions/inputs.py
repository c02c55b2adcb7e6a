"""What a run of a cohort reads before it begins: the protocols and the study in partitions.

Source: docs/cohorts.md.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from scheduler.errors import InputFaults, WashoutError, shown
from scheduler.partitions.finding import find_tables
from scheduler.partitions.importing import Progress, import_study, listed
from scheduler.partitions.layout import (
    OWN_STUDY,
    SITES_FILE,
    ImportedStudy,
    is_imported,
    read_record,
)
from scheduler.partitions.parquet_table import file_sum, files_of
from scheduler.protocol import Protocol
from scheduler.protocol.reading import read_protocol
from scheduler.study.faults import study_faults
from scheduler.study.settings import SETTINGS_FILE, read_settings
from scheduler.study.tables import normal_name


def read_protocols(places: Sequence[str | Path]) -> tuple[Protocol, ...]:
    """The protocols in some places.

    Raises: InputFaults with the faults of all of them; WashoutError where one is given twice.
    """
    found, faults = [], []
    for place in places:
        protocol, told = read_protocol(place)
        faults += told
        if protocol is not None:
            found.append(protocol)
    if any(not fault.warning for fault in faults):
        raise InputFaults(faults)
    keys = [(protocol.id, protocol.version) for protocol in found]
    for name, version in keys:
        if keys.count((name, version)) > 1:
            raise WashoutError(f"the protocol {name} version {version} is given twice")
    return tuple(found)


def imported(
    study: Path, out: Path, progress: Progress | None, reads: Mapping[str, Sequence[str]],
    drop: bool,
) -> tuple[Path, ImportedStudy]:  # fmt: skip
    """A study in partitions: the folder itself, or an import of it inside the output.

    `reads` are the columns that the protocols read; `drop` leaves all others out of an import. That
    of an earlier run is used again while the study's files and what is kept are the same.
    Raises: as `import_study`; WashoutError where an imported study holds more than is to be kept,
    or not all that is read.
    """
    if is_imported(study):
        record = read_record(study)
        if drop and not record.reads:
            text = "imported already, with every column; import it again with"
            raise WashoutError(f"{study}: {text} washout cohort-import --drop-columns")
        heads = [name for name in record.left_out if _is_read(name, reads)]
        if heads:
            text = f"imported without {', '.join(map(shown, heads))}, which a protocol reads"
            raise WashoutError(
                f"{study}: {text}; import the study again with washout cohort-import"
            )
        return study, record
    kept, own = reads if drop else {}, out / OWN_STUDY
    if is_imported(own):
        record = read_record(own)
        if record.sources == _sums(study) and record.reads == listed(kept):
            return own, record
    return own, import_study(study, own, None, progress, kept)


def _is_read(name: str, reads: Mapping[str, Sequence[str]]) -> bool:
    table, _, head = name.partition(".")
    return normal_name(head) in map(normal_name, reads.get(table, ()))


def _sums(study: Path) -> dict[str, str]:
    """The SHA-256 sums of a study's files, as an import notes them."""
    found = {}
    settings = read_settings(study)[0]
    for path in find_tables(study, study_faults(), settings.ignored).values():
        for file, name in files_of(path):
            found[name] = file_sum(file)
    for name in (SITES_FILE, SETTINGS_FILE):
        if (study / name).is_file():
            found[name] = file_sum(study / name)
    return found
