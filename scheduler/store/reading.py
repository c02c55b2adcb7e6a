"""A store's rows handed to the study reader: the same validation, the same fault texts.

Faults name the table and the row's number in the store.
Source: docs/study-folder.md; docs/desk-running.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from scheduler.errors import Fault
from scheduler.store.faults import StoreMissing
from scheduler.store.site_cells import site_mapping
from scheduler.store.stored import SETTINGS, Store, StoredRow
from scheduler.study.faults import study_faults
from scheduler.study.model import Study
from scheduler.study.reading import read_study
from scheduler.study.settings import StudySettings, parse_settings
from scheduler.study.tables import LAYOUTS, TextRows

Heads = Mapping[str, Sequence[str]]


def read_store(place: str | Path) -> tuple[Study, list[Fault]]:
    """The study in a store, and every fault; `site.db#NAME` names one of several studies.

    Raises: StoreMissing, StoreClosed.
    """
    where, _, name = str(place).partition("#")
    store = Store.open(where)
    try:
        study = chosen_study(store, name)
        return read_rows(store.heads(study), store.rows(study), str(place))
    finally:
        store.close()


def chosen_study(store: Store, name: str = "") -> str:
    """The study of that name, or the only one there is.

    Raises: StoreMissing.
    """
    studies = store.studies()
    if not studies:
        raise StoreMissing(f"{store.database.name}: this store holds no study yet")
    if not name and len(studies) == 1:
        return studies[0]
    if name in studies:
        return name
    said = f'no study "{name}"' if name else f"{len(studies)} studies"
    raise StoreMissing(
        f"{store.database.name}: found {said}, expected one of {', '.join(studies)}: write "
        f"{store.database.name}#{studies[0]}"
    )


def read_rows(
    heads: Heads, rows: Iterable[StoredRow], source: str = ""
) -> tuple[Study, list[Fault]]:
    """The study that rows of a store give, void ones left out, and every fault in it."""
    by_table: dict[str, list[StoredRow]] = {}
    for row in rows:
        if not row.void:
            by_table.setdefault(row.table, []).append(row)
    settings, told = _settings_of(by_table.get(SETTINGS, []))
    given: dict[str, object] = {}
    for table in LAYOUTS:
        if table in heads:
            given[table] = _texts(heads[table], by_table.get(table, []), settings.dates)
    if by_table.get("sites"):
        given["sites"] = site_mapping(row.cells for row in by_table["sites"])
    study, faults = read_study(given)
    return replace(study, source=source, settings=settings), [*told, *faults]


def _settings_of(rows: Iterable[StoredRow]) -> tuple[StudySettings, list[Fault]]:
    """What the study.yaml of a study says, as it was typed, and every fault in it."""
    faults, settings = study_faults(), StudySettings()
    for row in rows:
        settings = parse_settings(row.cells["file"], row.cells["text"].encode(), faults)
    return settings, faults.all


def _texts(heads: Sequence[str], rows: Sequence[StoredRow], order: str) -> TextRows:
    """The rows as texts by column, with their numbers in the store."""
    extra = dict.fromkeys(head for row in rows for head in row.cells if head not in heads)
    every = (*heads, *extra)
    columns = [[row.cells.get(head, "") for row in rows] for head in every]
    return TextRows(every, columns, [row.row for row in rows], order)
