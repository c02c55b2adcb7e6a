"""Questions, deviations and the trail, each over everybody."""

from collections.abc import Mapping

from starlette.responses import Response

from scheduler.desk.calls import Call
from scheduler.desk.forms import REASONS, FormFault, whole_number
from scheduler.desk.pages.attempts import attempt, conflict_page
from scheduler.desk.pages.records import note_edit
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import gettext, marked
from scheduler.errors import NotFound
from scheduler.store.entries import TrailEntry
from scheduler.store.exporting import NOTES
from scheduler.store.stored import Edit, StoredRow
from scheduler.tables.frames import Row

CATEGORIES = (
    marked("Participant's decision or absence"),
    marked("Site closed or no capacity"),
    marked("Medical reason"),
    marked("Scheduling error"),
    marked("Information came late"),
    marked("Other"),
)
_PAGE = 200


def questions_page(call: Call) -> Response:
    """Facts that someone must find: those whose answer frees or saves a day first."""
    desk = call.desk
    helping: list[Row] = []
    others: list[Row] = []
    for code in desk.codes:
        for row in desk.known[code].table("queries"):
            helps = row.get("helps", "") not in ("", "nothing") if "helps" in row else (
                row["earliest_now"] != row["earliest_if_clear"])  # fmt: skip
            (helping if helps else others).append(row)
    helping.sort(key=lambda row: row["earliest_if_clear"] or "9999")
    wanted = call.ask("p")
    if wanted:
        helping = [row for row in helping if row["participant"] == wanted]
        others = [row for row in others if row["participant"] == wanted]
    return call.page(
        "questions.html", desk=desk, helping=helping, others=others, label=desk.label, wanted=wanted
    )


def deviations_page(call: Call) -> Response:
    """What recorded dates break, and what people say of it."""
    desk = call.desk
    rows = []
    for code in desk.codes:
        for row in desk.known[code].table("deviations"):
            rows.append((row, note_of(desk, row)))
    open_ = sum(note is None for _, note in rows)
    return call.page("deviations.html", desk=desk, rows=rows, open_=open_, label=desk.label)


def note_of(desk: StudyDesk, row: Row) -> StoredRow | None:
    """What was said of a deviation, or None."""
    key = row["milestone"], row["rule"]
    for one in desk.rows.get(row["participant"], []):
        said = one.cells.get("milestone"), one.cells.get("rule")
        if one.table == NOTES and not one.void and said == key:
            return one
    return None


def deviation_page(call: Call) -> Response:
    """One deviation: its category, its explanation, what is done about it, who signs."""
    desk = call.desk
    one = call.person(desk)
    call.need("record")
    row = next((row for row in one.known.table("deviations")
                if row["milestone"] == call.given.get("n", "")
                and row["rule"] == call.given.get("r", "")), None)  # fmt: skip
    if row is None:
        raise NotFound("there is no such deviation (any more)")
    note = note_of(desk, row)
    found = row
    tried = attempt(call, desk, one.code, lambda: _note(call, one.code, found, note))
    if tried.saved:
        return call.go("/deviations", s=desk.key, saved="1")
    if tried.conflict:
        return conflict_page(call, desk, tried.conflict)
    values = {**(note.cells if note else {}), **call.given}
    return call.page(
        "deviation.html", tried.status, desk=desk, one=one, row=row, note=note, tried=tried,
        values=values, categories=CATEGORIES, reasons=REASONS, label=desk.label,
    )  # fmt: skip


def _note(call: Call, code: str, row: Row, note: StoredRow | None) -> list[Edit]:
    faults = {
        name: said for name, said in (
            ("category", gettext("Choose a category.")),
            ("explanation", gettext("Say what happened.")),
            ("signed", gettext("Who signs for it?")),
        ) if not call.ask(name)
    }  # fmt: skip
    if faults:
        raise FormFault(**faults)
    cells = {"milestone": row["milestone"], "date": row["date"], "rule": row["rule"]}
    cells |= {name: call.ask(name) for name in ("category", "explanation", "action", "signed")}
    return [note_edit(call, code, note, cells)]


def trail_page(call: Call) -> Response:
    """Who changed what, when, and why; newest first."""
    desk = call.desk
    wanted = {name: call.ask(name) for name in ("who", "tbl", "what", "p")}
    before = call.ask("before")
    filters = {name: value for name, value in wanted.items() if value and name != "p"}
    if wanted["p"]:
        found = desk.store.entries_of(desk.key, desk.store.rows(desk.key, "", wanted["p"]))
        entries = [entry for entry in found if _fits(entry, filters, before)][:_PAGE]
    else:
        entries = desk.store.latest(_PAGE, whole_number(before), **filters)
        entries = [entry for entry in entries if entry.study in ("", desk.key)]
    return call.page(
        "trail.html", desk=desk, entries=entries, wanted=wanted, label=desk.label,
        older=entries[-1].number if len(entries) == _PAGE else 0, diff=differing, who=person_of,
    )  # fmt: skip


def _fits(entry: TrailEntry, filters: Mapping[str, str], before: str) -> bool:
    found = {"who": entry.who, "tbl": entry.table, "what": entry.what}
    number = whole_number(before)
    earlier = not number or entry.number < number
    return earlier and all(found[name] == value for name, value in filters.items())


def person_of(entry: TrailEntry) -> str:
    """Whom an entry is about, or an empty text."""
    return entry.cells_after.get("participant") or entry.cells_before.get("participant") or ""


def differing(entry: TrailEntry) -> list[tuple[str, str, str]]:
    """The cells of an entry that differ: column, before, after."""
    before, after = entry.cells_before, entry.cells_after
    if entry.table.startswith("_"):
        before, after = ({h: _short(t) for h, t in cells.items()} for cells in (before, after))
    heads = dict.fromkeys([*before, *after])
    if entry.what == "void":
        return [(head, before[head], "") for head in heads if before[head]]
    return [(head, before.get(head, ""), after.get(head, "")) for head in heads
            if before.get(head, "") != after.get(head, "") and head != "participant"]  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:100]}... ({len(text)} characters)"


def trail_csv(call: Call) -> Response:
    """The whole trail as a table, for a file."""
    import csv
    import io

    from scheduler.report.folder import harmless

    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(TrailEntry.__slots__)
    after = 0
    while entries := call.desk.store.changes(after, 2000):
        for entry in entries:
            writer.writerow([harmless(str(getattr(entry, name))) for name in TrailEntry.__slots__])
        after = entries[-1].number
    headers = {"content-disposition": 'attachment; filename="trail.csv"'}
    return Response(out.getvalue(), 200, headers, "text/csv; charset=utf-8")
