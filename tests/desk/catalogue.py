"""The catalogue of the desk's texts, written anew: `python -m tests.desk.catalogue`."""

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from scheduler.report.templates import readable
from scheduler.report.tones import WORDS
from scheduler.store.access import ROLES
from scheduler.store.entries import ROW_KINDS
from scheduler.store.exporting import NOTE_HEADS
from scheduler.store.site_cells import SITE_HEADS
from scheduler.study.tables import LAYOUTS

ROOT = Path(__file__).resolve().parents[2]
DESK = ROOT / "scheduler" / "desk"
POT = DESK / "texts.pot"
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None}
_METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}


def catalogue() -> Catalog:
    """Every text that templates and modules of the desk mark, with the files that do."""
    found = Catalog(project="washout", header_comment="# The texts of the desk.")
    for name, _, message, _, _ in sorted(
        extract_from_dir(str(DESK), _METHODS, _OPTIONS, _KEYWORDS), key=lambda one: (one[0], one[1])
    ):
        found.add(message, locations=[(name.replace("\\", "/"), 0)])
    for word in words_of_tables():
        found.add(word, locations=[("words of tables", 0)])
    return found


def words_of_tables() -> list[str]:
    """Names of columns and values of tables, which pages show in a readable form."""
    values = [value for words in WORDS.values() for value in words]
    columns = [head for layout in LAYOUTS.values() for head in layout.columns]
    kinds = (*ROW_KINDS, *ROLES, *NOTE_HEADS, *SITE_HEADS, "clear", "exclude", "site")
    shown = {readable(one) for one in (*values, *columns, *kinds)}
    return sorted(shown | {one.capitalize() for one in map(readable, (*columns, *SITE_HEADS))})


def texts_pot() -> bytes:
    """The catalogue as a file; the same texts give the same bytes."""
    out = io.BytesIO()
    write_po(out, catalogue(), omit_header=True, sort_output=True, width=100, include_lineno=False)
    return out.getvalue()


if __name__ == "__main__":
    POT.write_bytes(texts_pot())
