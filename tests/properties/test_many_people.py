"""Many people at once: the ways that only large cohorts take give what small ones are given."""

from pathlib import Path

import pandas as pd

from scheduler.engine.found_days import FoundDays
from scheduler.planning.plans import Plan, plan
from scheduler.protocol.reading import load_protocol
from scheduler.study.reading import load_study
from tests.oracle.generate import Case, Features, generate, write

SEEDS = range(8101, 8115)
COPIES = 150


def many(folder: Path) -> dict[str, object]:
    """The study of a folder with everybody in it many times, under codes of their own."""
    study: dict[str, object] = {}
    for path in sorted(folder.glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        copies = [
            table.assign(participant=[f"{code}-{n}" for code in table["participant"]])
            for n in range(COPIES)
        ]
        study[path.stem] = pd.concat(copies, ignore_index=True)
    return study


def copied(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of everybody's copies."""
    code = table["participant"].astype(str)
    copies = [table.assign(participant=code + f"-{n}") for n in range(COPIES)]
    return pd.concat(copies, ignore_index=True)


def small_and_large(case: Case, folder: Path) -> tuple[Plan, Plan]:
    protocol, study = write(case, folder)
    model, few = load_protocol(protocol), load_study(study)
    everybody = load_study({**many(study), "sites": few.sites})
    return (
        plan(model, few, case.as_of, strict=case.strict),
        plan(model, everybody, case.as_of, strict=case.strict),
    )


def test_everybody_is_told_what_they_are_told_among_few(tmp_path: Path) -> None:
    kept = undetermined = 0
    for seed in SEEDS:
        small, large = small_and_large(generate(seed, Features(), people=4), tmp_path / str(seed))
        for name in ("windows", "schedule", "summary", "bookings"):
            found = getattr(large, name)
            found = found.assign(participant=found["participant"].astype(str))
            pd.testing.assert_frame_equal(found, copied(getattr(small, name)), obj=f"{seed} {name}")
        answer = large.part(str(large.participants[0])).answer
        kept += pieces(answer.permitted.days)
        undetermined += pieces(answer.undetermined)
    assert kept > 1_000, "large cohorts keep days as pieces on open days, which is tried here"
    assert undetermined > 100


def pieces(days: FoundDays) -> int:
    """How many pieces lie on open days and are not runs by themselves?"""
    parts = [part for node in days for part in days.pieces(node) if part.opens is not None]
    return sum(len(part.who) for part in parts)
