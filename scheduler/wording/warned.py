"""Warnings as people read them: what was found and where first, the code behind it."""

import re
from pathlib import Path

_CODED = re.compile(r"([A-Z][0-9]{3}) (.*)", re.DOTALL)
_ROW = re.compile(r"\A([^:]*\.(\w+)|[^:.]*):([0-9]+) ?")


def plain_warning(text: str, path: str = "") -> str:
    """A warning in plain words; `path` is that of a file which is named by its name alone.

    `S245 history.csv:12 route: found x` becomes `history.csv, row 12, route: found x (S245)`.
    """
    text = text.replace(path, Path(path).name) if path else text
    coded = _CODED.fullmatch(text)
    if coded is None:
        return text
    said = _ROW.sub(_row, coded[2], count=1)
    said = ". ".join(line.strip().rstrip(".") for line in said.splitlines())
    return f"{said} ({coded[1]})"


def _row(found: "re.Match[str]") -> str:
    unit = "line" if found[2] in ("yaml", "yml") else "row"
    return f"{found[1]}, {unit} {found[3]}, "
