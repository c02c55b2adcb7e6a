"""What a number format shows of a date: its year, its month, its day, its time, or none of them.

Source: ECMA-376, 18.8.30 and 18.8.31 (number formats, and those that are known by their number).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%",
    11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0",
    49: "@",
}  # fmt: skip
_DAY, _MONTH, _NO_YEAR, _TIME = "yyyy-mm-dd", "yyyy-mm", "mm-dd", "h:mm"
# what the numbers 27 to 36 and 50 to 58 show, in mainland China, Taiwan, Japan and Korea
_EAST = {
    27: (_MONTH, _DAY, _DAY, _DAY), 28: (_NO_YEAR, _DAY, _DAY, _NO_YEAR),
    29: (_NO_YEAR, _DAY, _DAY, _NO_YEAR), 30: (_DAY,) * 4, 31: (_DAY,) * 4,
    32: (_TIME,) * 4, 33: ("h:mm:ss",) * 4, 34: (_TIME, _TIME, _MONTH, _DAY),
    35: ("h:mm:ss", "h:mm:ss", _NO_YEAR, _DAY), 36: (_MONTH, _DAY, _DAY, _DAY),
    50: (_MONTH, _DAY, _DAY, _DAY), 51: (_NO_YEAR, _DAY, _DAY, _NO_YEAR),
    52: (_MONTH, _TIME, _MONTH, _DAY), 53: (_NO_YEAR, "h:mm:ss", _NO_YEAR, _DAY),
    54: (_NO_YEAR, _DAY, _DAY, _NO_YEAR), 55: (_TIME, _TIME, _MONTH, _DAY),
    56: ("h:mm:ss", "h:mm:ss", _NO_YEAR, _DAY), 57: (_MONTH, _DAY, _DAY, _DAY),
    58: (_NO_YEAR, _DAY, _DAY, _NO_YEAR),
}  # fmt: skip
LANGUAGES = ("Chinese", "Chinese (Taiwan)", "Japanese", "Korean")
CHARSETS = {"134": 0, "136": 1, "128": 2, "129": 3}  # of fonts: the place in LANGUAGES
AS_TYPED = frozenset({"General", "0", "@"})


def east_asian(number: int, languages: frozenset[int]) -> tuple[str, ...]:
    """What a built-in number may show: one format, or one for each language that it may be.

    `languages` are places in LANGUAGES that the workbook's fonts tell of; none or several leave
    all four open.
    """
    if number not in _EAST:
        return ()
    if len(languages) == 1:
        return (_EAST[number][next(iter(languages))],)
    return tuple(dict.fromkeys(_EAST[number]))


@dataclass(frozen=True, slots=True)
class ShownParts:
    """Which parts of a date and time a format shows.

    `elapsed`: hours that count on past 24. `conditional`: it depends on the number, or words
    beside it say more. `other`: the days of another calendar than the western one.
    """

    year: bool = False
    month: bool = False
    day: bool = False
    hour: bool = False
    minute: bool = False
    second: bool = False
    elapsed: bool = False
    conditional: bool = False
    other: bool = False

    @property
    def dated(self) -> bool:
        """Whether the format shows a date or a time at all."""
        return self.year or self.month or self.day or self.timed

    @property
    def timed(self) -> bool:
        """Whether the format shows a time."""
        return self.hour or self.minute or self.second or self.elapsed


_PIECE = re.compile(
    r'"[^"]*"?|\\.|_.|\*.|\[(?P<inside>[^\]]*)\]|(?P<noon>AM/PM|A/P)|(?P<general>General)'
    r"|(?P<era>B[12])|(?P<power>E[-+])|(?P<run>y+|m+|d+|h+|s+|e+|b+|g+|[a]{3,4})|.",
    re.IGNORECASE | re.DOTALL,
)


# what a format may write around a date that makes another statement of it: "before 2026", "<2026"
_QUALIFIED = re.compile(
    r"[<>~?\u2248\u00b1\u2264\u2265]|\b(since|before|after|until|till|from|about|around|approx\w*|ca|circa|"
    r"no|not|never|planned|estimated?|vor|nach|seit|bis|etwa|ungef\w*|avant|apr\w+s|depuis|vers|"
    r"environ|antes|despu\w+s|desde|hasta)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def sections(code: str) -> tuple[str, ...]:
    """The parts of a format between its semicolons."""
    found, current = [], ""
    for piece in _PIECE.finditer(code):
        if piece[0] == ";":
            found.append(current)
            current = ""
        else:
            current += piece[0]
    return (*found, current)


@lru_cache(maxsize=4096)
def shown_parts(code: str) -> ShownParts:
    """What a format shows of a number that is not negative."""
    parts = sections(code)
    runs, flags = _runs(parts[0])
    conditional = len(parts) > 1 and any("[<" in s or "[>" in s or "[=" in s for s in parts[:2])
    conditional |= bool(_QUALIFIED.search(_literal(parts[0])))
    letters = [run[0] for run in runs]
    minute = [_is_minute(runs, place) for place in range(len(runs))]
    weekday = {"ddd", "dddd", "aaa", "aaaa"}
    return ShownParts(
        year=any(letter in "yeb" for letter in letters),
        month=any(r[0] == "m" and not m for r, m in zip(runs, minute, strict=True)),
        day=any(r[0] == "d" and r not in weekday for r in runs),
        hour="h" in letters,
        minute=any(minute),
        second="s" in letters,
        elapsed="elapsed" in flags,
        conditional=conditional,
        other="era" in flags,
    )


def _runs(section: str) -> tuple[list[str], set[str]]:
    """The runs of date letters of a section, in lower case, and what else is told of it."""
    runs: list[str] = []
    flags: set[str] = set()
    for piece in _PIECE.finditer(section):
        if inside := piece["inside"]:
            if re.fullmatch("h+|m+|s+", inside, re.IGNORECASE):
                flags.add("elapsed")
            elif re.fullmatch(r"\$-[0-9A-Fa-f]*(06|17|0B)[0-9A-Fa-f]{4}", inside):
                flags.add("era")  # the moon calendars of Arabia
        elif piece["era"]:
            flags.update({"era"} if piece[0][1] == "2" else ())
        elif run := piece["run"]:
            runs.append(run.lower())
    return [run for run in runs if run[0] != "g"], flags


def _literal(section: str) -> str:
    """The text that a format writes beside a number."""
    texts = (piece[0] for piece in _PIECE.finditer(section) if piece[0][0] in '"\\<>~?')
    return "".join(text.strip('"').removeprefix("\\") for text in texts)


def _is_minute(runs: list[str], place: int) -> bool:
    """Whether an m counts minutes: after hours or before seconds, one or two letters long."""
    if runs[place][0] != "m" or len(runs[place]) > 2:
        return False
    before = runs[place - 1][0] if place else ""
    after = runs[place + 1][0] if place + 1 < len(runs) else ""
    return before == "h" or after == "s"


@lru_cache(maxsize=4096)
def shows_text_as_it_is(code: str) -> bool:
    """Whether a text in a cell of this format is shown as it was written."""
    parts = sections(code)
    own = [part for part in parts if "@" in _bare(part)] or list(parts[3:4])
    return not own or _bare(own[0]) == "@"


def _bare(section: str) -> str:
    """A section without colours and gaps."""
    return "".join(
        piece[0]
        for piece in _PIECE.finditer(section)
        if piece[0][0] not in "_*" and piece["inside"] is None and piece[0] != " "
    )


_DECIMALS = re.compile(r"0\.(0+)")


def shows_all_of(code: str, value: float) -> bool:
    """Whether a plain decimal format shows a number with nothing rounded away."""
    if code in ("General", "@"):
        return True
    found = _DECIMALS.fullmatch(code)
    return found is not None and round(value, len(found[1])) == value
