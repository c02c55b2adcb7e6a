"""One catalogue of the desk's texts: it is whole, and no text of a template stands outside of it."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from scheduler.desk import texts
from tests.desk.office import KEY, Desk, on_sqlite, words

TEMPLATES = sorted((Path(texts.__file__).parent / "templates").glob("*.html"))
TOKEN = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})", re.DOTALL)
READ_ALOUD = ("aria-label", "title", "placeholder", "alt", "data-l")
OWN_NAME = "washout"


class Bracketed(NullTranslations):
    """A language in which every text stands in brackets."""

    def gettext(self, message: str) -> str:
        return f"\u27e6{message}\u27e7"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"\u27e6{msgid1 if n == 1 else msgid2}\u27e7"


@pytest.fixture
def bracketed() -> Iterator[None]:
    before = texts.use(Bracketed())
    yield
    texts.use(before)


def outside(template: str) -> Iterator[str]:
    """The words of a template that are seen or read aloud and are not marked."""
    marked = False
    plain = []
    for part in TOKEN.split(template):
        if part.startswith("{%"):
            marked = bool(re.match(r"\{%-?\s*(trans|pluralize)\b", part)) or (
                marked and not re.match(r"\{%-?\s*endtrans\b", part)
            )
        plain.append("\x00" if part.startswith("{") or marked else part)
    html = "".join(plain)
    for name, value in re.findall(r"([\w-]+)=\"([^\"]*)\"", html):
        if name in READ_ALOUD:
            yield value
    yield from re.split(r"<[^>]*>", html)


def letters(text: str) -> bool:
    """Whether something is said: signs and entities say nothing that is translated."""
    said = re.sub(r"&#?\w+;", "", text).replace(OWN_NAME, "")
    return re.search(r"[^\W\d_]", said) is not None


def results(expression: nodes.Node) -> Iterator[str]:
    """The texts that an expression may give as they stand in it."""
    if isinstance(expression, nodes.Const) and isinstance(expression.value, str):
        yield expression.value
    elif isinstance(expression, nodes.CondExpr):
        yield from results(expression.expr1)
        yield from results(expression.expr2) if expression.expr2 else ()
    elif isinstance(expression, nodes.Concat | nodes.Or | nodes.And | nodes.Add | nodes.Filter):
        for part in expression.iter_child_nodes():
            yield from results(part)
    elif isinstance(expression, nodes.Getitem | nodes.Call):
        inner = expression.node.node if isinstance(expression, nodes.Call) and isinstance(
            expression.node, nodes.Getattr) else expression.node  # fmt: skip
        for pair in inner.items if isinstance(inner, nodes.Dict) else ():
            yield from results(pair.value)


def said_by_expressions(template: str) -> list[str]:
    """Words of expressions that are shown and not marked; names of classes are none."""
    styles = (Path(texts.__file__).parent / "static" / "desk.css").read_text(encoding="utf-8")
    classes = set(re.findall(r"\.([a-z][\w-]*)", styles))
    classes |= {name.rpartition("-")[2] for name in classes}  # of `t-good`, written t-{{ tone }}
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(template)
    found = []
    for output in tree.find_all(nodes.Output):
        for part in output.nodes:
            if not isinstance(part, nodes.TemplateData):
                found += [one for one in results(part) if letters(one)]
    return [one for one in found if one.strip() not in classes]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_expression_says_what_is_not_marked(path: Path) -> None:
    assert said_by_expressions(path.read_text(encoding="utf-8")) == []


def test_an_unmarked_text_of_an_expression_is_found() -> None:
    found = """{{ "Move" if b else _("Book") }}{{ {1: "Gone"}.get(x, "") }}{{ "from " ~ day }}"""
    assert said_by_expressions(found) == ["Move", "Gone", "from "]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_no_text_of_a_template_stands_outside_the_catalogue(path: Path) -> None:
    assert [one for one in outside(path.read_text(encoding="utf-8")) if letters(one)] == []


def test_an_unmarked_text_is_found() -> None:
    found = ('<p title="Hint">Hello {{ name }}</p>{{ _("marked") }}'
             "{% trans %}also <b>marked</b>{% endtrans %}<i>&nbsp;</i>")  # fmt: skip
    assert [one for one in outside(found) if letters(one)] == ["Hint", "Hello \x00"]


def test_the_catalogue_holds_every_text_that_is_marked() -> None:
    pytest.importorskip("babel", reason="babel is not installed (test extra)")
    from babel.messages.pofile import read_po

    from tests.desk.catalogue import POT, catalogue

    with POT.open("rb") as file:
        kept = {message.id for message in read_po(file) if _in_files(message)}
    found = {message.id for message in catalogue() if _in_files(message)}
    assert found - kept == set(), "python -m tests.desk.catalogue writes it anew"
    assert kept - found == set(), "texts that nobody marks any more"


def _in_files(message: Any) -> bool:
    """Whether a template or module marks it; the words of tables come along by themselves."""
    return any(name.endswith((".html", ".py")) for name, _ in message.locations)


@on_sqlite
def test_pages_speak_another_language_when_there_is_one(desk: Desk, bracketed: None) -> None:
    for path, left in (
        ("/participant?p=nobody", "404 - washout No participant \"nobody\""),
        ("/export", None), ("/feeds", None), ("/step?p=P-003&n=infusion&day=2026-07-14", None),
    ):  # fmt: skip
        html = desk.web.get(path).text
        said = words(html)
        assert '<html lang="\u27e6en\u27e7">' in html and "\u27e6" in said
        if left:
            rest = re.sub(r"\u27e6[^\u27e7]*\u27e7", "", said)
            assert rest.split() == ["No", "participant", "&#34;nobody&#34;."]
    refused = desk.post("/happened", s=KEY, p="P-005", n="blood_collection", go="save")
    assert "\u27e6Say what happened.\u27e7" in words(refused.text)
    assert "\u27e6Took place as booked\u27e7" in words(refused.text)
    month = words(desk.web.get("/calendar").text)
    assert "\u27e6June\u27e7 2026" in month and "\u27e6Mon\u27e7 \u27e6Tue\u27e7" in month


@on_sqlite
def test_reasons_go_into_the_trail_in_one_language(desk: Desk, bracketed: None) -> None:
    """The words of a list are translated where they are shown, and stored as they are."""
    html = desk.web.get("/exposure?p=P-003&row=10").text
    assert '<option value="Typing error">\u27e6Typing error\u27e7</option>' in html
