"""The sentences of the desk's own pages in one catalogue (gettext), so that a language can follow.

Templates mark theirs by `_("...")` and `{% trans %}`, modules by `gettext` where a sentence is
said and by `marked` where it only stands in a list. `texts.pot` beside this module holds them
all; a test holds it against them. Sentences of the plan are those of `scheduler.wording`.
Source: docs/decisions/0030-texts-of-the-desk.md.
"""

import gettext as catalogues

_chosen = [catalogues.NullTranslations()]


def use(language: catalogues.NullTranslations) -> catalogues.NullTranslations:
    """Has pages speak a language from now on; gives the one that they spoke before."""
    before, _chosen[0] = _chosen[0], language
    return before


def language() -> catalogues.NullTranslations:
    """What pages speak now."""
    return _chosen[0]


def gettext(message: str) -> str:
    """A sentence in the language of the desk."""
    return _chosen[0].gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """A sentence about one thing, or about several."""
    return _chosen[0].ngettext(one, many, number)


def marked(message: str) -> str:
    """A sentence that belongs into the catalogue, and is translated where it is shown."""
    return message


WEEK_DAYS = (
    marked("Mon"), marked("Tue"), marked("Wed"), marked("Thu"), marked("Fri"), marked("Sat"),
    marked("Sun"),
)  # fmt: skip
MONTHS = (
    marked("January"), marked("February"), marked("March"), marked("April"), marked("May"),
    marked("June"), marked("July"), marked("August"), marked("September"), marked("October"),
    marked("November"), marked("December"),
)  # fmt: skip


def week_days() -> list[str]:
    """The heads of a month's columns, Monday first."""
    return [gettext(name) for name in WEEK_DAYS]


def month_names() -> list[str]:
    """The months of a year."""
    return [gettext(name) for name in MONTHS]
