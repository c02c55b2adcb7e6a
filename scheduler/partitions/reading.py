"""A partition of an imported study as a Study: the files it was written to, checked and read.

Source: docs/cohorts.md.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scheduler.errors import Fault
from scheduler.partitions.layout import ROW, SITES_FILE, ImportedStudy, part_name
from scheduler.partitions.parquet_table import file_sum
from scheduler.study.faults import study_faults
from scheduler.study.model import Study
from scheduler.study.reading import read_study
from scheduler.study.settings import SETTINGS_FILE, parse_settings
from scheduler.study.sites_file import read_sites_yaml


@dataclass(frozen=True, slots=True)
class PartitionFiles:
    """Where a partition's files are, with the SHA-256 sums that they had at the import."""

    folder: str
    partition: int
    files: Mapping[str, str]  # the name of each table's source, by table
    sums: Mapping[str, str]  # by table; sites.yaml and study.yaml by their names

    @classmethod
    def of(cls, folder: Path, study: ImportedStudy, partition: int) -> "PartitionFiles":
        """A partition of an imported study."""
        sums = {name: table.sha256[partition] for name, table in study.tables.items()}
        for name in (SITES_FILE, SETTINGS_FILE):
            if name in study.sources:
                sums[name] = study.sources[name]
        files = {name: table.file for name, table in study.tables.items()}
        return cls(str(folder), partition, files, sums)

    def path(self, name: str) -> Path:
        """The file of a table, of the sites, or of the settings."""
        if name in (SITES_FILE, SETTINGS_FILE):
            return Path(self.folder, name)
        return Path(self.folder, name, part_name(self.partition))

    def found_sums(self) -> dict[str, str]:
        """The SHA-256 sums that the files have now; "" for one that cannot be read."""
        found = dict.fromkeys(self.sums, "")
        for name in found:
            with suppress(OSError):
                found[name] = file_sum(self.path(name))
        return found


def read_part(part: PartitionFiles) -> tuple[Study | None, list[Fault]]:
    """The study that a partition holds, with its faults; None where nobody is in it."""
    contents, faults = _contents(part)
    if faults:
        return None, faults
    frames = {}
    order = parse_settings(SETTINGS_FILE, contents.get(SETTINGS_FILE, b""), study_faults()).dates
    for name, file in part.files.items():
        frame = _frame(contents[name], file)
        if frame is None:
            place = part.path(name).relative_to(part.folder).as_posix()
            text = "not a table that cohort-import has written"
            return None, [Fault(place, "", "K110", text, "import the study again")]
        frame.attrs["dates"] = order
        frames[name] = frame
    if not len(frames["participants"]):
        return None, strays(frames)
    return study_of(frames, contents.get(SITES_FILE))


def study_of(frames: Mapping[str, object], sites: bytes | None) -> tuple[Study, list[Fault]]:
    """A study of tables, with the sites that a file describes."""
    study, faults = read_study(frames)
    if sites is not None:
        found = study_faults()
        sums = {**study.fingerprints, SITES_FILE: sha256(sites).hexdigest()}
        described = read_sites_yaml(SITES_FILE, sites, found)
        study = replace(study, sites=described, fingerprints=sums)
        faults = [*faults, *found.all]
    return study, faults


def strays(frames: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """A fault for every row that is about somebody, where no participants are."""
    faults = study_faults()
    for name, frame in frames.items():
        for row, code in zip(frame.index, frame["participant"], strict=True):
            text = f"found {code}, expected a participant of the table participants"
            faults.add("S240", frame.attrs.get("file", name), int(row), "participant", text)
    return faults.all


def _contents(part: PartitionFiles) -> tuple[dict[str, bytes], list[Fault]]:
    """The bytes of a partition's files; a fault for each that is not as it was imported."""
    contents, faults = {}, []
    for name, wanted in part.sums.items():
        path = part.path(name)
        place = path.relative_to(part.folder).as_posix()
        try:
            contents[name] = path.read_bytes()
        except OSError as error:
            text = f"cannot be read: {error.strerror or error}"
            faults.append(Fault(place, "", "K110", text, "import the study again"))
            continue
        if sha256(contents[name]).hexdigest() != wanted:
            text = "not the file that was imported: its SHA-256 sum differs from study.json"
            faults.append(Fault(place, "", "K110", text, "import the study again"))
    return contents, faults


def _frame(content: bytes, file: str) -> pd.DataFrame | None:
    """A table's partition: texts as categories, each row's number in its source as the index.

    None where the bytes, though they have the sum that study.json names, are no such table.
    """
    import pyarrow as pa
    from pyarrow import parquet

    buffer = pa.BufferReader(content)
    try:
        schema = parquet.ParquetFile(buffer).schema_arrow
        texts = [field.name for field in schema if _is_text(field.type)]
        table = parquet.read_table(buffer, read_dictionary=texts, use_threads=False)
        rows = table.column(ROW).to_numpy().astype(np.int64, casting="safe")
        plain = table.drop_columns([ROW]).unify_dictionaries()
        frame: pd.DataFrame = plain.to_pandas(
            use_threads=False, integer_object_nulls=True, ignore_metadata=True
        )
        _ = frame["participant"]
    except (pa.ArrowException, KeyError, ValueError, TypeError, OSError):
        return None
    frame.index = pd.Index(rows, name="row")
    frame.attrs["file"] = file
    return frame


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
