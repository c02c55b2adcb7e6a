"""Small pieces of the page, in nearly every row of it: filters, since calling macros takes long.

What they are given is text of the user, and is escaped here.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from scheduler.report.figure_svg import svg
from scheduler.report.templates import readable, sentence_parts
from scheduler.report.tones import tone

if TYPE_CHECKING:
    from scheduler.report.view import PageContents


@lru_cache(maxsize=512)
def pill(value: str, table: str, column: str) -> Markup:
    """A state in its colour, and in words; nothing for a blank."""
    if not value:
        return Markup("")
    words = escape(readable(value))
    return Markup(f'<span class="pill t-{tone(table, column, value)}">{words}</span>')


def said(text: str) -> Markup:
    """A sentence, and what it rests on in small letters."""
    main, rest = sentence_parts(text)
    small = f' <span class="src" dir="auto">{escape(rest)}</span>' if rest else ""
    return Markup(f'<span dir="auto">{escape(main)}</span>{small}')


def folded(text: str) -> Markup:
    """A sentence, and what it rests on under a word that opens it."""
    main, rest = sentence_parts(text)
    small = (
        f' <details class="rest"><summary>reason</summary><span class="src" dir="auto">'
        f"{escape(rest)}</span></details>"
        if rest
        else ""
    )
    return Markup(f'<span dir="auto">{escape(main)}</span>{small}')


def node(name: str, page: "PageContents") -> Markup:
    """The label of a milestone or visit."""
    return Markup(f"<bdi>{escape(page.labels.get(name, name))}</bdi>")


def named(name: str, page: "PageContents") -> Markup:
    """The label of a milestone or visit, and its name as tables have it."""
    return node(name, page) + (_small(name) if name else "")


def rule(name: str, page: "PageContents") -> Markup:
    """What a rule says, and its id."""
    return Markup(f"<bdi>{escape(page.summaries.get(name, name))}</bdi>") + _small(name)


def who(code: str, page: "PageContents") -> Markup:
    """A participant's code; it leads to their own part of the page, where they have one."""
    shown = f"<bdi>{escape(code)}</bdi>"
    return Markup(f'<a href="#{escape(page.ids[code])}">{shown}</a>' if code in page.ids else shown)


def _small(name: str) -> Markup:
    return Markup(f' <small class="id"><bdi>{escape(name)}</bdi></small>')


FILTERS = {
    "folded": folded, "named": named, "node": node, "parts": sentence_parts, "pill": pill,
    "readable": readable, "rule": rule, "said": said, "svg": svg, "who": who,
}  # fmt: skip
