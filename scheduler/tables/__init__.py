"""The tables of a plan: a module a table, a solved study in, a DataFrame out.

`columns` makes real dates, ordered categories and nullable integers; `lookups` finds participants
and nodes by name; every other module makes the table that it is named after, or a part of it
(`duty_ends`, `missing_facts`, `freed`, `broken_rules`).
"""
