"""The Plan, which users hold, and what they ask of it.

`plans` solves a study and gives every table; `questions` are what one asks of a plan, with
`what_if` (supposed dates and exposures); `versions` and `joined` bring several protocol versions
together; `amendments`, with `comparison` and `comparison_lines`, compares two plans.
Doors: `plans.plan`, `plans.Plan`, `amendments.diff`.
"""
