"""The pages: what each shows, what each form writes, and what it says when something is wrong."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

import scheduler
from scheduler.desk.forms import bookings_of, of_attempt
from scheduler.desk.routes import PAGES
from scheduler.store.exporting import folder_files
from scheduler.store.stored import Edit
from tests.desk.office import KEY, ME, Desk, on_sqlite, opened, words
from tests.store.places import only_readable

PROTOCOL = Path(__file__).parents[2] / "protocols" / "nct07342244"


def _cells(desk: Desk, table: str, code: str) -> list[dict[str, str]]:
    rows = desk.store.rows(KEY, table, code)
    return [row.cells for row in rows if not row.void]


def test_every_page_opens(desk: Desk) -> None:
    fields = {"p": "P-003", "n": "infusion", "t": "dates", "what": "workbook", "day": "2026-07-14"}
    for path, _, _ in PAGES:
        found = desk.web.get(path, params=fields)
        wanted = 404 if path in ("/deviation", "/account") else 200
        assert found.status_code == wanted, path


@on_sqlite
def test_every_participant_and_step_opens(desk: Desk) -> None:
    for code in desk.desk.codes:
        assert desk.web.get("/participant", params={"p": code, "whole": "1"}).status_code == 200
        assert desk.web.get("/sheet", params={"p": code}).status_code == 200
        for node in ("consent", "infusion", "day_28", "month_3"):
            found = desk.web.get("/step", params={"p": code, "n": node, "day": "2026-07-14"})
            assert found.status_code == 200, (code, node)


def test_today_shows_what_needs_a_person(desk: Desk) -> None:
    said = words(desk.web.get("/").text)
    assert "P-002 wuhan Move Screening, booked Mon 22 Jun: not permitted" in said
    assert "Works: Tue 23 Jun" in said
    assert "Record Month 2: done or missed?" in said
    apart = said.index("Not yet consented")
    assert said.index("P-013") > apart, (
        "nothing about people who have not consented among the others"
    )
    assert "Call P-005 wuhan Blood collection for manufacturing: tomorrow" in said, (
        "whoever looks at one site must see its visits too"
    )
    assert "Ask when Myocardial infarction (Dec 2025) began" in said, "days as people say them"
    only = words(desk.web.get("/", params={"kind": "move", "q": "p-003"}).text)
    assert "P-003" in only and "P-002" not in only


def test_a_booking_is_moved_and_the_trail_knows(desk: Desk) -> None:
    look = desk.web.get("/step", params={"p": "P-003", "n": "infusion", "day": "2026-07-14"})
    said = words(look.text)
    assert "permitted" in said and "What changes" in said and "Move the booking here" in said
    found = desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", time="10:00",
                      note="ward asked", go="save")  # fmt: skip
    assert found.status_code == 303
    rows = [(c["date"], c["status"]) for c in _cells(desk, "dates", "P-003")
            if c["milestone"] == "infusion"]  # fmt: skip
    assert rows == [
        ("2026-07-13 10:00", "booked"), ("2026-07-13 10:00", "cancelled"),
        ("2026-07-14 10:00", "booked"),
    ]  # fmt: skip
    assert "Tue 14 Jul" in words(desk.web.get("/participant?p=P-003").text)


def test_the_same_day_can_be_booked_again_after_it_was_cancelled(desk: Desk) -> None:
    for day in ("2026-07-14", "2026-07-15", "2026-07-14", "2026-07-15", "2026-07-14"):
        found = desk.post("/step", s=KEY, p="P-003", n="infusion", day=day, time="", go="save")
        assert found.status_code == 303, words(found.text)
        booked = desk.desk.known["P-003"].tables["bookings"]
        assert [row["date"] for row in booked if row["milestone"] == "infusion"] == [day]


@on_sqlite
def test_a_blocked_day_says_why_and_can_still_be_looked_at(desk: Desk) -> None:
    said = words(desk.web.get("/step?p=P-003&n=infusion&day=2026-07-13").text)
    assert "blocked" in said and "Corticosteroid" in said
    told = desk.web.get("/why?p=P-003&n=infusion&day=2026-07-13").json()
    assert told["verdict"] == "blocked" and told["reasons"]


@on_sqlite
def test_closed_days_are_told_with_their_reason(desk: Desk) -> None:
    html = desk.web.get("/step?p=P-003&n=infusion&from=2026-08").text
    assert "closed. Closed by the site." in html
    assert html.count('class="d d-permitted') + html.count("d-blocked") > 20


@pytest.mark.parametrize(
    ("answer", "more", "wanted"),
    [
        ("done", {}, [("2026-06-16", "booked"), ("2026-06-16", "done")]),
        ("other_day", {"day": "2026-06-17"}, [("2026-06-16", "booked"), ("2026-06-17", "done")]),
        ("moved", {"day": "2026-06-18"},
         [("2026-06-16", "booked"), ("2026-06-16", "cancelled"), ("2026-06-18", "booked")]),
        ("cancelled", {"note": "fever"}, [("2026-06-16", "booked"), ("2026-06-16", "cancelled")]),
    ],
)  # fmt: skip
def test_what_happened_to_an_appointment(
    tmp_path: Path, folder: Path, answer: str, more: dict[str, str], wanted: list[tuple[str, str]]
) -> None:
    with opened(str(tmp_path / "a.db"), folder, as_of=date(2026, 6, 17)) as desk:
        desk.enter()
        fields = {"s": KEY, "p": "P-005", "n": "blood_collection", "answer": answer, **more}
        look = desk.post("/happened", **fields, go="look")
        assert look.status_code == 200 and "What changes" in words(look.text)
        assert desk.post("/happened", **fields, go="save").status_code == 303
        rows = [(c["date"], c["status"]) for c in _cells(desk, "dates", "P-005")
                if c["milestone"] == "blood_collection"]  # fmt: skip
        assert rows == wanted


def test_a_visit_that_was_missed_needs_a_word(desk: Desk) -> None:
    fields = {"s": KEY, "p": "P-011", "n": "month_2", "answer": "missed", "day": "2026-05-18"}
    refused = desk.post("/happened", **fields, go="save")
    assert refused.status_code == 422 and "Say why" in words(refused.text)
    assert desk.post("/happened", **fields, note="was abroad", go="save").status_code == 303
    assert _cells(desk, "dates", "P-011")[-1]["status"] == "missed"
    milestone = words(desk.web.get("/happened?p=P-005&n=blood_collection").text)
    assert "Did not come" not in milestone, "only visits can be missed"


def test_done_in_the_future_is_refused_beside_the_field(desk: Desk) -> None:
    fields = {"s": KEY, "p": "P-005", "n": "blood_collection", "answer": "other_day"}
    found = desk.post("/happened", **fields, day="2026-06-20", go="save")
    assert found.status_code == 422 and "S250" in words(found.text)


def test_an_exposure_is_recorded_as_people_know_it(desk: Desk) -> None:
    form = desk.web.get("/exposure?p=P-003&c_event=systemic_corticosteroid").text
    assert 'name="c_route"' in form and 'name="c_end"' in form, "what its rules ask for"
    assert 'name="c_route"' not in desk.web.get("/exposure?p=P-003&c_event=hiv").text
    assert 'name="c_end"' not in desk.web.get("/exposure?p=P-003&c_event=live_vaccine").text
    fields = {"s": KEY, "p": "P-003", "c_event": "live_vaccine", "c_start": "2026-06"}
    look = words(desk.post("/exposure", **fields, go="look").text)
    assert "What changes" in look
    assert desk.post("/exposure", **fields, go="save").status_code == 303
    assert _cells(desk, "history", "P-003")[-1] == {
        "participant": "P-003", "event": "live_vaccine", "start": "2026-06", "end": "",
    }  # fmt: skip
    bad = desk.post("/exposure", **{**fields, "c_start": "soon"}, go="save")
    assert bad.status_code == 422 and 'id="fault-start"' in bad.text


def test_a_correction_and_a_voiding_need_a_reason(desk: Desk) -> None:
    row = next(r for r in desk.store.rows(KEY, "history", "P-003") if not r.void)
    fields = {"s": KEY, "p": "P-003", "row": str(row.row), "version": "1",
              **{f"c_{head}": text for head, text in row.cells.items()}}  # fmt: skip
    fields["c_note"] = "leukostasis, mild"
    refused = desk.post("/exposure", **fields, go="save")
    assert refused.status_code == 422 and "needs a reason" in words(refused.text)
    saved = desk.post("/exposure", **fields, why="Typing error", why_words="letter", go="save")
    assert saved.status_code == 303
    assert desk.store.latest(1)[0].reason == "Typing error: letter"
    late = desk.post("/exposure", **{**fields, "c_note": "other"}, why="Typing error", go="save")
    assert late.status_code == 409
    assert "Stands now" in words(late.text) and "leukostasis, mild" in late.text
    void = desk.post("/exposure", **{**fields, "version": "2"}, why="Entered twice", go="void")
    assert void.status_code == 303
    assert desk.store.row(KEY, "history", row.row).void


def test_a_decision(desk: Desk) -> None:
    fields = {"s": KEY, "p": "P-004", "rule": "E13-short-cytokine", "decision": "clear",
              "date": "2026-06-15", "by": "Dr. Wu"}  # fmt: skip
    refused = desk.post("/decision", **fields, go="save")
    assert refused.status_code == 422 and "Say why" in words(refused.text)
    look = words(desk.post("/decision", **fields, note="mild", go="look").text)
    assert "stands" in look or "What changes" in look
    assert desk.post("/decision", **fields, note="mild", go="save").status_code == 303
    assert _cells(desk, "decisions", "P-004")[-1]["by"] == "Dr. Wu"


def test_a_new_participant_and_one_that_leaves(desk: Desk) -> None:
    fields = {"s": KEY, "t": "participants", "c_participant": "P-100", "c_site": "wuhan"}
    assert desk.post("/row", **fields, c_birth_date="1980-02-30", go="save").status_code == 422
    assert desk.post("/row", **fields, c_birth_date="1980-02", go="save").status_code == 303
    again = desk.post("/row", **fields, go="save")
    assert again.status_code == 422 and "there already" in words(again.text)
    row = desk.store.rows(KEY, "participants", "P-100")[0]
    fields |= {"row": str(row.row), "version": "1", "c_birth_date": "1980-02",
               "c_withdrawn": "2026-06-14", "why": "Other", "why_words": "left"}  # fmt: skip
    assert desk.post("/row", **fields, go="save").status_code == 303
    assert desk.desk.known["P-100"].summary["state"] == "withdrawn"


def test_a_deviation_is_explained_once_and_corrected_with_a_reason(desk: Desk) -> None:
    fields = {"s": KEY, "p": "P-011", "n": "transplant_day_28", "r": "window"}
    empty = desk.post("/deviation", **fields, go="save")
    assert empty.status_code == 422 and "Say what happened" in words(empty.text)
    said = {"category": "Medical reason", "explanation": "fever", "action": "", "signed": "Anna"}
    assert desk.post("/deviation", **fields, **said, go="save").status_code == 303
    assert "fever" in words(desk.web.get("/deviations").text)
    assert "P-011 wuhan Day 28 after" not in words(desk.web.get("/?kind=explain_deviation").text)
    said["action"] = "call the day before"
    assert desk.post("/deviation", **fields, **said, version="1", go="save").status_code == 422
    more = {"version": "1", "why": "Other", "why_words": "action agreed"}
    assert desk.post("/deviation", **fields, **said, **more, go="save").status_code == 303


def test_sites_closures_change_the_days(desk: Desk) -> None:
    row = desk.desk.shared[0]
    fields = {f"c_{head}": text for head, text in row.cells.items()}
    fields |= {"s": KEY, "row": str(row.row), "version": "1", "why_words": "water damage"}
    fields["c_closed"] = "2026-08-03..2026-08-07, 2026-07-14"
    assert desk.post("/sites", **{**fields, "c_closed": "when"}, go="save").status_code == 422
    assert desk.post("/sites", **fields, go="save").status_code == 303
    html = desk.web.get("/step?p=P-003&n=infusion&from=2026-07").text
    assert "Tue 14 Jul 2026, closed" in html


def test_a_new_version_of_the_protocol_shows_whom_it_touches(desk: Desk, folder: Path) -> None:
    text = (folder / "protocol.yaml").read_text(encoding="utf-8")
    new = text.replace('version: "1.0"', 'version: "1.1"').replace(
        "max: 14 days\n    usual: 1 working day\n    assumption",
        "max: 7 days\n    usual: 1 working day\n    assumption")  # fmt: skip
    assert "max: 7 days" in new
    headers = {"Origin": "http://127.0.0.1:8765", "Sec-Fetch-Site": "same-origin"}
    data = {"s": KEY, "how": "replace", "go": "look"}
    files = {"file": ("protocol.yaml", new.encode())}
    look = desk.web.post("/protocol", data=data, files=files, headers=headers)
    assert look.status_code == 200 and "Whose days change" in words(look.text), words(look.text)[
        :900
    ]
    assert desk.post("/protocol", s=KEY, how="replace", text=new, go="save").status_code == 422
    saved = desk.post("/protocol", s=KEY, how="replace", text=new, reason="amendment", go="save")
    assert saved.status_code == 303 and desk.desk.protocol.version == "1.1"
    broken = desk.post("/protocol", s=KEY, how="replace", text="protocol: [", go="look")
    assert broken.status_code == 422 and "cannot be loaded" in words(broken.text)


@on_sqlite
def test_a_booking_that_cannot_stand_has_the_suggested_day_beside_it(desk: Desk) -> None:
    said = words(desk.web.get("/participant?p=P-003").text)
    rows = {row["milestone"]: row for row in desk.desk.known["P-003"].table("schedule")}
    for step in ("lymphodepletion", "infusion"):
        assert rows[step]["suggested"] != rows[step]["date"]
    assert "Mon 6 Jul suggested Sun 21 Jun" in said
    assert "Mon 13 Jul 10:00 suggested Fri 26 Jun 10:00" in said


def test_days_that_rest_on_a_booking_that_cannot_stand_say_so(desk: Desk) -> None:
    said = words(desk.web.get("/participant", params={"p": "P-003"}).text)
    assert "* rests on the booking of CAR-T cell infusion on Mon 13 Jul, which is not" in said
    assert "Day 7, in hospital Mon 20 Jul suggested *" in said
    assert "rests on" not in words(desk.web.get("/participant", params={"p": "P-005"}).text)


def test_a_faulty_record_stops_nobody_else(desk: Desk) -> None:
    cells = {"participant": "P-003", "event": "live_vaccine", "start": "03/04/2026"}
    desk.store.apply(KEY, [Edit("add", "history", cells)], ME)
    said = words(desk.web.get("/participant?p=P-003").text)
    assert "S232" in said and "nothing is planned" in said
    assert "Repair P-003" in words(desk.web.get("/").text)
    assert "Move P-002" in words(desk.web.get("/").text)
    desk.desk.load()
    assert desk.desk.known["P-003"].faults and not desk.desk.known["P-002"].faults
    row = desk.store.rows(KEY, "history", "P-003")[-1]
    fields = {"s": KEY, "p": "P-003", "row": str(row.row), "version": "1", "c_event": "live_vaccine",
              "c_start": "2026-03-04", "why": "Typing error", "go": "save"}  # fmt: skip
    assert desk.post("/exposure", **fields).status_code == 303
    assert not desk.desk.known["P-003"].faults


def test_the_sheet_says_what_to_avoid_and_holds_no_name(desk: Desk) -> None:
    desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", time="10:00", go="save")
    said = words(desk.web.get("/sheet?p=P-003").text)
    assert "Tue 14 Jul 2026 at 10:00 CAR-T cell infusion booked" in said.replace(
        "Tue 14 Jul at", "Tue 14 Jul 2026 at"
    )
    assert "Please avoid" in said and "Name:" in said


def test_a_site_s_lengths_are_kept_and_shown(desk: Desk) -> None:
    """Bad ones are refused; good ones stand on sheet and week list, and in the exported folder."""
    row = next(one for one in desk.store.rows(KEY, "sites") if not one.void)
    fields = {
        f"c_{head}": text for head, text in row.cells.items() if head not in ("site", "minutes")
    }
    fields |= {"s": KEY, "row": str(row.row), "version": str(row.version), "why_words": "rooms"}
    for wrong, told in (("infuson: 60", "did you mean"), ("one hour", "whole minutes")):
        found = desk.post("/sites", **fields, c_minutes=wrong, go="save")
        assert found.status_code == 422 and told in words(found.text)
    found = desk.post("/sites", **fields, c_minutes="CAR-T cell infusion: 240, all: 45", go="save")
    assert found.status_code == 303, words(found.text)
    desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", time="10:00", go="save")
    assert "at 10:00 (4 h) CAR-T cell infusion" in words(desk.web.get("/sheet?p=P-003").text)
    assert "10:00 (4 h) P-003" in words(desk.web.get("/week?day=2026-07-14").text)
    written = folder_files(desk.desk.heads, desk.desk.every_row())["sites.yaml"].decode()
    assert 'minutes: {"CAR-T cell infusion": 240, "all": 45}' in written


def test_an_empty_study_can_be_begun_with(tmp_path: Path, folder: Path) -> None:
    from scheduler.store.importing import new_study
    from scheduler.store.stored import Store
    from tests.desk.office import protocol_files

    store = Store.open(tmp_path / "new.db", make=True)
    new_study(store, KEY, protocol_files(folder), None, ME)
    desk = Desk(store)
    desk.enter()
    for path in ("/", "/participants", "/calendar", "/week", "/questions", "/sites", "/export"):
        assert desk.web.get(path).status_code == 200, path
    fields = {"s": KEY, "t": "participants", "c_participant": "P-1", "c_birth_date": "1980-05-01"}
    assert desk.post("/row", **fields, go="save").status_code == 303
    assert desk.web.get("/participant?p=P-1").status_code == 200
    store.close()


def test_a_lost_store_is_told_and_nothing_is_half(desk: Desk) -> None:
    connection = desk.store.database.lent()
    only_readable(desk.store.database.place, connection)
    desk.store.database._free[:] = [connection]
    found = desk.post("/step", s=KEY, p="P-003", n="infusion", day="2026-07-14", go="save")
    assert found.status_code == 503 and "nothing was saved" in words(found.text)
    desk.store.database._free.clear()
    assert desk.web.get("/").status_code == 200


def test_a_date_of_somebody_screened_again_says_its_attempt(desk: Desk, tmp_path: Path) -> None:
    new = Edit("add", "dates", {"participant": "P-003", "milestone": "consent",
                                "date": "2026-06-10", "status": "done"})  # fmt: skip
    assert of_attempt(desk.desk, "P-003", new) == new
    row = next(one for one in desk.store.rows(KEY, "participants", "P-003") if not one.void)
    again = Edit(
        "correct", "participants", {"attempt": "2"}, row.row, row.version, "screened again"
    )
    desk.desk.save("P-003", [again], ME)
    desk.desk.save("P-003", [of_attempt(desk.desk, "P-003", new)], ME)
    assert desk.desk.person("P-003").table("attempts")
    done = [row for row in desk.desk.person("P-003").table("schedule") if row["status"] == "done"]
    assert [(row["milestone"], row["date"]) for row in done] == [("consent", "2026-06-10")]
    for name, content in folder_files(desk.store.heads(KEY), desk.store.rows(KEY)).items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_bytes(content)
    protocol, study = scheduler.load_protocol(PROTOCOL), scheduler.load_study(tmp_path / "out")
    plan = scheduler.plan(protocol, study, "2026-06-15", participants="P-003")
    assert len(plan.attempts) == len(desk.desk.person("P-003").table("attempts"))


def test_steps_stand_under_their_phases_and_visits_with_what_is_done(
    tmp_path: Path, root: Path
) -> None:
    folder = root / "protocols" / "h2q-mc-lzzt"
    with opened(str(tmp_path / "a.db"), folder, as_of=date(2007, 6, 4), key="H2Q") as desk:
        desk.enter()
        said = words(desk.web.get("/participant?p=X-702").text)
        places = [said.index(name) for name in (
            " Screening Visit 1", "Visit 2, ambulatory", " Treatment Visit 3", "Follow-up Tele",
        )]  # fmt: skip
        assert places == sorted(places)
        assert "CT or MRI of the brain Visit 3, enrollment and first patch Fri 1 Jun" in said
        week = words(desk.web.get("/week").text)
        assert "X-706 Visit 1, screening and consent Informed consent, Inclusion" in week
        today = words(desk.web.get("/").text)
        assert "tomorrow, Tue 5 Jun Informed consent, Inclusion and exclusion criteria" in today


def test_tests_to_make_are_told_before_a_day_is_booked(tmp_path: Path, root: Path) -> None:
    folder = root / "protocols" / "nct04710303"
    with opened(str(tmp_path / "a.db"), folder, as_of=date(2021, 3, 15), key="Z") as desk:
        desk.enter()
        said = words(desk.web.get("/participant?p=Z-001").text)
        pcr = "PCR test for SARS-CoV-2"
        assert f"{pcr} First dose, day 1 due Fri 26 Mar to Mon 29 Mar" in said
        assert " In no phase " not in said, "the protocol names no phase"
        look = words(desk.web.get("/step?p=Z-001&n=dose_1&day=2021-03-31").text)
        made = "has to be made between Mon 29 Mar 2021 and Wed 31 Mar 2021"
        assert f"Tests to make {pcr} {made} for First dose, day 1." in look
        body = {"participant": "Z-001", "dates": {"dose_1": "2021-03-31"}}
        told = desk.api.post("/api/what-if", json=body).json()
        assert f"{pcr} {made} for First dose, day 1." in told["tests"]


def test_rows_as_people_typed_them_are_found(tmp_path: Path, folder: Path) -> None:
    """Steps by label, days in the hospital's order: the booking that stands is moved, not doubled."""
    study = tmp_path / "study"
    shutil.copytree(folder / "example", study)
    (study / "study.yaml").write_text("dates: dmy\n", encoding="utf-8")
    path = study / "dates.csv"
    told = re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3/\2/\1", path.read_text(encoding="utf-8"))
    told = told.replace(",infusion,", ",CAR-T Cell Infusion,").replace(",booked,", ",Booked,")
    path.write_text(told, encoding="utf-8")
    history = study / "history.csv"
    said = history.read_text(encoding="utf-8").replace("systemic_corticosteroid", "Corticosteroid")
    history.write_text(said, encoding="utf-8")
    with opened(str(tmp_path / "a.db"), folder, study) as desk:
        desk.enter()
        at = {"s": KEY, "p": "P-003", "n": "infusion"}
        happened = words(desk.web.get("/happened", params=at).text)
        assert "Booked for Mon 13 Jul 10:00" in happened
        again = desk.post("/step", **at, day="2026-07-13", time="10:00", go="save")
        assert again.status_code == 422 and "for that day already" in words(again.text)
        for day in ("2026-07-14", "2026-07-13", "2026-07-15", "2026-07-13"):
            found = desk.post("/step", **at, day=day, time="10:00", go="save")
            assert found.status_code == 303, words(found.text)
            booked = desk.desk.known["P-003"].table("bookings")
            assert [row["date"] for row in booked if row["milestone"] == "infusion"] == [day]
        row = next(r for r in desk.store.rows(KEY, "history", "P-003")
                   if r.cells["event"] == "Corticosteroid")  # fmt: skip
        form = desk.web.get("/exposure", params={"s": KEY, "p": "P-003", "row": str(row.row)}).text
        assert 'name="c_route"' in form and 'name="c_event" value="Corticosteroid"' in form


def test_bookings_of_an_earlier_attempt_are_history(desk: Desk) -> None:
    row = next(one for one in desk.store.rows(KEY, "participants", "P-003") if not one.void)
    again = Edit(
        "correct", "participants", {"attempt": "2"}, row.row, row.version, "screened again"
    )
    assert bookings_of(desk.desk, "P-003", "infusion")
    desk.desk.save("P-003", [again], ME)
    assert bookings_of(desk.desk, "P-003", "infusion") == []
