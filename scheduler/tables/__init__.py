"""The tables of a plan: a module a table, a solved study in, columns of arrays out.

`solved` is what makers take: the participants of one version, solved, with what is recommended for
them. `tables` is the one list: every table's maker and what it says; it makes each of every part
and brings them together, and makes DataFrames for who asks for them. `frames` is a table before
pandas, `columns` makes its dates, words and whole numbers; `lookups` finds participants and nodes
by name; every other module makes the table that it is named after, or a part of one (`duty_ends`,
`missing_facts`, `freed`, `suggestions`, `broken_rules`, `judged`; `earlier` the table of attempts).
`worklist`, `calendar`, `tasks` and `expiring` (tests that expire) are rooms of their own.
Doors: `tables.Tables`, `tables.TABLES`, `solved.Solved`.
"""
