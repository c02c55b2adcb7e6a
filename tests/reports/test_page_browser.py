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

from tests.reports.browser import ask, chromium, console, run
from tests.reports.conftest import CODES, Reports

Write = Callable[[str, bytes], Path]
KINDS = ["car_t", "hostile", "nobody", "many"]
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true);"


# Every kind of content is among the first, the one without a schedule and the one who has left.
OPEN_SOME = (
    "document.querySelectorAll('.day, #p1, #p3, #p4, #p14, #p16').forEach(d => d.open = true);"
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
        OPEN_ALL + "const root = document.documentElement; const found = [];"
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
        "  l.getAttribute('aria-label').startsWith('E14-steroid-infusion'));"
        "lanes[0].focus(); told.focused = document.activeElement === lanes[0];"
        "told.after = why.textContent;"
        "const other = figure.querySelector('.lane .b-permitted');"
        "other.dispatchEvent(new MouseEvent('mouseover', {bubbles: true}));"
        "told.hovered = why.textContent; return told",
    )
    sentences = car_t.tables["blocked"].query("participant == 'P-003'")
    wanted = sentences[sentences["rule"] == "E14-steroid-infusion"]["sentence"].tolist()
    assert wanted and found["before"] == "" and found["focused"]
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


def test_print_shows_every_participant(car_t: Reports, file: Write, tmp_path: Path) -> None:
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not here; apt-get install poppler-utils")
    path = tmp_path / "page.pdf"
    run(file("p.html", car_t.page), "--no-pdf-header-footer", f"--print-to-pdf={path}")
    done = subprocess.run([reader, "-layout", path, "-"], check=True, capture_output=True)
    text = done.stdout.decode()
    for code in car_t.plan.participants:
        assert f"Rule-by-rule checklist of {code}" in text, code
    assert text.count("inputs " + re.findall(r"inputs\s+(\w{16})", text)[0]) >= len(
        car_t.plan.participants
    )
