"""Every form of rule has a record, a maker and words, and no module tests for a form."""

import re
from pathlib import Path

from scheduler.protocol import RuleForm
from scheduler.protocol.forms import TRAITS, WAYS, form_of
from scheduler.rules.forms import makers
from scheduler.wording.forms import WORDS
from tests.unit.small_problems import solve

ROOT = Path(__file__).parents[2]
LOOK_UPS = {
    f"{name}.py"
    for name in (
        "protocol/forms",
        "rules/forms",
        "rules/in_days",
        "rules/in_hours",
        "wording/forms",
    )
}


def test_every_form_is_whole() -> None:
    problem = solve("milestones:\n  m: {label: M}\n").problem
    known = makers(problem.protocol, problem.cohort, problem.timeline)
    assert set(TRAITS) == set(WORDS) == set(known) == set(RuleForm)
    for form, traits in TRAITS.items():
        assert bool(traits.keys) != traits.of_tests  # a test is written in a section of its own
        assert all(traits.node_key in way.keys for way in traits.keys), form
        assert not (traits.pair and (traits.before or traits.after))


def test_a_form_is_known_by_its_keys() -> None:
    for form, traits in TRAITS.items():
        for way in traits.keys:
            assert form_of({*way.keys, *way.may, "id", "summary", "only", "source"}) is form
    assert len({frozenset(way.keys) for way in WAYS}) == len(WAYS)


def test_only_look_ups_name_a_form() -> None:
    names = {
        str(path.relative_to(ROOT / "scheduler"))
        for path in (ROOT / "scheduler").rglob("*.py")
        if re.search(r"RuleForm\.[A-Z]|\.form (is|==|in|not)", path.read_text(encoding="utf-8"))
    }
    assert names <= LOOK_UPS


def test_the_exercise_names_files_that_exist() -> None:
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    exercise = page.partition("## Add a form of rule")[2].partition("\n## ")[0]
    files = re.findall(r"`((?:scheduler|docs|tests)/[a-z_/]+\.(?:py|md))`", exercise)
    assert len(files) >= 10
    assert [name for name in files if not (ROOT / name).exists()] == []
