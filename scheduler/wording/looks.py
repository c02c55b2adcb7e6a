"""What a state looks like: the one place for tones, colours, hatches and letters.

The page, the workbook, the figures, the notebook and the terminal read it, so that blocked is one
red everywhere. Colour never stands alone: a word, a hatch or a letter is always beside it. Green
and red differ in lightness too, so that a grey print and colour-blind readers tell them apart.
"""

from typing import NamedTuple


class Tone(NamedTuple):
    """Colours of one meaning: text, the ground behind text, whole areas; and a terminal's word.

    `ink` on `tint` has a contrast above 7 to 1.
    """

    ink: str
    tint: str
    solid: str
    terminal: str


class Look(NamedTuple):
    """How days of one state are drawn.

    `hatch` is matplotlib's, `dashes` those of an SVG line along the middle; `letter` stands where
    there is room for no word.
    """

    tone: str
    letter: str
    hatch: str = ""
    dashes: str = ""


TONES = {
    "good": Tone("#0b4f38", "#ddefe6", "#4aa58a", "green"),
    "doubt": Tone("#5f3b00", "#fdf0d0", "#d18b00", "yellow"),
    "bad": Tone("#7a1410", "#f9dedc", "#8f1d16", "red"),
    "plan": Tone("#123f6d", "#dfe9f5", "#123f6d", "blue"),
    "calm": Tone("#39424e", "#eceef1", "#9aa4af", ""),
}
LOOKS = {
    "permitted": Look("good", "P"),
    "undetermined": Look("doubt", "U", "//////", "2.5 3"),
    "blocked": Look("bad", "B", "", "7 4"),
    "doubtful": Look("bad", "b", "xxxxxx", "1.6 7"),
    "closed": Look("calm", "C"),
}


def css_variables() -> str:
    """The tones and dashes as variables of a style sheet.

    `--good` is the ink, `--good-b` the tint, `--good-s` the solid, `--undetermined-d` the dashes.
    """
    names = [
        f"--{tone}{tail}: {colour};"
        for tone, colours in TONES.items()
        for tail, colour in zip(("", "-b", "-s"), colours[:3], strict=True)
    ]
    dashes = [f"--{name}-d: {look.dashes};" for name, look in LOOKS.items() if look.dashes]
    return f":root {{ {' '.join([*names, *dashes])} }}\n"


def solid(state: str) -> str:
    """The colour of areas of a state."""
    return TONES[LOOKS[state].tone].solid
