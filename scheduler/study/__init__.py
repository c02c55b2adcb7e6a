"""A study's tables as text cells with their places, its sites, and all that can be checked alone.

Three doors lead to one `model.Study`: `csv_files`, `workbooks`, `dataframes`. `reading` opens the
right one, `tables` knows the columns, `cells` and `text_columns` what a cell says, `values` what a
value in memory says, `checks` what can be judged without a protocol, `sites_file` and `sites` when
a site is closed, `faults` the codes. `template` writes the empty study of `washout init`.
Doors: `reading.load_study`, `model.Study`.
"""
