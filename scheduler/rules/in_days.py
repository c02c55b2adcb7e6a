"""The forbidden days of one rule in calendar time, exposure by exposure.

Source: docs/semantics.md, section 3 ("Rules", "Unknown exposure dates").
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scheduler.arrays import Flags, Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, PlainLengths
from scheduler.protocol import Rule, RuleForm


@dataclass(frozen=True, slots=True)
class Reach:
    """How far several rules of one form look, told exposure by exposure; else as a `Rule`."""

    form: RuleForm
    length: PlainLengths | None
    inclusive: Flags


def half_life_range(
    rule: Rule | Reach, cohort: Cohort, rows: Index
) -> tuple[np.ndarray, np.ndarray]:
    """The shortest and longest half-life in minutes; a missing one is anything from 0 up."""
    known = cohort.exposures.half_life[rows]
    if rule.length is None or not rule.length.needs_half_life:
        return known, known
    missing = np.isnan(known)
    return np.where(missing, 0.0, known), np.where(missing, np.inf, known)


Range = tuple[Days, Days]
Ranges = tuple[Range, Range]  # of possibly, and of certainly forbidden days


def day_spans(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    """Possibly and certainly forbidden days of a rule in calendar time, exposure by exposure.

    In a rule that weighs exposures together: the days on which each of them counts.
    """
    return _RANGES[rule.form](rule, cohort, rows)


def _at(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    exposures = cohort.exposures
    return (
        (exposures.start_first[rows], exposures.end_last[rows]),
        (exposures.start_last[rows], exposures.end_first[rows]),
    )


def _ever_before(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    far = np.full(len(rows), FAR)
    return (cohort.exposures.start_first[rows], far), (cohort.exposures.start_last[rows], far)


def _before(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    assert rule.length is not None
    exposures, length = cohort.exposures, rule.length
    t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
    short, long = half_life_range(rule, cohort, rows)
    last = length.first_clear(t2, rule.inclusive, long) - 1
    last = np.where(last >= FAR - 1, FAR, last)
    certain_last = length.first_clear(t1, rule.inclusive, short) - 1
    certain_last = np.where(certain_last >= FAR - 1, FAR, certain_last)
    # "clear: 0 days" of a point forbids nothing, whatever its day is
    last = np.where(exposures.single[rows] & (last < t2), -FAR, last)
    return (exposures.start_first[rows], last), (exposures.start_last[rows], certain_last)


def _after(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    assert rule.length is not None
    exposures, length = cohort.exposures, rule.length
    s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
    short, long = half_life_range(rule, cohort, rows)
    begin = length.first_reaching(s1, rule.inclusive, long)
    certain = length.first_reaching(s2, rule.inclusive, short)
    # "within 0 days", exclusive: a point forbids nothing, whatever its day is
    begin = np.where(exposures.single[rows] & (begin > s1), FAR, begin)
    return (begin, exposures.end_last[rows]), (certain, exposures.end_first[rows])


def _around(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    """Within D on either side: with s <= t that is t >= M - D and s <= M + D."""
    (_, last), (_, certain_last) = _before(rule, cohort, rows)
    (begin, _), (certain_begin, _) = _after(rule, cohort, rows)
    return (begin, last), (certain_begin, certain_last)


def _ended(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    """From when an exposure ended so long ago."""
    return _ago(rule, cohort, rows, cohort.exposures.end_first, cohort.exposures.end_last)


def _begun(rule: Rule | Reach, cohort: Cohort, rows: Index) -> Ranges:
    """From when an exposure began so long ago."""
    return _ago(rule, cohort, rows, cohort.exposures.start_first, cohort.exposures.start_last)


def _ago(rule: Rule | Reach, cohort: Cohort, rows: Index, early: Days, late: Days) -> Ranges:
    assert rule.length is not None
    short, long = half_life_range(rule, cohort, rows)
    far = np.full(len(rows), FAR)
    return (
        (rule.length.first_clear(early[rows], False, short), far),
        (rule.length.first_clear(late[rows], False, long), far),
    )


_RANGES: dict[RuleForm, Callable[[Rule | Reach, Cohort, Index], Ranges]] = {
    RuleForm.BEFORE: _before,
    RuleForm.AFTER: _after,
    RuleForm.AT: _at,
    RuleForm.EVER: _ever_before,
    RuleForm.AROUND: _around,
    # the days on which an exposure satisfies a rule that requires it, counts, or is under way
    RuleForm.COVERING: _at,
    RuleForm.SOME_WITHIN: _before,
    RuleForm.SOME_CLEAR: _ended,
    RuleForm.SOME_EVER: _ever_before,
    RuleForm.SOME_AT: _at,
    RuleForm.SINCE: _begun,
    RuleForm.COUNT: _before,
    RuleForm.COUNT_EVER: _ever_before,
    RuleForm.TOTAL: _at,
    RuleForm.TOTAL_EVER: _at,
}
