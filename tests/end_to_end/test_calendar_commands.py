"""`calendars`, the choices of `plan` about them, and `publish`, as a user runs them."""

import shutil
from pathlib import Path

import pytest

from scheduler.calendars.export import write_calendars
from tests.calendars import test_publish
from tests.calendars.fake import full_plan
from tests.calendars.test_publish import PASSWORD, USER, Radicale
from tests.end_to_end.conftest import AS_OF, Invoke, contents

radicale = test_publish.radicale  # a server of its own for each test


@pytest.fixture
def without_login(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WASHOUT_CALDAV_USER", "WASHOUT_CALDAV_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    write_calendars(full_plan(), out)
    return out


def unfolded(path: Path) -> str:
    return path.read_bytes().replace(b"\r\n ", b"").decode()


def test_the_calendars_of_the_command_are_those_of_the_plan(
    invoke: Invoke, protocol: Path, study: Path, planned: Path, tmp_path: Path
) -> None:
    result = invoke("calendars", protocol, study, "--as-of", AS_OF, "--out", tmp_path)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Calendars: first export, ")
    assert lines[-1] == f"Written to {tmp_path / 'calendars'}"
    assert contents(tmp_path / "calendars") == contents(planned / "calendars")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calendars"]


def test_what_changed_is_told_in_words_and_lies_in_a_file(
    invoke: Invoke, protocol: Path, study: Path, tmp_path: Path
) -> None:
    words = ("calendars", protocol, study, "--questions", "--out", tmp_path, "--as-of")
    invoke(*words, "2026-06-15")
    result = invoke(*words, "2026-06-17")
    assert result.stdout.splitlines()[:2] == [
        "Calendars: 1 change since the last export.",
        "  new: P-005 open question about Blood collection for manufacturing, 2026-06-25",
    ]
    changes = tmp_path / "calendars" / "changes.ics"
    assert changes.read_bytes().count(b"BEGIN:VEVENT") == 1
    again = invoke(*words, "2026-06-17")
    assert again.stdout.splitlines()[0] == "Calendars: nothing changed since the last export."
    assert not changes.exists()


def test_plan_tells_the_changes_too(
    invoke: Invoke, protocol: Path, study: Path, planned: Path, tmp_path: Path
) -> None:
    shutil.copytree(planned, tmp_path / "out")
    words = (protocol, study, "--questions", "--out", tmp_path / "out", "--as-of")
    invoke("plan", *words, AS_OF)
    result = invoke("plan", *words, "2026-06-17")
    assert "new: P-005 open question about" in " ".join(result.stdout.split())


CHOICES = [
    ("--detailed", "SUMMARY:P-003 last day for systemic corticosteroid before", True),
    ("--planned", "STATUS:TENTATIVE", True),
    ("--no-alarms", "BEGIN:VALARM", False),
    ("--milestones-only", "Day 7", False),
    ("--restrictions", "SUMMARY:P-003 restriction\\, rule E19", True),
]


@pytest.mark.parametrize("command", ["plan", "calendars"])
@pytest.mark.parametrize(("choice", "text", "there"), CHOICES)
def test_a_choice(
    choice: str, text: str, there: bool, command: str,
    invoke: Invoke, protocol: Path, study: Path, planned: Path, tmp_path: Path,
) -> None:  # fmt: skip
    assert (text in unfolded(planned / "calendars" / "P-003.ics")) is not there
    words = (protocol, study, "--as-of", AS_OF, "--out", tmp_path, "--participant", "P-003")
    assert invoke(command, *words, choice).exit_code == 0
    assert (text in unfolded(tmp_path / "calendars" / "P-003.ics")) is there


@pytest.mark.parametrize("choice", [(), ("--questions",)])
def test_questions_come_on_request(
    choice: tuple[str, ...], invoke: Invoke, protocol: Path, study: Path, tmp_path: Path
) -> None:
    words = (protocol, study, "--as-of", "2026-06-17", "--out", tmp_path, "--participant", "P-005")
    assert invoke("calendars", *words, *choice).exit_code == 0
    text = unfolded(tmp_path / "calendars" / "P-005.ics")
    assert ("open question" in text) is bool(choice)


def test_site_alarms(invoke: Invoke, protocol: Path, study: Path, tmp_path: Path) -> None:
    words = ("calendars", protocol, study, "--as-of", AS_OF, "--participant", "P-003", "--out")
    for choice in ((), ("--site-alarms",)):
        assert invoke(*words, tmp_path / str(len(choice)), *choice).exit_code == 0
        text = unfolded(tmp_path / str(len(choice)) / "calendars" / "site-wuhan.ics")
        assert ("BEGIN:VALARM" in text) is bool(choice)


def test_one_participant_leaves_the_others_as_they_are(
    invoke: Invoke, protocol: Path, study: Path, planned: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(planned, out)
    invoke("calendars", protocol, study, "--questions", "--as-of", AS_OF, "--out", out)
    planned = tmp_path / "before"
    shutil.copytree(out, planned)
    words = ("--questions", "--as-of", "2026-06-19", "--out", out, "--participant", "P-005")
    result = invoke("calendars", protocol, study, *words, "--participant", "P-011")
    told = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("  ")]
    assert told == ["P-005", "P-011"]
    before, after = contents(planned / "calendars"), contents(out / "calendars")
    differ = {name for name in after if before.get(name) != after[name]}
    assert differ == {"P-005.ics", "P-011.ics", "site-wuhan.ics", "changes.ics"}


def test_a_foreign_file_in_the_way_is_refused_and_left(
    invoke: Invoke, protocol: Path, study: Path, tmp_path: Path
) -> None:
    (tmp_path / "calendars").mkdir()
    mine = tmp_path / "calendars" / "P-003.ics"
    mine.write_text("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", encoding="utf-8")
    before = contents(tmp_path)
    result = invoke("calendars", protocol, study, "--as-of", AS_OF, "--out", tmp_path)
    assert result.exit_code == 1
    assert "C410" in result.stderr and "is not a calendar that washout wrote" in result.stderr
    assert contents(tmp_path) == before


def test_an_unknown_participant_is_wrong_use(
    invoke: Invoke, protocol: Path, study: Path, tmp_path: Path
) -> None:
    words = ("--as-of", AS_OF, "--out", tmp_path, "--participant", "P-0003")
    result = invoke("calendars", protocol, study, *words)
    assert result.exit_code == 2
    assert 'did you mean "P-003"?' in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:9/study/", "C423 http://127.0.0.1:9/study/: no answer: "),
        ("https://calendar.invalid/study/", "C423 https://calendar.invalid/study/: no answer: "),
        ("calendar", "C420 the address is no calendar's"),
        ("https://me:secret@calendar.invalid/", "C421 the address holds a user or password"),
    ],
)
@pytest.mark.usefixtures("without_login")
def test_a_server_that_is_not_there(url: str, said: str, invoke: Invoke, exported: Path) -> None:
    result = invoke("publish", exported, "--caldav", url)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {said}")
    assert "secret" not in result.output and "Traceback" not in result.output


@pytest.mark.usefixtures("without_login")
def test_a_password_is_never_sent_in_the_clear(
    invoke: Invoke, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WASHOUT_CALDAV_USER", "me")
    monkeypatch.setenv("WASHOUT_CALDAV_PASSWORD", "secret")
    result = invoke("publish", exported, "--caldav", "http://calendar.invalid/study/")
    assert result.exit_code == 1
    assert "C422" in result.stderr and "secret" not in result.output


def test_publish_without_an_export(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("publish", tmp_path, "--caldav", "https://calendar.invalid/")
    assert result.exit_code == 2
    assert "run washout plan or calendars first" in result.stderr


@pytest.mark.usefixtures("without_login")
def test_a_server_that_asks_who_is_there_and_nobody_answers(
    invoke: Invoke, exported: Path, radicale: Radicale
) -> None:
    result = invoke("publish", exported, "--caldav", radicale.url)
    assert result.exit_code == 1
    assert "set WASHOUT_CALDAV_USER and WASHOUT_CALDAV_PASSWORD" in result.stderr


@pytest.mark.usefixtures("without_login")
def test_push_push_again_and_a_conflict(
    invoke: Invoke, exported: Path, radicale: Radicale, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("WASHOUT_CALDAV_USER", USER)
    monkeypatch.setenv("WASHOUT_CALDAV_PASSWORD", PASSWORD)
    words = ("publish", exported, "--caldav", radicale.url)
    first, again = invoke(*words), invoke(*words)
    assert (first.exit_code, again.exit_code) == (0, 0)
    count = len(radicale.events())
    assert f": {count} new, 0 updated, 0 unchanged, 0 not sent" in first.stdout
    assert f": 0 new, 0 updated, {count} unchanged, 0 not sent" in again.stdout
    assert PASSWORD not in first.output
    radicale.change("P-001 Cell infusion", SUMMARY="moved by hand")
    later = tmp_path / "later"
    shutil.copytree(exported, later)
    plan = full_plan()
    assert plan.rows[1]["time"] == "10:00"
    rows = (plan.rows[0], plan.rows[1] | {"time": "11:00"}, *plan.rows[2:])
    write_calendars(plan.having(*rows).on("2026-02-03"), later)
    result = invoke("publish", later, "--caldav", radicale.url)
    assert result.exit_code == 1
    assert "1 not sent" in result.stdout
    assert "not sent: P-001 Cell infusion: someone changed it on the server" in result.stdout
    assert "moved by hand" in radicale.events()
