"""Workbooks made from raw XML, so that a test can say exactly what is stored in each part."""

import io
import zipfile
from collections.abc import Mapping, Sequence

NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEADS = {"history": ("participant", "event", "start", "end", "note")}
PEOPLE = '<row r="1"><c r="A1" t="inlineStr"><is><t>participant</t></is></c></row>' + (
    '<row r="2"><c r="A2" t="inlineStr"><is><t>P1</t></is></c></row>'
)


def inline(name: str, text: str, style: int = 0) -> str:
    """A cell that holds its own text."""
    return f'<c r="{name}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def number(name: str, value: object, style: int = 0) -> str:
    """A cell that holds a number."""
    return f'<c r="{name}" s="{style}"><v>{value}</v></c>'


def row(number_: int, *cells: str, attributes: str = "") -> str:
    """A row of cells."""
    return f'<row r="{number_}"{attributes}>{"".join(cells)}</row>'


def history_heads() -> str:
    """The heads of a history: participant, event, start, end, note."""
    return row(1, *(inline(f"{'ABCDE'[n]}1", head) for n, head in enumerate(HEADS["history"])))


def sheet(rows: str, before: str = "", after: str = "") -> str:
    """The part of a sheet."""
    return f'<worksheet xmlns="{NS}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'


def styles(formats: Sequence[str | int], charset: str = "") -> str:
    """A part of styles: style 0 is plain, style 1 struck out, then one for each format."""
    own = {code: 200 + n for n, code in enumerate(formats) if isinstance(code, str)}
    listed = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{_escaped(code)}"/>' for code, n in own.items()
    )
    font = f'<font><charset val="{charset}"/></font>' if charset else "<font/>"
    plain = '<xf numFmtId="0" fontId="0"/><xf numFmtId="0" fontId="1"/>'
    numbers = [own[code] if isinstance(code, str) else code for code in formats]
    rest = "".join(f'<xf numFmtId="{n}" fontId="0"/>' for n in numbers)
    return (
        f'<styleSheet xmlns="{NS}"><numFmts>{listed}</numFmts>'
        f"<fonts>{font}<font><strike/></font></fonts>"
        f"<cellXfs>{plain}{rest}</cellXfs></styleSheet>"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def parts(
    sheets: Mapping[str, str],
    formats: Sequence[str | int] = (),
    strings: str = "",
    charset: str = "",
    book: str = "",
) -> dict[str, str]:
    """The parts of a workbook by name; `sheets` are parts by the name of the sheet."""
    listed, relations = "", ""
    found = {}
    for n, (name, part) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name.startswith("~") else ""
        listed += f'<sheet name="{name.lstrip("~")}" sheetId="{n}"{state} r:id="r{n}"/>'
        relations += f'<Relationship Id="r{n}" Type="{REL}/worksheet" Target="worksheets/{n}.xml"/>'
        found[f"xl/worksheets/{n}.xml"] = part
    relations += f'<Relationship Id="s" Type="{REL}/styles" Target="styles.xml"/>'
    relations += f'<Relationship Id="t" Type="{REL}/sharedStrings" Target="texts.xml"/>'
    return {
        "_rels/.rels": _relations(
            f'<Relationship Id="b" Type="{REL}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{NS}" xmlns:r="{REL}">{book}'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(relations),
        "xl/styles.xml": styles(formats, charset),
        "xl/texts.xml": f'<sst xmlns="{NS}">{strings}</sst>',
        **found,
    }


def _relations(listed: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'


def packed(found: Mapping[str, str | bytes]) -> bytes:
    """The parts as a workbook file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in found.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), part)
    return stream.getvalue()


def study_with(history: str, **more: object) -> bytes:
    """A workbook of one participant with the rows of a history below its heads."""
    sheets = {"participants": sheet(PEOPLE), "history": sheet(history_heads() + history)}
    return packed(parts(sheets, **more))  # type: ignore[arg-type]
