"""What a country's code alone leaves out: holidays of its parts, and further classes of them.

Source: docs/study-folder.md (sites).
"""

from functools import lru_cache

from scheduler.study.sites import country_data, yardstick

_MOST = 12  # parts that a warning names
_OPTIONAL = "optional"  # the class of general holidays that not everybody must give


def holidays_left_out(code: str, include: tuple[str, ...] | None) -> str:
    """Which holidays a code such as `GB` does not stand for, in one sentence; empty: none.

    `include` are the classes that were asked for; None where nobody said whether any are.
    """
    told = []
    if "-" not in code and (parts := parts_that_differ(code)):
        more = f" and {len(parts) - _MOST} more" if len(parts) > _MOST else ""
        listed = ", ".join(parts[:_MOST]) + more
        told.append(f"those of its parts ({listed})")
    if include is None and has_optional(code):
        told.append(f"those of the class {_OPTIONAL}")
    if not told:
        return ""
    return f"public holidays of {code} alone: {' and '.join(told)} are left out"


@lru_cache(maxsize=256)
def parts_that_differ(country: str) -> tuple[str, ...]:
    """The parts of a country that have other public holidays than the country by itself."""
    years = _years()
    whole = country_data(country, years)
    if whole is None:
        return ()
    usual = set(whole)
    found = []
    for part in whole.subdivisions:
        own = country_data(f"{country}-{part}", years)
        if own is not None and set(own) != usual:
            found.append(str(part))
    return tuple(found)


@lru_cache(maxsize=256)
def has_optional(code: str) -> bool:
    """Whether the class of optional holidays adds days to the public ones."""
    if _OPTIONAL not in categories_of(code):
        return False
    usual, more = country_data(code, _years()), country_data(code, _years(), "", (_OPTIONAL,))
    return usual is not None and more is not None and bool(set(more) - set(usual))


@lru_cache(maxsize=256)
def categories_of(code: str) -> tuple[str, ...]:
    """The classes of holidays that the data knows beside the usual one of a country."""
    found = country_data(code)
    if found is None:
        return ()
    return tuple(sorted(set(found.supported_categories) - {found.default_category}))


def _years() -> tuple[int, ...]:
    """Three years that the data surely covers; no clock is read."""
    return tuple(range(yardstick() - 1, yardstick() + 2))
