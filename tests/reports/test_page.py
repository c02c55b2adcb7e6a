"""report.html, read with the standard library: its numbers are the frames', its texts are texts."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pandas as pd
import pytest

from scheduler.report import view
from scheduler.report.inputs import fingerprint
from scheduler.report.page import page_bytes, sentence_parts
from tests.reports.conftest import CODES, LABEL, TITLE, Reports

VOID = {"meta", "link", "input", "br", "img", "hr"}


class Reader(HTMLParser):
    """The tables of a page (caption, heads, rows of texts), its elements, and its texts."""

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
        self.feed(content.decode())
        self.close()
        assert self._stack == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in VOID:
            return
        self._stack.append(tag)
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
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append("".join(self._cell).strip())
            self._cell = None
        elif tag == "caption" and self._caption is not None:
            self.tables["".join(self._caption)] = self._rows
            self._caption = None

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._cell is not None:
            self._cell.append(data)
        if self._caption is not None:
            self._caption.append(data)


def stamp(value: object) -> str:
    if not isinstance(value, pd.Timestamp):
        return ""
    return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"


def between(first: object, last: object) -> str:
    begin, end = stamp(first), stamp(last)
    return begin if begin == end else f"{begin} to {end}"


def mine(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    return frame[frame["participant"] == code]


# ---- Numbers --------------------------------------------------------------------------------------


def test_the_cohort_has_the_values_of_the_summary(reports: Reports) -> None:
    rows = Reader(reports.page).tables["State and next step of each participant"][1:]
    labels = {node.name: node.label for node in reports.plan.protocol.nodes}
    sites = reports.plan.sites
    assert rows == [
        [
            str(row.participant), sites[str(row.participant)][0], str(row.state).replace("_", " "),
            "" if pd.isna(row.next_milestone) else labels[str(row.next_milestone)],
            between(row.next_first, row.next_last),
            str(row.open_queries), str(row.overdue), str(row.deviations),
        ]
        for row in reports.tables["summary"].itertuples()
    ]  # fmt: skip


def test_the_questions_have_the_days_that_they_free(reports: Reports) -> None:
    rows = Reader(reports.page).tables["Facts to find, and the days that each would free"][1:]
    queries = reports.tables["queries"]
    assert [(row[0], row[3], row[4], row[5]) for row in rows] == [
        (q.participant, stamp(q.earliest_now) or "none", stamp(q.earliest_if_clear) or "none",
         q.sentence)
        for q in queries.itertuples()
    ]  # fmt: skip


def test_every_participant_has_their_dates_rules_reasons_and_duties(reports: Reports) -> None:
    tables = Reader(reports.page).tables
    for code in reports.plan.participants:
        dates = mine(reports.tables["schedule"], code)
        rows = tables[f"Dates of {code}"][1:]
        assert [(row[1], row[3], row[5]) for row in rows] == [
            (
                f"{stamp(d.date)} {d.time}" if isinstance(d.time, str) else stamp(d.date),
                between(d.first, d.last), "" if pd.isna(d.study_day) else str(d.study_day),
            )
            for d in dates.itertuples()
        ], code  # fmt: skip
        rules = mine(reports.tables["rules"], code)
        checks = tables[f"Rule-by-rule checklist of {code}"][1:]
        assert [(row[0], row[2], row[3]) for row in checks] == [
            (r.rule, r.state.replace("_", " "), stamp(r.clear_from)) for r in rules.itertuples()
        ], code
        blocked = mine(reports.tables["blocked"], code)
        reasons = tables.get(f"Days that rules forbid {code}, and why", [[]])[1:]
        assert [(row[0], row[3], row[4], row[5]) for row in reasons] == [
            (b.rule, b.certainty, stamp(b.clear_from), b.sentence) for b in blocked.itertuples()
        ], code
        duties = mine(reports.tables["duties"], code)
        kept = tables.get(f"What {code} must keep to", [[]])[1:]
        assert [(row[0], row[4]) for row in kept] == [
            (d.rule, d.sentence) for d in duties.itertuples()
        ], code


def test_agenda_conflicts_and_deviations_are_told_in_words(reports: Reports) -> None:
    text = "".join(Reader(reports.page).texts)
    agenda = reports.tables["agenda"]
    assert text.count("\n") > 0 and len(agenda) > 0
    for name, column in (("agenda", "sentence"), ("conflicts", "detail"), ("conflicts", "frees"),
                         ("deviations", "sentence")):  # fmt: skip
        for sentence in reports.tables[name][column].dropna():
            assert sentence in text, (name, sentence)
    days = [f"{day:%A} {day:%Y-%m-%d}" for day in agenda["date"].drop_duplicates()]
    places = [text.index(day) for day in days]
    assert places == sorted(places)


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
    person = page.decode().split(f'<details class="person" id="p{place}"')[1].split("</details>")[0]
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
    for sentence in sentences["sentence"]:
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
    assert page_bytes(reports.plan, reports.tables) == reports.page


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
    content = page_bytes(many.plan, many.tables)
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
