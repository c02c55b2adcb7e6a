"""report.html: one self-contained page that people read on a screen, on a phone and on paper.

Everything is in the file: no fonts, scripts or pictures come from elsewhere, and the page forbids
itself to fetch any. Every text of the input is escaped.
Source: docs/contract.md (what `plan` writes).
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import FunctionLoader, StrictUndefined, Template

from scheduler.report.pieces import FILTERS
from scheduler.report.templates import (
    ESCAPED,
    TRIMMED,
    CompiledTemplates,
    RowEnvironment,
)
from scheduler.report.tones import WORDS, tone
from scheduler.report.view import page_of
from scheduler.wording.looks import css_variables

if TYPE_CHECKING:
    from scheduler.tables.frames import Frame
    from scheduler.tables.tables import Tables

_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def page_bytes(plan: "Tables", tables: Mapping[str, "Frame"], print_all: bool = False) -> bytes:
    """What stands in report.html, given the tables of the CSV files by name?

    Printed, it has the lists and one page a participant; with `print_all` everything.
    Large studies are cut, and the page says where: participants in detail, rows of the agenda.
    """
    style, script = css_variables() + _part("page.css"), _part("page.js")
    html = _template().render(
        page=page_of(plan, tables, print_all), style=style, script=script,
        style_hash=_hash(style), script_hash=_hash(script), words=WORDS,
    )  # fmt: skip
    return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", html).encode()


@cache
def _template() -> Template:
    folder = Path(cache_from_source(__file__)).parent
    environment = RowEnvironment(
        loader=FunctionLoader(_part),
        undefined=StrictUndefined,
        bytecode_cache=CompiledTemplates(str(folder), "page-%s.jinja"),
        autoescape=ESCAPED,
        trim_blocks=TRIMMED,
        lstrip_blocks=TRIMMED,
    )
    environment.filters.update(FILTERS)
    environment.globals["tone"] = tone
    return environment.get_template("page.html")


def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
