"""The interface for programs: the statuses, the faults and the bytes that docs/desk-api.md states."""

import re
from pathlib import Path

import httpx2
import pytest

import scheduler
from scheduler.desk.routes import PROGRAMS, open_document
from scheduler.report.folder import table_bytes
from scheduler.store.exporting import export_folder
from scheduler.study.reading import load_study
from tests.desk.office import AS_OF, KEY, Desk, on_sqlite, opened

DATE = {"participant": "P-003", "milestone": "day_28", "date": "2026-08-10", "status": "booked"}


def _rows(desk: Desk, table: str) -> list:  # type: ignore[type-arg]
    return desk.api.get(f"/api/rows/{table}").json()["rows"]  # type: ignore[no-any-return]


def test_a_row_is_added_corrected_and_voided(desk: Desk) -> None:
    found = desk.api.post("/api/rows/dates", json={"cells": DATE})
    assert found.status_code == 201
    row = found.json()["row"]
    assert found.json() == {"row": row, "version": 1}
    body = {"cells": {"date": "2026-08-11"}, "version": 1, "reason": "moved by the ward"}
    found = desk.api.put(f"/api/rows/dates/{row}", json=body)
    assert found.status_code == 200
    assert found.json() == {
        "row": row, "version": 2, "void": False, "cells": {**DATE, "date": "2026-08-11"},
    }  # fmt: skip
    found = desk.api.post(f"/api/rows/dates/{row}/void", json={"version": 2, "reason": "twice"})
    assert found.status_code == 200 and found.json()["void"] is True
    assert _rows(desk, "dates")[-1]["void"] is True
    news = desk.api.get("/api/changes", params={"after": desk.store.number - 3}).json()
    assert [(one["what"], one["who"], one["reason"]) for one in news["changes"]] == [
        ("add", "Anna", ""), ("correct", "Anna", "moved by the ward"), ("void", "Anna", "twice"),
    ]  # fmt: skip
    assert news["last"] == desk.store.number


def test_an_old_version_gets_both_values(desk: Desk) -> None:
    row = desk.api.post("/api/rows/dates", json={"cells": DATE}).json()["row"]
    body = {"cells": {"note": "first"}, "version": 1, "reason": "x"}
    assert desk.api.put(f"/api/rows/dates/{row}", json=body).status_code == 200
    body["cells"] = {"note": "second"}
    found = desk.api.put(f"/api/rows/dates/{row}", json=body)
    assert found.status_code == 409
    told = found.json()
    assert (told["version"], told["stored"]["note"], told["yours"]["note"]) == (
        2,
        "first",
        "second",
    )


def test_all_faults_at_once_each_with_its_way_out(desk: Desk) -> None:
    number = desk.store.number
    cells = {**DATE, "milestone": "day_82", "date": "03/04/2026", "status": "bookd"}
    found = desk.api.post("/api/rows/dates", json={"cells": cells})
    assert found.status_code == 422
    faults = {fault["code"]: fault for fault in found.json()["faults"]}
    assert faults["S232"] == {
        "code": "S232", "place": "dates:new date", "found": "03/04/2026",
        "expected": "one reading: it may be 2026-03-04 or 2026-04-03",
        "way_out": "write 2026-03-04 or 2026-04-03, or tell the order of the file's dates "
        "(dates: in study.yaml)",
    }  # fmt: skip
    assert faults["S233"]["found"] == "bookd"
    assert desk.store.number == number


def test_what_needs_the_protocol_is_judged_too(desk: Desk) -> None:
    for cells, code in (
        ({**DATE, "milestone": "nothing"}, "S241"),
        ({**DATE, "status": "done"}, "S250"),
        ({**DATE, "participant": "P-999"}, "S240"),
        ({"participant": "P-003", "event": "live_vacine", "start": "2026"}, "S243"),
    ):
        table = "history" if "event" in cells else "dates"
        found = desk.api.post(f"/api/rows/{table}", json={"cells": cells})
        assert found.status_code == 422
        assert code in [fault["code"] for fault in found.json()["faults"]], found.json()


def test_a_correction_without_a_reason(desk: Desk) -> None:
    found = desk.api.put("/api/rows/dates/1", json={"cells": {"note": "x"}, "version": 1})
    assert found.status_code == 422
    assert found.json()["faults"][0]["place"] == "reason"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"nonsense", b'{"cells": 1}', b'{"cells": {"date": 5}}', b'{"cells": {}}',
     b'{"cells": {"": "x"}}', b'\xff\xfe', b'{"cells": {"note": "\\ud800"}}',
     b'{"cells": {"note": "\\u0000"}}'],
)  # fmt: skip
def test_a_body_that_cannot_be_understood(desk: Desk, body: bytes) -> None:
    found = desk.api.post("/api/rows/dates", content=body)
    assert found.status_code in (400, 422) and found.json()["error"]


def test_unknown_places(desk: Desk) -> None:
    for path in ("/api/rows/nothing", "/api/rows/_protocol", "/api/tables/nothing.csv"):
        assert desk.api.get(path).status_code == 404
    body = {"version": 1, "reason": "x"}
    assert desk.api.post("/api/rows/dates/99999/void", json=body).status_code == 404
    assert desk.api.post(f"/api/rows/dates/{2**70}/void", json=body).status_code == 404
    assert desk.api.get("/api/changes", params={"after": "x"}).status_code == 400
    assert desk.api.get("/api/rows/dates", params={"s": "OTHER"}).status_code == 404


def test_a_participant_goes_with_all_rows_and_the_study_stays_whole(desk: Desk) -> None:
    row = next(r for r in _rows(desk, "participants") if r["cells"]["participant"] == "P-003")
    body = {"version": row["version"], "reason": "consent withdrawn for data"}
    found = desk.api.post(f"/api/rows/participants/{row['row']}/void", json=body)
    assert found.status_code == 200
    for table in ("history", "dates", "decisions"):
        mine = [r for r in _rows(desk, table) if r["cells"]["participant"] == "P-003"]
        assert all(r["void"] for r in mine)
    assert desk.web.get("/participant", params={"p": "P-003"}).status_code == 404
    assert b"P-003" not in desk.api.get("/api/tables/summary.csv").content


def test_rows_have_an_etag(desk: Desk) -> None:
    first = desk.api.get("/api/rows/dates")
    mark = first.headers["etag"]
    assert desk.api.get("/api/rows/dates", headers={"If-None-Match": mark}).status_code == 304
    desk.api.post("/api/rows/dates", json={"cells": DATE})
    assert desk.api.get("/api/rows/dates", headers={"If-None-Match": mark}).status_code == 200


def test_tables_have_the_bytes_of_the_command(desk: Desk, folder: Path) -> None:
    study = scheduler.load_study(folder / "example")
    for as_of in ("2026-06-15", "2026-07-20"):
        plan = scheduler.plan(scheduler.load_protocol(folder), study, as_of)
        for name in ("summary", "windows", "schedule", "bookings", "queries"):
            found = desk.api.get(f"/api/tables/{name}.csv", params={"as_of": as_of})
            assert found.content == table_bytes(plan.table(name)), name
        found = desk.api.get("/api/tables/agenda.csv", params={"as_of": as_of})
        assert found.content == table_bytes(plan.written()["agenda"])
    assert desk.api.get("/api/tables/summary.csv?as_of=soon").status_code == 400


def test_what_if_tells_what_changes_and_saves_nothing(desk: Desk) -> None:
    number = desk.store.number
    body = {"participant": "P-003", "dates": {"lymphodepletion": "2026-07-08"}}
    found = desk.api.post("/api/what-if", json=body).json()
    moved = {row["step"]: row for row in found["moved"]}
    assert "Wed 8 Jul 2026" in moved["Lymphodepletion starts"]["after"]
    body = {"participant": "P-002",
            "exposures": [{"event": "live_vaccine", "start": "2026-06-14"}]}  # fmt: skip
    found = desk.api.post("/api/what-if", json=body).json()
    assert found["moved"] and found["state"] == "no_schedule"
    bad = {"participant": "P-003", "exposures": [{"event": "live_vaccine", "start": "03/04/2026"}]}
    assert desk.api.post("/api/what-if", json=bad).status_code == 422
    bad = {"participant": "P-003", "dates": {"consent": "2026-07-08"}}
    assert desk.api.post("/api/what-if", json=bad).status_code == 404
    assert desk.api.post("/api/what-if", json={"participant": 3}).status_code == 400
    assert desk.store.number == number


@on_sqlite
def test_no_key_is_taken_twice_or_passed_over(desk: Desk) -> None:
    cells = '{"participant": "P-003", "event": "live_vaccine", "start": "2020"'
    for path, body, said in (
        ("rows/history", cells[:-7] + '"2019", "start": "2020"}', 'the key "start" once'),
        ("rows/history", '{"reasn": "x", "cells": ' + cells + "}}", 'did you mean "reason"?'),
        ("what-if", '{"participant": "P-003", "date": {}}', 'did you mean "dates"?'),
        (
            "what-if",
            '{"participant": "P-003", "as_of": "2026-07-01"}',
            "expected participant, dates",
        ),
    ):
        body = (
            '{"cells": ' + body + "}" if body.startswith('{"part') and path != "what-if" else body
        )
        found = desk.api.post(f"/api/{path}", content=body.encode())
        assert (found.status_code, said in found.json()["error"]) == (400, True), found.json()


@on_sqlite
def test_a_booking_that_still_cannot_stand_is_named(desk: Desk) -> None:
    body = {"participant": "P-002", "dates": {"enrollment": "2026-07-02"}}
    found = desk.api.post("/api/what-if", json=body).json()
    assert found["still"] == ["Screening, booked for Mon 22 Jun 2026, still cannot stand."]
    body = {"participant": "P-002", "dates": {"screening": "2026-06-23"}}
    assert desk.api.post("/api/what-if", json=body).json()["still"] == []


def test_sites_and_explanations_are_rows_too(desk: Desk) -> None:
    site = _rows(desk, "sites")[0]
    before = desk.api.get("/api/tables/windows.csv").content
    cells = {"closed": "2026-08-03..2026-08-07, 2026-07-14"}
    body = {"cells": cells, "version": site["version"], "reason": "water damage"}
    assert desk.api.put(f"/api/rows/sites/{site['row']}", json=body).status_code == 200
    assert desk.api.get("/api/tables/windows.csv").content != before
    body = {"cells": {"closed": "soon"}, "version": 2, "reason": "x"}
    found = desk.api.put(f"/api/rows/sites/{site['row']}", json=body)
    assert found.status_code == 422 and found.json()["faults"][0]["code"] == "S210"
    note = {"participant": "P-011", "milestone": "transplant_day_28", "rule": "window",
            "category": "Other", "explanation": "ward closed", "signed": "Anna"}  # fmt: skip
    assert desk.api.post("/api/rows/deviation_notes", json={"cells": note}).status_code == 201
    assert desk.api.post("/api/rows/deviation_notes", json={"cells": {"x": "y"}}).status_code == 400


def test_a_further_column_is_kept(desk: Desk) -> None:
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "2020", "batch": "A7"}
    assert desk.api.post("/api/rows/history", json={"cells": cells}).status_code == 201
    told = desk.api.get("/api/rows/history").json()
    assert told["columns"][-1] == "batch" and told["rows"][-1]["cells"]["batch"] == "A7"


def _faults(answer: httpx2.Response) -> list[tuple[str, ...]]:
    assert answer.status_code == 422, answer.json()
    heads = ("code", "place", "found", "expected")
    return [tuple(fault[head] for head in heads) for fault in answer.json()["faults"]]


@on_sqlite
def test_who_is_not_there_is_named_with_all_else_that_is_wrong(desk: Desk) -> None:
    cells = {"participant": "p-003", "milestone": "infusoin", "date": "2026-07-01", "status": "don"}
    told = _faults(desk.api.post("/api/rows/dates", json={"cells": cells}))
    assert told[0] == (
        "S240", "dates:new participant", "p-003",
        'a participant of the table participants; did you mean "P-003"?',
    )  # fmt: skip
    assert [one[0] for one in told] == ["S240", "S233", "S241"]
    for cells in ({"participant": "P-999", "category": "x"}, {"participant": "P-999"}):
        told = _faults(desk.api.post("/api/rows/deviation_notes", json={"cells": cells}))
        assert [one[0] for one in told] == ["S240"]
    decision = {"participant": "P-003", "rule": "x", "decision": "maybe", "date": "2027-06-01"}
    told = _faults(desk.api.post("/api/rows/decisions", json={"cells": decision}))
    assert [one[0] for one in told] == ["S233", "S242"]


@on_sqlite
def test_each_fault_says_what_was_found_and_what_was_expected(desk: Desk) -> None:
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "2026-06-02",
             "end": "2026-06-01"}  # fmt: skip
    ended = _faults(desk.api.post("/api/rows/history", json={"cells": cells}))
    assert ended == [
        ("S260", "history:new end", "2026-06-01", "an end that is not before the start 2026-06-02")
    ]
    cells = {**DATE, "milestone": "unscheduled", "date": "2026-07-13", "status": "done"}
    assert _faults(desk.api.post("/api/rows/dates", json={"cells": cells})) == [
        (
            "S250",
            "dates:new date",
            "2026-07-13 as done",
            "a day up to 2026-06-15, the day of the plan",
        )
    ]
    cells = {"participant": "P-003", "rule": "E15-surgery-earlier", "decision": "clear",
             "date": "2026-06-01"}  # fmt: skip
    ((code, _, found, expected),) = _faults(
        desk.api.post("/api/rows/decisions", json={"cells": cells})
    )
    assert (code, found) == ("S282", "E15-surgery-earlier")
    assert expected.startswith("a rule that leaves something to a judgement: I5-toxicity")
    early = desk.api.get("/api/tables/summary.csv?as_of=2025-01-01")
    assert all(found and expected for _, _, found, expected in _faults(early))
    assert early.json()["error"] == "there is no plan for this day while these faults stand"


@on_sqlite
def test_heads_in_other_letters_are_the_columns_and_slips_are_told(desk: Desk) -> None:
    cells = {"Participant": "P-003", "EVENT": "live_vaccine", "Start ": "2020"}
    assert desk.api.post("/api/rows/history", json={"cells": cells}).status_code == 201
    told = desk.api.get("/api/rows/history").json()
    assert told["rows"][-1]["cells"]["start"] == "2020" and "EVENT" not in told["columns"]
    slip = {"participant": "P-003", "event": "live_vaccine", "start": "2020", "ende": "2021"}
    ((code, place, found, expected),) = _faults(
        desk.api.post("/api/rows/history", json={"cells": slip})
    )
    assert (code, place, found) == ("S221", "history ende", "the column ende")
    assert expected.endswith('did you mean "end"?')
    twice = {"cells": {"participant": "P-003", "Participant": "P-004"}}
    assert desk.api.post("/api/rows/participants", json=twice).status_code == 400


@on_sqlite
def test_a_site_has_one_row_and_a_name(desk: Desk) -> None:
    berlin = {"cells": {"site": "berlin", "timezone": "Europe/Berlin"}}
    assert desk.api.post("/api/rows/sites", json=berlin).status_code == 201
    told = _faults(desk.api.post("/api/rows/sites", json=berlin))
    assert told == [("S210", "sites:new site", "the site berlin again", "it once")]
    unnamed = {"cells": {"timezone": "Europe/Berlin"}}
    assert _faults(desk.api.post("/api/rows/sites", json=unnamed))[0] == (
        "S230", "sites:new site", "a blank", "a value",
    )  # fmt: skip


@on_sqlite
def test_a_head_with_another_separator_in_it_is_exported_so_that_it_is_read(
    desk: Desk, tmp_path: Path
) -> None:
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "2020",
             "lot; expiry\nof it": "A;7"}  # fmt: skip
    assert desk.api.post("/api/rows/history", json={"cells": cells}).status_code == 201
    export_folder(desk.store.heads(KEY), desk.store.rows(KEY), tmp_path)
    study = load_study(tmp_path)
    assert [one.code for one in study.warnings] == ["S207"]  # the store itself lies there
    read = study.history
    assert [*read.columns][-1] == "lot; expiry\nof it" and read.cell(
        [*read.columns][-1], -1
    ) == "A;7"


def test_the_description_names_every_address() -> None:
    told = open_document()
    for path, methods, _ in PROGRAMS:
        plain = re.sub(r":\w+}", "}", path)
        for method in methods:
            assert method.lower() in told["paths"][plain], path


def test_the_description_names_every_table(desk: Desk) -> None:
    (name, *_) = open_document()["paths"]["/api/tables/{name}.csv"]["get"]["parameters"]
    assert {"todo", "tasks", "tests", "attempts"} < set(name["schema"]["enum"])
    for table in name["schema"]["enum"]:
        assert desk.api.get(f"/api/tables/{table}.csv").status_code == 200, table


def test_what_another_program_writes_is_seen(tmp_path: Path, folder: Path) -> None:
    from scheduler.store.stored import Edit, Store
    from tests.desk.office import KEY, ME

    place = str(tmp_path / "site.db")
    with opened(place, folder) as desk:
        desk.enter()
        assert desk.web.get("/participant?p=P-003").text.count("Live viral vaccine") == 0
        other = Store.open(place)
        cells = {"participant": "P-003", "event": "live_vaccine", "start": "2020-05"}
        other.apply(KEY, [Edit("add", "history", cells)], ME)
        assert "Live viral vaccine" in desk.web.get("/participant?p=P-003").text
        new = {"participant": "P-200", "site": "wuhan"}
        other.apply(KEY, [Edit("add", "participants", new)], ME)
        assert "P-200" in desk.web.get("/participants").text
        other.close()
        assert desk.desk.as_of == AS_OF


def test_a_date_of_somebody_screened_again_says_its_attempt(desk: Desk) -> None:
    person = next(r for r in _rows(desk, "participants") if r["cells"]["participant"] == "P-003")
    body = {"cells": {"attempt": "2"}, "version": person["version"], "reason": "screened again"}
    assert desk.api.put(f"/api/rows/participants/{person['row']}", json=body).status_code == 200
    for more, wanted in (({}, "2"), ({"attempt": "1", "date": "2026-08-11"}, "1")):
        found = desk.api.post("/api/rows/dates", json={"cells": {**DATE, **more}})
        assert found.status_code == 201
        assert _rows(desk, "dates")[-1]["cells"]["attempt"] == wanted
