"""An .xlsx workbook as its cells show it: a small reader of what holds data, within limits.

`limits` says how much is read, `package` opens the parts of the file, `markup` parses one part,
`styles` and `formats` tell what a cell shows of its number, `strings` reads the shared texts,
`sheet` the cells of one sheet, `book` puts them together. A chart, a picture or a comment is never
looked at. What is damaged is told with its part and cell. Source: ECMA-376, part 1, chapter 18;
docs/decisions/0017-own-workbook-reader.md.
Doors: `book.XlsxBook`, `book.DamagedBook`.
"""
