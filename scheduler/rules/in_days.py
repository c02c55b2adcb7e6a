"""The forbidden days of one rule in calendar time, exposure by exposure, and of an age rule.

Source: docs/semantics.md, section 3 ("Rules", "Unknown exposure dates", "Age").
"""

import numpy as np

from scheduler.arrays import Index
from scheduler.binding.cohort import Cohort
from scheduler.days import FAR, Days, Term, plus, roll
from scheduler.protocol import Rule, RuleForm


def birthday(birth: Days, age: Term, later: int) -> Days:
    """The day on which an age is completed, or the next age after it with `later` = 1.

    A birthday that does not exist falls on the 1st of the next month.
    """
    if age.months:
        in_months = "month" in age.text or (age.text.startswith("P") and "Y" not in age.text)
        return roll(birth, age.months + later * (1 if in_months else 12))
    return plus(birth, age.days + later * (7 if "week" in age.text or "W" in age.text else 1))


def _half_life_range(rule: Rule, cohort: Cohort, rows: Index) -> tuple[np.ndarray, np.ndarray]:
    """The shortest and longest half-life in minutes; a missing one is anything from 0 up."""
    known = cohort.exposures.half_life[rows]
    if rule.length is None or not rule.length.needs_half_life:
        return known, known
    missing = np.isnan(known)
    return np.where(missing, 0.0, known), np.where(missing, np.inf, known)


def day_spans(
    rule: Rule, cohort: Cohort, rows: Index
) -> tuple[tuple[Days, Days], tuple[Days, Days]]:
    """Possibly and certainly forbidden days of a rule in calendar time."""
    exposures = cohort.exposures
    s1, s2 = exposures.start_first[rows], exposures.start_last[rows]
    t1, t2 = exposures.end_first[rows], exposures.end_last[rows]
    far = np.full(len(rows), FAR)
    if rule.form is RuleForm.AT:
        return (s1, t2), (s2, t1)
    if rule.form is RuleForm.EVER:
        return (s1, far), (s2, far)
    assert rule.length is not None
    length, inclusive = rule.length, rule.inclusive
    short, long = _half_life_range(rule, cohort, rows)
    if rule.form is RuleForm.AFTER:
        begin = length.first_reaching(s1, inclusive, long)
        certain = length.first_reaching(s2, inclusive, short)
        # "within 0 days", exclusive: a point forbids nothing, whatever its day is
        begin = np.where(exposures.single[rows] & (begin > s1), FAR, begin)
        return (begin, t2), (certain, t1)
    last = length.first_clear(t2, inclusive, long) - 1
    last = np.where(last >= FAR - 1, FAR, last)
    certain_last = length.first_clear(t1, inclusive, short) - 1
    certain_last = np.where(certain_last >= FAR - 1, FAR, certain_last)
    # "clear: 0 days" of a point forbids nothing, whatever its day is
    single = exposures.single[rows]
    last = np.where(single & (last < t2), -FAR, last)
    return (s1, last), (s2, certain_last)
