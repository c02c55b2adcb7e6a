"""Which sites take part? Eight, in eight countries, with weekends, holidays and closures."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.design import Design

COUNTRIES = {
    "berlin": ("DE", "Europe/Berlin"),
    "lyon": ("FR", "Europe/Paris"),
    "leeds": ("GB", "Europe/London"),
    "sevilla": ("ES", "Europe/Madrid"),
    "torino": ("IT", "Europe/Rome"),
    "utrecht": ("NL", "Europe/Amsterdam"),
    "lund": ("SE", "Europe/Stockholm"),
    "boston": ("US", "America/New_York"),
}
SITES = tuple(COUNTRIES)
OWN_CLOSURES = 3  # a year: days of inventory, maintenance


def sites(design: Design) -> dict[str, dict[str, Any]]:
    """The description of the sites, as in sites.yaml."""
    rng = np.random.default_rng(design.seed)
    years = range(design.opens.year, design.closes.year + 1)
    return {
        name: {
            "timezone": timezone,
            "weekend": ["sat", "sun"],
            "holidays": country,
            "closed": [
                date(year, 1, 1) + timedelta(days=int(day))
                for year in years
                for day in sorted(rng.choice(365, OWN_CLOSURES, replace=False))
            ],
        }
        for name, (country, timezone) in COUNTRIES.items()
    }


@lru_cache(maxsize=8)
def closures(design: Design) -> Mapping[str, frozenset[date]]:
    """The closed days of every site, straight from the `holidays` package, for the rivals."""
    import holidays

    years = range(design.opens.year, design.closes.year + 1)
    span = (design.closes - design.opens).days + 1
    days = [design.opens + timedelta(days=n) for n in range(span)]
    return {
        name: frozenset(
            {day for day in days if day.weekday() >= 5}
            | set(holidays.country_holidays(site["holidays"], years=years))
            | set(site["closed"])
        )
        for name, site in sites(design).items()
    }
