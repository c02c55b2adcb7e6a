"""The cohorts of the benchmark are the same rows in any size, and hold what they promise."""

import pandas as pd
import pytest

import scheduler
from benchmarks import ours
from benchmarks.design import DESIGNS
from benchmarks.people import bytes_of, frames
from scheduler.tables import suggestions


@pytest.mark.parametrize("name", DESIGNS)
def test_a_piece_of_a_cohort_is_the_same_rows_as_in_the_whole(name: str) -> None:
    design = DESIGNS[name]
    whole, piece = frames(design, 0, 2_100), frames(design, 950, 120)
    wanted = [f"P-{number:07d}" for number in range(950, 1070)]
    for table in ("participants", "history", "dates"):
        if table not in whole:
            continue
        rows = whole[table][whole[table]["participant"].isin(wanted)].reset_index(drop=True)
        assert len(rows) >= 1
        for column in rows:
            assert rows[column].astype(str).tolist() == piece[table][column].astype(str).tolist()
    assert whole["sites"] == piece["sites"]


@pytest.mark.parametrize("name", DESIGNS)
def test_every_protocol_has_the_promised_shape(name: str) -> None:
    protocol = ours.protocol_of(name)
    assert not protocol.warnings
    assert len(protocol.milestones) == 9 and len(protocol.visits) == 12  # with the consent
    assert len(protocol.gaps) + 12 == 34 + 1  # with the one from the consent
    assert len(protocol.rules) == 15
    given = frames(DESIGNS[name], 0, 30)
    assert (given["history"].groupby("participant", observed=True).size() == 10).all()
    assert len(given["sites"]) == 8


def test_bookings_that_are_moved_in_portions_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    design = DESIGNS["real_life"]
    given = frames(design, 0, 150)
    whole = ours.tables(design, given, "plan")["bookings"]
    assert whole["targets"].notna().sum() > 40
    monkeypatch.setattr(suggestions, "_PORTION", 40)
    pd.testing.assert_frame_equal(ours.tables(design, given, "plan")["bookings"], whole)


def test_frames_are_of_three_usual_kinds() -> None:
    kinds = {
        name: {str(t) for table in ("participants", "history") for t in frame[table].dtypes}
        for name, frame in ((n, frames(d, 0, 5)) for n, d in DESIGNS.items())
    }
    assert kinds["anchored"] == {"str", "category", "datetime64[s]"}
    assert kinds["real_life"] == {"str"}
    assert kinds["screening"] == {"category", "datetime64[s]"}


def test_bytes_are_those_of_the_columns() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]})
    assert bytes_of({"one": frame, "sites": {}}) == 48


def test_real_life_holds_every_state() -> None:
    design = DESIGNS["real_life"]
    plan = scheduler.plan(
        ours.protocol_of("real_life"), scheduler.load_study(frames(design, 0, 600)), design.as_of
    )
    found = set(plan.schedule["status"].astype(str))
    assert found >= {"done", "booked", "planned", "missed", "overdue", "unrecorded", "none"}
    assert set(plan.windows["certainty"]) == {"permitted", "undetermined"}
    assert set(plan.summary["state"]) >= {
        "scheduled", "undetermined", "no_schedule", "withdrawn", "screen_failed",
    }  # fmt: skip
    assert set(plan.queries["missing"]) >= {"start", "end", "half_life", "attribute", "date"}
    assert len(plan.deviations) and len(plan.bookings) and len(plan.conflicts)
    assert "cancelled" in set(frames(design, 0, 600)["dates"]["status"])
