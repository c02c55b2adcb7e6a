"""iCalendar files that update instead of duplicating, and their way to a CalDAV server.

`interface` says what is needed of a plan; `rows` turns its rows into `entries` worded by `texts`;
`life` compares them with what `files` finds of the earlier export (`reading`, `blocks`); `export`
writes a file a participant, a site, and the changes, with `names` and `timezones`; `publishing`
sends them by `dav`, whose answers `bounded` ends and `multistatus` reads. `errors` are the codes.
Doors: `export.calendar`, `export.site_calendar`, `export.export_calendars`.
"""
