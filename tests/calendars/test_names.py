"""A participant's code never becomes a path, and two codes never share a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendars.export import write_calendars
from scheduler.calendars.names import code_of, participant_file, site_file
from tests.calendars.fake import EVERYTHING, FakePlan, row

ODD = ("..", ".", "../x", "/etc/passwd", "a/b", "a\\b", ".hidden", "x.", "site-wuhan", "changes",
       "CHANGES", "con", "NUL.txt", "com1", "P 1", "武汉-01", "%2E", "a:b", "~", "", "P\n1", "*?",
       "SITE-x", "x" * 5000, "武" * 3000)  # fmt: skip


def test_ordinary_codes_are_their_own_names() -> None:
    assert participant_file("P-003") == "P-003.ics"
    assert participant_file("abc_1.2") == "abc_1.2.ics"
    assert site_file("wuhan") == "site-wuhan.ics"
    assert participant_file("site-wuhan") == "%73ite-wuhan.ics"
    assert participant_file("../x") == "%2E.%2Fx.ics"
    assert participant_file("con") == "%63on.ics"


@pytest.mark.parametrize("code", ODD)
def test_odd_codes_stay_in_the_folder(code: str, tmp_path: Path) -> None:
    for name in (participant_file(code), site_file(code)):
        assert Path(name).name == name
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        assert name.isascii()
        assert len(name) < 200
        assert not set(name) & set('/\\:*?"<>|~ \n')
        (tmp_path / name).write_text("")


@given(st.text(max_size=12), st.text(max_size=12))
def test_names_are_unique_and_read_back(one: str, other: str) -> None:
    try:
        one.encode()
        other.encode()
    except UnicodeEncodeError:
        return
    assert code_of(participant_file(one)) == ("participant", one)
    assert code_of(site_file(one)) == ("site", one)
    names = {participant_file(one), participant_file(other), site_file(one), site_file(other)}
    assert len(names) == (2 if one == other else 4)


def test_long_codes_differ_by_their_digest() -> None:
    first, second = participant_file("x" * 500), participant_file("x" * 499 + "y")
    assert first != second
    assert code_of(first) is None


@pytest.mark.parametrize("code", [code for code in ODD if code])
def test_a_calendar_for_every_odd_code(code: str, tmp_path: Path) -> None:
    plan = FakePlan(
        rows=(row(code, node="month_1", days="2026-04-07"),), sites={code: (code, "UTC")}
    )
    changes = write_calendars(plan, tmp_path / "out", EVERYTHING)
    assert len(changes.written) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert write_calendars(plan, tmp_path / "out", EVERYTHING).written == ()


def test_codes_that_differ_only_in_case_never_share_a_memory(tmp_path: Path) -> None:
    sites = {"p-1": ("", "UTC"), "P-1": ("", "UTC")}
    rows = tuple(row(code, node="month_1", days="2026-04-07") for code in sites)
    write_calendars(FakePlan(rows=rows, sites=sites), tmp_path, EVERYTHING)
    assert len(list((tmp_path / "calendars").iterdir())) == 2
