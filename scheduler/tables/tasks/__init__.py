"""Tasks: the paperwork that hangs on dates, and by when it is due.

`anchors` finds the dates that tasks hang on, `due` the days by which they are due and what has
become of each, `making` the table.
Door: `making.tasks_frame`.
"""
