"""The Plan, which users hold, and what they ask of it.

`plans` binds and solves a study and adds to its tables what one asks of them; `what_if` supposes
dates and exposures; `amendments`, with `comparison` and `comparison_lines`, compares two plans.
Doors: `plans.plan`, `plans.Plan`, `amendments.diff`.
"""
