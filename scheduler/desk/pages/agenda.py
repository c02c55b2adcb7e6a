"""What is when: the month and the week over all participants, a participant's sheet, the feeds."""

import calendar
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from starlette.responses import Response

from scheduler.binding.names import named_sites
from scheduler.days import day_of
from scheduler.desk.as_read import site_of
from scheduler.desk.calls import Call
from scheduler.desk.frames import day_words
from scheduler.desk.one_plan import person_cells
from scheduler.desk.pages.participants import coming_duties
from scheduler.desk.people import StudyDesk
from scheduler.errors import NotFound
from scheduler.protocol import UNSCHEDULED
from scheduler.report.templates import sentence_parts
from scheduler.store.site_cells import site_mapping
from scheduler.study.faults import study_faults
from scheduler.study.sites import every_day_open
from scheduler.study.sites_file import sites_of_mapping
from scheduler.tables.bookings import FAILING
from scheduler.tables.frames import Row
from scheduler.wording.said_days import clock_said

_SHOWN = ("booked", "planned", "done")
_SHEET_DAYS = 120


def calendar_page(call: Call) -> Response:
    """A month over all participants, of one study or of all."""
    desks = call.desks
    if not desks:
        return call.page("empty.html")
    today = desks[0].as_of
    month = _month_of(call, today)
    site, planned = call.ask("site"), call.ask("planned") == "yes"
    start = month - timedelta(days=month.weekday())
    last = month.replace(day=calendar.monthrange(month.year, month.month)[1])
    count = (last - start).days + 1
    days = [start + timedelta(days=k) for k in range(count + -count % 7)]
    found = visits_by_day(desks, days[0], days[-1], site, planned)
    weeks = [days[k : k + 7] for k in range(0, len(days), 7)]
    return call.page(
        "calendar.html", desk=desks[0], month=month, weeks=weeks, found=found, site=site,
        planned=planned, sites=sites_of(desks), closed=_closed(desks, days, site),
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(last + timedelta(days=1)).strftime("%Y-%m"), desks=desks, overall=len(desks) > 1,
    )  # fmt: skip


def _month_of(call: Call, today: date) -> date:
    try:
        found = date.fromisoformat(f"{call.ask('month')}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 1900 < found.year < 2100 else today.replace(day=1)


def entries(
    desk: StudyDesk, first: date, last: date, site: str = "", planned: bool = True
) -> dict[str, list[Row]]:
    """Visits by day, earliest time first; each with the state of its booking."""
    low, high = first.isoformat(), last.isoformat()
    found: dict[str, list[Row]] = {}
    for code in desk.codes:
        if site and site_of(desk, code) != site:
            continue
        known = desk.known[code]
        bookings = {row["milestone"]: row for row in known.table("bookings")}
        for row in known.table("schedule"):
            booking = bookings.get(row["milestone"])
            shown = booking if booking and booking["state"] in FAILING else row
            status = "booked" if booking else row["status"]
            day = shown["date"][:10]
            if not low <= day <= high or status not in _SHOWN:
                continue
            if status == "planned" and not planned:
                continue
            state = booking["state"] if booking else ""
            entry = {**row, "date": day, "time": shown["time"], "status": status, "state": state}
            found.setdefault(day, []).append(entry)
        for row in known.table("unscheduled"):
            if low <= row["date"] <= high:
                status = "done" if row["state"] == "done" else "booked"
                found.setdefault(row["date"], []).append({**row, "status": status})
    return {day: sorted(rows, key=_by_time) for day, rows in sorted(found.items())}


def visits_by_day(
    desks: Sequence[StudyDesk], first: date, last: date, site: str = "", planned: bool = True
) -> dict[str, list[Row]]:
    """The visits of several studies by day; each says its study, and what its step is called."""
    found: dict[str, list[Row]] = {}
    for desk in desks:
        for day, rows in entries(desk, first, last, site, planned).items():
            told = [{**r, "study": desk.key, "label": desk.label(r["milestone"])} for r in rows]
            found.setdefault(day, []).extend(told)
    return {day: sorted(rows, key=_by_time) for day, rows in sorted(found.items())}


def _by_time(row: Row) -> tuple[bool, str]:
    return row["status"] == "planned", row["time"] or "24"


def site_names(desk: StudyDesk) -> list[str]:
    """The sites that participants have."""
    return sorted({site for code in desk.codes if (site := site_of(desk, code))})


def sites_of(desks: Sequence[StudyDesk]) -> list[str]:
    """The sites that participants of several studies have."""
    return sorted({name for desk in desks for name in site_names(desk)})


def clocks(desk: StudyDesk) -> Callable[[Row], str]:
    """What tells the time of a row, and how long the appointment takes at its site."""
    versions = [desk.protocol, *desk.protocol.versions]
    rows = site_mapping(row.cells for row in desk.shared if not row.void)
    sites = named_sites(sites_of_mapping(rows, "sites", study_faults()), versions)
    unknown = every_day_open(desk.protocol.timezone)
    usual = {one.version: {node.name: node.minutes for node in one.nodes} for one in versions}
    usual[""] = usual[desk.protocol.version]

    def clock(row: Row) -> str:
        if not row["time"]:
            return ""
        said = person_cells(desk.rows.get(row["participant"], []))
        site = sites.get(said.get("site", ""), unknown)
        told = usual.get(said.get("protocol_version", ""), usual[""])
        step = row["milestone"]
        return clock_said(row["time"], site.appointment(step, told.get(step)))

    return clock


def _closed(desks: Sequence[StudyDesk], days: list[date], site: str) -> dict[str, str]:
    """Why days are closed at a site, where there is one site or one is chosen.

    Where several studies describe the site, a day counts as closed that is closed in each.
    """
    names = sites_of(desks)
    name = site or (names[0] if len(names) == 1 else "")
    found: list[dict[str, str]] = []
    for desk in desks:
        code = next((code for code in desk.codes if name and site_of(desk, code) == name), "")
        if code:
            at = desk.person(code).site
            found.append({d.isoformat(): why for d in days if (why := at.reason(day_of(d)))})
    shut = set.intersection(*map(set, found)) if found else set()
    return {day: why for day, why in found[0].items() if day in shut} if found else {}


def week_page(call: Call) -> Response:
    """The week for the wall, of one study or of all."""
    desks = call.desks
    if not desks:
        return call.page("empty.html")
    try:
        day = date.fromisoformat(call.ask("day"))
    except ValueError:
        day = desks[0].as_of
    first = day - timedelta(days=day.weekday())
    days = [first + timedelta(days=k) for k in range(7)]
    site, by_key = call.ask("site"), {desk.key: desk for desk in desks}
    clock = {desk.key: clocks(desk) for desk in desks}
    found = {
        day: [
            row | by_key[row["study"]].person(row["participant"]).at_visit(row["milestone"])
            | {"clock": clock[row["study"]](row)}
            for row in rows
        ]
        for day, rows in visits_by_day(desks, days[0], days[-1], site, planned=False).items()
    }  # fmt: skip
    return call.page(
        "week.html", desk=desks[0], days=days, found=found, site=site, sites=sites_of(desks),
        before=(first - timedelta(days=7)).isoformat(), overall=len(desks) > 1,
        after=(first + timedelta(days=7)).isoformat(), closed=_closed(desks, days, site),
    )  # fmt: skip


def sheet_page(call: Call) -> Response:
    """What a participant takes home: the next visits, and what to avoid until when."""
    desk = call.desk
    one = call.person(desk)
    today = desk.as_of.isoformat()
    end = (desk.as_of + timedelta(days=_SHEET_DAYS)).isoformat()
    bookings = {row["milestone"]: row for row in one.known.table("bookings")
                if row["state"] not in FAILING}  # fmt: skip
    visits = [
        row for row in one.known.table("schedule")
        if today <= row["date"][:10] <= end
        and (row["milestone"] in bookings or row["status"] == "planned")
    ]  # fmt: skip
    visits += [
        row for row in one.known.table("unscheduled")
        if row["state"] == "booked" and row["date"] <= end
    ]  # fmt: skip
    visits.sort(key=lambda row: (row["date"], row["time"]))
    told = [(row, _plain(desk, row, today)) for row in coming_duties(desk, one)]
    return call.page(
        "sheet.html", desk=desk, one=one,
        visits=[row | one.at_visit(row["milestone"]) for row in visits], label=desk.label,
        booked=[*bookings, UNSCHEDULED], clock=clocks(desk),
        avoid=[(row, said) for row, said in told if said and row["kind"] != "keep"],
        keep=[(row, said) for row, said in told if said and row["kind"] == "keep"],
    )  # fmt: skip


def _plain(desk: StudyDesk, row: Row, today: str) -> str:
    """A duty in words for a participant; the sentence without its source is the long form."""
    what, step = desk.label(row["event"]), desk.label(row["milestone"])
    last = f"{day_words(row['last'])} {row['time']}".strip()
    if row["kind"] == "last_day":
        return f"{what}: last possible on {last}, then none until {step} is over"
    if row["first"] and row["last"]:
        begin = "" if row["first"][:10] <= today else f"from {day_words(row['first'])} "
        if row["kind"] == "keep":
            return f"{what}: go on with it, unchanged, {begin}up to and including {last}"
        return f"{what}: none {begin}up to and including {last}"
    return sentence_parts(row["sentence"])[0]


def feeds_page(call: Call) -> Response:
    """Calendar addresses that were handed out; a new one, or the end of one."""
    desk = call.desk
    fresh = ""
    if call.posted:
        call.need("record")
        if call.ask("go") == "revoke":
            call.office.access.revoke_feed(call.ask("digest"), desk.key, call.actor)
            return call.go("/feeds", s=desk.key, saved="1")
        kind, _, code = call.given.get("what", "").partition(":")
        there = site_names(desk) if kind == "site" else desk.codes
        if kind not in ("site", "participant") or code not in there:
            raise NotFound("there is no such site or participant")
        secret = call.office.access.make_feed(
            desk.key, kind, code, call.ask("detailed") == "yes", call.actor
        )
        fresh = f"{str(call.request.base_url).rstrip('/')}/feeds/{secret}.ics"
    return call.page(
        "feeds.html", desk=desk, feeds=call.office.access.feeds(desk.key), fresh=fresh,
        sites=site_names(desk),
    )  # fmt: skip
