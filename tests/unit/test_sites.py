"""Closed days of sites; China's dates are those of the State Council's notice for 2026."""

from datetime import date

import numpy as np
import pytest

from scheduler.days import day_of
from scheduler.study.sites import Site, every_day_open, holiday_data_version, is_country

SAT_SUN = frozenset({5, 6})
WUHAN = Site("wuhan", "Asia/Shanghai", SAT_SUN, "CN")


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


def closed(site: Site, first: str, last: str) -> str:
    """One letter a day: x is closed."""
    return "".join("x" if c else "." for c in site.closed_days(day(first), day(last)))


def test_spring_festival_2026_with_its_working_weekends() -> None:
    # 14 February (Saturday) is worked, 15 to 23 February are off, 28 February (Saturday) is worked
    assert closed(WUHAN, "2026-02-13", "2026-03-01") == "..xxxxxxxxx....." + "x"


def test_national_day_2026_with_its_working_weekends() -> None:
    # 20 September (Sunday) and 10 October (Saturday) are worked, 1 to 7 October are off
    assert closed(WUHAN, "2026-09-19", "2026-09-21") == "x.."
    assert closed(WUHAN, "2026-09-30", "2026-10-12") == ".xxxxxxx...x."


def test_the_weekend_is_the_site_s_own() -> None:
    site = Site("tel_aviv", "Asia/Jerusalem", frozenset({4, 5}))
    assert closed(site, "2026-03-02", "2026-03-08") == "....xx."


def test_open_is_stronger_than_closed_and_closed_than_working_weekends() -> None:
    span = (day("2026-02-13"), day("2026-02-16"))
    opened = (day("2026-02-16"), day("2026-02-16"))
    site = Site("wuhan", "Asia/Shanghai", SAT_SUN, "CN", (span,), (opened,))
    assert closed(site, "2026-02-12", "2026-02-17") == ".xxx.x"
    assert site.reason(day("2026-02-14")) == "closed by the site"
    assert site.reason(day("2026-02-16")) == ""


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        ("2026-10-01", "public holiday National Day"),
        ("2026-10-06", "public holiday Day off (substituted from 2026-09-20)"),
        ("2026-10-10", ""),
        ("2026-10-11", "weekend"),
        ("2026-10-12", ""),
        (
            "2028-10-02",
            "public holiday National Day "
            "(assumed: the holiday data has no official list of 2028 yet)",
        ),
    ],
)
def test_reasons(on: str, reason: str) -> None:
    assert WUHAN.reason(day(on)) == reason


@pytest.mark.parametrize("code", ["CN", "US", "US-NY", "SA", "BG", "TW"])
def test_a_day_is_closed_when_it_has_a_reason(code: str) -> None:
    site = Site("x", "UTC", SAT_SUN, code, ((20500, 20510),), ((20505, 20520),))
    first, last = day("2025-12-20"), day("2027-01-10")
    reasons = np.array([bool(site.reason(d)) for d in range(first, last + 1)])
    assert np.array_equal(site.closed_days(first, last), reasons)


def test_the_days_do_not_depend_on_the_span_that_is_asked_for() -> None:
    first, last = day("2025-01-01"), day("2028-12-31")
    whole = WUHAN.closed_days(first, last)
    one_by_one = [bool(WUHAN.closed_days(d, d)[0]) for d in range(first, last + 1, 7)]
    assert whole[::7].tolist() == one_by_one


def test_an_observed_holiday_may_lie_in_the_year_before() -> None:
    # 1 January 2028 is a Saturday: federal offices close on Friday, 31 December 2027
    site = Site("x", "America/New_York", SAT_SUN, "US")
    assert closed(site, "2027-12-30", "2027-12-31") == ".x"


def test_years_that_nobody_has_announced_are_assumed() -> None:
    first, last = day("2024-01-01"), day("2036-12-31")
    years = WUHAN.assumed_years(first, last)
    assert {2024, 2025, 2026}.isdisjoint(years)  # their notices are out
    assert 2036 in years
    assert list(years) == list(range(years[0], 2037))


def test_a_country_without_moved_days_has_no_assumed_years() -> None:
    site = Site("x", "America/New_York", SAT_SUN, "US-NY")
    assert site.assumed_years(day("2020-01-01"), day("2036-12-31")) == ()


def test_holidays_by_the_moon_are_assumed_where_the_data_estimates_them() -> None:
    site = Site("x", "Asia/Tehran", frozenset({4}), "IR")
    assert 2035 in site.assumed_years(day("2035-01-01"), day("2035-12-31"))


def test_without_holidays_nothing_is_assumed_and_nothing_closed() -> None:
    site = every_day_open("Asia/Shanghai")
    first, last = day("2026-01-01"), day("2026-12-31")
    assert not site.closed_days(first, last).any()
    assert site.assumed_years(first, last) == ()
    assert site.zone.name == "Asia/Shanghai"


def test_no_days_at_all() -> None:
    assert WUHAN.closed_days(10, 9).tolist() == []
    assert WUHAN.assumed_years(10, 9) == ()


def test_codes_and_version() -> None:
    known = [
        code for code in ("CN", "US-NY", "ZZ", "US-XX", "cn", "", "XNYS", "ECB") if is_country(code)
    ]
    assert known == ["CN", "US-NY"]
    assert holiday_data_version().count(".") >= 1
