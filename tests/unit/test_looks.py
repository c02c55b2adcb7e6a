"""One place says what a state looks like, and what shows a plan reads it there."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from scheduler.figures.style import BARS
from scheduler.report.notebook import cell
from scheduler.report.tones import WORDS
from scheduler.report.xlsx_parts import fixed
from scheduler.wording.looks import LOOKS, TONES, css_variables, solid

ROOT = Path(__file__).parents[2] / "scheduler"
COLOURS = {colour for tone in TONES.values() for colour in tone[:3]}


def _light(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    line = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * line[0] + 0.7152 * line[1] + 0.0722 * line[2]


@pytest.mark.parametrize("name", TONES)
def test_text_on_its_ground_can_be_read(name: str) -> None:
    tone = TONES[name]
    assert (_light(tone.tint) + 0.05) / (_light(tone.ink) + 0.05) > 7


def test_solid_colours_differ_in_grey() -> None:
    lights = sorted(_light(solid(state)) for state in ("permitted", "undetermined", "blocked"))
    assert lights[0] + 0.1 < lights[1]
    assert LOOKS["undetermined"].hatch and LOOKS["undetermined"].dashes
    letters = [look.letter for look in LOOKS.values()]
    assert len(set(letters)) == len(letters)
    assert all(a != b for a, b in pairwise(letters))


def test_everybody_shows_blocked_in_the_same_red() -> None:
    red = solid("blocked")
    assert BARS["blocked"].face == red == BARS["unsure"].edge
    assert f"solid {red}" in cell("blocked") and f"solid {red}" in cell("no schedule")
    assert f"--bad-s: {red};" in css_variables()
    assert TONES["bad"].tint[1:].upper() in _styles()


def _styles() -> str:
    from datetime import date

    return fixed(date(2026, 1, 1), "t", [("a", "$A$1:$A$1")], [""])["xl/styles.xml"]


def test_no_other_place_names_the_colours() -> None:
    """Neither as they are nor as SpreadsheetML writes them."""
    found = []
    for path in [*ROOT.rglob("*.py"), *ROOT.rglob("*.css"), *ROOT.rglob("*.html")]:
        text = path.read_text(encoding="utf-8").lower()
        if path.name != "looks.py" and "desk" not in path.parts:
            found += [f"{path.name}: {c}" for c in COLOURS if re.search(rf"{c[1:]}\b", text)]
    assert found == []


def test_every_variable_of_the_page_is_there() -> None:
    css = (ROOT / "report" / "page.css").read_text(encoding="utf-8")
    made = set(re.findall(r"(--[\w-]+):", css_variables() + css))
    assert set(re.findall(r"var\((--[\w-]+)\)", css)) <= made


def test_every_word_has_a_tone_that_there_is() -> None:
    assert {word.tone for words in WORDS.values() for word in words.values()} <= set(TONES)
