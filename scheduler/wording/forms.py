"""What each form of rule says, looked up by form.

Source: docs/semantics.md, section 3.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from scheduler.protocol import Rule, RuleForm


def listing(words: Iterable[str], last: str = "or") -> str:
    """Words as a list in a sentence: `a`, `a or b`, `a, b or c`."""
    parts = list(words)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


@dataclass(frozen=True, slots=True)
class FormWords:
    """The words of one form.

    `asks` says what a rule asks, by the names in the file; `broken` (of an exposure and a done
    node, as sentences name them) what a date did that broke it; `without` what stands behind a
    span that no exposure stands behind.
    """

    asks: Callable[[Rule], str]
    broken: Callable[[str, str], str] = "{} broke the rule at {}".format
    without: Callable[[Rule], str] = lambda rule: f"nothing recorded of {listing(rule.events)}"


def rule_text(rule: Rule) -> str:
    """What a rule asks, in the words of its form and by the names in the file."""
    return WORDS[rule.form].asks(rule)


def _no(rule: Rule) -> str:
    return f"no {listing(rule.events)}"


def _before(rule: Rule) -> str:
    if rule.clear:
        return f"at least {rule.length} without {listing(rule.events)} before {rule.node}"
    return f"{_no(rule)} within {rule.length} before {rule.node}"


def _age(rule: Rule) -> str:
    limits = [f"from {rule.age_min}"] if rule.age_min else []
    limits += [f"through {rule.age_max}"] if rule.age_max else []
    return f"age {' '.join(limits)} at {rule.node}"


WORDS: dict[RuleForm, FormWords] = {
    RuleForm.BEFORE: FormWords(_before),
    RuleForm.AFTER: FormWords(
        lambda rule: f"{_no(rule)} within {rule.length} after {rule.node}",
        "{} came too soon after {}".format,
    ),
    RuleForm.AT: FormWords(
        lambda rule: f"{_no(rule)} at {rule.node}",
        lambda exposure, done: f"{done} fell on a day of {exposure}",
    ),
    RuleForm.EVER: FormWords(
        lambda rule: f"{_no(rule)} ever before {rule.node}",
        lambda exposure, done: f"{done} did not come before {exposure}",
    ),
    RuleForm.FROM_UNTIL: FormWords(lambda rule: f"{_no(rule)} from {rule.node} until {rule.until}"),
    RuleForm.AGE: FormWords(
        _age,
        lambda exposure, done: f"{done} was outside the age limits",
        lambda rule: "the participant's age",
    ),
}
