"""Forged requests: every line of docs/desk-running.md on security, tried."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.desk.guard import HEADERS, host_name
from scheduler.desk.passwords import hashed, matches, weak
from scheduler.desk.serving import DeskRefused, Wishes, check
from scheduler.store.access import Access, digest_of
from scheduler.store.entries import Actor
from scheduler.store.stored import Store
from tests.desk.office import HOST, KEY, ME, TOKEN, Desk, fill, on_sqlite, opened, words
from tests.store.places import stored_bytes

BOOK = {"s": KEY, "p": "P-003", "n": "infusion", "day": "2026-07-14", "go": "save"}
PASSWORD = "a long enough passphrase"


@on_sqlite
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil", "", "a@b",
     "127.0.0.2", "[::2]:8765"],
)  # fmt: skip
def test_a_foreign_host_name_is_refused(desk: Desk, host: str) -> None:
    assert desk.web.get("/", headers={"Host": host}).status_code == 400


@on_sqlite
@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:1", "LOCALHOST", "[::1]:8765"])
def test_the_machine_itself_is_called_by_its_names(desk: Desk, host: str) -> None:
    assert desk.web.get("/", headers={"Host": host}).status_code == 200


def test_the_name_in_a_host_header() -> None:
    assert host_name("[::1]") == "[::1]" and host_name("[::1]:80") == "[::1]"


@on_sqlite
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8765"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer wrong", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_post_from_elsewhere_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    number = desk.store.number
    assert desk.web.post("/step", data=BOOK, headers=headers).status_code == 403
    assert desk.store.number == number


def test_the_same_post_from_the_desks_own_page_is_taken(desk: Desk) -> None:
    number = desk.store.number
    looked = {**BOOK, "go": "look"}
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": HOST}):
        assert desk.web.post("/step", data=looked, headers=headers).status_code == 200
    assert desk.post("/step", **BOOK).status_code == 303
    assert desk.store.number > number


def test_no_get_changes_anything(desk: Desk) -> None:
    number = desk.store.number
    for path in ("/step", "/happened", "/exposure", "/decision", "/row", "/sites", "/feeds"):
        fields = {**BOOK, "answer": "cancelled", "note": "x", "t": "dates", "c_event": "hiv"}
        desk.web.get(path, params=fields)
    assert desk.store.number == number


@on_sqlite
def test_every_answer_has_the_headers_of_safety(desk: Desk) -> None:
    for path in ("/", "/nothing", "/static/desk.js", "/feeds/x.ics", "/api/changes"):
        found = desk.web.get(path).headers
        for name, value in HEADERS:
            assert found[name.decode()] == value.decode(), path
    policy = desk.web.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy


@on_sqlite
def test_pages_need_no_inline_script_or_style(desk: Desk) -> None:
    import re

    for path in ("/", "/participant?p=P-003", "/step?p=P-003&n=infusion", "/trail", "/sites"):
        html = desk.web.get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html)
        assert not re.search(r'(src|href)="(https?:)?//', html), "everything is served from here"


def test_the_launch_address_works_once(tmp_path: Path, folder: Path) -> None:
    with opened(str(tmp_path / "a.db"), folder) as desk:
        assert desk.web.get("/").status_code == 401
        assert desk.web.get("/launch", params={"token": "wrong"}).status_code == 401
        token = desk.office.visitors.launch
        first = desk.web.get("/launch", params={"token": token})
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "washout_8765" in cookie
        assert desk.web.get("/").status_code == 200
        other = desk.visitor()
        assert other.get("/launch", params={"token": token}).status_code == 401
        assert other.get("/launch", params={"token": ""}).status_code == 401
        assert desk.post("/logout").status_code == 303
        assert desk.web.get("/").status_code == 401


def test_nothing_is_seen_without_a_session(tmp_path: Path, folder: Path) -> None:
    from scheduler.desk.routes import PAGES, PROGRAMS

    with opened(str(tmp_path / "a.db"), folder) as desk:
        for path, methods, _ in (*PAGES, *PROGRAMS):
            path = path.replace("{table}", "dates").replace("{row:int}", "1")
            path = path.replace("{name}", "summary")
            for method in methods:
                found = desk.web.request(method, path, headers={"Origin": HOST})
                assert found.status_code == 401, (method, path)
                assert "P-0" not in found.text


def test_secrets_are_nowhere_in_the_store(desk: Desk) -> None:
    access = Access(desk.store)
    access.put_account("Ben", "viewer", hashed(PASSWORD), ME)
    token = access.make_token("Ben", ME)
    page = desk.post("/feeds", s=KEY, what="site:wuhan", go="make").text
    secret = page.split("/feeds/")[1].split(".ics")[0]
    session = access.open_session("Ben", "viewer")
    desk.store.close()
    stored = stored_bytes(desk.store.database.place)
    for text in (token, secret, session, PASSWORD, TOKEN):
        assert text.encode() not in stored
    assert digest_of(secret).encode() in stored, "the sum of the secret, where one looks"


def test_what_people_type_never_becomes_markup(desk: Desk) -> None:
    evil = '<script>alert(1)</script>"onload="x'
    fields = {"s": KEY, "t": "participants", "c_participant": evil, "c_site": "wuhan", "go": "save"}
    assert desk.post("/row", **fields).status_code == 303
    for path in ("/participants", "/trail", "/", "/calendar", "/week", "/feeds"):
        html = desk.web.get(path).text
        assert "<script>alert" not in html and '"onload="' not in html, path
    assert desk.web.get("/participant", params={"p": evil}).status_code == 200


@on_sqlite
def test_uploads_and_fields_are_limited(desk: Desk) -> None:
    big = b"x" * (6 * 2**20)
    headers = {"Origin": HOST, "Sec-Fetch-Site": "same-origin"}
    found = desk.web.post("/protocol", files={"file": ("a.yaml", big)}, headers=headers)
    assert found.status_code == 413
    assert desk.api.post("/api/rows/dates", content=big).status_code == 413
    many = {f"f{k}": "x" for k in range(500)}
    assert desk.web.post("/row", data=many, headers=headers).status_code in (400, 413)


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil", ""])
def test_a_log_in_leads_nowhere_else(tmp_path: Path, folder: Path, where: str) -> None:
    with opened(str(tmp_path / "a.db"), folder, shared=True) as desk:
        desk.office.access.put_account("Ben", "viewer", hashed(PASSWORD), ME)
        found = desk.post("/login", name="Ben", password=PASSWORD, next=where)
        assert found.status_code == 303 and found.headers["location"] == "/"


@pytest.fixture(scope="module")
def sealed() -> str:
    return hashed(PASSWORD)


@pytest.fixture
def shared(filled_place: str, sealed: str) -> Iterator[Desk]:
    desk = Desk(Store.open(filled_place), shared=True)
    for name in ("viewer", "coordinator", "physician", "administrator"):
        desk.office.access.put_account(name, name, sealed, ME)
    yield desk
    desk.store.close()


def _in(desk: Desk, name: str) -> None:
    desk.web.cookies.clear()
    assert desk.post("/login", name=name, password=PASSWORD).status_code == 303


def test_each_role_may_do_its_own_and_no_more(shared: Desk) -> None:
    decision = {"s": KEY, "p": "P-004", "rule": "E13-short-cytokine", "decision": "clear",
                "date": "2026-06-15", "by": "Dr. A", "note": "mild", "go": "look"}  # fmt: skip
    row = {"s": KEY, "t": "participants", "c_participant": "P-100", "c_site": "wuhan", "go": "look"}
    wanted = {
        "viewer": (403, 403, 403), "coordinator": (200, 403, 403), "physician": (200, 200, 403),
        "administrator": (200, 200, 200),
    }  # fmt: skip
    for name, statuses in wanted.items():
        _in(shared, name)
        assert shared.web.get("/").status_code == 200
        found = (
            shared.post("/row", **row).status_code,
            shared.post("/decision", **decision).status_code,
            shared.web.get("/users").status_code,
        )
        assert found == statuses, name


def test_a_log_in_is_in_the_trail_and_so_is_a_refused_one(shared: Desk) -> None:
    _in(shared, "physician")
    assert shared.post("/login", name="physician", password="wrong").status_code == 401
    assert shared.post("/login", name="nobody", password="wrong").status_code == 401
    told = [(e.what, e.who) for e in shared.store.latest(3)]
    assert told == [("log_in_refused", "unknown name"), ("log_in_refused", "physician"),
                    ("log_in", "physician")]  # fmt: skip


def test_guessing_is_slowed_down(shared: Desk) -> None:
    for _ in range(5):
        assert shared.post("/login", name="viewer", password="wrong").status_code == 401
    found = shared.post("/login", name="viewer", password=PASSWORD)
    assert found.status_code == 401 and "Too many wrong tries" in words(found.text)
    with shared.store.database.writing() as session:
        session.run("UPDATE account SET wait_until = 0")
    longer = [shared.office.access.failed("viewer", 0) for _ in range(12)]
    assert longer == sorted(longer) and longer[-1] == 900
    with shared.store.database.writing() as session:
        session.run("UPDATE account SET wait_until = 0")
    _in(shared, "viewer")


def test_a_session_ends_when_nobody_works(shared: Desk) -> None:
    _in(shared, "viewer")
    with shared.store.database.writing() as session:
        session.run("UPDATE session SET seen = seen - 1799")
    assert shared.web.get("/").status_code == 200
    with shared.store.database.writing() as session:
        session.run("UPDATE session SET seen = seen - 1801")
    assert shared.web.get("/").headers["location"].startswith("/login")


def test_a_closed_account_is_out_at_once(shared: Desk) -> None:
    _in(shared, "coordinator")
    token = shared.office.access.make_token("coordinator", ME)
    program = shared.visitor({"Authorization": f"Bearer {token}"})
    assert program.get("/api/changes").status_code == 200
    shared.office.access.close_account("coordinator", ME)
    assert shared.web.get("/").status_code == 303
    assert program.get("/api/changes").status_code == 401
    assert shared.post("/login", name="coordinator", password=PASSWORD).status_code == 401


def test_users_are_managed_at_the_desk(shared: Desk) -> None:
    _in(shared, "administrator")
    short = shared.post("/users", name="Carl", role="viewer", password="short", go="save")
    assert short.status_code == 422 and "at least 12" in words(short.text)
    assert shared.post("/users", name="Carl", role="viewer", password=PASSWORD, go="save")
    assert shared.office.access.account("Carl").role == "viewer"  # type: ignore[union-attr]
    assert shared.post("/users", name="administrator", go="close").status_code == 422
    assert shared.post("/users", name="Carl", go="close").status_code == 303
    assert not shared.office.access.account("Carl").active  # type: ignore[union-attr]


def test_ones_own_password(shared: Desk) -> None:
    _in(shared, "viewer")
    assert shared.post("/account", old="wrong", password=PASSWORD).status_code == 422
    assert (
        shared.post("/account", old=PASSWORD, password="another long passphrase").status_code == 303
    )
    assert shared.web.get("/").status_code == 303, "every session ended"
    assert (
        shared.post("/login", name="viewer", password="another long passphrase").status_code == 303
    )


def test_passwords_are_argon2id() -> None:
    stored = hashed(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert matches(stored, PASSWORD) and not matches(stored, "x") and not matches("", PASSWORD)
    assert weak("short", "") and weak("annaannaanna99", "Anna") and weak("aaaaaaaaaaaaaaaa", "")
    assert not weak(PASSWORD, "Anna")


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(host="0.0.0.0"), "--shared"),
        (Wishes(host="192.168.1.5", shared=True), "--tls-certificate"),
        (Wishes(shared=True, certificate="a.pem"), "both files"),
    ],
)
def test_the_desk_is_not_heard_beyond_the_machine_without_care(wishes: Wishes, said: str) -> None:
    with pytest.raises(DeskRefused, match=said):
        check(wishes)


def test_it_is_heard_with_care() -> None:
    check(Wishes())
    check(Wishes(host="::1"))
    check(Wishes(host="0.0.0.0", shared=True, behind_proxy=True))
    check(Wishes(host="0.0.0.0", shared=True, certificate="a", key="b"))


def test_cookies_are_secure_behind_tls(tmp_path: Path, folder: Path) -> None:
    store = Store.open(tmp_path / "a.db", make=True)
    fill(store, folder)
    desk = Desk(store, shared=True, behind_proxy=True, names=("desk.example",))
    desk.office.access.put_account("Ben", "viewer", hashed(PASSWORD), Actor("x"))
    headers = {"Host": "desk.example", "Origin": "https://desk.example"}
    found = desk.web.post("/login", data={"name": "Ben", "password": PASSWORD}, headers=headers)
    assert found.status_code == 303 and "secure" in found.headers["set-cookie"].lower()
    assert "max-age" in found.headers["strict-transport-security"]
    store.close()
