"""What the tables say of a participant does not depend on who else is in the study."""

from pathlib import Path

import pytest

from scheduler.planning.plans import plan
from scheduler.protocol.reading import load_protocol
from scheduler.report.cells import chosen
from scheduler.report.folder import table_bytes
from scheduler.study.reading import load_study
from scheduler.tables.frames import Frame
from scheduler.tables.tables import WRITTEN
from tests.oracle.generate import Case, Features, generate, write

SEEDS = [*range(7018, 7027), 7028, 7030, 7031]  # bounds of 7027 and 7029 creep for seconds
PEOPLE = 5


def written(case: Case, folder: Path) -> dict[str, Frame]:
    protocol, study = write(case, folder)
    made = plan(load_protocol(protocol), load_study(study), case.as_of, strict=case.strict)
    return made.written()


def rows_of(frame: Frame, participant: str) -> bytes:
    return table_bytes(chosen(frame, [participant]))


@pytest.mark.parametrize("seeds", [SEEDS[i : i + 3] for i in range(0, len(SEEDS), 3)], ids=str)
def test_rows_are_those_of_the_participant_alone(seeds: range, tmp_path: Path) -> None:
    told = 0
    for seed in seeds:
        case = generate(seed, Features(), people=PEOPLE)
        together = written(case, tmp_path / str(seed))
        for participant in case.participants:
            own = written(case.alone(participant), tmp_path / str(seed) / participant)
            for name in WRITTEN:
                wanted = table_bytes(own[name])
                assert rows_of(together[name], participant) == wanted, (seed, participant, name)
                told += len(own[name])
    assert told > 250


@pytest.mark.parametrize("seeds", [range(7100, 7106), range(7106, 7112)], ids=str)
def test_days_chosen_together_are_those_chosen_one_by_one(
    seeds: range, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = 0
    for seed in seeds:
        case = generate(seed, Features(many_bookings=True, births=seed % 2 == 0), people=PEOPLE)
        together = written(case, tmp_path / str(seed))
        with monkeypatch.context() as held:  # as for so many participants that each node is a part
            held.setattr("scheduler.schedule.order._CELLS", 1)
            alone = written(case, tmp_path / f"{seed}-one")
        for name in WRITTEN:
            assert table_bytes(together[name]) == table_bytes(alone[name]), (seed, name)
        planned += together["schedule"]["status"].texts().count("planned")
    assert planned > 20
