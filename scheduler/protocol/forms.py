"""The forms of a rule: one record a form, which everybody asks instead of testing for a form.

A form is known by the keys that it is written with. What turns it into days is looked up by form
in rules/forms.py, what says it in wording/forms.py; docs/contributing.md walks through adding one.
Source: docs/semantics.md, section 3.
"""

from dataclasses import dataclass
from enum import Enum

from scheduler.yaml_text.records import KeyForm


class RuleForm(Enum):
    """The forms that a rule can have."""

    BEFORE = "before"
    AFTER = "after"
    AT = "at"
    EVER = "ever_before"
    FROM_UNTIL = "from_until"
    AGE = "age"
    AROUND = "around"
    COVERING = "covering"
    SOME_WITHIN = "require_within"
    SOME_CLEAR = "require_clear"
    SOME_EVER = "require_ever_before"
    SOME_AT = "require_at"
    SINCE = "since"
    COUNT = "count"
    COUNT_EVER = "count_ever"
    TOTAL = "total"
    TOTAL_EVER = "total_ever"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class FormTraits:
    """What a form is, whatever the rule says.

    `keys` are the ways to write it and `node_key` the key that names its node. `of_exposures`:
    it looks at the history. `before`, `after`: it looks from its node to the time before, after.
    `pair`: it binds two nodes at once. `reach`: it has a duration, whose far end has two readings.
    `heeds_ends`: it matters when an exposure ended.

    `together`: it weighs all exposures of a participant together, so that a span is the rule's
    own and names the nearest exposure. `needs`: it asks for something, so that nothing recorded is
    no pass (a count or a total does so where it says `at_least`). `early`: what it asks for is met
    the sooner the earlier an exposure was; `whole_days`: it counts days and has no hours;
    `in_days`: its bound is a number of days, not of exposures; `keeps`: what it requires must go
    on until its node.
    `of_ages`: it looks at the birth date. `of_tests`: it looks at the tests that were done, and
    is written under `tests`, without keys of its own.
    """

    keys: tuple[KeyForm, ...]
    node_key: str
    of_exposures: bool = True
    before: bool = False
    after: bool = False
    pair: bool = False
    reach: bool = False
    heeds_ends: bool = True
    together: bool = False
    needs: bool = False
    early: bool = False
    whole_days: bool = False
    in_days: bool = False
    keeps: bool = False
    of_tests: bool = False
    of_ages: bool = False

    @property
    def one_node(self) -> bool:
        """Whether it looks at one exposure and one node at a time."""
        return self.of_exposures and not (self.pair or self.together)

    @property
    def looks_back(self) -> bool:
        """Whether it forbids only what comes too soon after an exposure."""
        return self.before and not self.after


_EXPOSURE = ("except", "judgement")
_READ = (*_EXPOSURE, "boundary")

TRAITS: dict[RuleForm, FormTraits] = {
    RuleForm.BEFORE: FormTraits(
        (
            KeyForm(("forbid", "within", "before"), _READ, "within: 4 weeks, before: M"),
            KeyForm(("forbid", "clear", "before"), _EXPOSURE, "clear: 4 weeks, before: M"),
        ),
        "before", before=True, reach=True,
    ),
    RuleForm.AFTER: FormTraits(
        (KeyForm(("forbid", "within", "after"), _READ, "within: 2 years, after: M"),),
        "after", after=True, reach=True,
    ),
    RuleForm.AT: FormTraits((KeyForm(("forbid", "at"), _EXPOSURE, "at: M"),), "at"),
    RuleForm.EVER: FormTraits(
        (KeyForm(("forbid", "ever_before"), _EXPOSURE, "ever_before: M"),),
        "ever_before", heeds_ends=False,
    ),
    RuleForm.FROM_UNTIL: FormTraits(
        (KeyForm(("forbid", "from", "until"), _EXPOSURE, "from: A, until: B"),),
        "from", pair=True,
    ),
    RuleForm.AGE: FormTraits(
        (KeyForm(("age", "at"), (), "age: {min: 18 years}, at: M"),),
        "at", of_exposures=False, of_ages=True,
    ),
    RuleForm.AROUND: FormTraits(
        (KeyForm(("forbid", "within", "around"), _READ, "within: 4 weeks, around: M"),),
        "around", before=True, after=True, reach=True,
    ),
    RuleForm.COVERING: FormTraits(
        (KeyForm(("require", "covering", "before"), (*_READ, "pauses"),
                 "covering: 12 weeks, before: M"),),
        "before", reach=True, together=True, needs=True, keeps=True,
    ),
    RuleForm.SOME_WITHIN: FormTraits(
        (KeyForm(("require", "within", "before"), _READ, "within: 12 months, before: M"),),
        "before", reach=True, together=True, needs=True,
    ),
    RuleForm.SOME_CLEAR: FormTraits(
        (KeyForm(("require", "clear", "before"), _EXPOSURE, "clear: 14 days, before: M"),),
        "before", reach=True, together=True, needs=True, early=True,
    ),
    RuleForm.SOME_EVER: FormTraits(
        (KeyForm(("require", "ever_before"), _EXPOSURE, "ever_before: M"),),
        "ever_before", heeds_ends=False, together=True, needs=True, early=True,
    ),
    RuleForm.SOME_AT: FormTraits(
        (KeyForm(("require", "at"), _EXPOSURE, "at: M"),), "at",
        together=True, needs=True, keeps=True,
    ),
    RuleForm.SINCE: FormTraits(
        (KeyForm(("require", "since", "before"), _EXPOSURE, "since: 6 months, before: M"),),
        "before", reach=True, heeds_ends=False, together=True, needs=True, early=True,
    ),
    RuleForm.COUNT: FormTraits(
        (KeyForm(("count", "within", "before"), _READ,
                 "count: {of: E, at_most: 3}, within: 12 months, before: M"),),
        "before", reach=True, together=True,
    ),
    RuleForm.COUNT_EVER: FormTraits(
        (KeyForm(("count", "before"), _EXPOSURE, "count: {of: E, at_least: 2}, before: M"),),
        "before", heeds_ends=False, together=True,
    ),
    RuleForm.TOTAL: FormTraits(
        (KeyForm(("total", "within", "before"), _READ,
                 "total: {of: E, at_least: 14 days}, within: 96 weeks, before: M"),),
        "before", reach=True, together=True, whole_days=True, in_days=True,
    ),
    RuleForm.TOTAL_EVER: FormTraits(
        (KeyForm(("total", "before"), _EXPOSURE, "total: {of: E, at_most: 30 days}, before: M"),),
        "before", together=True, in_days=True,
    ),
    RuleForm.TEST: FormTraits((), "for", of_exposures=False, of_tests=True),
}  # fmt: skip


OF_TESTS = RuleForm.TEST
WAYS = tuple(way for traits in TRAITS.values() for way in traits.keys)


def form_of(keys: set[str]) -> RuleForm:
    """The form of a rule without faults: the longest of those whose keys all stand in it."""
    found = [
        (len(way.keys), form)
        for form, traits in TRAITS.items()
        for way in traits.keys
        if set(way.keys) <= keys
    ]
    return max(found, key=lambda one: one[0])[1]
