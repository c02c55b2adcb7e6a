"""A study in a database: its cells as they were typed, and an audit trail that only grows.

`database` opens SQLite or PostgreSQL, `schema` makes and upgrades the tables, `entries` says what
an entry of the trail is and how it is chained, `stored` holds `Store`: what may be done with rows.
`reading` hands the rows to the study reader that is there, `site_cells` turns sites.yaml into rows
and back, `importing` and `exporting` go to and from folders, `proving` recomputes the chain and
what was known at an instant, `copying` makes a consistent copy, `access` keeps people, sessions,
tokens and feeds.
Doors: `stored.Store`, `reading.load_store`.
"""
