"""`import`, `export`, `draft` and `check --source`, as a user runs them, and a plan of the result."""

import csv
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.conftest import Invoke
from tests.sources.test_usdm_reading import AFTER, BEFORE, FIXED, chain, timing, usdm, window

USDM = (
    "v3_CDISC_Pilot_LZZT", "v3_cycles_1", "v3_simple_1", "v4_CDISC_Pilot_LZZT",
    "v4_EliLilly_NCT03421379", "v4_observational",
)  # fmt: skip
RECORDS = (
    "NCT07342244.txt", "records/NCT00763412.json", "records/NCT02210780.json",
    "records/NCT03630471.json", "records/NCT04207047.json", "records/NCT04497298.json",
    "records/NCT04779892.json", "criteria/NCT00406393.txt", "criteria/NCT02269085.txt",
    "criteria/NCT02446964.txt", "criteria/NCT02465983.txt", "criteria/NCT03506802.txt",
    "criteria/NCT03558750.txt",
)  # fmt: skip
STUDY = ("--opens", "2026-01-05", "--closes", "2029-12-20", "--timezone", "Asia/Shanghai")
DAY = date(2026, 3, 2)


def sample(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        pytest.skip(f"the sample file {name} is not here")
    return path


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def study_of(folder: Path, dates: dict[str, date], history: str = "") -> Path:
    """A made-up study of one participant."""
    study = folder / "study"
    study.mkdir(exist_ok=True)
    (study / "participants.csv").write_text(
        "participant,birth_date,sex,arm\nP-1,1980-05-17,female,arm_1\n", encoding="utf-8"
    )
    lines = "".join(f"P-1,{node},{day},done\n" for node, day in dates.items())
    (study / "dates.csv").write_text(
        f"participant,milestone,date,status\n{lines}", encoding="utf-8"
    )
    (study / "history.csv").write_text(f"participant,event,start,end\n{history}", encoding="utf-8")
    return study


def planned(
    invoke: Invoke, protocol: Path, dates: dict[str, date], as_of: date, history: str = ""
) -> Path:
    """A plan of the made-up study, as tables in a folder."""
    study, out = study_of(protocol.parent, dates, history), protocol.parent / "out"
    words = (protocol, study, "--as-of", as_of.isoformat(), "--out", out, "--quiet")
    result = invoke("plan", *words)
    assert result.exit_code == 0, result.stderr
    return out


def window_of(out: Path, node: str) -> tuple[int, int]:
    """The first and the last permitted day, from DAY on."""
    found = [row for row in rows(out, "windows") if row["milestone"] == node]
    days = [date.fromisoformat(row[end]) for row in found for end in ("first", "last")]
    return (min(days) - DAY).days, (max(days) - DAY).days


def imported(invoke: Invoke, folder: Path, *words: str | Path) -> tuple[Path, list[str]]:
    """A protocol file as the command prints it, and its findings."""
    result = invoke("import", *words, *STUDY, "--findings", folder / "findings.json")
    assert result.exit_code == 0, result.stderr
    path = folder / "imported.yaml"
    path.write_text(result.stdout, encoding="utf-8")
    told = result.stderr.splitlines()
    numbered = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    assert [one["number"] for one in numbered] == list(range(1, len(told) + 1))
    assert all(line.startswith(f"{n}. ") for n, line in enumerate(told, 1))
    check = invoke("check", path)
    assert check.exit_code == 0, check.stderr
    return path, told


@pytest.mark.parametrize("name", USDM)
def test_import_of_a_sample_then_a_plan(
    name: str, invoke: Invoke, shared_data: Path, tmp_path: Path
) -> None:
    path, told = imported(invoke, tmp_path, "usdm", sample(shared_data, f"usdm/{name}.json"))
    assert told
    protocol = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert protocol["timezone"] == "Asia/Shanghai"
    anchor = next(iter(protocol["milestones"]))
    out = planned(invoke, path, {anchor: DAY}, DAY)
    schedule = {row["milestone"]: row for row in rows(out, "schedule")}
    assert schedule[anchor]["status"] == "done"
    ahead = [row for row in schedule.values() if row["status"] == "planned"]
    assert len(ahead) >= 2
    assert all(row["date"] >= DAY.isoformat() for row in ahead)


@pytest.mark.parametrize("name", ["v3_CDISC_Pilot_LZZT", "v4_CDISC_Pilot_LZZT"])
def test_the_pilots_windows_in_a_plan(
    name: str, invoke: Invoke, shared_data: Path, tmp_path: Path
) -> None:
    path, _ = imported(invoke, tmp_path, "usdm", sample(shared_data, f"usdm/{name}.json"))
    out = planned(invoke, path, {"dose": DAY}, DAY)
    assert window_of(out, "wk2") == (11, 17)
    assert window_of(out, "wk12") == (80, 88)
    assert window_of(out, "wk26") == (179, 185)


def test_the_crossover_in_a_plan(invoke: Invoke, shared_data: Path, tmp_path: Path) -> None:
    file = sample(shared_data, "usdm/v4_EliLilly_NCT03421379.json")
    path, _ = imported(invoke, tmp_path, "usdm", file)
    out = planned(invoke, path, {"p1_treatment": DAY}, DAY)
    assert window_of(out, "washout") == (3, 14)
    assert window_of(out, "follow_up") == (30, 45)
    second = DAY + timedelta(5)
    out = planned(invoke, path, {"p1_treatment": DAY, "p2_treatment": second}, second)
    assert window_of(out, "follow_up") == (5 + 28 - 2, 5 + 28 + 2)


def small_usdm(folder: Path) -> Path:
    file = folder / "study.json"
    timings = [
        timing("T1", FIXED, "P1D", "I2", "I2"),
        timing("T2", BEFORE, "P14D", "I1", "I2", **window("P3D", "P1D")),
        timing("T3", AFTER, "P7D", "I3", "I2", **window("P1D", "P2D")),
    ]
    file.write_text(usdm(chain("I1", "I2", "I3"), timings), encoding="utf-8")
    return file


def test_the_window_reading_turns_a_lopsided_window(invoke: Invoke, tmp_path: Path) -> None:
    file = small_usdm(tmp_path)
    before = {}
    for reading in ("in-time-order", "toward-anchor"):
        path, _ = imported(invoke, tmp_path, "usdm", file, "--window-reading", reading)
        before[reading] = yaml.safe_load(path.read_text(encoding="utf-8"))["visits"][0]["window"]
    assert before == {
        "in-time-order": {"before": "3 days", "after": "1 day"},
        "toward-anchor": {"before": "1 day", "after": "3 days"},
    }


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--design", "nope"), 1, "no such design; name one with --design"),
        (("--timeline", "nope"), 1, 'no such timeline; the file has "TL"'),
        (("--sub-timeline", "nope"), 1, "no such timeline"),
        (("--timezone", "Wuhan"), 1, "is no time zone"),
        (("--window-reading", "either"), 2, "is not one of"),
        (("--opens", "02/03/2026"), 2, "expected a day such as"),
        (("--opens", "2030-01-01", "--closes", "2029-01-01"), 1, "before it opens"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    words: tuple[str, ...], code: int, said: str, invoke: Invoke, tmp_path: Path
) -> None:
    result = invoke("import", "usdm", small_usdm(tmp_path), *words)
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stdout == ""


NOT_READABLE = {
    "nothing": (b"", r"empty|no JSON|not JSON|holds no"),
    "cut short": (b'{"study": {"versions": [', "cut short"),
    "noise": (bytes(range(256)) * 400, r"UTF-8|not JSON|text"),
    "another": (b'{"a": 1}', r"\w{3}"),
    "a list": (b"[1, 2]", r"\w{3}"),
}


@pytest.mark.parametrize("name", NOT_READABLE)
@pytest.mark.parametrize("kind", ["import usdm", "import redcap", "draft"])
def test_what_cannot_be_read_is_refused_in_one_sentence(
    kind: str, name: str, invoke: Invoke, tmp_path: Path
) -> None:
    content, said = NOT_READABLE[name]
    file = tmp_path / "file"
    file.write_bytes(content)
    result = invoke(*kind.split(), file, "--as-of", "2026-02-02", "--findings", tmp_path / "f")
    if kind == "draft" and name == "a list":
        said = r"\w{3}"
    assert result.exit_code == 1, result.stdout
    assert result.stdout == ""
    assert re.match(r"Error: .{10}", result.stderr)
    assert len(result.stderr.splitlines()) == 1
    if kind == "import usdm":
        assert re.search(said, result.stderr)
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize("kind", ["import usdm", "import redcap", "draft"])
def test_a_file_that_is_not_there(kind: str, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke(*kind.split(), tmp_path / "nothing")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'nothing'}: No such file or directory\n"


def test_findings_that_cannot_be_written(invoke: Invoke, tmp_path: Path) -> None:
    place = tmp_path / "no" / "f.json"
    result = invoke("import", "usdm", small_usdm(tmp_path), "--findings", place)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: {place}: No such file or directory\n"


def test_redcap_in_then_a_plan_then_out(invoke: Invoke, shared_data: Path, tmp_path: Path) -> None:
    file = sample(shared_data, "redcap/Visits.REDCap.xml")
    path, told = imported(invoke, tmp_path, "redcap", file)
    assert any("R013" in line for line in told)
    out = planned(invoke, path, {"schedule_start": DAY}, DAY)
    found = {row["milestone"]: row["target"] for row in rows(out, "schedule")}
    # Events on day offsets 1, 2 and 3.
    visits = [node for node in found if node != "schedule_start"]
    assert [found[node] for node in visits] == ["2026-03-03", "2026-03-04", "2026-03-05"]
    again = invoke("export", "redcap", path)
    assert again.exit_code == 0
    assert [line.split(",")[2] for line in again.stdout.splitlines()[1:]] == ["1", "2", "3"]


def test_redcap_csv_out_and_in_again_is_the_same(
    invoke: Invoke, protocol: Path, tmp_path: Path
) -> None:
    first = invoke("export", "redcap", protocol)
    assert first.exit_code == 0
    head, *lines = first.stdout.splitlines()
    assert head == "event_name,arm_num,day_offset,offset_min,offset_max,unique_event_name"
    # The visits in days off infusion; those in months, and off transplantation, are told.
    assert [line.split('"')[2] for line in lines] == [
        ",1,7,1,1,day_7_in_hospital_arm_1",
        ",1,14,2,2,day_14_in_hospital_arm_1",
        ",1,28,3,3,day_28_first_respo_arm_1",
    ]
    assert sum("X001" in line for line in first.stderr.splitlines()) == 9
    assert sum("X003" in line for line in first.stderr.splitlines()) == 2
    (tmp_path / "events.csv").write_text(first.stdout, encoding="utf-8")
    path, _ = imported(invoke, tmp_path, "redcap", tmp_path / "events.csv")
    again = invoke("export", "redcap", path)
    assert again.stdout == first.stdout


def test_export_of_a_protocol_with_faults(invoke: Invoke, broken: tuple[Path, Path]) -> None:
    result = invoke("export", "redcap", broken[0])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Asia/Shangai" in result.stderr


def drafted(invoke: Invoke, folder: Path, record: Path) -> tuple[Path, list[str]]:
    """A draft in which a person has named every exposure, after its rule."""
    result = invoke("draft", record, "--as-of", "2026-02-02", "--findings", folder / "f.json")
    assert result.exit_code == 0, result.stderr
    assert json.loads((folder / "f.json").read_text(encoding="utf-8"))
    path, events = folder / "draft.yaml", []
    path.write_text(result.stdout, encoding="utf-8")
    if re.search("(forbid|require): TODO", result.stdout):
        faulty = invoke("check", path)
        assert faulty.exit_code == 1
        assert 'no event "TODO"' in faulty.stderr

    def named(match: re.Match[str]) -> str:
        events.append(f"named_{re.sub('[^a-z0-9]', '_', match[1].lower())}")
        return match[0].replace("TODO", events[-1])

    text = re.sub(r"- (?:\{)?id: (\S+?),?\s(?:(?!- ).)*?(?:forbid|require): TODO", named, result.stdout,
                  flags=re.DOTALL)  # fmt: skip
    assert not re.search("\n    (forbid|require): TODO", text)
    declared = "".join(f"  {event}: {{kind: point}}\n" for event in events)
    if events:
        text = text.replace("\nmilestones:", f"\nevents:\n{declared}\nmilestones:", 1)
    path.write_text(text, encoding="utf-8")
    return path, events


@pytest.mark.parametrize("name", RECORDS)
def test_a_draft_filled_in_then_a_plan(
    name: str, invoke: Invoke, shared_data: Path, tmp_path: Path
) -> None:
    path, events = drafted(invoke, tmp_path, sample(shared_data, f"registry/{name}"))
    check = invoke("check", path)
    assert check.exit_code == 0, check.stderr
    opens = yaml.safe_load(path.read_text(encoding="utf-8"))["study"]["opens"]
    out = planned(invoke, path, {}, opens)
    assert {row["rule"] for row in rows(out, "rules")} >= {"I2-age"} or events
    assert rows(out, "schedule")


def test_the_drafts_rules_count_as_the_record_says(
    invoke: Invoke, shared_data: Path, tmp_path: Path
) -> None:
    """Live vaccine "within 4 weeks prior to screening": on 2 March, so clear from 31 March."""
    path, events = drafted(invoke, tmp_path, sample(shared_data, "registry/NCT07342244.txt"))
    assert "named_e16" in events
    out = planned(invoke, path, {}, DAY, history="P-1,named_e16,2026-03-02,\n")
    (found,) = [row for row in rows(out, "blocked") if row["event"] == "named_e16"]
    assert (found["milestone"], found["rule"], found["first"], found["last"]) == (
        "screening", "E16", "2026-03-02", "2026-03-30",
    )  # fmt: skip
    assert window_of(out, "screening")[0] == 29


RECORD = "NCT07342244.txt"


def test_the_shipped_protocol_covers_its_record(
    invoke: Invoke, protocol: Path, shared_data: Path
) -> None:
    record = sample(shared_data / "registry", RECORD)
    result = invoke("check", protocol, "--source", record)
    assert result.exit_code == 0, result.stdout
    last = result.stdout.splitlines()[-1]
    assert " 0 not in the source; " in last and ", 0 not covered; " in last
    assert int(last.split()[0]) >= 77


@pytest.mark.parametrize("name", ["NCT07342244.txt", "records/NCT02465060.json"])
def test_a_fresh_draft_is_held_against_its_record_with_todo_left_in(
    invoke: Invoke, tmp_path: Path, shared_data: Path, name: str
) -> None:
    record = sample(shared_data / "registry", name)
    file = tmp_path / "draft.yaml"
    file.write_text(invoke("draft", record, "--as-of", "2026-02-02").stdout, encoding="utf-8")
    result = invoke("check", file, "--source", record)
    assert result.exit_code == 1
    assert "TODO" in result.stderr
    last = result.stdout.splitlines()[-1]
    assert " 0 not in the source; " in last and ", 0 not covered; " in last
    file.write_text(file.read_text(encoding="utf-8").replace("within", "wihtin"), encoding="utf-8")
    assert "the source does not say" in invoke("check", file, "--source", record).stdout
    file.write_text("rules: [", encoding="utf-8")
    assert invoke("check", file, "--source", record).stdout == ""


def test_a_phrase_that_nobody_cites_is_told_and_so_is_one_that_is_not_there(
    invoke: Invoke, protocol: Path, tmp_path: Path
) -> None:
    text = (protocol / "protocol.yaml").read_text(encoding="utf-8")
    file, record = tmp_path / "p.yaml", tmp_path / "record.txt"
    file.write_text(text, encoding="utf-8")
    record.write_text(
        "* Live vaccine within 4 weeks prior to screening\n* Dialysis within 9 days before infusion\n",
        encoding="utf-8",
    )
    result = invoke("check", file, "--source", record)
    assert result.exit_code == 1
    assert 'line 2: no item and no note cites "within 9 days before infusion"' in result.stdout
    assert "E14-steroid-infusion: the source does not say" in result.stdout
    assert "study: the source does not say" in result.stdout
    assert "note on I2-age: the source does not say" in result.stdout
    assert "\nE16-live-vaccine: the source does not say" not in result.stdout


def test_only_what_cites_one_of_several_sources(invoke: Invoke, root: Path, tmp_path: Path) -> None:
    text = (root / "tests" / "data" / "demo-001.yaml").read_text(encoding="utf-8")
    (tmp_path / "p.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "t.txt").write_text("* Nothing timed here\n", encoding="utf-8")
    wrong = invoke("check", tmp_path / "p.yaml", "--source", tmp_path / "t.txt", "--ref", "no")
    assert wrong.exit_code == 2
    assert "found no, expected one of: " in wrong.stderr


def test_a_source_that_is_not_there(invoke: Invoke, protocol: Path, tmp_path: Path) -> None:
    result = invoke("check", protocol, "--source", tmp_path / "nothing")
    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'nothing'}: No such file or directory\n"
    assert result.stdout == ""
