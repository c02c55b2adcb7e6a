"""A real browser at the desk: a coordinator's week, without JavaScript, axe, 360 px, print, two at once.

Chromium of the system, driven by Playwright.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler.store.stored import Store
from tests.desk.office import KEY, fill
from tests.desk.test_command import running

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
EVERY = (
    "/", "/participants", "/participant?p=P-003", "/participant?p=P-016", "/participant?p=P-003&whole=1",
    "/step?p=P-003&n=infusion", "/step?p=P-003&n=infusion&day=2026-07-14",
    "/step?p=P-003&n=infusion&day=2026-07-13", "/happened?p=P-005&n=blood_collection",
    "/exposure?p=P-003", "/exposure?p=P-003&c_event=systemic_corticosteroid",
    "/exposure?p=P-003&row=10", "/decision?p=P-004", "/decision?p=P-004&rule=E13-short-cytokine",
    "/row?t=participants", "/row?t=participants&row=3", "/row?t=dates&row=4", "/questions",
    "/deviations", "/deviation?p=P-011&n=transplant_day_28&r=window", "/calendar",
    "/calendar?planned=yes", "/week", "/sheet?p=P-003", "/feeds", "/protocol", "/sites", "/trail",
    "/export", "/nothing",
)  # fmt: skip


def _chromium() -> str:
    named = os.environ.get("WASHOUT_CHROMIUM", "")
    found = named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), "")
    if not found:
        pytest.skip("no Chromium here; apt-get install chromium, or set WASHOUT_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        found = play.chromium.launch(executable_path=_chromium(), args=_FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[tuple[str, str, str]]:
    """A desk for looking only: its address, its launch address, a token for more browsers."""
    folder = tmp_path_factory.mktemp("seen")
    yield from _desk(folder, root)


@pytest.fixture
def used(tmp_path: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    """A desk for working at."""
    yield from _desk(tmp_path, root)


def _desk(folder: Path, root: Path) -> Iterator[tuple[str, str, str]]:
    store = Store.open(folder / "site.db", make=True)
    fill(store, root / "protocols" / "nct07342244")
    store.close()
    token = folder / "token"
    line = ["--store", str(folder / "site.db"), "--as-of", "2026-06-15", "--token-file", str(token)]
    with running(root, *line, "--user", "Anna") as launch:
        yield launch.split("/launch")[0], launch, token.read_text().strip()


def _page(browser: Any, desk: tuple[str, str, str], **options: Any) -> Any:
    """A page of a browser that reads with the token; it is no session, so it cannot save."""
    headers = {"Authorization": f"Bearer {desk[2]}"}
    context = browser.new_context(extra_http_headers=headers, **options)
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


def _inside(browser: Any, desk: tuple[str, str, str], **options: Any) -> Any:
    """A page of somebody who came by the launch address."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(30_000)
    page.goto(desk[1])
    return page


def test_a_coordinators_week(browser: Any, used: tuple[str, str, str], tmp_path: Path) -> None:
    page = _inside(browser, used, viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if "Content Security" in m.text else None)

    # Monday: the infusion of P-003 cannot stand; the first of the best days is taken.
    assert page.locator("h1").inner_text().startswith("Today")
    page.get_by_role("link", name="Choose a day: P-003, CAR-T cell infusion").click()
    page.locator(".best a").first.click()
    page.get_by_role("heading", name="Tue 14 Jul", exact=True).wait_for()
    assert page.locator("#choice .pill").inner_text() == "permitted"
    assert page.locator("#choice .changes").count() == 1, "what changes is shown before saving"
    page.get_by_role("button", name="Move the booking here").click()
    assert "Saved." in page.locator("main").inner_text()
    assert "Tue 14 Jul" in page.locator("main").inner_text()

    # Tuesday: the blood collection took place; a vaccine is told on the telephone.
    page.goto(f"{used[0]}/happened?p=P-004&n=blood_collection")
    page.get_by_label("Cancelled, no new day yet").check()
    page.get_by_label("Why, or a note").fill("filgrastim goes on")
    page.locator("#look .changes").wait_for()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{used[0]}/participant?p=P-002")
    page.get_by_role("link", name="Record an exposure").first.click()
    page.get_by_label("What was it?").select_option(label="Live viral vaccine")
    page.get_by_label("Day").fill("2026-06-14")
    page.locator("#look .moved, #look table, #look p").first.wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("rowheader", name="Live viral vaccine").first.wait_for()

    # Wednesday: the physician decides; Thursday: a deviation is explained.
    page.goto(f"{used[0]}/decision?p=P-004&rule=E13-short-cytokine")
    page.get_by_label("Clear: it does not stand in the way").check()
    page.get_by_label("Physician").fill("Dr. Wu")
    page.get_by_label("Why", exact=False).last.fill("single dose")
    page.get_by_role("button", name="Save the decision").click()
    page.get_by_text("Saved.").wait_for()
    page.goto(f"{used[0]}/deviation?p=P-011&n=transplant_day_28&r=window")
    page.get_by_label("Category").select_option("Site closed or no capacity")
    page.get_by_label("What happened").fill("ward closed for two days")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("ward closed for two days").wait_for()

    # Friday: a new participant, and the week for the wall.
    page.goto(f"{used[0]}/row?t=participants")
    page.get_by_label("Code").fill("P-019")
    page.get_by_label("Birth date").fill("1980-04")
    page.get_by_label("Site").select_option("wuhan")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="P-019").wait_for()
    page.goto(f"{used[0]}/week?day=2026-07-14")
    assert "P-003" in page.locator("main").inner_text()
    assert problems == []
    store = Store.open(tmp_path / "site.db")
    told = [(e.what, e.table, e.who) for e in store.changes(174) if e.table]
    assert told == [
        ("add", "dates", "Anna"), ("add", "dates", "Anna"), ("add", "dates", "Anna"),
        ("add", "history", "Anna"), ("add", "decisions", "Anna"),
        ("add", "deviation_notes", "Anna"), ("add", "participants", "Anna"),
    ]  # fmt: skip
    store.close()


def test_the_days_by_keyboard(browser: Any, seen: tuple[str, str, str]) -> None:
    page = _page(browser, seen, viewport={"width": 1280, "height": 900})
    page.goto(f"{seen[0]}/step?p=P-003&n=infusion&from=2026-06")
    here = "document.activeElement.dataset.day"
    page.locator('a[data-day="2026-07-01"]').last.focus()
    for key, wanted in (("ArrowRight", "2026-07-02"), ("ArrowDown", "2026-07-09"),
                        ("ArrowUp", "2026-07-02"), ("End", "2026-07-05"), ("Home", "2026-07-01"),
                        ("PageDown", "2026-08-01"), ("PageUp", "2026-07-01"),
                        ("ArrowLeft", "2026-06-30")):  # fmt: skip
        page.keyboard.press(key)
        assert page.evaluate(here) == wanted, key
    page.locator('.months a[data-day="2026-07-13"]').focus()
    page.wait_for_function("document.getElementById('why').textContent.includes('rules out')")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Mon 13 Jul", exact=True).wait_for()
    assert page.locator(".months a[tabindex='0']").count() == 1, "one stop for the Tab key"


def _grip(page: Any, step: str) -> tuple[float, float, float]:
    """Where the booking of a step stands on the timeline, and how wide a day is."""
    page.locator("#timeline").scroll_into_view_if_needed()
    lane = page.locator(f'a[href*="n={step}"][data-lane]').get_attribute("data-lane")
    box = page.locator("#timeline g.lane").nth(int(lane)).locator(".grip").bounding_box()
    facts = page.locator("#timeline").evaluate("(f) => f.dataset.plot / f.dataset.days")
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, facts


def test_a_booking_is_dragged_on_the_timeline(
    browser: Any, used: tuple[str, str, str], tmp_path: Path
) -> None:
    page = _inside(browser, used, viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if "Content Security" in m.text else None)
    page.goto(f"{used[0]}/participant?p=P-003")
    x, y, day = _grip(page, "infusion")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 4 * day, y)
    assert page.locator("#timeline .guide text").text_content() == "Fri 17 Jul"
    page.keyboard.press("Escape")
    page.mouse.up()
    assert page.locator("#choice").is_hidden() and _grip(page, "infusion")[0] == x

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + day, y, steps=3)
    page.mouse.up()
    page.get_by_role("heading", name="CAR-T cell infusion: Tue 14 Jul", exact=True).wait_for()
    dropped = page.locator("#choice").inner_text()
    assert page.evaluate("document.activeElement.id") == "choice"
    page.context.new_page().goto(f"{used[0]}/step?p=P-003&n=infusion&day=2026-07-14")
    picked = page.context.pages[-1].locator("#choice").inner_text()
    assert dropped == f"CAR-T cell infusion: {picked}", "the same preview as the day picker's"
    store = Store.open(tmp_path / "site.db")
    number = store.number
    page.get_by_role("button", name="Move the booking here").click()
    page.get_by_text("Saved.").wait_for()
    told = [(e.what, e.cells_after["date"], e.cells_after["status"]) for e in store.changes(number)]
    assert told == [
        ("add", "2026-07-13 10:00", "cancelled"), ("add", "2026-07-14 10:00", "booked"),
    ]  # fmt: skip
    store.close()
    assert _grip(page, "infusion")[0] == pytest.approx(x + day, abs=1)
    assert problems == []


def test_a_booking_is_dragged_with_a_finger(browser: Any, seen: tuple[str, str, str]) -> None:
    page = _page(browser, seen, viewport={"width": 800, "height": 900}, has_touch=True)
    page.goto(f"{seen[0]}/participant?p=P-003")
    x, y, day = _grip(page, "infusion")
    hand = page.context.new_cdp_session(page)
    for kind, at in (("touchStart", x), ("touchMove", x + day), ("touchMove", x + 2 * day)):
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at, "y": y}]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.get_by_role("heading", name="CAR-T cell infusion: Wed 15 Jul", exact=True).wait_for()


def test_without_javascript(browser: Any, used: tuple[str, str, str], tmp_path: Path) -> None:
    page = _inside(browser, used, java_script_enabled=False)
    page.get_by_role("link", name="Choose a day: P-003, CAR-T cell infusion").click()
    page.locator(".best a").first.click()
    page.get_by_role("button", name="Move the booking here").click()
    assert "Saved." in page.locator("main").inner_text()
    page.get_by_role("link", name="Move CAR-T cell infusion").click()
    assert page.get_by_role("heading", name="CAR-T cell infusion").is_visible()
    page.goto(f"{used[0]}/exposure?p=P-002")
    page.get_by_label("What was it?").select_option(label="Live viral vaccine")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Day").fill("2026-06-14")
    page.get_by_role("button", name="See what changes").click()
    assert page.locator("#look .changes").count() == 1
    page.get_by_role("button", name="Save").click()
    page.goto(f"{used[0]}/?kind=move")
    page.get_by_role("searchbox").fill("P-002")
    page.get_by_role("button", name="Filter").click()
    assert "P-002" in page.locator("main").inner_text()
    assert "P-012" not in page.locator("main").inner_text()


@pytest.mark.parametrize("script", [True, False])
def test_nothing_is_wider_than_a_phone(
    browser: Any, seen: tuple[str, str, str], script: bool
) -> None:
    page = _page(browser, seen, viewport={"width": 360, "height": 740}, java_script_enabled=True)
    if not script:
        page.route("**/static/*.js*", lambda route: route.abort())
    for path in EVERY:
        page.goto(f"{seen[0]}{path}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, (path, width)


def test_axe_finds_nothing_serious(browser: Any, seen: tuple[str, str, str]) -> None:
    source = os.environ.get("WASHOUT_AXE", "")
    if not source:
        pytest.skip("WASHOUT_AXE is not set; npm install axe-core, set it to its axe.min.js")
    for width in (1280, 360):
        page = _page(browser, seen, viewport={"width": width, "height": 900}, bypass_csp=True)
        for path in EVERY:
            page.goto(f"{seen[0]}{path}")
            page.add_script_tag(path=source)
            found = page.evaluate("axe.run(document).then((r) => r.violations.map((v) => "
                                  "[v.impact, v.id, v.nodes.slice(0, 3).map((n) => n.html)]))")  # fmt: skip
            serious = [one for one in found if one[0] in ("serious", "critical")]
            assert serious == [], (path, width)


def test_print(browser: Any, seen: tuple[str, str, str]) -> None:
    page = _page(browser, seen)
    page.emulate_media(media="print")
    for path in ("/sheet?p=P-003", "/week", "/", "/participant?p=P-003", "/trail"):
        page.goto(f"{seen[0]}{path}")
        assert page.locator("nav").is_hidden() and page.locator("main").is_visible()
        for button in page.locator("button, .button").all():
            assert button.is_hidden(), path
    page.goto(f"{seen[0]}/sheet?p=P-003")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") <= 1 and pdf.startswith(b"%PDF")


def test_two_browsers_on_the_same_row(browser: Any, used: tuple[str, str, str]) -> None:
    first = _inside(browser, used)
    address = f"{used[0]}/exposure?p=P-003&row=10"
    first.goto(address)
    second = first.context.new_page()
    second.goto(address)
    for page, note in ((first, "from the letter"), (second, "from the telephone")):
        page.get_by_label("Note").fill(note)
        page.get_by_label("Reason").select_option("Typing error")
        page.get_by_role("button", name="Save").click()
    first.get_by_text("Saved.").wait_for()
    second.get_by_role("heading", name="Changed in the meantime").wait_for()
    said = second.locator("main").inner_text()
    assert "from the letter" in said and "from the telephone" in said
    second.get_by_role("link", name="Open the row as it stands now").click()
    assert second.get_by_label("Note").input_value() == "from the letter"
    assert KEY in second.locator("header").inner_text()
