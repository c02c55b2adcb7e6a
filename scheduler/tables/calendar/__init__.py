"""What calendars show (calendar_rows): dates, windows, duties, tasks and open questions as rows.

`windows` are the days on which a step may take place, cut by rules and closed days; `questions`
are the open ones and the day that each stands on, `tasks` what is due when; `rows` makes the rest
and the table.
Door: `rows.calendar_rows_frame`.
"""
