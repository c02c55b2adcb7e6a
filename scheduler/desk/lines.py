"""Lines of long pages, each written once for what it says.

Today, the questions and the trail have hundreds of lines, and from one request to the next nearly
all say the same. A line is a macro of a template; what it reads is among its arguments, or stays
the same as long as the study's protocol, its day and the language of the desk do.
"""

from datetime import date
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from scheduler.desk import texts
from scheduler.desk.people import StudyDesk
from scheduler.protocol import Protocol

_MOST = 20_000  # lines of a study; some 15 MB
State = tuple[Protocol, date, object]
_kept: dict[str, tuple[State, dict[Any, Markup]]] = {}


@pass_context
def line(context: Context, macro: Macro, desk: StudyDesk, *said: Any) -> Markup:
    """What a macro writes of a study and of `said`, which are rows, records and plain values."""
    lines = _lines_of(desk)
    plain = (tuple(one.items()) if type(one) is dict else one for one in said)
    key = (context.name, macro.name, *plain)
    found = lines.get(key)
    if found is None:
        if len(lines) >= _MOST:
            lines.clear()
        found = lines[key] = Markup(macro(desk, *said))
    return found


def _lines_of(desk: StudyDesk) -> dict[Any, Markup]:
    """The lines of a study that were written since its protocol, day or language changed."""
    protocol, day, language = state = desk.protocol, desk.as_of, texts.language()
    if desk.key in _kept:
        before, lines = _kept[desk.key]
        if before[0] is protocol and before[1] == day and before[2] is language:
            return lines
    _kept[desk.key] = state, {}
    return _kept[desk.key][1]
