"""Which tables does a source of a study hold? A folder of CSV files, or one of Parquet.

Source: docs/cohorts.md; the names are read as study/reading.py reads them.
"""

from collections.abc import Collection
from pathlib import Path

from scheduler.errors import FaultList
from scheduler.partitions.csv_blocks import Stop
from scheduler.partitions.csv_table import CsvTable
from scheduler.partitions.layout import SITES_FILE
from scheduler.partitions.parquet_table import ParquetTable
from scheduler.partitions.source_table import SourceTable
from scheduler.study.heads import plain_name
from scheduler.study.settings import SETTINGS_FILE
from scheduler.study.strays import tell_files, visible_files
from scheduler.study.tables import LAYOUTS

_FORMS = (".csv", ".parquet", "")  # a folder of Parquet files bears the name of its table


def find_tables(source: Path, faults: FaultList, ignored: Collection[str] = ()) -> dict[str, Path]:
    """Where each table of a source lies; faults tell of doubtful names, but for `ignored` ones."""
    if not source.is_dir():
        _refuse(source, faults)
        return {}
    wanted = {f"{name}{form}": name for name in LAYOUTS for form in _FORMS}
    found: dict[str, Path] = {}
    paths = sorted(source.iterdir())
    for path in paths:
        name = wanted.get(path.name.strip().lower(), "")
        if (
            not name
            or plain_name(path.name) in ignored
            or path.is_dir() != (path.suffix != ".csv" and _is_dataset(path))
        ):
            continue
        if name in found:
            text = f"found {found[name].name} and {path.name}, expected one of them"
            faults.add("S208", path.name, None, "", text)
        else:
            found[name] = path
    files = [path for path in visible_files(source) if plain_name(path.name) not in wanted]
    used = {SETTINGS_FILE, *(f"{name}.csv" for name in found)}
    if (source / SITES_FILE).is_file():
        used.add(SITES_FILE)
    tell_files(files, used, ignored, faults)
    if "participants" not in found:
        text = "there is no such file, and no participants.parquet"
        faults.add("S201", "participants.csv", None, "", text)
    return found


def open_table(path: Path, faults: FaultList) -> SourceTable | None:
    """A table, ready to be read in batches; None where faults say why it cannot be."""
    try:
        if path.suffix.lower() == ".csv":
            return CsvTable(path, faults)
        return ParquetTable(path, faults)
    except Stop:
        return None


def _is_dataset(path: Path) -> bool:
    return path.is_dir() and any(path.rglob("*.parquet"))


def _refuse(source: Path, faults: FaultList) -> None:
    if not source.exists():
        faults.add("S200", str(source), None, "", "there is no such folder")
        return
    text = f"found {source.name}, expected a folder of CSV or Parquet files"
    way_out = "save each sheet of a workbook as CSV UTF-8" if source.suffix == ".xlsx" else ""
    faults.add("S200", source.name, None, "", text, way_out)
