"""The YAML that imports write: read back, every value is what it was."""

from datetime import date

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scheduler.yaml_text.tree import retyped_as
from scheduler.yaml_text.writing import flow, protocol_yaml, scalar

AWKWARD = [
    "no", "Yes", "y", "on", "null", "~", "TODO", "10:30", "010", "1.0", "1e3", "0x1F", "1_000",
    ".inf", "=", "<<", "2026-01-15", "a: b", "a #b", "#", "- a", "[a]", "{a}", "*a", "&a", "!a",
    "%a", "@a", "`a", "a,b", "'", '"', "\\", "", " ", " a ", "a\nb", "\t", "\u2028", "\x85",
    "\ufeff", "\u65e5\u672c", "\U0001f600", "a:", "?", "? a", "-", "---", "...", "|", ">",
]  # fmt: skip


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_comes_back_as_text(text: str) -> None:
    written = protocol_yaml({"title": text, "notes": [{"about": text, "text": text}]})
    read = yaml.safe_load(written)
    assert read == {"title": text, "notes": [{"about": text, "text": text}]}


@given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=12), max_size=3), max_size=3))
def test_any_text_comes_back_as_text(value: dict) -> None:
    printable = str(value).encode("utf-8", "ignore").decode()
    if printable == str(value):
        assert yaml.safe_load(protocol_yaml({"notes": [value], "only": value})) == {
            "notes": [value], "only": value,
        }  # fmt: skip


@given(st.text(max_size=15))
def test_unquoted_text_is_never_retyped(text: str) -> None:
    written = scalar(text)
    assert written.startswith('"') or retyped_as(written) == ""


def test_half_a_character_becomes_a_replacement_mark() -> None:
    assert yaml.safe_load(scalar("a\ud800b")) == "a\ufffdb"


def test_values_of_each_kind() -> None:
    assert flow({"a": True, "b": False, "c": 3, "d": date(2026, 2, 1), "e": ["x", "4 weeks"]}) == (
        "{a: yes, b: no, c: 3, d: 2026-02-01, e: [x, 4 weeks]}"
    )
    assert scalar("10:00") == '"10:00"'
    assert scalar("P1M3D") == "P1M3D"


def test_long_entries_take_several_lines() -> None:
    text = protocol_yaml({"visits": [{"id": "a", "text": "b" * 200}, {"id": "c"}]}, ["one\ntwo"])
    assert text == f"# one two\n\nvisits:\n  - id: a\n    text: {'b' * 200}\n  - {{id: c}}\n"
