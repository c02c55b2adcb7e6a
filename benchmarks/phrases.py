"""How well does the phrase grammar read? Precision and recall per field, against hand labels.

    python benchmarks/phrases.py [--data ../shared/data] [--labels FILE] [--fresh] [--misses]

`--fresh` measures the 224 sentences that were labelled before the grammar was last mended.

A field's record is right when the sentence's labels hold the same one: `duration` the amounts,
`unit` the units, `direction` the lengths with their direction, `anchor class` the lengths with
their anchor class.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scheduler.sources.phrases.reading import find_phrases  # noqa: E402
from scheduler.sources.phrases.record import Phrase  # noqa: E402

LABELS = ROOT / "tests" / "sources" / "labels" / "phrases.tsv"
FRESH = ROOT / "tests" / "sources" / "labels" / "fresh.tsv"
SENTENCES = ROOT / "tests" / "data" / "fresh_phrases.tsv"
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Record:
    """One time phrase, as labelled or as found."""

    kind: str
    lengths: str
    direction: str = ""
    anchors: tuple[str, ...] = ()


@dataclass
class Score:
    """Counts of one field."""

    right: int = 0
    found: int = 0
    labelled: int = 0

    @property
    def precision(self) -> float:
        """Which share of what was found is labelled?"""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Which share of what is labelled was found?"""
        return self.right / self.labelled if self.labelled else 1.0


def labelled_sentences(labels: Path, data: Path) -> Iterator[tuple[str, str, list[Record]]]:
    """Which sentences are labelled, and with what? Place, text, records; a changed sample stops
    the run."""
    with labels.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            text = _sentence(data / row["file"], row["place"])
            if hashlib.sha256(text.encode()).hexdigest()[:8] != row["check"]:
                raise SystemExit(
                    f"{row['file']} {row['place']}: the sample is not the one that was labelled"
                )
            found = [_label(part) for part in row["labels"].split("; ") if part]
            yield f"{row['file']} {row['place']}", text, found


def written_sentences(path: Path) -> Iterator[tuple[str, str, list[Record]]]:
    """The same of a file that holds the sentences themselves."""
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t"), start=2):
            found = [_label(part) for part in row["labels"].split("; ") if part]
            yield f"{path.name} line {number}", row["sentence"], found


def _sentence(file: Path, place: str) -> str:
    raw = file.read_text(encoding="utf-8")
    if place.startswith("line "):
        return raw.split("\n")[int(place[5:]) - 1].split("\t")[0]
    if file.suffix == ".json":
        record = json.loads(raw)
        section = record.get("protocolSection") or record["ProtocolSection"]
        module = section.get("eligibilityModule") or section["EligibilityModule"]
        raw = module.get("eligibilityCriteria") or module["EligibilityCriteria"]
    start, end = place.split("-")
    return raw[int(start) : int(end)]


def _label(part: str) -> Record:
    if part == "ever":
        return Record("ever", "ever")
    if part.startswith("age "):
        return Record("age", part[4:])
    lengths, direction, anchors = part.split("|")
    plural = " ".join(lengths.split())
    return Record("length", plural, direction, tuple(anchors.split(",")))


def as_record(phrase: Phrase) -> Record | None:
    """The same facts of a found phrase; mentions of a milestone without a length are not
    labelled."""
    if phrase.kind == "mention":
        return None
    if phrase.kind == "ever":
        return Record("ever", "ever")
    if phrase.kind == "age":
        return Record("age", _age(phrase))
    lengths = " + ".join(
        f"{'' if one.least is None else f'{one.least:f}-'}{one.amount:f} {one.unit}"
        for one in phrase.lengths
    )
    return Record("length", lengths, phrase.direction, (phrase.anchor,))


def _age(phrase: Phrase) -> str:
    if phrase.age_min is not None and phrase.age_max is not None:
        return f"{phrase.age_min}-{phrase.age_max}"
    if phrase.age_min is not None:
        return str(phrase.age_min)
    if phrase.age_max is None:
        one = phrase.lengths[0]
        return f"{one.amount:f}" + ("mo" if one.unit == "months" else "")
    return f"<={phrase.age_max}" if phrase.bound != "less_than" else f"<{phrase.age_max + 1}"


Key = Callable[[Record], str]
FIELDS: dict[str, tuple[str, Key]] = {
    "duration": ("length", lambda r: " ".join(w for w in r.lengths.split() if w[0].isdigit())),
    "unit": ("length", lambda r: " ".join(w for w in r.lengths.split() if w[0].isalpha())),
    "direction": ("length", lambda r: r.direction),
    "duration with direction": ("length", lambda r: f"{r.lengths} {r.direction}"),
    "anchor class": ("length", lambda r: ""),
    "ages": ("age", lambda r: r.lengths),
    "ever": ("ever", lambda r: r.lengths),
}


def score(labelled: list[Record], found: list[Record], field: str) -> tuple[int, int, int]:
    """How many records of this field are right, found and labelled in one sentence?"""
    kind, key = FIELDS[field]
    wanted = [r for r in labelled if r.kind == kind]
    got = [r for r in found if r.kind == kind]
    if field != "anchor class":
        same = Counter(map(key, wanted)) & Counter(map(key, got))
        return sum(same.values()), len(got), len(wanted)
    right, open_ = 0, list(wanted)
    for record in got:
        match = next(
            (w for w in open_ if w.lengths == record.lengths and record.anchors[0] in w.anchors),
            None,
        )
        if match is not None:
            open_.remove(match)
            right += 1
    return right, len(got), len(wanted)


def main(argv: list[str] | None = None) -> int:
    """Prints the table; returns 0, or 2 where the samples are absent."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--labels", type=Path, default=LABELS)
    options.add_argument(
        "--misses", action="store_true", help="print every sentence that is not read as labelled"
    )
    options.add_argument("--fresh", action="store_true", help="measure the fresh sentences")
    chosen = options.parse_args(argv)
    if not chosen.data.is_dir():
        print(f"no sample data at {chosen.data}; nothing measured", file=sys.stderr)
        return 2
    scores = (
        evaluate_fresh(chosen.data, chosen.misses)
        if chosen.fresh
        else evaluate(chosen.labels, chosen.data, chosen.misses)
    )
    print(f"{'field':26}{'precision':>10}{'recall':>10}{'right':>8}{'found':>8}{'labelled':>10}")
    for field, one in scores.items():
        print(
            f"{field:26}{one.precision:10.3f}{one.recall:10.3f}{one.right:8}{one.found:8}{one.labelled:10}"
        )
    return 0


def evaluate(labels: Path, data: Path, misses: bool = False) -> dict[str, Score]:
    """Which precision and recall does each field reach over all labelled sentences?"""
    return _evaluated(labelled_sentences(labels, data), misses)


def evaluate_fresh(data: Path, misses: bool = False) -> dict[str, Score]:
    """The same over the sentences labelled before the grammar was last mended."""
    return _evaluated(chain(labelled_sentences(FRESH, data), written_sentences(SENTENCES)), misses)


def _evaluated(rows: Iterable[tuple[str, str, list[Record]]], misses: bool) -> dict[str, Score]:
    scores = {field: Score() for field in FIELDS}
    for place, text, wanted in rows:
        found = [record for record in map(as_record, find_phrases(text)) if record is not None]
        for field, total in scores.items():
            right, got, meant = score(wanted, found, field)
            total.right, total.found, total.labelled = (
                total.right + right,
                total.found + got,
                total.labelled + meant,
            )
            if (
                misses
                and field in {"duration with direction", "anchor class", "ages", "ever"}
                and not right == got == meant
            ):
                print(
                    f"{place} [{field}]\n  {' '.join(text.split())[:240]}\n  labelled {wanted}\n  "
                    f"found    {found}"
                )
    return scores


if __name__ == "__main__":
    sys.exit(main())
