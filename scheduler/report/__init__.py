"""What people read: the folder of CSV files, the workbook, the page, the notebook, the terminal.

`folder` writes everything, all or nothing, with `run_json` and `inputs`; `cells` makes text of
frames; `page` is made from `view`, `lanes` and `timelines`, `workbook` from `xlsx` and
`xlsx_parts`; `tones` says in which tone a word is shown. `notebook` and `terminal`
show a plan where it is made.
Doors: `folder.write_plan`, `page`, `workbook`, `terminal`.
"""
