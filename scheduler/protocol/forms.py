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


@dataclass(frozen=True, slots=True)
class FormTraits:
    """What a form is, whatever the rule says.

    `keys` are the ways to write it and `node_key` the key that names its node. `of_exposures`:
    it looks at the history. `before`, `after`: it looks from its node to the time before, after.
    `pair`: it binds two nodes at once. `reach`: it has a duration, whose far end has two readings.
    `heeds_ends`: it matters when an exposure ended.
    """

    keys: tuple[KeyForm, ...]
    node_key: str
    of_exposures: bool = True
    before: bool = False
    after: bool = False
    pair: bool = False
    reach: bool = False
    heeds_ends: bool = True


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
        (KeyForm(("age", "at"), (), "age: {min: 18 years}, at: M"),), "at", of_exposures=False
    ),
}  # fmt: skip


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
