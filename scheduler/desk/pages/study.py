"""The study itself: its protocol, its sites, and everything written out."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from scheduler.desk.calls import Call
from scheduler.desk.forms import REASONS, Form, FormFault, by_field, reason_of, version_of
from scheduler.desk.pages.attempts import conflict_page
from scheduler.desk.people import StudyDesk
from scheduler.desk.texts import gettext
from scheduler.desk.whole_study import Proposal, propose, save_protocol, save_sites
from scheduler.errors import InputFaults, NotFound
from scheduler.store.exporting import folder_files, workbook_bytes
from scheduler.store.faults import RowChanged
from scheduler.store.site_cells import SITE_HEADS
from scheduler.store.stored import Edit, StoredRow
from scheduler.tables.tables import TABLES
from scheduler.wording.forms import rule_text
from scheduler.wording.rules import basis_text, reading_text


def protocol_page(call: Call) -> Response:
    """The protocol in words, with what each line rests on; and a new version of it."""
    desk = call.desk
    proposal: Proposal | None = None
    faults: Sequence[str] = ()
    if call.posted:
        call.need("manage")
        try:
            text = call.files["file"][1].decode("utf-8-sig") if "file" in call.files else ""
            text = text or call.given.get("text", "")
            proposal = propose(desk, text, call.ask("how") != "replace")
            if call.ask("go") == "save":
                save_protocol(
                    desk, proposal, reason_of({"why_words": call.ask("reason")}), call.actor
                )
                return call.go("/protocol", s=desk.key, saved="1")
        except InputFaults as error:
            faults = [str(fault) for fault in error.faults]
        except FormFault as error:
            faults = list(error.faults.values())
        except UnicodeDecodeError:
            faults = [gettext("The file is not UTF-8 text.")]
    protocol = desk.protocol
    rules = [(rule, rule_text(rule), reading_text(rule), basis_text(rule.basis))
             for rule in protocol.rules]  # fmt: skip
    gaps = [(gap, desk.label(gap.start), desk.label(gap.end), basis_text(gap.basis))
            for gap in protocol.gaps]  # fmt: skip
    return call.page(
        "protocol.html", 422 if faults else 200, desk=desk, protocol=protocol, rules=rules,
        gaps=gaps, proposal=proposal, faults=faults, label=desk.label, basis=basis_text,
        how=call.ask("how", "version"),
    )  # fmt: skip


def sites_page(call: Call) -> Response:
    """The sites: clocks, weekends, holidays, closed days, and which version is approved where."""
    desk = call.desk
    form = Form(call.given)
    if call.posted:
        call.need("record")
        try:
            save_sites(desk, [_site_edit(call, desk)], call.actor)
            return call.go("/sites", s=desk.key, saved="1")
        except InputFaults as error:
            form = Form(call.given, {"form": " ".join(by_field(error.faults).values())})
        except FormFault as error:
            form = Form(call.given, error.faults)
        except RowChanged as error:
            return conflict_page(call, desk, error)
    rows = [row for row in desk.shared if not row.void]
    return call.page(
        "sites.html", 422 if form.faults else 200, desk=desk, rows=rows, heads=SITE_HEADS[1:],
        form=form, reasons=REASONS, zone=desk.protocol.timezone,
    )  # fmt: skip


def _site_edit(call: Call, desk: StudyDesk) -> Edit:
    number = call.ask("row")
    row: StoredRow | None = next(
        (row for row in desk.shared if str(row.row) == number and not row.void), None
    )
    cells = {head: call.ask(f"c_{head}") for head in SITE_HEADS[1:]}
    if row is None:
        if not call.ask("c_site"):
            raise FormFault(form=gettext("Give the site a name."))
        if any(one.cells.get("site") == call.ask("c_site") for one in desk.shared if not one.void):
            raise FormFault(form=gettext("This site is there already."))
        return Edit("add", "sites", {"site": call.ask("c_site"), **cells})
    changed = {head: text for head, text in cells.items() if row.cells.get(head, "") != text}
    if not changed:
        raise FormFault(form=gettext("Nothing differs from what is recorded."))
    why = reason_of(call.given)
    return Edit("correct", "sites", changed, row.row, version_of(call.given), why)


def export_page(call: Call) -> Response:
    """What can be taken away: the study folder, the workbook, the report, the tables."""
    desk = call.desk
    return call.page("export.html", desk=desk, tables=[*TABLE_NAMES])


TABLE_NAMES = tuple(table.file for table in TABLES if table.file)


def export_file(call: Call) -> Response:
    """One of the exports as a file."""
    desk, what = call.desk, call.ask("what")
    rows = desk.every_row()
    if what == "folder":
        return _download(f"{desk.key}-study.zip", _zipped(folder_files(desk.heads, rows)))
    if what == "workbook":
        return _download(f"{desk.key}-study.xlsx", workbook_bytes(desk.heads, rows))
    if what == "report":
        from scheduler.report.page import page_bytes

        found = desk.whole(desk.as_of)
        return _download(f"{desk.key}-report.html", page_bytes(found, found.written()))
    if what == "plan":
        return _download(f"{desk.key}-plan.zip", _zipped(plan_files(desk, desk.as_of)))
    raise NotFound("there is no such export")


def plan_files(desk: StudyDesk, as_of: date) -> dict[str, bytes]:
    """What `washout plan` writes for the study as it stands."""
    from scheduler.report.folder import write_plan

    with TemporaryDirectory(prefix="washout-plan-") as folder:
        out = Path(folder) / "out"
        write_plan(desk.whole(as_of), out)
        return {
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob("*")) if path.is_file()
        }  # fmt: skip


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def _download(name: str, content: bytes) -> Response:
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "_" for c in name)
    headers = {"content-disposition": f'attachment; filename="{safe}"'}
    return Response(content, 200, headers, "application/octet-stream")
