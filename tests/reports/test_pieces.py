"""The small pieces of the page: text of the user stays text, and rows are read as any object is."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.report.figure_svg import svg
from scheduler.report.pieces import FILTERS, folded, named, node, pill, rule, said, who
from scheduler.report.templates import RowEnvironment
from scheduler.report.timelines import Lane, LaneBar, LaneGroup, LaneMark, figure

BAD = '<b onclick="x">\'&'
SAFE = "&lt;b onclick=&#34;x&#34;&gt;&#39;&amp;"
PAGE = cast(Any, SimpleNamespace(labels={BAD: BAD}, summaries={BAD: BAD}, ids={BAD: BAD}))


@pytest.mark.parametrize(
    "made",
    [
        pill(BAD, "summary", "state"), said(BAD), said(f"{BAD} ({BAD})"), folded(f"{BAD} [{BAD}]"),
        node(BAD, PAGE), named(BAD, PAGE), rule(BAD, PAGE), who(BAD, PAGE), who(BAD + "2", PAGE),
    ],
)  # fmt: skip
def test_text_stays_text(made: str) -> None:
    assert SAFE in made
    assert BAD not in made and 'onclick="' not in made


def test_texts_in_a_figure_stay_text() -> None:
    lane = Lane(BAD, [LaneBar("blocked", 3, 9, BAD)], [LaneMark("done", 4, BAD)], BAD)
    drawn = figure(BAD, BAD, (0, 20), 5, [LaneGroup(BAD, [lane])], [(1, 2)])
    assert drawn is not None
    made = svg(drawn, BAD)
    assert made.count(SAFE) >= 7
    assert BAD not in made and 'onclick="' not in made


def test_a_row_has_its_cells_and_what_a_dict_can_do() -> None:
    environment = RowEnvironment(autoescape=True)
    environment.filters.update(FILTERS)
    template = environment.from_string("{{ row.day }}, {{ row.get('get') }}, {{ row.none }}")
    assert template.render(row={"day": "Mon", "get": "a node of that name"}) == (
        "Mon, a node of that name, "
    )
