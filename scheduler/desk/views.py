"""Templates: every text of a page stands in one folder of them, and every value is escaped."""

import hashlib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from jinja2 import Environment, FunctionLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from scheduler.days import day_of
from scheduler.desk.effects import BOOKED, STATES
from scheduler.desk.frames import day_words, instant_words, span_words
from scheduler.desk.lines import line as kept_line
from scheduler.desk.texts import gettext, month_names, ngettext, week_days
from scheduler.protocol import Protocol
from scheduler.report.pieces import FILTERS
from scheduler.report.templates import CompiledTemplates, RowEnvironment
from scheduler.report.tones import WORDS, tone
from scheduler.wording.labelled import Labelled, labels_of

STATIC = {
    "desk.css": "text/css; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def render(template: str, values: Mapping[str, Any]) -> str:
    """A page's HTML."""
    return _environment().get_template(template).render(values)


def load_templates() -> None:
    """Has every page's template ready: one that is new takes a tenth of a second to compile."""
    for place in (files("scheduler.desk") / "templates").iterdir():
        _environment().get_template(place.name)


@cache
def static_file(name: str) -> bytes:
    """A file that pages use."""
    return (files("scheduler.desk") / "static" / name).read_bytes()


@cache
def stamped(name: str) -> str:
    """The address of such a file; it changes when the file does."""
    return f"/static/{name}?v={hashlib.sha256(static_file(name)).hexdigest()[:12]}"


def address(path: str, **values: Any) -> str:
    """An address of the desk with its values; blank ones are left out."""
    filled = [f"{name}={_quoted(str(value))}" for name, value in values.items()
              if value not in ("", None)]  # fmt: skip
    return f"{path}?{'&'.join(filled)}" if filled else path


_quoted = lru_cache(maxsize=10_000)(quote_plus)  # a page has the same few values a thousand times


@pass_context
def _day(context: Context, text: str) -> str:
    """A day in words; the year of the day that is planned for goes without saying."""
    return day_words(text, text[:4] != _year(context))


@pass_context
def _span(context: Context, first: str, last: str) -> str:
    return span_words(first, last, _year(context))


@pass_context
def _labelled(context: Context, text: str) -> str:
    """A sentence of the plan with labels in the place of ids, and week days."""
    desk = context["desk"]
    return _labels(desk.protocol, day_of(desk.as_of))(text)


@lru_cache(maxsize=8)
def _labels(protocol: Protocol, near: int) -> Labelled:
    return labels_of(protocol, near)


def _year(context: Context) -> str:
    desk = context.get("desk")
    return str(desk.as_of.year) if desk else ""


def _template(name: str) -> str:
    """A template of the desk; the timeline's drawing is the report's own."""
    folder = files("scheduler.report") if name == "macros.html" else files("scheduler.desk")
    place = folder / name if name == "macros.html" else folder / "templates" / name
    return place.read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    folder = Path(cache_from_source(__file__)).parent
    environment = RowEnvironment(
        loader=FunctionLoader(_template),
        bytecode_cache=CompiledTemplates(str(folder), "desk-%s.jinja"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip
    environment.filters.update(FILTERS)
    environment.filters.update(
        day=_day,
        instant=instant_words,
        labelled=_labelled,
        pairs=lambda words: [(word, gettext(word)) for word in words],
    )
    environment.globals.update(
        to=address, static=stamped, span=_span, tone=tone, words=WORDS, states=STATES,
        booked_words=BOOKED, week_days=week_days, month_names=month_names, _=gettext,
        gettext=gettext, ngettext=ngettext, kept=kept_line,
    )  # fmt: skip
    return environment
