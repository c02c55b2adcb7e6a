"""Some hundred damaged workbooks, always the same ones."""

import random
from pathlib import Path

import pytest

from tests.fuzz.workbooks import CHANGES, damaged_book, one_round


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_workbook_is_read_or_refused(seed: int, tmp_path: Path) -> None:
    for number in range(15):
        one_round(random.Random(f"{seed}/{number}"), tmp_path)


def test_the_damage_differs_from_round_to_round() -> None:
    books = {damaged_book(random.Random(f"x/{number}")) for number in range(50)}
    assert len(books) > 40
    assert len(CHANGES) == 9
