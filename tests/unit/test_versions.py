"""Several versions of one protocol: who is planned under which, and which one judges a date."""

from pathlib import Path

import pandas as pd
import pytest

import scheduler
from scheduler.errors import InputFaults, NotFound
from scheduler.planning.plans import Plan
from scheduler.protocol.reading import read_protocol
from scheduler.report.folder import write_plan
from scheduler.study.reading import load_study, read_study
from tests.unit.small_plans import BODY, HEAD, date_of, days_of, study
from tests.unit.small_problems import done, shown, took

OLD = BODY  # 14 days, week 4 with 3 days before and after
NEW = BODY.replace("within: 14 days", "within: 21 days").replace(
    "target: 28 days, window: {before: 3 days, after: 3 days}",
    "target: 28 days, window: {before: 5 days, after: 5 days}",
)
ADDED = "  - {id: week_6, label: Week 6, after: infusion, target: 42 days, window: {before: 3 days, after: 3 days}, assumption: ours}\n"


def folder(path: Path, new: str = NEW, **versions: str) -> Path:
    """A protocol folder: version 2.0, and others by their names."""
    (path / "protocol.yaml").write_text(HEAD.format(version="2.0") + new)
    (path / "versions").mkdir()
    for name, body in (versions or {"1.0": OLD}).items():
        (path / "versions" / f"{name}.yaml").write_text(HEAD.format(version=name) + body)
    return path


def plan(path: Path, as_of: str, sites: object = None, **rows: object) -> Plan:
    more = {} if sites is None else {"sites": sites}
    return scheduler.plan(scheduler.load_protocol(path), study(**rows, **more), as_of)  # type: ignore[arg-type]


def person(code: str, version: str = "", **more: str) -> dict[str, str]:
    return {"participant": code, "protocol_version": version, **more}


PEOPLE = [person("P3", "1.0"), person("P1"), person("P2", "1.0"), person("P4", "2.0")]
ROWS = {
    "participants": PEOPLE,
    "dates": [done("consent", "2026-03-02", code) for code in ("P1", "P2", "P4")],
    "history": [took("surgery", "2026-03-10", participant=code) for code in ("P1", "P2", "P4")],
}


def test_a_folder_brings_its_versions(tmp_path: Path) -> None:
    made = scheduler.load_protocol(folder(tmp_path))
    assert made.version == "2.0"
    assert [version.version for version in made.versions] == ["1.0"]
    assert scheduler.load_protocol(tmp_path / "versions" / "1.0.yaml").versions == ()


def test_everybody_is_planned_under_their_own_version(tmp_path: Path) -> None:
    made = plan(folder(tmp_path), "2026-03-12", **ROWS)
    assert [part.protocol.version for part in made.parts] == ["2.0", "1.0"]
    assert days_of(made, "infusion", "P1") == ["04-01..04-01"]  # 21 days, through 31 March
    assert days_of(made, "infusion", "P4") == ["04-01..04-01"]
    assert days_of(made, "infusion", "P2") == ["03-25..04-01"]  # 14 days, through 24 March
    assert date_of(made, "infusion", "P2") == "03-25 planned"
    assert made.part("P2").protocol.version == "1.0"
    assert made.part("P1").protocol.version == "2.0"
    assert made.explain("P2", "infusion", "2026-03-26").verdict == "permitted"
    assert made.explain("P1", "infusion", "2026-03-26").verdict == "blocked"


def test_rows_stand_in_the_order_of_the_participants_file(tmp_path: Path) -> None:
    made = plan(folder(tmp_path), "2026-03-12", **ROWS)
    assert made.summary["participant"].astype(str).tolist() == ["P3", "P1", "P2", "P4"]
    for name, frame in made.written().items():
        if name != "agenda":
            codes = frame.codes("participant").tolist()
            assert codes == sorted(codes), name
    assert list(made.sites) == ["P3", "P1", "P2", "P4"]
    assert list(made.participants) == ["P3", "P1", "P2", "P4"]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_one_version_for_all_gives_the_plan_of_that_version(tmp_path: Path, version: str) -> None:
    path = folder(tmp_path)
    people = [person(code, version) for code in ("P1", "P2", "P4")]
    rows = {**ROWS, "participants": people}
    made = plan(path, "2026-03-12", **rows)
    file = path / "versions" / "1.0.yaml" if version == "1.0" else path / "protocol.yaml"
    text = file.read_text().replace(f'version: "{version}"', 'version: "0"')
    (tmp_path / "alone.yaml").write_text(text)
    rows["participants"] = [{"participant": code} for code in ("P1", "P2", "P4")]
    alone = plan(tmp_path / "alone.yaml", "2026-03-12", **rows)
    for name in ("windows", "schedule", "blocked", "rules", "duties", "summary", "conflicts"):
        pd.testing.assert_frame_equal(getattr(made, name), getattr(alone, name))


def test_nodes_of_one_version_come_after_those_of_the_file(tmp_path: Path) -> None:
    old = OLD.replace("rules:\n", ADDED + "rules:\n")
    made = plan(folder(tmp_path, **{"1.0": old}), "2026-03-12", **ROWS)
    order = list(made.schedule["milestone"].cat.categories)
    assert order == [
        "consent", "infusion", "transplant", "week_1", "week_4", "phone", "week_6",
    ]  # fmt: skip
    assert date_of(made, "week_6", "P2") == "05-06 planned"  # 42 days after 25 March
    own = made.schedule[made.schedule["participant"] == "P1"]["milestone"].astype(str)
    assert "week_6" not in set(own)
    numbers = made.subject_visits()
    assert set(numbers["VISITNUM"]) == {1.0}
    windows = made.visit_windows()
    rows = shown(windows[windows["VISITID"] == "week_4"], "PROTVER", "AVISITN", "AWLO", "AWHI")
    assert rows == [("2.0", "6", "24", "34"), ("1.0", "6", "26", "32")]


def test_what_belongs_to_one_version_is_asked_of_its_part(tmp_path: Path) -> None:
    made = plan(folder(tmp_path), "2026-03-12", **ROWS)
    assert [part.participants for part in made.parts] == [("P1", "P4"), ("P3", "P2")]
    assert made.part("P2") is made.parts[1]
    with pytest.raises(NotFound, match='no participant "P9"'):
        made.part("P9")


def test_what_if_in_a_plan_of_versions(tmp_path: Path) -> None:
    made = plan(folder(tmp_path), "2026-03-12", **ROWS)
    after = made.with_dates({"P2": {"infusion": "2026-03-30"}, "P1": {"infusion": "2026-03-30"}})
    assert days_of(after, "infusion", "P2") == ["03-30..03-30"]
    states = dict(shown(after.summary, "participant", "state"))
    assert states == {
        "P1": "no_schedule", "P2": "scheduled", "P3": "scheduled", "P4": "scheduled",
    }  # fmt: skip
    later = made.with_history("P2", [{"event": "surgery", "start": "2026-03-16"}])
    assert days_of(later, "infusion", "P2") == ["03-31..04-01"]  # through 30 March
    assert len(made.sweep("P2", "infusion")) == 8
    assert len(made.sweep("P1", "infusion")) == 1
    assert made.days("P2")["infusion"].eq("permitted").sum() == 8
    with pytest.raises(NotFound):
        made.with_dates({"P9": {"infusion": "2026-03-30"}})


DATES = [
    done("consent", "2026-03-01", "P1"), done("infusion", "2026-03-10", "P1"),
    done("week_4", "2026-04-11", "P1"),
]  # fmt: skip


def judged(path: Path, version: str, week_4: str, approvals: dict[str, str] | None) -> list[str]:
    people = [{"participant": "P1", "protocol_version": version, "site": "s"},
              {"participant": "P2", "protocol_version": "1.0", "site": "s"}]  # fmt: skip
    dates = [*DATES[:2], done("week_4", week_4, "P1")]
    sites = {"s": {"versions": approvals}} if approvals else {"s": {}}
    made = plan(path, "2026-05-01", sites, participants=people, dates=dates)
    frame = made.deviations
    return [f"{row[0]} {row[1]}" for row in shown(frame, "milestone", "days_out")]


APPROVED = {"1.0": "2026-03-01", "2.0": "2026-04-10"}


@pytest.mark.parametrize(
    ("version", "week_4", "approvals", "expected"),
    [
        # target 7 April; 1.0 allows 4 to 10 April, 2.0 allows 2 to 12 April
        ("1.0", "2026-04-11", None, ["week_4 1"]),
        ("2.0", "2026-04-11", None, []),
        ("", "2026-04-11", None, []),
        ("1.0", "2026-04-11", APPROVED, []),  # 2.0 was in force at the site
        ("1.0", "2026-04-13", APPROVED, ["week_4 1"]),  # and does not allow 13 April
        ("2.0", "2026-04-03", APPROVED, ["week_4 -1"]),  # 1.0 was
        ("2.0", "2026-04-03", {"2.0": "2026-04-10"}, []),  # none was: the participant's own
    ],
)
def test_a_date_is_judged_by_the_version_in_force(
    tmp_path: Path, version: str, week_4: str, approvals: dict[str, str] | None, expected: list[str]
) -> None:
    assert judged(folder(tmp_path), version, week_4, approvals) == expected


def test_a_visit_that_the_version_in_force_does_not_know(tmp_path: Path) -> None:
    old = OLD.replace("rules:\n", ADDED + "rules:\n")
    people = [person("P1", "1.0", site="s")]
    dates = [*DATES[:2], done("week_6", "2026-04-27", "P1")]  # target 21 April, until 24 April
    sites = {"s": {"versions": APPROVED}}
    made = plan(folder(tmp_path, **{"1.0": old}), "2026-05-15", sites, participants=people,
                dates=dates)  # fmt: skip
    assert shown(made.deviations, "milestone", "rule", "days_out") == [("week_6", "window", "3")]
    assert made.deviation_summary().set_index("milestone").loc["week_6", "late"] == 1


def test_deviations_are_counted_by_the_version_in_force(tmp_path: Path) -> None:
    people = [person("P1", "1.0", site="s")]
    made = plan(folder(tmp_path), "2026-05-15", {"s": {"versions": APPROVED}},
                participants=people, dates=DATES)  # fmt: skip
    assert made.summary["deviations"].tolist() == [0]
    assert made.deviation_summary().set_index("milestone").loc["week_4", "in_window"] == 1


def faults(path: Path) -> list[str]:
    found, told = read_protocol(path)
    assert (found is None) == any(not fault.warning for fault in told)
    return [f"{fault.code} {Path(fault.place.split(':')[0]).name} {fault.path}" for fault in told]


def test_files_that_are_no_version_of_the_protocol(tmp_path: Path) -> None:
    path = folder(tmp_path, **{"1.0": OLD, "3.0": OLD})
    other = (HEAD.format(version="3.1") + OLD).replace("protocol: W-1", "protocol: W-2")
    (path / "versions" / "3.0.yaml").write_text(other)
    (path / "versions" / "2.0.yaml").write_text(HEAD.format(version="2.0") + OLD)
    (path / "versions" / "1.0.yaml").write_text("protocol: [")
    assert faults(path) == [
        "P102 1.0.yaml ", "P132 2.0.yaml version", "P132 3.0.yaml protocol",
        "P132 3.0.yaml version",
    ]  # fmt: skip


def test_a_version_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    people = [person("P1", "1.0"), person("P2", "1.1"), person("P3", "1.1")]
    with pytest.raises(InputFaults) as raised:
        plan(folder(tmp_path), "2026-03-12", {"s": {"versions": {"4.0": "2026-03-01"}}},
             participants=[{**row, "site": "s"} for row in people])  # fmt: skip
    assert [str(fault) for fault in raised.value.faults] == [
        "S248 participants:1 protocol_version: found 1.1 (2 participants), expected one of 2.0, 1.0"
        "\n     write the protocol of that version into versions/1.1.yaml",
        "S248 sites.yaml s.versions: found 4.0, expected one of 2.0, 1.0",
    ]


def test_faults_of_all_versions_are_told_at_once(tmp_path: Path) -> None:
    rows = [done("consnt", "2026-03-02", "P1"), done("consnt", "2026-03-02", "P2"),
            done("consent", "2026-03-02", "P9")]  # fmt: skip
    with pytest.raises(InputFaults) as raised:
        plan(folder(tmp_path), "2026-03-12", participants=PEOPLE, dates=rows)
    assert sorted(f"{fault.code} {fault.place}" for fault in raised.value.faults) == [
        "S240 dates:2", "S241 dates:0", "S241 dates:1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("versions: [1.0]", "expected versions with their dates"),
        ("versions: {'1.0': soon}", "found 1.0: soon"),
        ("versions: {'1.0': 2026-03-01, '2.0': 2026-03-01}", "each version and each date once"),
    ],
)
def test_wrong_approvals_are_faults(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "participants.csv").write_text("participant,site\nP1,s\n")
    (tmp_path / "history.csv").write_text("participant,event,start\n")
    (tmp_path / "sites.yaml").write_text(f"s:\n  {text}\n")
    _, found = read_study(tmp_path)
    assert [fault.code for fault in found] == ["S210"]
    assert told in str(found[0])


def test_approvals_are_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "participants.csv").write_text("participant,site\nP1,s\n")
    (tmp_path / "sites.yaml").write_text('s:\n  versions: {"2.0": 2026-09-01, "1.0": 2026-01-30}\n')
    sites = load_study(tmp_path).sites
    assert sites is not None
    # 30 January and 1 September 2026 as days since 1970
    assert sites["s"].versions == (("1.0", 20483), ("2.0", 20697))


def test_a_plan_of_versions_is_written_like_any_other(tmp_path: Path) -> None:
    path = folder(tmp_path)
    people = [{**row, "site": "s"} for row in PEOPLE]
    made = plan(path, "2026-03-12", {"s": {}}, **{**ROWS, "participants": people})
    write_plan(made, tmp_path / "out")
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert summary["participant"].tolist() == ["P3", "P1", "P2", "P4"]
    first = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    again = plan(path, "2026-03-12", {"s": {}}, **{**ROWS, "participants": people})
    write_plan(again, tmp_path / "out")
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    assert '"1.0": "' in (tmp_path / "out" / "run.json").read_text()


def test_some_participants_of_a_plan_of_versions(tmp_path: Path) -> None:
    protocol = scheduler.load_protocol(folder(tmp_path))
    made = scheduler.plan(protocol, study(**ROWS), "2026-03-12", participants=["P2"])
    assert made.summary["participant"].astype(str).tolist() == ["P2"]
    assert days_of(made, "infusion", "P2") == ["03-25..04-01"]
    with pytest.raises(NotFound):
        scheduler.plan(protocol, study(**ROWS), "2026-03-12", participants=["P9"])
