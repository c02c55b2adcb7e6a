"""Who is measured? Seeded cohorts of any size, made block by block, as an analyst's DataFrames.

Participants come in blocks of 1,000, each with a seed of its own, so that participant 123,456 is
the same in a cohort of any size and a million can be streamed without ever standing in memory.

The frames are of three usual kinds:
anchored    codes as `str`; events, sites and statuses as categories; dates as datetime64[s].
real_life   every column `str`, as read from CSV, because partial dates and words stand in it.
screening   an extract of a database: participants and events as categories, datetime64[s].
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.design import EVENTS, Design
from benchmarks.places import SITES, sites

BLOCK = 1_000
EXPOSURES = 10
THROWS = 128
Column = NDArray[Any]
Frames = dict[str, Any]


@dataclass(frozen=True)
class People:
    """Participants first..first + count as plain arrays; days count from 1970-01-01."""

    first: int
    site: Column
    consent: Column
    event: Column  # (participants, exposures), as are start and length
    start: Column
    length: Column
    dice: Column  # (participants, throws) in 0..1, in real life alone: see real_life.py

    def __len__(self) -> int:
        return len(self.site)


def people(design: Design, first: int, count: int) -> People:
    """Participants first..first + count of the cohort."""
    last = first + count
    blocks = range(first // BLOCK, -(-last // BLOCK))
    made = [_block(design, number) for number in blocks]
    cut = slice(first - blocks[0] * BLOCK, last - blocks[0] * BLOCK)
    columns = {
        field.name: np.concatenate([getattr(block, field.name) for block in made])[cut]
        for field in fields(People)
        if field.name != "first"
    }
    return People(first, **columns)


def _block(design: Design, number: int) -> People:
    rng = np.random.default_rng((design.seed, number))
    as_of = np.datetime64(design.as_of, "D").astype(np.int64)
    shape = BLOCK, EXPOSURES
    site = rng.integers(0, len(SITES), BLOCK)
    since = {"anchored": 20, "real_life": 47, "screening": 1}[design.name]
    consent = as_of - rng.integers(0, since, BLOCK)
    if design.life:  # two in five are past the infusion
        consent -= rng.integers(0, 720, BLOCK) * (rng.random(BLOCK) < 0.4)
    before, after = {"anchored": (120, 120), "real_life": (200, 120), "screening": (240, 60)}[
        design.name
    ]
    start = consent[:, None] + rng.integers(-before, after, shape)
    length = rng.integers(0, 6, shape) * (rng.random(shape) < 0.4)
    event = rng.integers(0, len(EVENTS), shape)
    dice = rng.random((BLOCK, THROWS if design.life else 0))
    return People(0, site, consent, event, start, length, dice)


def codes(first: int, count: int) -> list[str]:
    """The participants' codes."""
    return [f"P-{number:07d}" for number in range(first, first + count)]


def frames(design: Design, first: int, count: int) -> Frames:
    """The tables of participants first..first + count, ready for `scheduler.load_study`."""
    who = people(design, first, count)
    if design.life:
        from benchmarks.real_life import life_frames

        made = life_frames(design, who)
    else:
        made = _database(who) if design.name == "screening" else _anchored(who)
    return made | {"sites": sites(design)}


def _anchored(who: People) -> Frames:
    ids = pd.Series(codes(who.first, len(who)), dtype="str")
    return {
        "participants": pd.DataFrame({"participant": ids, "site": _category(who.site, SITES)}),
        "history": pd.DataFrame(
            {
                "participant": ids.repeat(EXPOSURES).reset_index(drop=True),
                "event": _category(who.event.ravel(), EVENTS),
                "start": stamps(who.start.ravel()),
                "end": stamps((who.start + who.length).ravel()),
            }
        ),
        "dates": pd.DataFrame(
            {
                "participant": ids,
                "milestone": _category(np.zeros(len(who), int), ("consent",)),
                "date": stamps(who.consent),
                "status": _category(np.zeros(len(who), int), ("done",)),
            }
        ),
    }


def _database(who: People) -> Frames:
    ids = pd.Index(codes(who.first, len(who)), dtype="str")
    numbers = np.arange(len(who))
    return {
        "participants": pd.DataFrame(
            {
                "participant": pd.Categorical.from_codes(numbers, ids),
                "site": _category(who.site, SITES),
            }
        ),
        "history": pd.DataFrame(
            {
                "participant": pd.Categorical.from_codes(numbers.repeat(EXPOSURES), ids),
                "event": _category(who.event.ravel(), EVENTS),
                "start": stamps(who.start.ravel()),
                "end": stamps((who.start + who.length).ravel()),
            }
        ),
    }


def _category(places: Column, names: tuple[str, ...]) -> pd.Categorical:
    return pd.Categorical.from_codes(places, pd.Index(names, dtype="str"))


def stamps(days: Column) -> Column:
    """Day numbers as datetime64[s]."""
    return np.asarray(days.astype("M8[D]").astype("M8[s]"))


def bytes_of(tables: Frames) -> int:
    """The bytes that the frames hold: what has to be read, or was written, at the least."""
    return sum(
        int(frame.memory_usage(index=False, deep=False).sum())
        for frame in tables.values()
        if isinstance(frame, pd.DataFrame)
    )
