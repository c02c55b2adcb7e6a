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


def days_text(count: int) -> str:
    """A count of days: `1 day`, `3 days`."""
    return "1 day" if count == 1 else f"{count} days"


_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def weekdays_text(weekdays: tuple[int, ...]) -> str:
    """The weekdays that a node is held to: `Tuesdays and Thursdays`; empty for any."""
    return listing((_WEEKDAYS[day] for day in weekdays), "and") if weekdays else ""


def the_exposure(rule: Rule, exposure: str) -> str:
    """What stands behind a span of most rules: the exposure itself."""
    return exposure or f"nothing recorded of {listing(rule.events)}"


@dataclass(frozen=True, slots=True)
class FormWords:
    """The words of one form.

    `asks` says what a rule asks, by the names in the file; `broken` (of an exposure and a done
    node, as sentences name them) what a date did that broke it; `cause` (of a rule and an
    exposure, or an empty text) what stands behind a span; `reading` what the far end of the rule's
    duration counts as.
    """

    asks: Callable[[Rule], str]
    broken: Callable[[str, str], str] = "{} broke the rule at {}".format
    cause: Callable[[Rule, str], str] = the_exposure
    reading: Callable[[Rule], str] = lambda rule: "within" if rule.inclusive else "clear"


def rule_text(rule: Rule) -> str:
    """What a rule asks, in the words of its form and by the names in the file."""
    return WORDS[rule.form].asks(rule)


def _no(rule: Rule) -> str:
    return f"no {listing(rule.events)}"


def _before(rule: Rule) -> str:
    if rule.clear:
        return f"at least {rule.length} without {listing(rule.events)} before {rule.node}"
    return f"{_no(rule)} within {rule.length} before {rule.node}"


def _some(tail: str) -> Callable[[Rule], str]:
    return lambda rule: f"some {listing(rule.events)} " + tail.format(rule.length, rule.node)


def _covering(rule: Rule) -> str:
    pauses = f", with pauses of at most {days_text(rule.pauses)}" if rule.pauses else ""
    return f"{listing(rule.events)} throughout the {rule.length} before {rule.node}{pauses}"


def _bound(rule: Rule, unit: str) -> str:
    least = f"at least {rule.at_least}" if rule.at_least is not None else f"at most {rule.at_most}"
    window = f"within {rule.length}" if rule.length else "ever"
    return f"{least} {unit}{listing(rule.events)} {window} before {rule.node}"


def _total(rule: Rule) -> str:
    return _bound(rule, "day of " if 1 in (rule.at_least, rule.at_most) else "days of ")


def _lacking(rule: Rule, exposure: str) -> str:
    """What stands behind a span of a rule that requires something."""
    return f"the lack of {rule_text(rule)}{f' (nearest: {exposure})' if exposure else ''}"


def _reached(rule: Rule, exposure: str) -> str:
    """What stands behind a span of a rule that counts, or adds up."""
    if rule.needed:
        return _lacking(rule, exposure)
    if not exposure:
        return f"nothing recorded of {listing(rule.events)}"
    return f"more than {rule_text(rule).removeprefix('at most ')} (nearest: {exposure})"


def _unmet(exposure: str, done: str) -> str:
    nearest = f" (nearest: {exposure})" if exposure else ""
    return f"{done} came without what the rule asks for{nearest}"


def _too_much(exposure: str, done: str) -> str:
    nearest = f" (nearest: {exposure})" if exposure else ""
    return f"{done} came with another number than the rule asks for{nearest}"


def _test(rule: Rule) -> str:
    test = rule.test
    assert test is not None
    since = f", not before {test.not_before}" if test.not_before else ""
    return f"{test.label} within {rule.length} before {rule.node}{since}"


def _invalid(rule: Rule, exposure: str) -> str:
    if rule.test is None:
        return ""
    only = "" if rule.test.repeatable else " (the protocol lets nobody make a new one)"
    return f"the lack of a valid {rule.test.label}{only}"


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
        lambda rule, exposure: "the participant's age",
    ),
    RuleForm.AROUND: FormWords(
        lambda rule: f"{_no(rule)} within {rule.length} before or after {rule.node}",
        "{} came too near to {}".format,
    ),
    RuleForm.COVERING: FormWords(
        _covering,
        _unmet,
        _lacking,
        lambda rule: "a day to cover" if rule.inclusive else "outside",
    ),
    RuleForm.SOME_WITHIN: FormWords(
        _some("within {} before {}"),
        _unmet,
        _lacking,
        lambda rule: "within" if rule.inclusive else "outside",
    ),
    RuleForm.SOME_CLEAR: FormWords(
        _some("ended at least {} before {}"), _unmet, _lacking, lambda rule: "enough"
    ),
    RuleForm.SOME_EVER: FormWords(_some("begun by {1}"), _unmet, _lacking),
    RuleForm.SOME_AT: FormWords(_some("under way at {1}"), _unmet, _lacking),
    RuleForm.SINCE: FormWords(
        _some("begun at least {} before {}"), _unmet, _lacking, lambda rule: "enough"
    ),
    RuleForm.COUNT: FormWords(lambda rule: _bound(rule, ""), _too_much, _reached),
    RuleForm.COUNT_EVER: FormWords(lambda rule: _bound(rule, ""), _too_much, _reached),
    RuleForm.TOTAL: FormWords(_total, _too_much, _reached),
    RuleForm.TOTAL_EVER: FormWords(_total, _too_much, _reached),
    RuleForm.TEST: FormWords(
        _test,
        lambda exposure, done: f"{done} came without a valid test",
        _invalid,
        lambda rule: "valid",
    ),
}
