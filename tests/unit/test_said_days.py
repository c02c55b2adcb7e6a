"""Days in sentences, as people say them."""

from datetime import date

import pytest

from scheduler.days import day_of
from scheduler.wording.said_days import days_said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("booked for 2026-07-13", "booked for Mon 13 Jul"),
        ("2026-07-09 09:00 to 2026-07-10 10:00.", "Thu 9 Jul 09:00 to Fri 10 Jul 10:00."),
        ("until the study closes (2029-12-20)", "until the study closes (Thu 20 Dec 2029)"),
        ("infarction (2025-12)", "infarction (Dec 2025)"),
        ("in 2025", "in 2025"),
        ("2026-02-30", "2026-02-30"),
        ("2026-13", "2026-13"),
        ("lot 2026-07-13-4, P-2026-07", "lot 2026-07-13-4, P-2026-07"),
    ],
)
def test_only_days_that_exist_and_stand_alone_are_said(written: str, said: str) -> None:
    assert days_said(written, day_of(date(2026, 6, 15))) == said
