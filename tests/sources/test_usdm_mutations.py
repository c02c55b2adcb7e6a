"""Damaged USDM: seeded mutations of every sample, truncation, noise, and refusals in words."""

import json
import random
from collections.abc import Callable, Iterator

import pytest

from scheduler.protocol.reading import parse_protocol
from scheduler.sources.findings import Finding, ImportRefused, ImportResult
from scheduler.sources.usdm.reading import import_usdm
from tests.sources.test_usdm_samples import AS_OF, NAMES, sample

PER_SAMPLE = 120
BULKY = (
    "narrativeContentItems", "biomedicalConcepts", "bcSurrogates", "dictionaries", "conditions",
    "eligibilityCriterionItems", "organizations", "abbreviations", "objectives", "estimands",
    "population", "eligibilityCriteria", "rationale", "bcCategories",
)  # fmt: skip
ENDS = ("relativeFromScheduledInstanceId", "relativeToScheduledInstanceId")
LINKS = ("defaultConditionId", "timelineExitId", "encounterId", "epochId")
INERT = {  # nothing is read from these
    "timings": {"extensionAttributes", "notes", "instanceType", "description", "name"},
    "instances": {"extensionAttributes", "notes", "description"},
}
Mutation = tuple[str, str, Callable[[], None]]


def slim(name: str) -> str:
    """A sample without the parts that no timing needs, so that hundreds of imports are quick."""
    root = json.loads(sample(name))
    for version in root["study"]["versions"]:
        for holder in (version, *version["studyDesigns"]):
            for key in BULKY:
                holder.pop(key, None)
    root["study"].pop("documentedBy", None)
    return json.dumps(root)


def main_timeline(root: dict) -> dict:
    timelines = root["study"]["versions"][0]["studyDesigns"][0]["scheduleTimelines"]
    return next(timeline for timeline in timelines if timeline["mainTimeline"])


def is_measured_from_itself(timing: dict) -> bool:
    return timing.get(ENDS[0]) == timing.get(ENDS[1])


def drops(timeline: dict) -> Iterator[Mutation]:
    for key in ("id", "type", "relativeToFrom", "value", *ENDS, "windowLower", "windowUpper"):
        for row in timeline["timings"]:
            fixed = row["type"]["code"] == "C201358"
            if row[key] and not (fixed and key == ENDS[1]):
                yield "drop", f"{row['id']}.{key}", lambda row=row, key=key: row.pop(key)
    for key in ("id", "name", "instanceType", "defaultConditionId", "timelineExitId"):
        for row in timeline["instances"]:
            if row.get(key) and not (key == "name" and "Decision" in row["instanceType"]):
                yield "drop", f"{row['id']}.{key}", lambda row=row, key=key: row.pop(key)
    for key in ("timings", "instances", "exits", "entryId", "mainTimeline"):
        yield "drop", key, lambda key=key: timeline.pop(key)
    for key in ("timings", "instances", "exits"):
        for index, row in enumerate(timeline[key]):
            fixed = row.get("type", {}).get("code") == "C201358"
            if key != "timings" or fixed or not is_measured_from_itself(row):
                yield "drop", row["id"], lambda key=key, index=index: timeline[key].pop(index)


def negations(timeline: dict) -> Iterator[Mutation]:
    for row in timeline["timings"]:
        for key in ("value", "windowLower", "windowUpper"):
            if row[key]:
                yield (
                    "negate",
                    f"{row['id']}.{key}",
                    lambda row=row, key=key: row.update({key: f"-{row[key]}"}),
                )


def dangles(timeline: dict) -> Iterator[Mutation]:
    for key, fields in (("timings", ENDS), ("instances", LINKS)):
        for row in timeline[key]:
            for field in fields:
                if row.get(field):
                    yield (
                        "dangle",
                        f"{row['id']}.{field}",
                        lambda row=row, field=field: row.update({field: "Nowhere_1"}),
                    )
    yield "dangle", "entryId", lambda: timeline.update(entryId="Nowhere_1")


def duplicates(timeline: dict) -> Iterator[Mutation]:
    for key in ("timings", "instances"):
        for row in timeline[key]:
            yield "duplicate", row["id"], lambda key=key, row=row: timeline[key].append(dict(row))


def swaps(timeline: dict) -> Iterator[Mutation]:
    timings = timeline["timings"]
    for row in timings:
        if not is_measured_from_itself(row):
            yield (
                "swap ends",
                row["id"],
                lambda row=row: row.update({ENDS[0]: row[ENDS[1]], ENDS[1]: row[ENDS[0]]}),
            )
        for other in timings:
            for key in ("value", "windowLower"):
                if row[key] and other[key] and row[key] != other[key]:
                    yield (
                        "swap",
                        f"{row['id']}.{key}",
                        lambda a=row, b=other, key=key: swap(a, b, key),
                    )


def swap(one: dict, other: dict, key: str) -> None:
    one[key], other[key] = other[key], one[key]


def retypes(timeline: dict) -> Iterator[Mutation]:
    junk = (7, [], {"a": 1}, True, 1e400, [["x"]])
    for key in ("timings", "instances"):
        for row in timeline[key]:
            for index, field in enumerate(sorted(set(row) - INERT[key])):
                if row[field]:
                    wrong = junk[index % len(junk)]
                    yield (
                        "retype",
                        f"{row['id']}.{field}",
                        lambda row=row, f=field, w=wrong: row.update({f: w}),
                    )
        yield "retype", key, lambda key=key: timeline.update({key: "text"})
        yield "retype", f"{key}[0]", lambda key=key: timeline[key].insert(0, 5)


KINDS = (drops, negations, dangles, duplicates, swaps, retypes)


def signature(findings: list[Finding]) -> set[tuple[object, ...]]:
    """The findings without their places, which move when something before them goes."""
    return {(f.code, f.found, f.done, f.ids) for f in findings}


def checked(text: str) -> ImportResult:
    imported = import_usdm(text, as_of=AS_OF)
    _, faults = parse_protocol(imported.yaml, "imported.yaml")
    assert [str(fault) for fault in faults] == []
    return imported


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_a_mutation_never_raises_and_always_leaves_a_finding(
    name: str, kind: Callable[[dict], Iterator[Mutation]]
) -> None:
    text = slim(name)
    before = signature(checked(text).findings)
    count = len(list(kind(main_timeline(json.loads(text)))))
    assert count > 0
    chosen = random.Random(f"{name} {kind.__name__}").sample(
        range(count), min(count, PER_SAMPLE // len(KINDS))
    )
    for index in chosen:
        root = json.loads(text)
        what, where, change = list(kind(main_timeline(root)))[index]
        change()
        try:
            after = signature(checked(json.dumps(root)).findings)
        except ImportRefused as refusal:
            assert len(str(refusal)) > 20, (what, where)
            continue
        assert after - before, f"{what} {where} left no finding"


@pytest.mark.parametrize("seed", range(40))
def test_several_mutations_at_once_never_raise(seed: int) -> None:
    chance = random.Random(seed)
    root = json.loads(slim(chance.choice(NAMES)))
    for _ in range(chance.randint(2, 25)):
        try:
            options = list(chance.choice(KINDS)(main_timeline(root)))
        except (KeyError, TypeError, StopIteration, AttributeError, ValueError):
            break  # the damage is such that this test's own mutations no longer fit
        if options:
            chance.choice(options)[2]()
    try:
        assert checked(json.dumps(root)).findings
    except ImportRefused as refusal:
        assert str(refusal)


@pytest.mark.parametrize("seed", range(60))
def test_junk_anywhere_in_the_file_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    root = json.loads(slim(chance.choice(NAMES)))
    for _ in range(chance.randint(1, 12)):
        holder, key = chance.choice(list(_slots(root)))
        junk = (
            None,
            0,
            -1,
            1.5,
            "",
            "x",
            "P-1D",
            [],
            {},
            [None],
            {"id": 3},
            "\ud800\u0000\n",
            True,
        )
        holder[key] = chance.choice(junk)
    try:
        checked(json.dumps(root))
    except ImportRefused as refusal:
        assert str(refusal)


def _slots(value: object) -> Iterator[tuple[object, object]]:
    inner = enumerate(value) if isinstance(value, list) else ()
    for key, item in value.items() if isinstance(value, dict) else inner:
        yield value, key
        yield from _slots(item)


def test_a_file_cut_short_is_refused_with_its_line() -> None:
    text = sample("v3_simple_1")
    chance = random.Random(1)
    for length in [0, 1, 2, *(chance.randrange(len(text) - 1) for _ in range(40))]:
        with pytest.raises(ImportRefused) as refusal:
            import_usdm(text[:length], as_of=AS_OF)
        assert any(w in str(refusal.value) for w in ("not JSON at line", "empty", "not UTF-8"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the USDM file is empty"),
        (b"\x80\x81", "not UTF-8 text (byte 0)"),
        ("<html>", "not JSON at line 1, column 1"),
        ("[1, 2]", "holds a list, expected an object with a study"),
        ("{}", 'no "study" object: this is not a USDM file'),
        ('{"study": []}', 'no "study" object'),
        ('{"study": {"versions": 5}}', "no study.versions[].studyDesigns[]"),
        ("[" * 200_000, "nested too deeply"),
        ('{"study": ' + "9" * 5000 + "}", "not readable JSON"),
    ],
)
def test_what_is_no_usdm_is_refused_in_words(text: bytes | str, words: str) -> None:
    with pytest.raises(ImportRefused, match=r"^.{10,400}$") as refusal:
        import_usdm(text, as_of=AS_OF)
    assert words in str(refusal.value)


def test_fifty_megabytes_of_noise_are_refused() -> None:
    noise = random.Random(5).randbytes(1_000_000) * 50
    with pytest.raises(ImportRefused):
        import_usdm(noise, as_of=AS_OF)
    with pytest.raises(ImportRefused, match="expected an object with a study"):
        import_usdm(b"[" + b"1," * 25_000_000 + b"1]", as_of=AS_OF)


def test_a_very_large_timeline_is_read_up_to_a_bound_in_time() -> None:
    root = json.loads(slim("v3_simple_1"))
    timeline = main_timeline(root)
    week, plain = timeline["timings"][3], timeline["instances"][3]
    for number in range(8_000):
        own = f"Extra_{number}"
        timeline["instances"].append(
            {**plain, "id": own, "defaultConditionId": f"Extra_{number + 1}"}
        )
        timeline["timings"].append({**week, "id": f"T_{own}", ENDS[0]: own})
    plain["defaultConditionId"] = "Extra_0"
    imported = import_usdm(json.dumps(root), as_of=AS_OF)
    codes = {finding.code for finding in imported.findings}
    assert {"U107", "U304"} <= codes
    left = next(f for f in imported.findings if f.code == "U107")
    assert len(left.ids) == 8_005 - 5_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"design": "nope"}, "no such design; name one with --design"),
        ({"timeline": "nope"}, '--timeline "nope": no such timeline; the file has'),
        ({"sub_timelines": ["nope"]}, '--sub-timeline "nope": no such timeline'),
        ({"window_reading": "backwards"}, "expected in-time-order or toward-anchor"),
        ({"opens": "02/03/2026"}, "expected a date YYYY-MM-DD"),
        ({"opens": "2026-02-30"}, "expected a date YYYY-MM-DD"),
        ({"opens": "2026-02-02", "closes": "2026-02-01"}, "before it opens"),
        ({"opens": "1850-02-02"}, "expected dates from 1900 to 2100"),
        ({"timezone": "Wuhan"}, "is no time zone"),
    ],
)
def test_wrong_options_are_refused_in_words(options: dict, words: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        import_usdm(sample("v3_simple_1"), **options)
    assert words in str(refusal.value)


def test_several_designs_or_main_timelines_must_be_named() -> None:
    root = json.loads(slim("v3_simple_1"))
    version = root["study"]["versions"][0]
    other = json.loads(json.dumps(version["studyDesigns"][0])) | {"id": "Two", "name": "Second"}
    version["studyDesigns"].append(other)
    with pytest.raises(ImportRefused, match=r'2 designs fit; name one with --design.*"Two"'):
        import_usdm(json.dumps(root))
    by_name = import_usdm(json.dumps(root), design="Second")
    assert by_name.yaml == import_usdm(json.dumps(root), design="Two").yaml
    other["scheduleTimelines"].append(dict(other["scheduleTimelines"][0], id="More"))
    with pytest.raises(ImportRefused, match="2 timelines are marked as the main one"):
        import_usdm(json.dumps(root), design="Two")


def test_no_date_anywhere_needs_one_from_the_caller() -> None:
    with pytest.raises(ImportRefused, match="say when the study opens"):
        import_usdm(sample("v3_cycles_1"))
    assert "opens: 2026-05-01" in import_usdm(sample("v3_cycles_1"), opens="2026-05-01").yaml
