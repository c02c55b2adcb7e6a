"""Participants: everybody on one page, sorted and filtered; and one participant in full."""

from starlette.responses import Response

from scheduler.desk.as_read import site_of
from scheduler.desk.calls import Call
from scheduler.desk.effects import TO_MAKE
from scheduler.desk.forms import whole_number
from scheduler.desk.frames import span_words
from scheduler.desk.one_plan import OnePlan
from scheduler.desk.people import StudyDesk
from scheduler.desk.timeline import timeline_of
from scheduler.store.exporting import NOTES
from scheduler.tables.bookings import FAILING
from scheduler.tables.frames import Row
from scheduler.tables.unplanned.unscheduled import STANDING

_SORTS = ("participant", "state", "next", "questions", "deviations")
_ORDER = ("no_schedule", "undetermined", "scheduled", "complete", "withdrawn", "screen_failed", "")
_PAGE = 250
_CALM = ("done", "dropped")  # states of tasks that nobody has to look at
_CHECKED = ("blocks", "undetermined")
_TESTS = ("valid", "booked", *TO_MAKE, "outlived", "unrecorded", "undetermined", "lacking")


def participants_page(call: Call) -> Response:
    """One line a participant: state, next step, days for it, flags."""
    desk = call.desk
    wanted = {name: call.ask(name) for name in ("q", "state", "site", "sort")}
    rows = [_line(desk, code) for code in desk.codes]
    sites = sorted({row["site"] for row in rows if row["site"]})
    total = len(rows)
    rows = [row for row in rows if _fits(row, wanted)]
    rows = _sorted(rows, wanted["sort"])
    start = whole_number(call.ask("from"))
    return call.page(
        "participants.html", desk=desk, rows=rows[start : start + _PAGE], wanted=wanted,
        sites=sites, total=total, found=len(rows), start=start, size=_PAGE, order=_ORDER,
    )  # fmt: skip


def _line(desk: StudyDesk, code: str) -> Row:
    known = desk.known[code]
    row = known.summary
    node = row.get("next_milestone", "")
    bad = sum(one["state"] in FAILING
              for one in known.table("bookings"))  # fmt: skip
    return {
        "code": code, "site": site_of(desk, code), "state": row.get("state", ""), "node": node,
        "next": desk.label(node) if node else "", "first": row.get("next_first", ""),
        "days": span_words(row.get("next_first", ""), row.get("next_last", "")) if node else "",
        "questions": row.get("open_queries", "0"), "overdue": row.get("overdue", "0"),
        "deviations": row.get("deviations", "0"), "bad": str(bad),
        "fault": str(known.faults[0]) if known.faults else "",
    }  # fmt: skip


def _fits(row: Row, wanted: Row) -> bool:
    if wanted["state"] and row["state"] != wanted["state"]:
        return False
    if wanted["site"] and row["site"] != wanted["site"]:
        return False
    return wanted["q"].lower() in row["code"].lower()


def _sorted(rows: list[Row], by: str) -> list[Row]:
    if by == "state":
        return sorted(rows, key=lambda row: _ORDER.index(row["state"]))
    if by == "next":
        return sorted(rows, key=lambda row: row["first"] or "9999")
    if by in ("questions", "deviations"):
        return sorted(rows, key=lambda row: -int(row[by] or 0))
    return rows


def participant_page(call: Call) -> Response:
    """Everything about one participant."""
    desk = call.desk
    one = call.person(desk)
    known = one.known
    labels = desk.label
    return call.page(
        "participant.html", desk=desk, one=one, known=known, label=labels,
        phases=phases(one),
        bookings={row["milestone"]: row for row in known.table("bookings")},
        unplanned=[row for row in known.table("unscheduled") if row["state"] in STANDING],
        timeline=timeline_of(desk, one, bool(call.ask("whole"))),
        tests=[row for row in one.table("tests") if row["state"] in _TESTS],
        papers=[row for row in one.table("tasks") if row["state"] not in _CALM],
        duties=coming_duties(desk, one), conflicts=one.table("conflicts"),
        rules=[row for row in one.table("rules") if row["state"] in _CHECKED],
        notes={(row.cells.get("milestone", ""), row.cells.get("rule", "")): row
               for row in one.cells(NOTES)},
        cells=_cells(one),
    )  # fmt: skip


def phases(one: OnePlan) -> dict[str, list[Row]]:
    """The steps by the phase of the protocol that they are in; a blank one: it names none."""
    found: dict[str, list[Row]] = {}
    for row in one.known.table("schedule"):
        found.setdefault(one.at_visit(row["milestone"])["phase"], []).append(row)
    return found


def _cells(one: OnePlan) -> dict[str, str]:
    rows = one.cells("participants")
    return dict(rows[0].cells) if rows else {}


def coming_duties(desk: StudyDesk, one: OnePlan) -> list[Row]:
    """What the participant must keep to from today on, where it rests on a date that is fixed."""
    today = desk.as_of.isoformat()
    return [
        row for row in one.table("duties")
        if (not row["last"] or row["last"][:10] >= today)
        and row.get("basis", "booked") != "recommended"
    ]  # fmt: skip
