"""report.html, read with the standard library: its numbers are the frames', its texts are texts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from scheduler.report import view
from scheduler.report.inputs import fingerprint
from scheduler.report.page import page_bytes
from scheduler.report.run_json import plain_warnings
from scheduler.report.templates import sentence_parts
from scheduler.wording.labelled import labels_of
from tests.reports.conftest import CODES, LABEL, TITLE, Reports

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Reader(HTMLParser):
    """The tables of a page (caption, heads, rows of texts), its elements, and its texts.

    What stands on the handle of a fold of reasons is no text of the plan, and is left out.
    """

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: dict[str, list[list[str]]] = {}
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.words: dict[str, list[str]] = {}
        self._stack: list[str] = []
        self._cell: list[str] | None = None
        self._caption: list[str] | None = None
        self._rows: list[list[str]] = []
        self._classes: list[str] = []
        self._handle = False
        self.feed(content.decode())
        self.close()
        assert self._stack == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in VOID:
            return
        self._stack.append(tag)
        self._classes.append(dict(attrs).get("class") or "")
        self._handle = tag == "summary" and self._classes[-2] == "rest"
        if tag == "table":
            self._rows = []
        elif tag == "caption":
            self._caption = []
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self._stack and self._stack.pop() == tag, f"unexpected </{tag}>"
        self._classes.pop()
        self._handle = False
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append("".join(self._cell).strip())
            self._cell = None
        elif tag == "caption" and self._caption is not None:
            self.tables["".join(self._caption)] = self._rows
            self._caption = None

    def handle_data(self, data: str) -> None:
        if self._handle:
            return
        self.texts.append(data)
        if self._cell is not None:
            self._cell.append(data)
        if self._caption is not None:
            self._caption.append(data)


def stamp(value: object) -> str:
    if not isinstance(value, pd.Timestamp):
        return ""
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WORDS = re.compile(r"(?:[A-Z][a-z]{2} )?(\d+) ([A-Z][a-z]{2})(?: (\d{4}))?")


def day_of_words(words: str, year: int) -> pd.Timestamp:
    """The day that a text such as `Mon 6 Jul` or `6 Jul 2027` means; its week day must be right."""
    found = WORDS.match(words)
    assert found, words
    day = pd.Timestamp(int(found[3] or year), MONTHS.index(found[2]) + 1, int(found[1]))
    assert words[0].isdigit() or words.startswith(f"{day:%a} "), words
    return day


def runs_of_words(text: str, year: int) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The runs of days in words such as `26 Jun; 29 Jun to 3 Jul`, without those cut off."""
    runs = []
    for part in filter(None, text.partition("; and ")[0].split("; ")):
        first, _, last = part.partition(" to ")
        runs.append((day_of_words(first, year), day_of_words(last or first, year)))
    return runs


def said(value: object, year: int) -> str:
    if not isinstance(value, pd.Timestamp):
        return ""
    text = f"{value:%a} {value.day} {value:%b}"
    return text if value.year == year else f"{text} {value.year}"


def mine(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return frame[frame["participant"] == code]


# ---- Numbers --------------------------------------------------------------------------------------


def test_the_page_begins_with_the_worklist_in_its_own_words(reports: Reports) -> None:
    page, todo = Reader(reports.page), reports.tables["todo"]
    year = reports.plan.as_of.year
    captions = {"yes": "What a person must do, most urgent first",
                "no": "For participants who have not begun"}  # fmt: skip
    for begun, caption in captions.items():
        rows = page.tables.get(caption, [[]])[1:]
        wanted = todo[todo["begun"] == (begun == "yes")]
        assert [(row[0], row[2], row[3]) for row in rows] == [
            (said(t.act_by, year) or "no hurry", t.what, t.options) for t in wanted.itertuples()
        ]
        for row, task in zip(rows, wanted.itertuples(), strict=True):
            assert row[1].startswith(task.participant)
            assert row[4] == f"{task.why} {task.source}".strip()
    html = reports.page.decode()
    places = [html.index(f'<section id="{name}"') for name in ("todo", "cohort", "bookings")]
    assert places == sorted(places) and html.index("<table") > places[0]


def test_the_cohort_has_the_next_step_its_booking_and_its_permitted_days(reports: Reports) -> None:
    rows = Reader(reports.page).tables["State and next step of each participant"][1:]
    labels = {node.name: node.label for node in reports.plan.protocol.nodes}
    sites, year = reports.plan.sites, reports.plan.as_of.year
    summary = reports.tables["summary"]
    assert [row[0] for row in rows] == list(summary["participant"])
    for row, entry in zip(rows, summary.itertuples(), strict=True):
        assert row[1] == sites[str(entry.participant)][0]
        assert row[2] == str(entry.state).replace("_", " ")
        assert row[3] == ("" if pd.isna(entry.next_milestone) else labels[entry.next_milestone])
        assert row[7] == f"{entry.history_asked} of {entry.history_events}"
        step = mine(reports.tables["windows"], entry.participant)
        step = step[step["milestone"] == entry.next_milestone]
        bookings = mine(reports.tables["bookings"], entry.participant)
        booked = bookings[bookings["milestone"] == entry.next_milestone]
        assert (row[4] != "") == bool(len(booked))
        for booking in booked.itertuples():
            assert day_of_words(row[4], year) == booking.date
            assert (booking.state == "kept") or booking.state.replace("_", " ") in row[4]
        kinds = step["certainty"].astype(str)
        some = step[kinds == ("permitted" if (kinds == "permitted").any() else "undetermined")]
        text = row[5].removeprefix("undetermined ")
        assert (text != row[5]) == (len(some) > 0 and (kinds != "permitted").all())
        runs = list(zip(some["first"], some["last"], strict=True))
        assert runs_of_words(text, year) == runs[:4]
        assert (f"; and {len(runs) - 4} more, the last until" in text) == (len(runs) > 4)
        counts = (entry.open_queries, entry.overdue, entry.deviations)
        assert re.findall(r"\d+", row[6]) == [str(count) for count in counts if count]


def test_bookings_say_where_they_could_go(reports: Reports) -> None:
    caption = "Every booking that stands, and what has become of it"
    rows = Reader(reports.page).tables.get(caption, [[]])[1:]
    year, bookings = reports.plan.as_of.year, reports.tables["bookings"]
    todo = reports.tables["todo"]
    assert len(rows) == len(bookings)
    for row, entry in zip(rows, bookings.itertuples(), strict=True):
        time = f" {entry.time}" if isinstance(entry.time, str) else ""
        assert row[0] == entry.participant and row[2] == said(entry.date, year) + time
        assert row[3] == entry.state.replace("_", " ")
        if entry.state in ("not_permitted", "does_not_fit"):
            label = reports.plan.protocol.nodes[
                reports.plan.protocol.index[entry.milestone]
            ].label  # fmt: skip
            moves = todo[(todo["kind"] == "move") & (todo["participant"] == entry.participant)]
            assert row[4] in moves[moves["step"] == label]["options"].tolist()
        else:
            assert (row[4] != "") == (entry.state == "waits_for_answer")


def test_the_questions_have_the_days_that_they_free(reports: Reports) -> None:
    tables, labelled = Reader(reports.page).tables, labels_of(reports.plan.protocol)
    queries = reports.tables["queries"]
    nothing = queries["helps"] == "nothing"
    for caption, some in (
        ("Facts to find, and the days that each would free", queries[~nothing]),
        ("Facts whose answer, by itself, changes no day", queries[nothing]),
    ):
        rows = tables.get(caption, [[]])[1:]
        assert [(row[0], row[3], row[4], row[5]) for row in rows] == [
            (q.participant, stamp(q.earliest_now) or "none", stamp(q.earliest_if_clear) or "none",
             labelled(q.sentence))
            for q in some.itertuples()
        ]  # fmt: skip


def test_every_participant_has_their_dates_rules_reasons_and_duties(reports: Reports) -> None:
    tables, labelled = Reader(reports.page).tables, labels_of(reports.plan.protocol)
    year = reports.plan.as_of.year
    for code in reports.plan.participants:
        dates = mine(reports.tables["schedule"], code)
        rows = tables[f"Dates of {code}"][1:]
        assert [(row[1], row[6]) for row in rows] == [
            (f"{said(d.date, year)} {d.time if isinstance(d.time, str) else ''}".strip(),
             "" if pd.isna(d.study_day) else str(d.study_day))
            for d in dates.itertuples()
        ], code  # fmt: skip
        windows = mine(reports.tables["windows"], code)
        for row, d in zip(rows, dates.itertuples(), strict=True):
            if isinstance(d.last, pd.Timestamp):
                first, _, last = row[4].partition(" to ")
                assert day_of_words(first, year) == d.first
                assert day_of_words(last or first, year) == d.last
            step = windows[(windows["milestone"] == d.milestone)]
            step = step[step["certainty"] == "permitted"]
            found = runs_of_words(row[3], year) if len(step) else []
            assert found == list(zip(step["first"], step["last"], strict=True))[:6], (code, row)
        rules = mine(reports.tables["rules"], code)
        checks = tables[f"Rule-by-rule checklist of {code}"][1:]
        assert [(row[0].split()[-1], row[2], row[3]) for row in checks] == [
            (r.rule, r.state.replace("_", " "), stamp(r.clear_from)) for r in rules.itertuples()
        ], code
        blocked = mine(reports.tables["blocked"], code)
        reasons = tables.get(f"Days that rules forbid {code}, and why", [[]])[1:]
        assert [(row[0].split()[-1], row[3], row[4], row[5]) for row in reasons] == [
            (b.rule, b.certainty, stamp(b.clear_from), labelled(b.sentence))
            for b in blocked.itertuples()
        ], code
        duties = mine(reports.tables["duties"], code)
        kept = tables.get(f"What {code} must keep to", [[]])[1:]
        assert [(row[0].split()[-1], row[4]) for row in kept] == [
            (d.rule, labelled(d.sentence)) for d in duties.itertuples()
        ], code


def test_the_coming_weeks_have_every_visit_window_and_duty_once(reports: Reports) -> None:
    page, agenda = Reader(reports.page), reports.tables["agenda"]
    text, year = "".join(page.texts), reports.plan.as_of.year
    section = reports.page.decode().split('<section id="agenda"')[1].split("</section>")[0]
    schedule = reports.tables["schedule"].set_index(["participant", "milestone"])
    visits = agenda[agenda["kind"] == "visit"]
    status = [schedule.loc[(v.participant, v.milestone), "status"] for v in visits.itertuples()]
    booked = visits[[one == "booked" for one in status]]
    rows = page.tables.get("Appointments", [[]])[1:]
    assert [(row[0], row[2]) for row in rows] == [
        (said(v.date, year), v.participant) for v in booked.itertuples()
    ]
    others = visits[[one != "booked" for one in status]]
    together = len(others[["date", "participant"]].drop_duplicates())
    assert (f"{together} recommended days" in section) == (together > 0)
    for kinds, words in ((["window_opens", "window_closes"], "windows that open or close"),
                         (["duty_starts", "duty_ends"], "duties that begin or end")):  # fmt: skip
        some = agenda[agenda["kind"].isin(kinds)]
        assert (f"{len(some)} {words}" in section) == (len(some) > 0)
        assert all(sentence in text for sentence in some["sentence"])
    for kind in ("overdue", "booking"):
        for sentence in agenda[agenda["kind"] == kind]["sentence"]:
            assert sentence not in text, "the worklist says it already"


def test_the_week_list_has_the_appointments_of_seven_days(reports: Reports) -> None:
    rows = Reader(reports.page).tables.get("Milestones and visits of the coming seven days", [[]])
    schedule, todo = reports.tables["schedule"], reports.tables["todo"]
    first = pd.Timestamp(reports.plan.as_of)
    week = schedule[schedule["date"].between(first, first + pd.Timedelta(days=6))]
    booked = week[week["status"] == "booked"]
    assert len(booked)
    told = [(row[0], row[1], row[2]) for row in rows[1:] if row[5].startswith("booked")]
    assert sorted(told) == sorted(
        (said(b.date, first.year), b.time if isinstance(b.time, str) else "", b.participant)
        for b in booked.itertuples()
    )
    idle = set(todo[~todo["begun"]]["participant"])
    assert not idle & {row[2] for row in rows[1:] if not row[5].startswith("booked")}


def test_conflicts_and_deviations_are_told_in_words(reports: Reports) -> None:
    text, labelled = "".join(Reader(reports.page).texts), labels_of(reports.plan.protocol)
    for name, column in (("conflicts", "detail"), ("conflicts", "frees"),
                         ("deviations", "sentence")):  # fmt: skip
        for sentence in reports.tables[name][column].dropna():
            assert labelled(sentence) in text, (name, sentence)


def test_warnings_stand_at_the_top_in_plain_words(reports: Reports) -> None:
    warned = replace(
        reports.plan,
        warnings=("S245 history.csv:12 kind: found x, which no rule knows\n     do y",),
    )
    html = page_bytes(warned, reports.plan.written()).decode()
    told = "history.csv, row 12, kind: found x, which no rule knows. do y (S245)"
    assert html.index(told) < html.index('<section id="todo"')


def test_the_shipped_example_warns_of_nothing(car_t: Reports) -> None:
    assert plain_warnings(car_t.plan) == []
    assert 'aria-label="Warnings"' not in car_t.page.decode()


def test_assumptions_rules_checklist_and_notes_are_all_there(reports: Reports) -> None:
    page = Reader(reports.page)
    protocol = reports.plan.protocol
    rows = page.tables["What the dates rest on that no source says"][1:]
    assert rows == reports.plan.assumptions.to_numpy().tolist()
    rules = page.tables["Every timing rule, as it was read, and what it rests on"][1:]
    assert [row[0] for row in rules] == [rule.id for rule in protocol.rules]
    assert all(row[3] for row in rules)
    text = "".join(page.texts)
    assert all(item.summary in text for item in protocol.checklist)
    assert all(note.text in text for note in protocol.notes)


def test_a_printed_page_can_be_traced(reports: Reports) -> None:
    page = Reader(reports.page)
    rows = dict(page.tables["SHA-256 sums of the input files"][1:])
    assert rows[f"protocol {reports.plan.protocol.id}"] == reports.plan.protocol.fingerprint
    assert {k: v for k, v in rows.items() if k.endswith((".csv", ".yaml"))} == dict(
        reports.plan.study.fingerprints
    )
    mark = fingerprint(reports.plan)
    assert re.fullmatch(r"[0-9a-f]{16}", mark)
    assert "".join(page.texts).count(mark) >= len(reports.plan.participants) + 2


# ---- Figures --------------------------------------------------------------------------------------


def svg_of(page: bytes, place: int) -> list[str]:
    person = page.decode().split(f'<details class="person" id="p{place}"')[1]
    person = person.split('<details class="person"')[0].split("</section>")[0]
    return re.findall(r'<svg class="fig".*?</svg>', person, re.DOTALL)


def test_the_marks_stand_on_their_days(car_t: Reports) -> None:
    """P-003, as of Monday 2026-06-15: the figure begins on Monday 2026-06-01 and has 126 days."""
    near = svg_of(car_t.page, 3)[0]
    assert "2026-06-01 to 2026-10-04" in near
    day = 760 / 126
    lane = near.split('aria-label="Lymphodepletion starts: ')[1].split("</g>")[0]
    x = float(re.search(r'href="#m-booked[a-z_]*" x="([\d.]+)"', lane)[1])  # type: ignore[index]
    frame = mine(car_t.tables["schedule"], "P-003").set_index("milestone")
    offset = (frame.loc["lymphodepletion", "date"] - pd.Timestamp("2026-06-01")).days
    assert offset == 35
    assert x == pytest.approx(246 + (offset + 0.5) * day, abs=0.06)
    today = float(re.search(r'class="today" x1="([\d.]+)"', near)[1])  # type: ignore[index]
    assert today == pytest.approx(246 + 14.5 * day, abs=0.06)


def test_a_booking_that_cannot_stand_is_crossed_once(car_t: Reports) -> None:
    """P-003: both bookings fail; the marks are those of the schedule's rows, and no others."""
    near = svg_of(car_t.page, 3)[0]
    assert near.count('href="#m-booked_out"') == 2 and 'href="#m-booked"' not in near
    assert svg_of(car_t.page, 5)[0].count('href="#m-booked"') == 1


def test_bars_cover_the_days_of_the_windows(car_t: Reports) -> None:
    near = svg_of(car_t.page, 3)[0]
    lane = near.split('aria-label="Lymphodepletion starts: ')[1].split("</g>")[0]
    path = re.search(r'class="b-permitted" d="([^"]+)"', lane)[1]  # type: ignore[index]
    runs = re.findall(r"M([\d.]+) [\d.]+h([\d.]+)v", path)
    frame = mine(car_t.tables["windows"], "P-003").query("milestone == 'lymphodepletion'")
    day, zero, end = 760 / 126, pd.Timestamp("2026-06-01"), pd.Timestamp("2026-10-04")
    shown = frame[frame["first"] <= end]
    assert len(runs) == len(shown) > 1
    for (x, width), run in zip(runs, shown.itertuples(), strict=True):
        assert float(x) == pytest.approx(246 + (run.first - zero).days * day, abs=0.06)
        length = (min(run.last, end) - run.first).days + 1
        assert float(width) == pytest.approx(length * day, abs=0.11)


def test_every_lane_has_its_reasons_for_readers_and_hover(car_t: Reports) -> None:
    near = svg_of(car_t.page, 3)[0]
    sentences = mine(car_t.tables["blocked"], "P-003").query("rule == 'E14-steroid-infusion'")
    labelled = labels_of(car_t.plan.protocol)
    for sentence in sentences["sentence"].map(labelled):
        told = sentence.replace("&", "&amp;").replace('"', "&#34;").replace("'", "&#39;")
        assert f"<title>{told}</title>" in near
        assert re.search(f'aria-label="[^"]*{re.escape(told)}[^"]*"', near)
    assert near.count('class="lane" tabindex="0"') == near.count('class="lane"') > 10


def test_who_has_left_has_no_coming_weeks(car_t: Reports) -> None:
    states = car_t.tables["summary"]["state"].tolist()
    for place, state in enumerate(states, 1):
        titles = "".join(
            re.findall(r'role="group" aria-label="([^"]*)"', "".join(svg_of(car_t.page, place)))
        )
        assert ("the coming weeks" in titles) == (
            state in ("scheduled", "undetermined", "no_schedule")
        )


# ---- Texts that try to be more ----------------------------------------------------------------------


def test_hostile_texts_stay_texts(hostile: Reports) -> None:
    page = Reader(hostile.page)
    assert (
        page.elements["script"] == 1 and page.elements["img"] == 0 and page.elements["style"] == 1
    )
    assert not [a for a in page.attributes if a[1].startswith("on") or a[1] == "style"]
    links = {value for _, name, value in page.attributes if name in ("href", "src")}
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    codes = [row[0] for row in page.tables["State and next step of each participant"][1:]]
    assert codes == CODES
    text = "".join(page.texts)
    assert TITLE in text and LABEL in text
    assert "49" not in codes


def test_no_network_and_a_policy_that_forbids_it(reports: Reports) -> None:
    html = reports.page.decode()
    links = {
        value for tag, name, value in Reader(reports.page).attributes if name in ("src", "href")
    }
    assert all(link.startswith("#") or link == "data:," for link in links)
    assert "url(" not in html and "@import" not in html
    assert "default-src 'none'" in html and "'unsafe-inline'" not in html


# ---- Shape ------------------------------------------------------------------------------------------


def test_landmarks_headings_and_tables(reports: Reports) -> None:
    page = Reader(reports.page)
    assert page.elements["main"] == page.elements["header"] == page.elements["nav"] == 1
    assert page.elements["h1"] == 1
    assert ("html", "lang", "en") in page.attributes
    heads = re.findall(r"<th [^>]*>", reports.page.decode())
    assert heads and all('scope="' in head for head in heads)
    assert page.elements["caption"] == page.elements["table"]
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_equal_plans_give_equal_bytes(reports: Reports) -> None:
    assert page_bytes(reports.plan, reports.plan.written()) == reports.page


def test_nobody(nobody: Reports) -> None:
    text = "".join(Reader(nobody.page).texts)
    assert "There are no participants." in text and "Nothing is due." in text


def test_many_participants_are_folded_and_all_there(many: Reports) -> None:
    assert len(many.plan.participants) == 200
    html = many.page.decode()
    assert html.count('<details class="person"') == 200
    assert '<details class="person" id="p1" open' not in html


def test_a_study_too_large_for_one_page_says_so(
    many: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "MOST_PEOPLE", 10)
    monkeypatch.setattr(view, "MOST_ROWS", 50)
    monkeypatch.setattr(view, "MOST_DUE", 5)
    content = page_bytes(many.plan, many.plan.written())
    page = Reader(content)
    text = " ".join("".join(page.texts).split())
    assert "The first 50 of 200 participants; all are in summary.csv." in text
    assert f"The first 5 of {len(many.tables['agenda'])} entries; all are in agenda.csv." in text
    assert "10 of 200 participants are shown in detail" in text
    states = many.tables["summary"].set_index("participant")["state"].astype(str)
    shown = [code for code in states.index if f"Dates of {code}" in page.tables]
    first = [code for state in ("no_schedule", "undetermined", "scheduled")
             for code in states.index[states == state]]  # fmt: skip
    assert sorted(shown) == sorted(first[:10])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Screening is late [a source; assumption: b].",
            ("Screening is late", "[a source; assumption: b]."),
        ),
        ("A rules out B (E1: no a; x (y) z)", ("A rules out B", "(E1: no a; x (y) z)")),
        ("Plain.", ("Plain.", "")),
        ("Closed ) only", ("Closed ) only", "")),
        ("f(x)", ("f(x)", "")),
        (")", (")", "")),
        ("", ("", "")),
    ],
)
def test_a_sentence_and_what_it_rests_on(text: str, parts: tuple[str, str]) -> None:
    assert sentence_parts(text) == parts
