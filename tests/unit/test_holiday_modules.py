"""One country's module of `holidays` is loaded, not all of them, and it is the package's own."""

import subprocess
import sys

import pytest

ALONE = """
import sys
from scheduler.study.sites import country_calendar
names = country_calendar("CN", 2026, 2026).names
loaded = [name for name in sys.modules if name.startswith("holidays.countries")]
assert loaded == ["holidays.countries.china"], loaded
import holidays, holidays.countries
assert type(holidays.country_holidays("CN")) is holidays.countries.CN
print(len(names))
"""
TERRITORY = """
import holidays
from scheduler.study.sites import is_country
assert is_country("GU") and is_country("US-NY") and is_country("CN")
import holidays.countries
assert type(holidays.country_holidays("GU")) is holidays.countries.GU
assert issubclass(holidays.countries.GU, holidays.countries.UnitedStates)
"""


@pytest.mark.parametrize("script", [ALONE, TERRITORY])
def test_a_country_is_loaded_by_itself(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("code", ["XX", "holiday_base", "country_holidays", "date", "", "CN-XX"])
def test_what_is_no_country_is_refused(code: str) -> None:
    from scheduler.study.sites import is_country

    assert not is_country(code)
