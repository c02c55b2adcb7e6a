"""A seeded cohort of made-up people, for both example protocols: every kind of cell that there is."""

import csv
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random

from scheduler.protocol import Protocol

AS_OF = date(2026, 6, 15)
SITES = "wuhan: {timezone: Asia/Shanghai, weekend: [sat, sun], holidays: CN}\n"
Row = dict[str, str]


def write_study(folder: Path, protocol: Protocol, count: int, seed: int = 1) -> Path:
    """A study folder with `count` participants, without faults under the protocol."""
    random = Random(seed)
    people, history, dates = [], [], []
    for number in range(count):
        code = f"Q-{number:05d}"
        people.append(
            {
                "participant": code,
                "birth_date": _uncertain(random, date(1950 + number % 50, 4, 12)),
                "sex": random.choice(["female", "male"]),
                "site": "wuhan",
            }
        )
        history += [_exposure(random, code, protocol) for _ in range(random.randint(0, 5))]
        dates += _dates(random, code, protocol)
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / "participants.csv", people)
    write_table(folder / "history.csv", history)
    write_table(folder / "dates.csv", dates)
    (folder / "sites.yaml").write_text(SITES, encoding="utf-8")
    return folder


def write_table(path: Path, rows: Iterable[Row]) -> None:
    found = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


def _exposure(random: Random, code: str, protocol: Protocol) -> Row:
    event = random.choice(protocol.events)
    start = AS_OF - timedelta(days=random.randint(-60, 500))
    row = {
        "participant": code,
        "event": event.name,
        "start": start.isoformat(),
        "end": "",
        "note": "",
    }
    kind = random.random()
    if kind < 0.1:
        return row | {"start": "none"}
    if kind < 0.2:
        return row | {"start": random.choice(["unknown", start.isoformat()[:7]])}
    if not event.point and start <= AS_OF and kind < 0.7:
        later = (start + timedelta(days=random.randint(0, 40))).isoformat()
        return row | {"end": random.choice([later, "ongoing", "unknown"])}
    return row | {"note": random.choice(["", 'said "maybe", twice', "two\nlines"])}


def _dates(random: Random, code: str, protocol: Protocol) -> list[Row]:
    rows: list[Row] = []
    if random.random() < 0.4:
        consent = AS_OF - timedelta(days=random.randint(0, 20))
        rows.append(_date(code, "consent", consent, "done"))
        if random.random() < 0.5:
            day = AS_OF + timedelta(days=random.randint(0, 10))
            rows.append(_date(code, "screening", day, "booked"))
    return rows


def _date(code: str, node: str, day: date, status: str) -> Row:
    return {"participant": code, "milestone": node, "date": day.isoformat(), "status": status}


def _uncertain(random: Random, day: date) -> str:
    return random.choice([day.isoformat(), day.isoformat(), day.isoformat()[:7], str(day.year), ""])
