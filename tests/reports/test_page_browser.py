"""report.html in a real browser: no errors, no sideways scrolling, accessible, whole in print."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scheduler.report.page import page_bytes
from scheduler.wording.labelled import labels_of
from tests.reports.browser import ask, chromium, console, run
from tests.reports.conftest import CODES, Reports

Write = Callable[[str, bytes], Path]
KINDS = ["car_t", "hostile", "nobody", "many"]
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true);"


# Every kind of content is among the first, the one without a schedule and the one who has left.
OPEN_SOME = (
    "document.querySelectorAll('.fold, #p1, #p3, #p4, #p14, #p16').forEach(d => d.open = true);"
)


# The 200 are copies of six: two copies of each are opened with all that is in them.
OPEN_COPIES = (
    "document.querySelectorAll('.fold').forEach(d => d.open = true);"
    "for (let i = 1; i <= 12; i++) { const one = document.getElementById('p' + i);"
    " one.open = true; one.querySelectorAll('details').forEach(d => d.open = true) }"
)


@pytest.fixture(params=KINDS)
def page(request: pytest.FixtureRequest, file: Write) -> Path:
    chromium()
    found: Reports = request.getfixturevalue(request.param)
    return file(f"{request.param}.html", found.page)


def test_the_console_is_silent(page: Path) -> None:
    assert console(page) == []


def test_the_console_is_heard(nobody: Reports, file: Write) -> None:
    """The test above can fail: a script from elsewhere is refused, and that is logged."""
    planted = nobody.page.replace(b"</main>", b"</main><script>alert(1)</script>")
    assert any("Content Security Policy" in line for line in console(file("p.html", planted)))


def test_nothing_scrolls_sideways(page: Path) -> None:
    found = ask(
        page,
        (OPEN_COPIES if page.stem == "many" else OPEN_ALL)
        + "const root = document.documentElement; const found = [];"
        "for (const width of [1280, 1100, 1024, 768, 600, 360]) { await resize(width);"
        " found.push([innerWidth, root.scrollWidth <= root.clientWidth]) } return found",
        width=1000,
    )
    assert found == [[width, True] for width in (1280, 1100, 1024, 768, 600, 360)]


def test_a_wide_figure_scrolls_in_its_own_frame(car_t: Reports, file: Write) -> None:
    found = ask(
        file("p.html", car_t.page),
        OPEN_ALL + "const frame = document.querySelector('.scroll');"
        "return {wide: frame.scrollWidth, shown: frame.clientWidth}",
        width=360,
    )
    assert found["wide"] > 900 and found["shown"] < 360


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", ["car_t", "hostile", "nobody"])
def test_axe_finds_no_violation(
    kind: str, width: int, request: pytest.FixtureRequest, file: Write
) -> None:
    source = os.environ.get("WASHOUT_AXE", "")
    if not source:
        pytest.skip("WASHOUT_AXE is not set; npm install axe-core, set it to its axe.min.js")
    shown: Reports = request.getfixturevalue(kind)
    found: list[dict[str, Any]] = ask(
        file("p.html", shown.page),
        OPEN_SOME + "const got = await axe.run(document, {resultTypes: ['violations']});"
        "return got.violations.map(v => ({id: v.id, help: v.help, count: v.nodes.length,"
        " first: v.nodes[0].html.slice(0, 200), why: v.nodes[0].failureSummary}))",
        width=width,
        library=Path(source).read_text(encoding="utf-8"),
    )
    assert found == []


def test_axe_is_heard(nobody: Reports, file: Write) -> None:
    source = os.environ.get("WASHOUT_AXE", "")
    if not source:
        pytest.skip("WASHOUT_AXE is not set; npm install axe-core, set it to its axe.min.js")
    planted = nobody.page.replace(b"</main>", b'<img src="data:,"></main>')
    found = ask(
        file("p.html", planted),
        "return (await axe.run(document)).violations.map(v => v.id)",
        library=Path(source).read_text(encoding="utf-8"),
    )
    assert found == ["image-alt"]


def test_hostile_texts_make_no_elements(hostile: Reports, file: Write) -> None:
    found = ask(
        file("p.html", hostile.page),
        "return {scripts: document.querySelectorAll('script').length,"
        " images: document.querySelectorAll('img').length,"
        " handlers: [...document.querySelectorAll('*')].filter(e =>"
        "   [...e.attributes].some(a => a.name.startsWith('on'))).length,"
        " title: document.title, heading: document.querySelector('h1').textContent,"
        " codes: [...document.querySelectorAll('#cohort-table tbody th')].map(e => e.textContent)}",
    )
    assert found["scripts"] == 3  # the page's own, and the two of this test
    assert (found["images"], found["handlers"]) == (0, 0)
    assert found["heading"] == hostile.plan.protocol.title
    assert found["codes"] == CODES


def test_reasons_are_told_on_focus_and_on_hover(car_t: Reports, file: Write) -> None:
    found = ask(
        file("p.html", car_t.page),
        OPEN_ALL + "const told = {}; const figure = document.querySelector('#p3 figure');"
        "const why = figure.querySelector('.why'); told.before = why.textContent;"
        "const lanes = [...figure.querySelectorAll('.lane')].filter(l =>"
        "  l.getAttribute('aria-label').includes('(E14-steroid-infusion'));"
        "lanes[0].focus(); told.focused = document.activeElement === lanes[0];"
        "told.after = why.textContent;"
        "const other = figure.querySelector('.lane .b-permitted');"
        "other.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));"
        "told.hovered = why.textContent; return told",
    )
    sentences = car_t.tables["blocked"].query("participant == 'P-003'")
    labelled = labels_of(car_t.plan.protocol)
    wanted = sentences[sentences["rule"] == "E14-steroid-infusion"]["sentence"].map(labelled)
    assert len(wanted) and found["before"] == "" and found["focused"]
    assert all(sentence in found["after"] for sentence in wanted)
    assert "permitted days" in found["hovered"]


def test_a_link_opens_its_participant_and_the_filter_hides_rows(
    car_t: Reports, file: Write
) -> None:
    found = ask(
        file("p.html", car_t.page),
        "const got = {before: document.getElementById('p4').open};"
        "document.querySelector('#cohort-table a[href=\"#p4\"]').click();"
        "await new Promise(done => setTimeout(done, 500));"
        "got.after = document.getElementById('p4').open;"
        "const find = document.getElementById('find'); find.value = 'NO SCHEDULE';"
        "find.dispatchEvent(new Event('input'));"
        "got.rows = [...document.querySelectorAll('#cohort-table tbody tr')]"
        "  .filter(row => !row.hidden).map(row => row.querySelector('th').textContent);"
        "return got",
    )
    states = car_t.tables["summary"].set_index("participant")["state"]
    assert found == {
        "before": False, "after": True, "rows": list(states[states == "no_schedule"].index)
    }  # fmt: skip


def printed(page: Path, target: Path) -> list[str]:
    """The texts of the pages that a browser prints."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not here; apt-get install poppler-utils")
    run(page, "--no-pdf-header-footer", f"--print-to-pdf={target}")
    done = subprocess.run([reader, "-layout", target, "-"], check=True, capture_output=True)
    return done.stdout.decode().removesuffix("\f").split("\f")


def test_print_has_lists_a_week_and_one_page_a_participant(
    car_t: Reports, file: Write, tmp_path: Path
) -> None:
    pages = printed(file("p.html", car_t.page), tmp_path / "page.pdf")
    mark = re.findall(r"inputs\s+(\w{16})", pages[0])[0]
    week = [text for text in pages if "This week, for the wall" in text]
    assert len(week) == 1 and "Participant" in week[0]
    for code in car_t.plan.participants:
        mine = [text for text in pages if f"Dates of {code}" in text]
        assert len(mine) == 1, code
        assert mark in mine[0] and code in mine[0].splitlines()[0]
    assert "To do" in pages[0] and "Bookings" in "".join(pages[:2])
    assert len(pages) <= len(car_t.plan.participants) + 4
    assert "Rule-by-rule checklist" not in "".join(pages)


def test_print_of_everything_is_asked_for(car_t: Reports, file: Write, tmp_path: Path) -> None:
    content = page_bytes(car_t.plan, car_t.plan.written(), print_all=True)
    text = "".join(printed(file("p.html", content), tmp_path / "page.pdf"))
    for code in car_t.plan.participants:
        assert f"Rule-by-rule checklist of {code}" in text, code
    assert "Rules of the protocol" in text and "SHA-256" in text


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (360, 2 * 740)])
def test_what_to_do_is_seen_at_once(width: int, height: int, car_t: Reports, file: Write) -> None:
    """Whom to call, which bookings to move and to when: no scrolling, or two screens of a phone."""
    found = ask(
        file("p.html", car_t.page),
        "return [...document.querySelectorAll('#todo > table.todo tbody tr')].map(row => ({"
        "  text: row.textContent, bottom: row.getBoundingClientRect().bottom + scrollY}))",
        width=width,
    )
    todo = car_t.tables["todo"]
    assert len(found) == int(todo["begun"].sum()) <= 15 and len(todo) <= 15
    moves = [row for row in found if "Move" in row["text"]]
    assert len(moves) == int((todo["kind"] == "move").sum()) > 0
    assert max(row["bottom"] for row in moves) <= height
    if width > 1000:
        assert max(row["bottom"] for row in found) <= height


def test_a_participant_is_printed_alone(car_t: Reports, file: Write) -> None:
    found = ask(
        file("p.html", car_t.page),
        "window.print = () => {};"
        "document.querySelector('#p3 button.print-one').click();"
        "const marked = [...document.querySelectorAll('.to-print')];"
        "const got = {body: document.body.classList.contains('print-one'),"
        " people: marked.filter(e => e.matches('.person')).map(e => e.id),"
        " sections: marked.filter(e => e.matches('section')).map(e => e.id)};"
        "window.dispatchEvent(new Event('afterprint'));"
        "got.after = document.querySelectorAll('.to-print').length; return got",
    )
    assert found == {"body": True, "people": ["p3"], "sections": ["people"], "after": 0}
