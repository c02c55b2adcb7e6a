"""The fixed parts of a workbook: styles, names, page set-up.

Source: ECMA-376 part 1, chapter 18 (SpreadsheetML) and part 2 (packages).
"""

import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from scheduler.wording.looks import TONES

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


class Style(NamedTuple):
    """How a text cell looks: its tone, wrapped or not, kept as text when someone edits it."""

    tone: str = ""
    wrapped: bool = False
    quoted: bool = False


def escape(text: str) -> str:
    """A text as it stands in XML; `xml.sax` would load the modules of the web for it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_PLAIN = Style()
_SPECIAL = ("", "head", "counts", "note", "date", "moment", "number")
_STYLES = [
    Style(tone, wrapped, quoted)
    for tone in ("", *TONES)
    for wrapped in (False, True)
    for quoted in (False, True)
]


@lru_cache(maxsize=512)
def style_number(style: Style | str) -> int:
    """The place of a style in the list of cell formats."""
    if isinstance(style, str):
        return _SPECIAL.index(style)
    return len(_SPECIAL) + _STYLES.index(style)


@lru_cache(maxsize=512)
def letters(number: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def columns_of(text: str) -> int:
    """How many columns a text takes: wide characters take two, and lines stand below each other."""
    if text.isascii() and "\n" not in text and "\r" not in text:
        return len(text)
    return max(map(_line_columns, text.splitlines() or [""]))


def _line_columns(line: str) -> int:
    wide = () if line.isascii() else (c for c in line if unicodedata.east_asian_width(c) in "WF")
    return len(line) + sum(1 for _ in wide)


def fixed(
    day: date, title: str, sheets: Sequence[tuple[str, str]], printed: Sequence[str]
) -> dict[str, str]:
    """The parts that hold no table, given the names of the sheets and the areas of their tables.

    `printed` are the areas that go on paper; an empty one: all of the table.
    """
    return {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations(
            [
                (f"{_REL}/officeDocument", "xl/workbook.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ]
        ),
        "docProps/core.xml": _properties(day, title),
        "xl/workbook.xml": _workbook(sheets, printed),
        "xl/_rels/workbook.xml.rels": _relations(
            [(f"{_REL}/worksheet", f"worksheets/sheet{i + 1}.xml") for i in range(len(sheets))]
            + [(f"{_REL}/styles", "styles.xml"), (f"{_REL}/sharedStrings", "sharedStrings.xml")]
        ),
        "xl/styles.xml": _styles(),
    }


def _content_types(count: int) -> str:
    names = [(f"/xl/worksheets/sheet{i + 1}.xml", f"{_TYPES}.worksheet+xml") for i in range(count)]
    names += [
        ("/xl/workbook.xml", f"{_TYPES}.sheet.main+xml"),
        ("/xl/styles.xml", f"{_TYPES}.styles+xml"),
        ("/xl/sharedStrings.xml", f"{_TYPES}.sharedStrings+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
    ]
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    overrides = "".join(f'<Override PartName="{n}" ContentType="{kind}"/>' for n, kind in names)
    return (
        f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, 1)
    )
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _properties(day: date, title: str) -> str:
    stamp = f'xsi:type="dcterms:W3CDTF">{day.isoformat()}T00:00:00Z'
    return (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dcterms:created {stamp}</dcterms:created>"
        f"<dcterms:modified {stamp}</dcterms:modified></cp:coreProperties>"
    )


def _workbook(sheets: Sequence[tuple[str, str]], printed: Sequence[str]) -> str:
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>'
        for i, (name, _) in enumerate(sheets, 1)
    )
    titles = [name for name, _ in sheets]
    names = "".join(
        _defined("_FilterDatabase", i, name, area, ' hidden="1"')
        for i, (name, area) in enumerate(sheets)
    )
    names += "".join(
        _defined("Print_Area", i, name, area)
        for i, (name, area) in enumerate(zip(titles, printed, strict=True))
        if area
    )
    names += "".join(_defined("Print_Titles", i, name, "$1:$1") for i, name in enumerate(titles))
    return (
        f'{HEAD}<workbook {MAIN} xmlns:r="{_REL}"><bookViews><workbookView activeTab="0"/>'
        f"</bookViews><sheets>{listed}</sheets><definedNames>{names}</definedNames></workbook>"
    )


def _defined(kind: str, sheet: int, name: str, area: str, more: str = "") -> str:
    """A name that programs look for: an area of one sheet."""
    return (
        f'<definedName name="_xlnm.{kind}" localSheetId="{sheet}"{more}>'
        f"'{name}'!{area}</definedName>"
    )


def _styles() -> str:
    fills = ["none", "gray125"]
    solid = "".join(
        f'<fill><patternFill patternType="solid"><fgColor rgb="FF{colour}"/></patternFill></fill>'
        for colour in ["1F3F5F"] + [_rgb(tone.tint) for tone in TONES.values()]
    )
    patterns = "".join(f'<fill><patternFill patternType="{name}"/></fill>' for name in fills)
    fonts = [_font("1C2733"), _font("FFFFFF", "<b/>"), _font(_rgb(TONES["bad"].ink), "<b/>")]
    fonts += [_font(_rgb(tone.ink), "<b/>") for tone in TONES.values()]
    formats = [_format(), _format(1, 2), _format(1, 2, side="center"), _format(2)]
    formats += [_format(number=number, side="left") for number in (164, 165)]
    formats += [_format(side="center")]
    formats += [
        _format(3 + list(TONES).index(s.tone), 3 + list(TONES).index(s.tone), 0, s)
        if s.tone
        else _format(style=s)
        for s in _STYLES
    ]
    return (
        f'{HEAD}<styleSheet {MAIN}><numFmts count="2">'
        '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
        f'<fonts count="{len(fonts)}">{"".join(fonts)}</fonts>'
        f'<fills count="{len(fills) + 1 + len(TONES)}">{patterns}{solid}</fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(formats)}">{"".join(formats)}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )


def _rgb(colour: str) -> str:
    """A colour as SpreadsheetML writes it: no `#`, capitals."""
    return colour.removeprefix("#").upper()


def _font(colour: str, more: str = "") -> str:
    return f'<font>{more}<sz val="10"/><color rgb="FF{colour}"/><name val="Arial"/></font>'


def _format(
    font: int = 0, fill: int = 0, number: int = 0, style: Style = _PLAIN, side: str = "general"
) -> str:
    prefix, wrap = ' quotePrefix="1"' * style.quoted, ' wrapText="1"' * style.wrapped
    return (
        f'<xf numFmtId="{number}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" '
        f'applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"{prefix}>'
        f'<alignment horizontal="{side}" vertical="top"{wrap}/></xf>'
    )


def sheet_head(widths: Sequence[float], selected: bool, code_first: bool) -> str:
    """A sheet up to its rows: fits the page's width; the heads, and the first column, stay."""
    columns = "".join(
        f'<col min="{i}" max="{i}" width="{width:g}" customWidth="1"/>'
        for i, width in enumerate(widths, 1)
    )
    columns = f"<cols>{columns}</cols>" if columns else ""
    across, chosen = ' xSplit="1"' * code_first, ' tabSelected="1"' * selected
    corner, pane = ("B2", "bottomRight") if code_first else ("A2", "bottomLeft")
    return (
        f'{HEAD}<worksheet {MAIN}><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{chosen} workbookViewId="0">'
        f'<pane{across} ySplit="1" topLeftCell="{corner}" activePane="{pane}" state="frozen"/>'
        f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="13"/>'
        f"{columns}<sheetData>"
    )


def sheet_tail(area: str, footer: str) -> str:
    """A sheet after its rows: the filter, landscape A4, one page wide, and a traceable footer."""
    told = escape(footer[:120].replace("&", "&&"))
    return (
        f'</sheetData><autoFilter ref="{area}"/>'
        '<pageMargins left="0.4" right="0.4" top="0.5" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"/>'
        f"<headerFooter><oddFooter>&amp;L{told}&amp;C&amp;A&amp;RPage &amp;P of &amp;N</oddFooter>"
        "</headerFooter></worksheet>"
    )
